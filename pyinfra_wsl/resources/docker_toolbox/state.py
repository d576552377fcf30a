"""Docker Toolbox as it is: its program, its variables, what it left behind, and VirtualBox with the machines of everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.windows import path
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import value_of
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.docker_toolbox import machines, variables
from pyinfra_wsl.resources.docker_toolbox.machines import Machine, Running
from pyinfra_wsl.resources.docker_toolbox.places import (
    DESKTOP,
    DOCKER_MACHINE,
    ENVIRONMENT,
    FOLDER,
    KEYS,
    NAME,
    SHORTCUTS,
    VIRTUALBOX,
    Whose,
    menu,
    registered,
    store,
)
from pyinfra_wsl.resources.docker_toolbox.variables import INSTALL_PATH, Found

_REMOVER = re.compile(r'\s*"?([A-Za-z]:\\[^"]*\\unins\d{3}\.exe)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Program:
    """One installation: its version, its folder, its uninstaller (empty where its key names none of Inno Setup), and its key."""

    version: str
    folder: str
    uninstaller: str
    key: str


@dataclass(frozen=True, slots=True)
class State:
    """Docker Toolbox on a laptop.

    Args:
        programs: the installations that Windows knows of.
        installed: whether one is there, known to Windows or not; None while unknown.
        folder: its program folder, or where it would be.
        variables: whose variables are the Toolbox's, and whose are not; of whom nothing is known there is none.
        in_path: in whose Path its folder stands.
        shortcuts: full paths of those that are left.
        machines: the person's machines of docker-machine; None while unknown.
        virtualbox: its version; empty for none, None while unknown.
        running: the virtual machines of VirtualBox that run, of everybody; None while unknown.
        registered: the names of those that it has, by the SID of their person; None of whose file could not be read.

    """

    programs: tuple[Program, ...] = ()
    installed: bool | None = None
    folder: str = rf"C:\Program Files\{NAME}"
    variables: Mapping[Whose, Found] = field(default_factory=dict)
    in_path: tuple[Whose, ...] = ()
    shortcuts: tuple[str, ...] = ()
    machines: tuple[Machine, ...] | None = None
    virtualbox: str | None = None
    running: tuple[Running, ...] | None = None
    registered: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version that Windows knows of, or empty."""
        return next((one.version for one in self.programs), "")


def probe() -> dict[str, Call]:
    """Return what has to be asked of the machine."""
    return {
        **{name: call.registry_read(key) for name, key in KEYS.items()},
        "program": program(),
        "machine": call.registry_read(ENVIRONMENT),
        **{f"shortcut_{number}": call.file_state(rf"{DESKTOP}\{name}") for number, name in enumerate(SHORTCUTS)},
        "virtualbox": call.registry_read(VIRTUALBOX),
        "running": machines.processes(),
    }


def program() -> Call:
    """Return the call that tells whether the program lies in its usual folder."""
    return call.file_state(rf"{FOLDER}\{DOCKER_MACHINE}")


def probe_profile(user: User) -> dict[str, Call]:
    """Return what an administrator can read about a user's own."""
    return {"hive": call.registry_read(user.hive), "user": call.registry_read(rf"{user.hive}\Environment")}


def probe_session(laptop: Laptop) -> dict[str, Call]:
    """Return what only the user's own session can tell without following a link for them."""
    if laptop.user is None:
        return {}
    return {"machines": call.file_list(store(laptop.user.profile)), "menu": call.file_list(menu(laptop.user.profile))}


def probe_further(laptop: Laptop) -> dict[str, Call]:
    """Return what tells the sizes of the machines' disks; it is asked as long as the program is there that could delete them."""
    have, user = laptop.first(State), laptop.user
    if user is None or not have.installed:
        return {}
    folders = (rf"{store(user.profile)}\{one.name}" for one in have.machines or ())
    return {f"machine_{number}": call.file_list(folder) for number, folder in enumerate(folders)}


def probe_people(laptop: Laptop) -> dict[str, Call]:
    """Return what tells whose virtual machines VirtualBox has, where it is there; no link of theirs is followed."""
    if not laptop.first(State).virtualbox:
        return {}
    people = laptop.windows.profiles.items()
    return {f"vms_{sid}": call.file_read(registered(profile), within=profile) for sid, profile in people}


def read(answers: Mapping[str, Answer], laptop: Laptop) -> State:
    """Read the answers by the names of the probes; what was not answered stays unknown."""
    programs = tuple(one for name, key in KEYS.items() if (one := _program(key, answers.get(name, NOT_ASKED))) is not None)
    usual = rf"{laptop.windows.program_files}\{NAME}"
    known = {whose: variables.texts(answers[whose]) for whose in _environments(answers)}
    moved = any(variables.STORAGE in held for held in known.values())  # the person's machines lie elsewhere, unseen
    folders = [*(one.folder for one in programs), usual, *(held[INSTALL_PATH] for held in known.values() if INSTALL_PATH in held)]
    return State(
        programs=programs,
        installed=_installed(programs, answers),
        folder=next((one.folder for one in programs), usual),
        variables=variables.sort(known),
        in_path=tuple(whose for whose, held in known.items() if without(held.get("PATH", ""), folders) is not None),
        shortcuts=tuple(_shortcuts(answers, laptop.user)),
        machines=None if moved else machines.stored(answers.get("machines", NOT_ASKED), _contents(answers)),
        virtualbox=_version(answers.get("virtualbox", NOT_ASKED)),
        running=machines.running(answers.get("running", NOT_ASKED)),
        registered={
            name.removeprefix("vms_"): machines.registered(one) for name, one in answers.items() if name.startswith("vms_")
        },
    )


def first(answers: Mapping[str, Answer]) -> State:
    """Read whether VirtualBox is there, on which the questions about people's machines rest."""
    return State(virtualbox=_version(answers.get("virtualbox", NOT_ASKED)))


def _environments(answers: Mapping[str, Answer]) -> Iterator[Whose]:
    whose: tuple[Whose, ...] = ("machine", "user")
    loaded = answers.get("hive", NOT_ASKED).exists  # else nothing of them is seen, which is not nothing
    seen = {one: answers.get(one, NOT_ASKED) for one in whose}
    return (one for one, answer in seen.items() if answer.exists or (one == "user" and loaded and answer.ok))


def _program(key: str, answer: Answer) -> Program | None:
    if not answer.exists:
        return None
    remover = _REMOVER.fullmatch(str(value_of(answer, "UninstallString") or ""))
    folder = str(value_of(answer, "InstallLocation") or "").strip('"').rstrip("\\")
    path_of = remover[1] if remover else ""
    return Program(str(value_of(answer, "DisplayVersion") or ""), folder or path_of.rpartition("\\")[0], path_of, key)


def _installed(programs: tuple[Program, ...], answers: Mapping[str, Answer]) -> bool | None:
    asked = [answers.get(name, NOT_ASKED) for name in (*KEYS, "program")]
    if programs or asked[-1].exists:
        return True
    return False if all(one.ok for one in asked) else None


def _shortcuts(answers: Mapping[str, Answer], user: User | None) -> Iterator[str]:
    for number, name in enumerate(SHORTCUTS):
        if answers.get(f"shortcut_{number}", NOT_ASKED).exists:
            yield rf"{DESKTOP}\{name}"
    inside = answers.get("menu", NOT_ASKED)
    names = (
        {str(one.get("name")) for one in inside.value.get("entries") or () if isinstance(one, Mapping)} if inside.ok else set()
    )
    if user is not None:
        yield from (rf"{menu(user.profile)}\{name}" for name in SHORTCUTS if name in names)


def _contents(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return what lies in each machine's folder, by the machine's name, in the order in which `probe_further` asks."""
    found = machines.stored(answers.get("machines", NOT_ASKED), {}) or ()
    asked = {one.name: answers.get(f"machine_{number}") for number, one in enumerate(found)}
    return {name: answer for name, answer in asked.items() if answer is not None}


def _version(answer: Answer) -> str | None:
    if not answer.ok:
        return None
    return str(value_of(answer, "Version") or "of unknown version") if answer.exists else ""


def without(value: str, folders: list[str]) -> str | None:
    """Return a Path without the entries that are one of some folders; None where it has none of them."""
    if not value:
        return None
    gone = {path.plain(one) for one in (FOLDER, *folders) if one}
    parts = value.split(";")
    kept = [one for one in parts if not (entry := one.strip().strip('"')) or path.plain(entry) not in gone]
    return None if len(kept) == len(parts) else ";".join(kept)
