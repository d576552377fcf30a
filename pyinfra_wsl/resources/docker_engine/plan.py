"""Docker Engine on a Linux host, from Docker's own repository.

Docker documentation: "Install Docker Engine on Debian" (and Ubuntu, Fedora, RHEL), "Linux post-installation
steps", "Rootless mode".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.core.acts import Act, Service, Shell
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import json_value
from pyinfra_wsl.core.linux import deletion
from pyinfra_wsl.core.linux.host import NOT_ROOT, join
from pyinfra_wsl.core.linux.packages import release as upstream
from pyinfra_wsl.core.plan import Deferred, Plan, Render, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.resources.docker_engine import (
    asking,
    in_force,
    listed,
    packages,
    patch,
    repository,
    rootless,
    services,
    surroundings,
)
from pyinfra_wsl.resources.docker_engine.daemon import Daemon, ending
from pyinfra_wsl.resources.docker_engine.release import Release, release
from pyinfra_wsl.resources.docker_engine.repository import Key, Repository
from pyinfra_wsl.resources.docker_engine.state import (
    PACKAGES,
    ROOTLESS_EXTRAS,
    SYSTEM,
    State,
)


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared; `pyinfra_wsl.resources.docker_engine.operation.present` says what each means."""

    state: Literal["present", "absent"] = "present"
    version: str | None = None
    hold: bool | None = None
    repository: Repository = field(default_factory=Repository)
    remove_conflicting: bool = False
    daemon: Mapping[str, Any] = field(default_factory=dict)
    users: tuple[str, ...] = ()
    rootless: bool | None = None
    apply: Literal["when_idle", "now"] = "when_idle"
    allow_data_loss: bool = False
    key: str | None = None

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``docker_engine`` of a host."""
        declared = dict(values["docker_engine"])
        where = Repository.of(declared)
        own = {name: value for name, value in declared.items() if name not in ("repository", "channel", "key_fingerprint")}
        return cls(**{**own, "users": tuple(own.get("users", ())), "repository": where})

    @property
    def held(self) -> bool | None:
        """Whether packages are held: as declared; a declared version is held; else whatever they are."""
        return self.hold if self.hold is not None else (True if self.version else None)

    @property
    def careful(self) -> bool:
        """Whether what ends containers waits for them."""
        return self.apply == "when_idle"

    @property
    def packages(self) -> packages.Wanted:
        """What is declared of the packages."""
        return packages.Wanted(self.version, self.held, bool(self.rootless), self.daemon)


def place_of(state: State) -> Release | Failure:
    """Return where in Docker's repository this host's release is, or why Docker has nothing for it."""
    return release(state.os, state.origin)


def key_source(wanted: Repository, state: State, declared: str | None) -> str | None:
    """Return from where the repository's key must be fetched; None where the host has the right one already."""
    place = place_of(state)
    if isinstance(place, Failure) or state.key == (wanted.wanted(state),):
        return None
    return declared or f"{wanted.at(place)}/gpg"


def plan(want: Want, state: State, key: Key | None, render: Render) -> Plan:
    """Compare and plan; whatever is impossible or lacks consent comes before any change.

    Args:
        want: what is declared.
        state: the host as it is.
        key: the repository's key, where `key_source` asked for it.
        render: fills in a template.

    """
    if want.state == "absent":
        return _absent(want, state)
    place = place_of(state)
    if isinstance(place, Failure):
        return Plan(failures=(place,))
    if failures := tuple(_failures(want, state, place, key)):
        return Plan(failures=failures)
    conflicts = tuple(packages.removal(want.packages, state, place.folder, _running(state)))
    changes = [
        *packages.profiles(state),
        *(_system(want, state).changes(want.daemon) if _installs(state) and not want.rootless else ()),
        *packages.changes(want.packages, state, _running(state)),
        *(_without_root(want, state) if want.rootless else _with_root(want, state)),
    ]
    named = tuple(repository.changes(want.repository, place, state, key, render))
    all_changes = (*_asked(want.repository, place, state, (*named, *conflicts)), *changes)
    warned = (place.warning,) if place.warning and all_changes else ()
    warnings = (*warned, *packages.warnings(state), *_notes(want, state))
    if any(_held_back(want, change) for change in conflicts):  # Docker's packages would take their place
        return Plan(deferred=_all_waiting((*conflicts, *named, *changes)), warnings=warnings)
    now = tuple(change for change in all_changes if not _held_back(want, change))
    waiting = tuple(_wait(change, change.ends) for change in all_changes if _held_back(want, change))
    unproved = tuple(what for one in _daemons(want, state) for what in one.unproved(want.daemon))
    return Plan(now, waiting, warnings=warnings, noop=_noop(want, state), unproved=unproved)


def _asked(wanted: Repository, place: Release, state: State, source: Sequence[Step]) -> tuple[Step, ...]:
    """Let the repository be asked before any of these steps is made; none costs no question."""
    needs = tuple(repository.needs(wanted, state))
    return (*needs, *asking.first(repository.ask(wanted, place, state), source))


def _all_waiting(changes: Sequence[Step]) -> tuple[Deferred, ...]:
    """Let all wait where one of them may end containers: the rest rests on it."""
    ended = next(change.ends for change in changes if change.ends != 0)
    return tuple(_wait(change, ended) for change in changes)


def _held_back(want: Want, change: Step) -> bool:
    return want.careful and change.ends != 0


def _wait(change: Step, ended: int | None) -> Deferred:
    some = f"{ended} container{'s run' if ended > 1 else ' runs'}" if ended else "it is not known whether containers run"
    return Deferred(change.sentence, "containers stopped", some)


def _running(state: State) -> int | None:
    """Return how many containers the end of the system's daemon ends; None is unknown."""
    return state.containers if state.containers is not None or state.unit("docker.service").active else 0


def _ended(want: Want, state: State) -> int | None:
    """Return how many containers a restart of the system's daemon ends; None is unknown.

    A daemon that starts without live-restore ends what one with it has left (moby, daemon/daemon.go).
    """
    return 0 if _keeps(want, state) else _running(state)


def _keeps(want: Want, state: State) -> bool:
    return state.live_restore and want.daemon.get("live-restore") is not False


def repository_plan(want: Repository, state: State, key: Key | None, render: Render) -> Plan:
    """Plan Docker's repository alone, for those who need its packages without the engine.

    Args:
        want: what is declared of it.
        state: the host as it is.
        key: the repository's key, where `key_source` asked for it.
        render: fills in a template.

    """
    place = place_of(state)
    if state.os.packages == "pacman":
        return Plan()
    if isinstance(place, Failure):
        return Plan(failures=(place,))
    if found := (*listed.refusal(state, want.at(place), _ELSEWHERE), *_key(want, state, key)):
        return Plan(failures=found)
    return Plan(_asked(want, place, state, tuple(repository.changes(want, place, state, key, render))))


_ELSEWHERE = "take it away there, then run again"


def _key(wanted: Repository, state: State, key: Key | None) -> Iterator[Failure]:
    if (problem := repository.key_problem(wanted, state, key)) is not None:
        yield problem


def _noop(want: Want, state: State) -> str:
    version = upstream(state.packages.get("docker-ce", ""))
    return f"docker-ce {version} is installed, {'a daemon per user' if want.rootless else 'docker.service'} runs"


def _failures(want: Want, state: State, place: Release, key: Key | None) -> Iterator[Failure]:
    if not state.root:
        yield NOT_ROOT
    if not state.systemd:
        yield Failure(
            "systemd does not run on this host", "Docker's packages need it: use a host that boots with systemd", "systemd"
        )
    if not want.rootless:
        yield from services.failures(state)
    for name in want.users:
        if state.users.get(name) is None:
            yield Failure(
                f"docker_engine: there is no user {name}",
                f"create the user, or take {name} out of docker_engine.users",
                "no_user",
            )
    yield from packages.refusals(want.packages, state, place.folder, consent=want.remove_conflicting)
    consent = want.remove_conflicting
    remedy = _ELSEWHERE if consent else f"consent with remove_conflicting: true, or {_ELSEWHERE}"
    yield from listed.refusal(state, want.repository.at(place), remedy, consent=consent)
    yield from _key(want.repository, state, key)
    if want.rootless:
        yield from rootless.failures(want.users, state)
    else:
        merged = _merged(want, state)
        rests = state.unit("docker.service").active and json_value.same(merged, state.daemon or {})
        yield from surroundings.failures(merged, state.around, rests=rests)
    for one in _daemons(want, state):
        yield from one.failures(want.daemon)


def _daemons(want: Want, state: State) -> Iterable[Daemon]:
    return rootless.daemons(want.users, state, careful=want.careful) if want.rootless else (_system(want, state),)


def _merged(want: Want, state: State) -> Mapping[str, Any]:
    """Return the system's daemon.json as it will be."""
    merged: Mapping[str, Any] = patch.patched(state.daemon or {}, want.daemon)
    return merged


def _notes(want: Want, state: State) -> Iterator[str]:
    daemon = {"iptables": False, "ipv6": True} if want.rootless else _merged(want, state)  # without root: a network of its own
    yield from surroundings.notes(daemon, state.around, before=state.daemon or {})


def _with_root(want: Want, state: State) -> Iterator[Step]:
    if want.rootless is False:
        yield from rootless.removals(want.users, state)
    if not _installs(state):
        yield from _system(want, state).changes(want.daemon)
        yield from services.changes(want.version, state, _ended(want, state))
    yield from surroundings.restored(state.around, state.daemon or {}, _ended(want, state), ending(_ended(want, state))[2:])
    yield from _group(want, state)


def _without_root(want: Want, state: State) -> Iterator[Step]:
    yield from rootless.needs(state)
    for one in rootless.daemons(want.users, state, careful=want.careful):
        yield from one.changes(want.daemon)
    yield from _no_service(state)
    yield from rootless.changes(want.users, state)


def _system(want: Want, state: State) -> Daemon:
    running, ends = state.running if state.unit("docker.service").active else None, _ended(want, state)
    home, link = in_force.SYSTEM, state.daemon_link
    careful = want.careful and not _keeps(want, state)
    return Daemon(home, state.daemon, state.daemon_problem, running, not _installs(state), ends, careful=careful, link=link)


def _installs(state: State) -> bool:
    """Whether docker-ce is yet to be installed: its package starts the service, which must find daemon.json then."""
    return "docker-ce" not in state.packages


def _no_service(state: State) -> Iterator[Step]:
    """Stop the system's daemon, of whose socket a start would come too."""
    unit, socket = state.unit("docker.service"), state.unit("docker.socket")
    if unit.active or unit.enabled or socket.active or socket.enabled:
        acts = (*_emptied(state), Service("docker.service", present=False), Service("docker.socket", present=False))
        ends = _running(state)
        note = f"each user has a daemon without root instead{ending(ends)}"
        yield Step("stop the system's docker.service", acts, note, ends=ends)


def _emptied(state: State) -> tuple[Act, ...]:
    """Return what ends the containers that live-restore would leave behind, without a daemon that knows them."""
    return (Shell(f"{SYSTEM} ps -q | xargs -r {SYSTEM} stop"),) if state.live_restore and state.containers else ()


def _group(want: Want, state: State) -> Iterator[Step]:
    for name in want.users:
        if "docker" not in (state.users.get(name) or ()):
            sentence = f"{name} joins the group docker: members of docker are root on this host"
            yield Step(sentence, (join(name, "docker"),), "from the next logon on")


def _absent(want: Want, state: State) -> Plan:
    if not state.root:
        return Plan(failures=(NOT_ROOT,))
    if _removed(state) and (others := [name for name in state.listening if name not in want.users]):
        run = "run daemons" if len(others) > 1 else "runs a daemon"
        cause = f"{', '.join(others)} {run} without root from Docker's packages"
        return Plan(
            failures=(Failure(cause, "name them in docker_engine.users too, so that theirs is taken away first", "in_use"),)
        )
    if want.allow_data_loss and (failures := (*deletion.refusals(state.data), *rootless.kept(want.users, state))):
        return Plan(failures=failures)
    changes = (*rootless.removals(want.users, state, data=want.allow_data_loss), *_removals(want, state))
    if any(_held_back(want, change) for change in changes):
        return Plan(deferred=_all_waiting(changes))
    warnings = tuple(_elsewhere(want, state)) if changes else ()
    return Plan(changes, warnings=warnings, noop="Docker Engine is not installed")


def _elsewhere(want: Want, state: State) -> Iterator[str]:
    """Say what consent to delete data does not reach: a folder that somebody chose may hold other things too."""
    file = state.daemon or {}
    roots = (state.running.shown.get("data-root"), file.get("data-root"), file.get("graph"))
    for root in dict.fromkeys(one for one in roots if isinstance(one, str) and one):
        if want.allow_data_loss and not f"{root}/".startswith("/var/lib/docker/"):
            yield f"Docker's data is in {root} (data-root): images, containers and volumes there stay; delete them yourself"


def _removed(state: State) -> tuple[str, ...]:
    kept = ("docker-ce-cli",) if "docker-desktop" in state.packages else ()  # Docker Desktop depends on it
    there = {*state.packages, *state.halves}
    return tuple(name for name in (*PACKAGES, ROOTLESS_EXTRAS) if name in there and name not in kept)


def _removals(want: Want, state: State) -> Iterator[Step]:
    names = _removed(state)
    held = [name for name in names if name in state.held]
    if names:
        acts: tuple[Act, ...] = (packages.unhold(state, held),) if held else ()
        acts = (*_emptied(state), *acts, *packages.removed(names, state))
        yield Step(f"remove {', '.join(names)}", acts, ending(_running(state))[2:], ends=_running(state))
    if state.sources or (state.sources is not None and not state.beside) or state.key:
        yield repository.forget(state)
    if want.allow_data_loss and state.data:
        yield deletion.deletion(state.data)
