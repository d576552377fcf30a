r"""Docker Desktop as it is: installed where and for whom, running for whom, set to what, and what stands beside it.

Where it is told from: what Windows lists as installed (`installed`), since ``HKLM\SOFTWARE\Docker Inc.`` is gone since 4.48
(Docker's release notes); the owners of its processes; its files.
"""

from __future__ import annotations

import base64
import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.formats import docker_settings, version
from pyinfra_wsl.core.formats.docker_settings import FILES, Generation
from pyinfra_wsl.core.output import output_of
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.windows.machine import objects, sids, value_of
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.core.windows.user import SYSTEM32, User
from pyinfra_wsl.resources.docker_desktop import answering, file, installed, predecessors
from pyinfra_wsl.resources.docker_desktop.answering import Answering, Plugin
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.installed import Found, Installation, Listed
from pyinfra_wsl.resources.docker_desktop.places import (
    APPROVED,
    GROUP,
    ORGS,
    POLICY,
    PROGRAM,
    PROGRAM_DATA,
    RUN,
    RUN_NAME,
    SERVER,
    SERVICE,
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
_NET = rf"{SYSTEM32}\net.exe"
_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
_FVE = r"HKLM\SYSTEM\CurrentControlSet\Policies\Microsoft\FVE"
_STARTS = {2: "automatic", 3: "manual", 4: "disabled"}
_DASHES = re.compile(r"-{20,}")


@dataclass(frozen=True, slots=True)
class State:
    """Docker Desktop on a laptop.

    Args:
        installations: those of which the machine and the user know; there should never be more than one.
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
        in_group: whether the user's session has the rights of that group, which a logon gives; None while unknown.
        shared: what is said for all people, by the names of `SHARED_FILES`; None of one that could not be read.
        orgs: the organisations that the registry demands; None where it names none.
        daemons: what either engine is given as its configuration; None of one that could not be read.
        helper: who keeps the credentials of the command line; empty for nobody, None while unknown.
        in_path: whether the command line is found by its name alone.
        autostart: whether Windows is told to start it with the user's session; None while unknown.
        switched_off: whether it does not all the same, since somebody has switched that off in the Task Manager.
        bitlocker: whether a policy of BitLocker makes Windows containers impossible.
        predecessors: what of other makers or of old stands beside it, in words.
        engines: who answers behind the pipes ``linux``, ``windows`` and ``default``; of which it is not known is not in it.
        plugins: the plugins of the command line by their names; None while unknown.
        containerd: whether the engine that answers keeps images in containerd's store; None while unknown.
        backend_process: whether ``com.docker.backend.exe`` runs; None while unknown.
        products: keys of further installations, by the names under which they are asked.

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
    in_group: bool | None = None
    shared: Mapping[str, File | None] = field(default_factory=dict)
    orgs: tuple[str, ...] | None = None
    daemons: Mapping[Engine, File | None] = field(default_factory=dict)
    helper: str | None = None
    in_path: bool | None = None
    autostart: bool | None = None
    switched_off: bool = False
    bitlocker: bool = False
    predecessors: tuple[str, ...] = ()
    engines: Mapping[str, Answering] = field(default_factory=dict)
    plugins: Mapping[str, Plugin] | None = None
    containerd: bool | None = None
    backend_process: bool | None = None
    products: Mapping[str, str] = field(default_factory=dict, metadata=HIDDEN)

    @property
    def installed(self) -> bool | None:
        """Whether it is there for the user, in either scope; None while unknown."""
        return True if self.installations else False if self.machine_known and self.user_known else None

    @property
    def used(self) -> Installation:
        """The installation that counts; of both scopes that for all users. Without one, what would be there."""
        return next(iter(self.installations), Installation("all_users", "", rf"C:\Program Files\{PROGRAM}"))

    def of_scope(self, scope: Scope) -> tuple[Installation, ...]:
        """Return the installations of a scope; two of them were made by an EXE and by an MSI, each beside the other."""
        return tuple(one for one in self.installations if one.scope == scope)

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
    def active(self) -> str | None:
        """Which engine answers now: ``linux`` or ``windows``, empty for none, None while unknown."""
        return answering.active(self.engines)

    @property
    def in_use(self) -> str | None:
        """The backend whose images and volumes are reached now: the one that answers, else the one that is set."""
        return answering.backend(self.engines) or self.backend

    @property
    def backend(self) -> str | None:
        """What is set to run containers: ``wsl-2``, ``hyper-v`` or ``windows``; None while unknown."""
        windows, wsl = self.effective("UseWindowsContainers"), self.effective("WslEngineEnabled")
        if windows is True:
            return "windows"
        return {True: "wsl-2", False: "hyper-v"}.get(wsl) if windows is False and isinstance(wsl, bool) else None


def probe() -> dict[str, Call]:
    """Return what has to be asked of the machine."""
    return {
        **installed.probe(),
        "processes": processes(),
        "backend_process": call.cim_get("Win32_Process", ["ProcessId"], where="Name='com.docker.backend.exe'"),
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
        **installed.probe_profile(user),
        "own_program": program(user.profile),
        "stopped": call.registry_read(stopped_key(user)),
        "run": call.registry_read(rf"{user.hive}\{RUN}"),
        "approved": call.registry_read(rf"{user.hive}\{APPROVED}"),
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
    version_of = call.run(docker_exe(folder), "version", "--format", "{{json .}}", timeout=40)
    return {"containers": containers(folder), "engine_version": version_of, **answering.probe_engines(folder)}


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
    hive, exe = answers.get("hive", NOT_ASKED), answers.get("own_program", NOT_ASKED)
    listed = installed.listed(answers)
    machine, own = installed.machine(answers, listed), _own(answers, listed, user)
    found = machine.installations + own.installations
    running, orgs = answers.get("processes", NOT_ASKED), value_of(answers.get("policy", NOT_ASKED), ORGS)
    client, server = _versions(answers.get("engine_version", NOT_ASKED))
    generation, settings = _settings(answers, version.known(found[0].version) if found else None)
    return State(
        installations=found,
        machine_known=machine.known,
        user_known=own.known and (hive.exists or exe.ok),
        running_for=owners(running),
        running_known=sids(running) is not None,
        generation=generation,
        settings=settings,
        link=_link(answers, FILES),
        daemon_link=_link(answers, ("daemon_linux", "daemon_windows")),
        stopped_by_us=answers.get("stopped", NOT_ASKED).exists,
        containers=counted(answers.get("containers", NOT_ASKED)),
        client=client.get("Version"),
        server=server.get("Version"),
        server_os=server.get("Os") or "",
        services=_services(answers),
        members=_members(answers.get("members", NOT_ASKED)),
        in_group=_in_group(answers.get("groups", NOT_ASKED)),
        shared={name: file.read(answers.get(name, NOT_ASKED)) for name in SHARED_FILES},
        orgs=tuple(str(one) for one in orgs) if isinstance(orgs, list) else None,
        daemons={"linux": file.read(answers.get("daemon_linux", NOT_ASKED)),
                 "windows": file.read(answers.get("daemon_windows", NOT_ASKED))},
        helper=_helper(file.read(answers.get("cli", NOT_ASKED))),
        in_path=_in_path(answers, found),
        autostart=value_of(answers.get("run", NOT_ASKED), RUN_NAME) is not None if hive.exists else None,
        switched_off=switched_off(answers.get("approved", NOT_ASKED)),
        bitlocker=bool(value_of(answers.get("bitlocker", NOT_ASKED), "FDVDenyWriteAccess")),
        predecessors=predecessors.read(answers),
        engines=answering.engines(answers),
        plugins=answering.plugins(answers.get("plugins", NOT_ASKED)),
        containerd=answering.containerd(answers.get("image_store", NOT_ASKED)),
        backend_process=bool(objects(backend)) if (backend := answers.get("backend_process", NOT_ASKED)).ok else None,
        products=installed.keys(listed, user),
    )  # fmt: skip


def _own(answers: Mapping[str, Answer], listed: Listed, user: User | None) -> Found:
    """Return the user's own installations; while their registry is not loaded, its program tells that there is one."""
    found, folder = installed.own(answers, listed, user), own_folder(user.profile) if user else ""
    hive, exe = answers.get("hive", NOT_ASKED), answers.get("own_program", NOT_ASKED)
    if found.installations or hive.exists or not exe.exists:
        return found
    return Found((Installation("user", "", folder),), found.known)


def switched_off(answer: Answer) -> bool:
    """Whether `APPROVED` says that Windows does not start it, whatever its Run value is."""
    try:
        data = base64.b64decode(str(value_of(answer, RUN_NAME, "")), validate=True)
    except ValueError:
        return False
    return bool(data) and data[0] % 2 == 1


def owners(answer: Answer) -> tuple[str, ...]:
    """Return the SIDs of those for whom Docker Desktop runs; it has several processes for each."""
    sids = [(one.get("returns") or {}).get("Sid") for one in objects(answer)]
    return tuple(dict.fromkeys(str(sid) for sid in sids if sid))


def _helper(config: File | None) -> str | None:
    """Return the credential helper that ``config.json`` names, and nothing else of it."""
    return None if config is None or config.unreadable else answering.text(config.values, "credsStore")


def _in_path(answers: Mapping[str, Answer], found: tuple[Installation, ...]) -> bool | None:
    keys = [answers.get(name, NOT_ASKED) for name in ("machine_environment", "environment")]
    if not found or not keys[0].exists:
        return None
    paths = [part.strip().lower().rstrip("\\") for key in keys for part in str(value_of(key, "Path") or "").split(";")]
    folder = rf"{found[0].folder}\resources\bin".lower()
    return folder in paths


def _link(answers: Mapping[str, Answer], names: Iterable[str]) -> str:
    return next((one.message for name in names if (one := answers.get(name)) and one.kind == "link"), "")


def _versions(answer: Answer) -> tuple[dict[str, str], dict[str, str]]:
    """Return what ``docker version`` says of the client and of the server; without one it ends with 1, and says the other."""
    said, output = answering.in_json(answer)
    if output is None or output.timed_out:
        return {}, {}
    client, server = (said.get(name) if isinstance(said, dict) else None for name in ("Client", "Server"))
    mine = {"Version": answering.text(client, "Version") if isinstance(client, dict) else ""}
    if not isinstance(server, dict):
        return mine, {"Version": ""}
    told = {name: answering.text(server, name) for name in ("Version", "Os")}
    return mine, told if told["Version"] else {}  # one that answers without a version is none that is known


def _services(answers: Mapping[str, Answer]) -> dict[str, str]:
    named = {SERVICE: answers.get("service", NOT_ASKED), SERVER: answers.get("server", NOT_ASKED)}
    return {name: _STARTS.get(value_of(one, "Start"), "unknown") for name, one in named.items() if one.exists}


def _members(answer: Answer) -> tuple[str, ...] | None:
    """Read the table of net.exe: names between a line of dashes and a line that says it succeeded, both in any language."""
    if (output := output_of(answer)) is None:
        return None
    if not output.ok:
        return () if "1376" in output.said() else None
    lines = [line.strip() for line in output.text().splitlines()]
    begin = next((number for number, line in enumerate(lines) if _DASHES.fullmatch(line)), None)
    return None if begin is None else tuple(line for line in lines[begin + 1 :] if line)[:-1]


def groups() -> Call:
    """Return the call that lists the groups of the session that is asked."""
    return call.run(rf"{SYSTEM32}\whoami.exe", "/groups", "/fo", "csv", "/nh", timeout=30)


def _in_group(answer: Answer) -> bool | None:
    """Read whoami's rows: the group's name behind the computer's, its kind, its SID, and words in Windows' language."""
    if (output := output_of(answer)) is None or not output.ok:
        return None
    try:
        rows = [*csv.reader(output.text().splitlines())]
    except csv.Error:
        return None
    names = [row[0].rpartition("\\")[2].lower() for row in rows if len(row) == 4 and row[2].startswith("S-1-")]
    return GROUP in names if names else None


def _settings(answers: Mapping[str, Answer], number: tuple[int, ...] | None) -> tuple[Generation, File | None]:
    files = {name: answers.get(name, NOT_ASKED) for name in FILES}
    current = docker_settings.generation(number, store=files["store"].exists, legacy=files["legacy"].exists)
    return current, file.read(files[current]) if all(one.ok for one in files.values()) else None


def counted(answer: Answer) -> int | None:
    """Return how many containers run, of an answer to `containers`; None while unknown."""
    output = output_of(answer)
    return len(output.text().split()) if output is not None and output.ok else None
