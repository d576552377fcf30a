r"""Docker Desktop as it is: installed how, running for whom, set to what, and what proves itself inside the distributions.

Where it is told from: the key ``Uninstall\Docker Desktop`` of the machine (installed for all users) or of the user, since
``HKLM\SOFTWARE\Docker Inc.`` is gone since 4.48 (Docker's release notes); the owners of its processes; the settings file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.core.formats.docker_settings import FILES, Generation
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows.machine import objects, sids, value_of
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.wsl_exe import command
from pyinfra_wsl.resources.wsl_distro.state import OURS

_UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Docker Desktop"
_VERSION = re.compile(r"\d+(\.\d+){0,2}")  # a fourth part is a build's number


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings file says about integration; only that, since the rest is private and may hold passwords.

    Args:
        generation: which file: ``store`` or ``legacy``.
        exists: whether it is there; without it everything has its default.
        problem: what is wrong with it; empty for nothing.
        unreadable: whether that keeps it from being merged with.
        integrated: the distributions it lists, as it spells them.
        listed_well: whether its list is a list, and one under all spellings of its key.
        default_distro: whether the default distribution is integrated; None where the file does not say.
        wsl_engine: whether Linux containers run on WSL 2, not Hyper-V; None where the file does not say.

    """

    generation: Generation
    exists: bool
    problem: str = ""
    unreadable: bool = False
    integrated: tuple[str, ...] = ()
    listed_well: bool = True
    default_distro: bool | None = None
    wsl_engine: bool | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Docker Desktop on a laptop.

    Args:
        installed: whether for all users or for this one; None while unknown.
        version: three numbers, or empty.
        folder: its program folder.
        running_for: the SIDs of those for whom it runs.
        running_known: whether that could be asked.
        settings: the user's settings; None while unknown.
        servers: by distribution: the version of the engine that answers inside it, empty where none does; only what was asked.
        containers: how many containers run; None while unknown.
        link: what was said of a link to its settings that was not followed, since its user is away.
        stopped_by_us: whether we stopped it for the user in a run that was cut off before it was started again.

    """

    installed: bool | None = None
    version: str = ""
    folder: str = ""
    running_for: tuple[str, ...] = ()
    running_known: bool = False
    settings: Settings | None = None
    servers: Mapping[str, str] = field(default_factory=dict)
    containers: int | None = None
    link: str = ""
    stopped_by_us: bool = False

    def server(self, distro: str) -> str | None:
        """Return the engine's version inside a distribution, empty where none answers, None where it was not asked."""
        return next((found for name, found in self.servers.items() if name.lower() == distro.lower()), None)


def probe() -> dict[str, Call]:
    """Return what has to be asked of the machine."""
    return {"machine": call.registry_read(rf"HKLM\{_UNINSTALL}"), "processes": processes()}


def processes() -> Call:
    """Return the call that lists Docker Desktop's processes with their owners."""
    return call.cim_get("Win32_Process", ["Handle", "ProcessId"], where="Name='Docker Desktop.exe'", method="GetOwnerSid")


def probe_profile(user: User) -> dict[str, Call]:
    """Return what an administrator can read about a user's own: their installation."""
    return {"own": call.registry_read(rf"{user.hive}\{_UNINSTALL}"), "stopped": call.registry_read(stopped_key(user))}


def probe_files(user: User) -> dict[str, Call]:
    """Return what has to be asked of the profile folder: the settings."""
    return {name: call.file_read(settings_path(user, name)) for name in FILES}


def stopped_key(user: User) -> str:
    """Return the key of the marker that Docker Desktop was stopped by us and is to be started again."""
    return rf"{OURS}\Docker\{user.sid}"


def settings_path(user: User, generation: Generation) -> str:
    """Return the path of a user's settings file."""
    return rf"{user.profile}\AppData\Roaming\Docker\{FILES[generation]}"


def docker_exe(folder: str) -> str:
    """Return the path of Docker's command line below its program folder."""
    return rf"{folder}\resources\bin\docker.exe"


def probe_distro(wsl_exe: str, folder: str, name: str) -> dict[str, Call]:
    """Return what proves the integration, asked inside a distribution, and whether containers run; while Docker Desktop runs."""
    return {"server": proof(wsl_exe, name), "containers": containers(folder)}


def containers(folder: str) -> Call:
    """Return the call that lists the containers that run, given Docker Desktop's program folder."""
    return call.run(docker_exe(folder), "ps", "--quiet", timeout=60)


def proof(wsl_exe: str, name: str) -> Call:
    """Return the call that asks inside a distribution for the engine: an exit code of 0 can come from the client alone."""
    return command(wsl_exe, "-d", name, "-e", "docker", "version", "--format", "{{.Server.Version}}", timeout=90)


def read(answers: Mapping[str, Answer], distros: Mapping[str, Mapping[str, Answer]] | None = None) -> State:
    """Read the answers by the names of `probe`, `probe_profile`, `probe_files`, and for each distribution of `probe_distro`."""
    nothing = Answer(False)
    machine, own = answers.get("machine", nothing), answers.get("own", nothing)
    key = machine if machine.exists else own
    version = _VERSION.match(str(value_of(key, "DisplayVersion") or ""))
    running = answers.get("processes", nothing)
    counts = [counted(inside["containers"]) for inside in (distros or {}).values() if "containers" in inside]
    return State(
        installed=True if key.exists else False if machine.ok and own.ok else None,
        version=version.group() if version else "",
        folder=str(value_of(key, "InstallLocation") or "").strip('"').rstrip("\\") or r"C:\Program Files\Docker\Docker",
        running_for=owners(running),
        running_known=sids(running) is not None,
        settings=_settings(answers, numbers(version.group()) if version else None),
        servers={name: server(inside["server"]) for name, inside in (distros or {}).items() if "server" in inside},
        containers=next((count for count in counts if count is not None), None),
        link=next((answer.message for name in FILES if (answer := answers.get(name, nothing)).kind == "link"), ""),
        stopped_by_us=answers.get("stopped", nothing).exists,
    )


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers."""
    return tuple(int(part) for part in version.split("."))


def owners(answer: Answer) -> tuple[str, ...]:
    """Return the SIDs of those for whom Docker Desktop runs; it has several processes for each."""
    sids = [(one.get("returns") or {}).get("Sid") for one in objects(answer)]
    return tuple(dict.fromkeys(str(sid) for sid in sids if sid))


def server(answer: Answer) -> str:
    """Return the engine's version as a distribution sees it; empty for none."""
    try:
        output = Output.of(answer)
    except CallError:
        return ""
    text = output.text().strip()
    return text if output.ok and re.fullmatch(r"\d[\w.+-]*", text) else ""


def settings(generation: Generation, file: Answer) -> Settings:
    """Read a settings file that was read."""
    parsed = docker_settings.parse(file.data if file.exists else None)
    if file.exists and int(file.value.get("size") or 0) > len(file.data):
        parsed = docker_settings.Settings(None, f"has {file.value['size']} bytes, which is no settings file")
    listed = docker_settings.integrated(parsed)
    engine = parsed.get(docker_settings.WSL_ENGINE)
    return Settings(
        generation=generation,
        exists=file.exists,
        problem=parsed.problem,
        unreadable=parsed.values is None and not parsed.lost,
        integrated=tuple(listed),
        listed_well=docker_settings.same_list(parsed, listed),
        default_distro=docker_settings.default_integrated(parsed, generation),
        wsl_engine=engine if isinstance(engine, bool) else None,
    )


def _settings(answers: Mapping[str, Answer], version: tuple[int, ...] | None) -> Settings | None:
    files = {name: answers.get(name, Answer(False)) for name in FILES}
    if not all(file.ok for file in files.values()):
        return None
    current = docker_settings.generation(version, store=files["store"].exists, legacy=files["legacy"].exists)
    return settings(current, files[current])


def counted(answer: Answer) -> int | None:
    """Return how many containers run, of an answer to `containers`; None while unknown."""
    try:
        output = Output.of(answer)
    except CallError:
        return None
    return len(output.text().split()) if output.ok else None
