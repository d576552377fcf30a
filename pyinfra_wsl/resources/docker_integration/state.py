"""Docker Desktop's WSL integration as it is: what the settings say, and what proves itself inside the distributions.

Docker Desktop itself is looked at by `docker_desktop`; here is what is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.core.formats.docker_settings import Generation
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.core.windows.wsl_exe import command
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_desktop.file import File

_MUSL = ("/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1")
_ENGINES = ("/usr/bin/dockerd", "/usr/local/bin/dockerd", "/snap/bin/dockerd")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings file says about integration; only that, since the rest is private and may hold passwords.

    Args:
        generation: which file: ``store`` or ``legacy``.
        exists: whether it is there; without it everything has its default.
        problem: what is wrong with it; empty for nothing.
        unreadable: whether that keeps it from being merged with.
        integrated: the distributions it lists, as it spells them.
        vague: what stands there where nobody can say which distributions are meant; empty for nothing.
        listed_well: whether its list is a list, and one under all spellings of its key.
        default_distro: whether the default distribution is integrated; None where the file does not say.
        default_said: whether the file says it; else it is what an absent key means.
        wsl_engine: whether Linux containers run on WSL 2, not Hyper-V; None where the file does not say.
        windows_containers: whether Windows containers are on, with which there is no integration at all.

    """

    generation: Generation
    exists: bool
    problem: str = ""
    unreadable: bool = False
    integrated: tuple[str, ...] = ()
    vague: str = ""
    listed_well: bool = True
    default_distro: bool | None = None
    default_said: bool = False
    wsl_engine: bool | None = None
    windows_containers: bool = False


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
        musl: the distributions, of those that were asked, that are built on musl.
        engines: those in which a Docker Engine of their own is installed.
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
    musl: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    containers: int | None = None
    link: str = ""
    stopped_by_us: bool = False

    def server(self, distro: str) -> str | None:
        """Return the engine's version inside a distribution, empty where none answers, None where it was not asked."""
        return next((found for name, found in self.servers.items() if name.lower() == distro.lower()), None)


@lru_cache(maxsize=256)
def probe_signs(wsl_exe: str, name: str) -> Mapping[str, Call]:
    """Return what tells whether a distribution can be integrated, also while Docker Desktop is stopped."""
    return {"signs": command(wsl_exe, "-d", name, "-e", "ls", "-d", *_MUSL, *_ENGINES, timeout=60)}


@lru_cache(maxsize=256)
def probe_distro(wsl_exe: str, name: str) -> Mapping[str, Call]:
    """Return what proves the integration, asked inside a distribution while Docker Desktop runs."""
    return {"server": proof(wsl_exe, name)}


def proof(wsl_exe: str, name: str) -> Call:
    """Return the call that asks inside a distribution for the engine: an exit code of 0 can come from the client alone."""
    return command(wsl_exe, "-d", name, "-e", "docker", "version", "--format", "{{.Server.Version}}", timeout=90)


def read(desktop: docker_desktop.State, distros: Mapping[str, Mapping[str, Answer]] | None = None) -> State:
    """Read what Docker Desktop says, and the answers by the names of `probe_distro` for each distribution."""
    return State(
        installed=desktop.installed,
        version=desktop.version,
        folder=desktop.folder,
        running_for=desktop.running_for,
        running_known=desktop.running_known,
        settings=None if desktop.settings is None else settings(desktop.generation, desktop.settings),
        servers={name: server(inside["server"]) for name, inside in (distros or {}).items() if "server" in inside},
        musl=_with_one_of(_MUSL, distros or {}),
        engines=_with_one_of(_ENGINES, distros or {}),
        containers=desktop.containers,
        link=desktop.link,
        stopped_by_us=desktop.stopped_by_us,
    )


def again(state: State, desktop: docker_desktop.State) -> State:
    """Return a state as it will be with another Docker Desktop: what was asked inside distributions stays."""
    return replace(read(desktop), servers=state.servers, musl=state.musl, engines=state.engines)


def _with_one_of(paths: tuple[str, ...], distros: Mapping[str, Mapping[str, Answer]]) -> tuple[str, ...]:
    return tuple(name for name, inside in distros.items() if set(paths) & _listed(inside.get("signs", NOT_ASKED)))


def _listed(answer: Answer) -> set[str]:
    """Return the paths that ``ls`` found; it complains of the others and ends with 2."""
    try:
        return set(Output.of(answer).text().split())
    except CallError:
        return set()


def server(answer: Answer) -> str:
    """Return the engine's version as a distribution sees it; empty for none."""
    try:
        output = Output.of(answer)
    except CallError:
        return ""
    text = output.text().strip()
    return text if output.ok and re.fullmatch(r"\d[\w.+-]*", text) else ""


def settings(generation: Generation, file: File) -> Settings:
    """Read of a settings file what is about integration."""
    parsed = file.parsed
    found = docker_settings.integrated(parsed)
    listed = found or []
    engine = parsed.get(docker_settings.WSL_ENGINE)
    return Settings(
        generation=generation,
        exists=file.exists,
        problem=file.problem,
        unreadable=file.unreadable,
        integrated=tuple(listed),
        vague=docker_settings.kind(parsed.get(docker_settings.INTEGRATED)) if found is None else "",
        listed_well=docker_settings.same_list(parsed, listed),
        default_distro=docker_settings.default_integrated(parsed, generation),
        default_said=bool(parsed.spellings(docker_settings.DEFAULT_DISTRO)),
        wsl_engine=engine if isinstance(engine, bool) else None,
        windows_containers=parsed.get(docker_settings.WINDOWS) is True,
    )
