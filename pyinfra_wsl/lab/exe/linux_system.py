"""Linux programs that tell of the system and its users, from id to wslinfo."""

from __future__ import annotations

from pyinfra_wsl.lab.exe.linux_call import LinuxCall, LinuxProgram
from pyinfra_wsl.lab.machine.program import Unsupported
from pyinfra_wsl.lab.wsl import distro_users
from pyinfra_wsl.lab.wsl.registration import PACKAGE_KEY
from pyinfra_wsl.lab.wsl.texts import numbers
from pyinfra_wsl.lab.wsl.vm import kernel

WSL1_KERNEL = "4.4.0-{}-Microsoft"
"""``uname -r`` as the WSL1 driver says it (from knowledge)."""


async def true(_call: LinuxCall) -> int:
    """Succeed."""
    return 0


async def false(_call: LinuxCall) -> int:
    """Fail."""
    return 1


async def identify(call: LinuxCall) -> int:
    """Print numbers and names of a user: ``-u``, ``-un``, ``-g``, ``-Gn`` or all."""
    options = "".join(word[1:] for word in call.arguments if word.startswith("-") and word != "--")
    names = [word for word in call.arguments if not word.startswith("-")]
    if not set(options) <= set("ugGn") or len(names) > 1:
        raise Unsupported(f"id {' '.join(call.arguments)}")
    user = distro_users.by_name(call.tree, names[0]) if names else call.user
    if names and user is None:
        return await call.fail(f"‘{names[0]}’: no such user")
    uid, gid, name = (user.uid, user.gid, user.name) if user else (0, 0, "root")
    groups = distro_users.groups(call.tree)
    member = [(number, group) for group, (number, members) in groups.items() if number == gid or name in members]
    primary = next((group for number, group in member if number == gid), name)
    answers = {
        "u": str(uid),
        "un": name,
        "g": str(gid),
        "gn": primary,
        "G": " ".join(str(number) for number, _ in member) or str(gid),
        "Gn": " ".join(group for _, group in member) or primary,
        "": f"uid={uid}({name}) gid={gid}({primary}) groups=" + ",".join(f"{number}({group})" for number, group in member),
    }
    key = "".join(letter for letter in "ugGn" if letter in options)
    if key not in answers:
        raise Unsupported(f"id {' '.join(call.arguments)}")
    await call.out(answers[key] + "\n")
    return 0


async def echo(call: LinuxCall) -> int:
    """Print the arguments; ``-n`` leaves the line end out."""
    words = call.arguments
    if words[:1] and words[0].startswith("-") and words[0].strip("-neE") == "" and words[0] != "-" and words[0] != "-n":
        raise Unsupported(f"echo {words[0]}")
    bare = words[:1] == ["-n"]
    await call.out(" ".join(words[1:] if bare else words) + ("" if bare else "\n"))
    return 0


async def whoami(call: LinuxCall) -> int:
    """Print the user's name."""
    await call.out(f"{call.user.name if call.user else 'root'}\n")
    return 0


async def pwd(call: LinuxCall) -> int:
    """Print the working folder."""
    await call.out(f"{call.folder}\n")
    return 0


async def getent(call: LinuxCall) -> int:
    """Print a line of ``passwd`` or ``group``; 2 where there is none."""
    if len(call.arguments) != 2 or call.arguments[0] not in ("passwd", "group"):
        raise Unsupported(f"getent {' '.join(call.arguments)}")
    base, key = call.arguments
    if base == "passwd":
        user = distro_users.by_uid(call.tree, int(key)) if key.isdigit() else distro_users.by_name(call.tree, key)
        line = user.line if user else ""
    else:
        found = distro_users.groups(call.tree).get(key)
        line = f"{key}:x:{found[0]}:{','.join(found[1])}" if found else ""
    if not line:
        return 2
    await call.out(line + "\n")
    return 0


async def useradd(call: LinuxCall) -> int:
    """Make a user: ``useradd -m -s SHELL [-G GROUPS] NAME``; 9 where the name is taken, 1 where the caller is not root."""
    words, home, shell, groups = list(call.arguments), False, "/bin/sh", []
    names: list[str] = []
    while words:
        word = words.pop(0)
        if word in ("-m", "--create-home"):
            home = True
        elif word in ("-s", "--shell") and words:
            shell = words.pop(0)
        elif word in ("-G", "--groups") and words:
            groups = words.pop(0).split(",")
        elif word.startswith("-") and word != "--":
            raise Unsupported(f"useradd {word}")
        elif word != "--":
            names.append(word)
    if len(names) != 1:
        return await call.fail("one login is needed", 2)
    if call.who.uid != 0:
        return await call.fail("Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.")
    if distro_users.by_name(call.tree, names[0]):
        return await call.fail(f"user '{names[0]}' already exists", 9)
    missing = [group for group in groups if group not in distro_users.groups(call.tree)]
    if missing:
        return await call.fail(f"group '{missing[0]}' does not exist", 6)
    distro_users.add_user(call.tree, names[0], shell, home=home)
    for group in groups:
        distro_users.add_group(call.tree, group, names[0])
    return 0


async def uname(call: LinuxCall) -> int:
    """Print ``-r``, ``-s`` or ``-m``."""
    machine = call.start.invocation.machine
    release = kernel(machine) if call.start.instance.vm is not None else WSL1_KERNEL.format(machine.build)
    answers = {"-r": release, "-s": "Linux", "-m": "aarch64" if machine.architecture == "ARM64" else "x86_64"}
    if call.arguments and call.arguments[0] not in answers:
        raise Unsupported(f"uname {' '.join(call.arguments)}")
    await call.out(answers[call.arguments[0] if call.arguments else "-s"] + "\n")
    return 0


async def nproc(call: LinuxCall) -> int:
    """Print the processors of the VM as it booted."""
    vm = call.start.instance.vm
    await call.out(f"{vm.config.processors if vm else call.start.invocation.machine.processors}\n")
    return 0


async def hostname(call: LinuxCall) -> int:
    """Print the host name."""
    await call.out(call.start.instance.hostname + "\n")
    return 0


async def systemctl(call: LinuxCall) -> int:
    """Answer ``is-system-running``: running, or offline where systemd is not PID 1."""
    if call.arguments != ["is-system-running"]:
        raise Unsupported(f"systemctl {' '.join(call.arguments)}")
    await call.out("running\n" if call.start.instance.systemd else "offline\n")
    return 0 if call.start.instance.systemd else 1


RENAMED = (2, 9)
"""The release since which ``virtioproxy`` is called ``consomme`` (src/linux/init/wslinfo.cpp)."""


async def wslinfo(call: LinuxCall) -> int:
    """Answer ``--networking-mode`` and ``--wsl-version`` (src/linux/init/wslinfo.cpp)."""
    vm = call.start.instance.vm
    wanted = [word for word in call.arguments if word != "-n"]
    version = str(call.start.invocation.machine.registry.get(PACKAGE_KEY, "Version", ""))
    mode = vm.config.networking_mode if vm else "wsl1"
    mode = "virtioproxy" if mode == "consomme" and numbers(version) < RENAMED else mode
    answers = {"--networking-mode": mode, "--wsl-version": version, "--version": version}
    if len(wanted) != 1 or wanted[0] not in answers:
        raise Unsupported(f"wslinfo {' '.join(call.arguments)}")
    await call.out(answers[wanted[0]] + ("" if "-n" in call.arguments else "\n"))
    return 0


async def sleep(call: LinuxCall) -> int:
    """Wait in lab time; stopped meanwhile with its distribution it is 1: the channel closed without a status."""
    await call.start.invocation.sleep(float(call.arguments[0]))
    return 0 if call.start.session.instances.get(call.start.instance.guid) is call.start.instance else 1


PROGRAMS_OF_SYSTEM: dict[str, LinuxProgram] = {
    "echo": echo,
    "false": false,
    "getent": getent,
    "hostname": hostname,
    "id": identify,
    "nproc": nproc,
    "pwd": pwd,
    "sleep": sleep,
    "systemctl": systemctl,
    "true": true,
    "uname": uname,
    "useradd": useradd,
    "whoami": whoami,
    "wslinfo": wslinfo,
}
