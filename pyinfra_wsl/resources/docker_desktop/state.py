r"""Docker Desktop as it is: installed where and for whom, running for whom, set to what, and what stands beside it.

Where it is told from: the keys ``Uninstall\Docker Desktop`` of the machine (installed for all users) and of the user, since
``HKLM\SOFTWARE\Docker Inc.`` is gone since 4.48 (Docker's release notes); the owners of its processes; its files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyinfra_wsl.core import call, heard
from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.formats import docker_settings, version
from pyinfra_wsl.core.formats.docker_settings import FILES, Generation
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows.machine import objects, sids, value_of
from pyinfra_wsl.core.windows.user import SYSTEM32, User
from pyinfra_wsl.resources.docker_desktop import file, predecessors
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.places import (
    GROUP,
    ORGS,
    POLICY,
    PROGRAM,
    PROGRAM_DATA,
    RUN,
    RUN_NAME,
    SERVER,
    SERVICE,
    UNINSTALL,
    Engine,
    Scope,
    cli_path,
    daemon_path,
    docker_exe,
    own_folder,
    settings_path,
    shared,
)
from pyinfra_wsl.resources.wsl_distro.state import OURS

SHARED_FILES = ("install-settings", "admin-settings", "registry")
_VERSION = re.compile(r"\d+(\.\d+){0,2}")  # a fourth part is a build's number
_NET = rf"{SYSTEM32}\net.exe"
_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
_FVE = r"HKLM\SYSTEM\CurrentControlSet\Policies\Microsoft\FVE"
_STARTS = {2: "automatic", 3: "manual", 4: "disabled"}
_DASHES = re.compile(r"-{20,}")


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation: for all users or for this one, its version (empty while unknown), its program folder."""

    scope: Scope
    version: str
    folder: str


@dataclass(frozen=True, slots=True)
class State:
    """Docker Desktop on a laptop.

    Args:
        installations: those of which the machine and the user know; of both scopes there should never be one each.
        machine_known, user_known: whether it could be seen that there is one for all users, and one for this user.
        running_for: the SIDs of those for whom it runs.
        running_known: whether that could be asked.
        generation: which settings file counts: ``store`` or ``legacy``.
        settings: the user's settings; None while unknown.
        link: what was said of a link to the settings that was not followed, since their user is away.
        daemon_link: the same of the engines' configurations.
        stopped_by_us: whether we stopped it for the user in a run that was cut off before it was started again.
        containers: how many containers run; None while unknown.
        client, server: the versions of the command line, and of the engine that answers it; empty for none, None while unknown.
        server_os: what kind of containers that engine runs: ``linux`` or ``windows``.
        services: how `SERVICE` and `SERVER` start, by name; one that is missing is not in it.
        members: the accounts in the group docker-users; None while unknown, and no group is nobody.
        shared: what is said for all people, by the names of `SHARED_FILES`; None of one that could not be read.
        orgs: the organisations that the registry demands; None where it names none.
        daemons: what either engine is given as its configuration; None of one that could not be read.
        helper: who keeps the credentials of the command line; empty for nobody, None while unknown.
        in_path: whether the command line is found by its name alone.
        autostart: whether Windows starts it with the user's session; None while unknown.
        bitlocker: whether a policy of BitLocker makes Windows containers impossible.
        predecessors: what of other makers or of old stands beside it, in words.

    """

    installations: tuple[Installation, ...] = ()
    machine_known: bool = False
    user_known: bool = False
    running_for: tuple[str, ...] = ()
    running_known: bool = False
    generation: Generation = "store"
    settings: File | None = None
    link: str = ""
    daemon_link: str = ""
    stopped_by_us: bool = False
    containers: int | None = None
    client: str | None = None
    server: str | None = None
    server_os: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    members: tuple[str, ...] | None = None
    shared: Mapping[str, File | None] = field(default_factory=dict)
    orgs: tuple[str, ...] | None = None
    daemons: Mapping[Engine, File | None] = field(default_factory=dict)
    helper: str | None = None
    in_path: bool | None = None
    autostart: bool | None = None
    bitlocker: bool = False
    predecessors: tuple[str, ...] = ()

    @property
    def installed(self) -> bool | None:
        """Whether it is there for the user, in either scope; None while unknown."""
        return True if self.installations else False if self.machine_known and self.user_known else None

    @property
    def used(self) -> Installation:
        """The installation that counts; of both scopes that for all users. Without one, what would be there."""
        return next(iter(self.installations), Installation("all_users", "", rf"C:\Program Files\{PROGRAM}"))

    @property
    def version(self) -> str:
        """Its version as three numbers, or empty."""
        return self.used.version

    @property
    def folder(self) -> str:
        """Its program folder."""
        return self.used.folder

    def effective(self, key: str) -> Any:
        """Return what a setting is: as its file says, else its default; None where neither is known."""
        return None if self.settings is None else docker_settings.effective(self.settings.parsed, key, self.generation)

    @property
    def backend(self) -> str | None:
        """What runs containers: ``wsl-2``, ``hyper-v`` or ``windows``; None while unknown."""
        windows, wsl = self.effective("UseWindowsContainers"), self.effective("WslEngineEnabled")
        if windows is True:
            return "windows"
        return {True: "wsl-2", False: "hyper-v"}.get(wsl) if windows is False and isinstance(wsl, bool) else None


def probe() -> dict[str, Call]:
    """Return what has to be asked of the machine."""
    return {
        "machine": call.registry_read(rf"HKLM\{UNINSTALL}"),
        "processes": processes(),
        "service": call.registry_read(rf"{_SERVICES}\{SERVICE}"),
        "server": call.registry_read(rf"{_SERVICES}\{SERVER}"),
        "members": call.run(_NET, "localgroup", GROUP, timeout=30),
        "policy": call.registry_read(POLICY),
        "bitlocker": call.registry_read(_FVE),
        **{name: call.file_read(shared(f"{name}.json"), within=PROGRAM_DATA) for name in SHARED_FILES},
        **predecessors.probe(),
    }


def processes() -> Call:
    """Return the call that lists Docker Desktop's processes with their owners."""
    return call.cim_get("Win32_Process", ["Handle", "ProcessId"], where="Name='Docker Desktop.exe'", method="GetOwnerSid")


def probe_profile(user: User) -> dict[str, Call]:
    """Return what an administrator can read about a user's own: their installation, and what starts with their session."""
    return {
        "own": call.registry_read(rf"{user.hive}\{UNINSTALL}"),
        "own_program": program(user.profile),
        "stopped": call.registry_read(stopped_key(user)),
        "run": call.registry_read(rf"{user.hive}\{RUN}"),
        "hive": call.registry_read(user.hive),
        "environment": call.registry_read(rf"{user.hive}\Environment"),
    }


def probe_files(user: User) -> dict[str, Call]:
    """Return what has to be asked of the profile folder: the settings, and the configurations of both engines."""
    settings: dict[str, Call] = {name: call.file_read(settings_path(user, name)) for name in FILES}
    engines: tuple[Engine, ...] = ("linux", "windows")
    settings["cli"] = call.file_read(cli_path(user))
    return {**settings, **{f"daemon_{name}": call.file_read(daemon_path(user, name)) for name in engines}}


@lru_cache(maxsize=64)
def probe_session(folder: str) -> Mapping[str, Call]:
    """Return what is asked of the user's session while it runs for them."""
    version_of = call.run(docker_exe(folder), "version", "--format", "{{json .}}", timeout=90)
    return {"containers": containers(folder), "engine_version": version_of}


def program(profile: str) -> Call:
    r"""Return the call that tells whether a person has an installation of their own; no link of theirs is followed.

    Args:
        profile: their folder, such as ``C:\Users\alice``.

    """
    return call.file_read(rf"{own_folder(profile)}\Docker Desktop.exe", limit=1, within=profile)


def stopped_key(user: User) -> str:
    """Return the key of the marker that Docker Desktop was stopped by us and is to be started again."""
    return rf"{OURS}\Docker\{user.sid}"


def containers(folder: str) -> Call:
    """Return the call that lists the containers that run, given Docker Desktop's program folder."""
    return call.run(docker_exe(folder), "ps", "--quiet", timeout=60)


def read(answers: Mapping[str, Answer], user: User | None = None) -> State:
    """Read the answers.

    Args:
        answers: by the names of the probes; what was not answered stays unknown.
        user: whose Docker Desktop.

    """
    nothing = Answer(False)
    machine, own = answers.get("machine", nothing), answers.get("own", nothing)
    hive, exe = answers.get("hive", nothing), answers.get("own_program", nothing)
    mine = _own(own, hive, exe, user)
    found = tuple(one for one in (_installation("all_users", machine, ""), mine) if one is not None)
    running, orgs = answers.get("processes", nothing), value_of(answers.get("policy", nothing), ORGS)
    client, server = _versions(answers.get("engine_version", nothing))
    generation, settings = _settings(answers, version.known(found[0].version) if found else None)
    return State(
        installations=found,
        machine_known=machine.ok,
        user_known=own.ok and (hive.exists or exe.ok),
        running_for=owners(running),
        running_known=sids(running) is not None,
        generation=generation,
        settings=settings,
        link=_link(answers, FILES),
        daemon_link=_link(answers, ("daemon_linux", "daemon_windows")),
        stopped_by_us=answers.get("stopped", nothing).exists,
        containers=counted(answers.get("containers", nothing)),
        client=client.get("Version"),
        server=server.get("Version"),
        server_os=server.get("Os") or "",
        services=_services(answers),
        members=_members(answers.get("members", nothing)),
        shared={name: file.read(answers.get(name, nothing)) for name in SHARED_FILES},
        orgs=tuple(str(one) for one in orgs) if isinstance(orgs, list) else None,
        daemons={"linux": file.read(answers.get("daemon_linux", nothing)),
                 "windows": file.read(answers.get("daemon_windows", nothing))},
        helper=_helper(file.read(answers.get("cli", nothing))),
        in_path=_in_path(answers, found),
        autostart=value_of(answers.get("run", nothing), RUN_NAME) is not None if hive.exists else None,
        bitlocker=bool(value_of(answers.get("bitlocker", nothing), "FDVDenyWriteAccess")),
        predecessors=predecessors.read(answers),
    )  # fmt: skip


def _own(key: Answer, hive: Answer, exe: Answer, user: User | None) -> Installation | None:
    """Return the user's own installation; while their registry is not loaded, its program tells that there is one."""
    folder = own_folder(user.profile) if user else ""
    seen = not hive.exists and exe.exists
    return _installation("user", key, folder) or (Installation("user", "", folder) if seen else None)


def _installation(scope: Scope, key: Answer, folder: str) -> Installation | None:
    if not key.exists:
        return None
    numbers = _VERSION.match(str(value_of(key, "DisplayVersion") or ""))
    place = str(value_of(key, "InstallLocation") or "").strip('"').rstrip("\\")
    return Installation(scope, numbers.group() if numbers else "", place or folder or rf"C:\Program Files\{PROGRAM}")


def owners(answer: Answer) -> tuple[str, ...]:
    """Return the SIDs of those for whom Docker Desktop runs; it has several processes for each."""
    sids = [(one.get("returns") or {}).get("Sid") for one in objects(answer)]
    return tuple(dict.fromkeys(str(sid) for sid in sids if sid))


def _helper(config: File | None) -> str | None:
    """Return the credential helper that ``config.json`` names, and nothing else of it."""
    return None if config is None or config.unreadable else str(config.values.get("credsStore") or "")


def _in_path(answers: Mapping[str, Answer], found: tuple[Installation, ...]) -> bool | None:
    keys = [answers.get(name, Answer(False)) for name in ("machine_environment", "environment")]
    if not found or not keys[0].exists:
        return None
    paths = [part.strip().lower().rstrip("\\") for key in keys for part in str(value_of(key, "Path") or "").split(";")]
    folder = rf"{found[0].folder}\resources\bin".lower()
    return folder in paths


def _link(answers: Mapping[str, Answer], names: Iterable[str]) -> str:
    return next((one.message for name in names if (one := answers.get(name, Answer(False))).kind == "link"), "")


def _versions(answer: Answer) -> tuple[dict[str, str], dict[str, str]]:
    """Return what ``docker version`` says of the client and of the server; without one it ends with 1, and says the other."""
    try:
        said = heard.parse(Output.of(answer).stdout)
    except (CallError, ValueError):
        return {}, {}
    both = [said.get(name) if isinstance(said, dict) else None for name in ("Client", "Server")]
    client, server = (one if isinstance(one, dict) else {} for one in both)
    kept = {key: str(server[key]) for key in ("Version", "Os") if server.get(key)}
    return {"Version": str(client.get("Version") or "")}, kept or {"Version": ""}


def _services(answers: Mapping[str, Answer]) -> dict[str, str]:
    named = {SERVICE: answers.get("service", Answer(False)), SERVER: answers.get("server", Answer(False))}
    return {name: _STARTS.get(value_of(one, "Start"), "unknown") for name, one in named.items() if one.exists}


def _members(answer: Answer) -> tuple[str, ...] | None:
    """Read the table of net.exe: names between a line of dashes and a line that says it succeeded, both in any language."""
    try:
        output = Output.of(answer)
    except CallError:
        return None
    if not output.ok:
        return () if "1376" in output.said() else None
    lines = [line.strip() for line in output.text().splitlines()]
    begin = next((number for number, line in enumerate(lines) if _DASHES.fullmatch(line)), None)
    return None if begin is None else tuple(line for line in lines[begin + 1 :] if line)[:-1]


def _settings(answers: Mapping[str, Answer], number: tuple[int, ...] | None) -> tuple[Generation, File | None]:
    files = {name: answers.get(name, Answer(False)) for name in FILES}
    current = docker_settings.generation(number, store=files["store"].exists, legacy=files["legacy"].exists)
    return current, file.read(files[current]) if all(one.ok for one in files.values()) else None


def counted(answer: Answer) -> int | None:
    """Return how many containers run, of an answer to `containers`; None while unknown."""
    try:
        output = Output.of(answer)
    except CallError:
        return None
    return len(output.text().split()) if output.ok else None
