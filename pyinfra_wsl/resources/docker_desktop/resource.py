"""The declaration of Docker Desktop on Windows: ``docker_desktop`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Call
from pyinfra_wsl.core.problem import Path
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import sids
from pyinfra_wsl.core.windows.resource import NOT_ASKED, Answers, Calls, WindowsResource
from pyinfra_wsl.resources.docker_desktop import answering, installed, plan, remove, requirements, setup
from pyinfra_wsl.resources.docker_desktop.adopt import adopt
from pyinfra_wsl.resources.docker_desktop.components import show
from pyinfra_wsl.resources.docker_desktop.places import own_folder
from pyinfra_wsl.resources.docker_desktop.rules import KEY, check, complete
from pyinfra_wsl.resources.docker_desktop.state import (
    State,
    groups,
    owners,
    probe,
    probe_files,
    probe_profile,
    probe_session,
    read,
    stopped_key,
)
from pyinfra_wsl.resources.docker_desktop.waiting import runs
from pyinfra_wsl.resources.docker_desktop.want import Want

_LOOKED_UP = ("state", "backend", "accept_license", "settings", "daemon", "admin_settings", "allowed_orgs", "start")


def _settings(values: Values) -> Iterator[Setting]:
    declared: Mapping[str, Any] = values.get(KEY, {})
    for name in ("version", "minimum", "scope"):
        if name in declared.get("package", {}):
            yield Setting(KEY, (KEY, "package", name), declared["package"][name], declared)
    for name in _LOOKED_UP:
        if name in declared:
            yield Setting(KEY, (KEY, name), declared[name], declared)


def _sources(values: Values) -> Iterator[Path]:
    if "installer" in values.get(KEY, {}).get("package", {}):
        yield (KEY, "package", "installer")


def _session(laptop: Laptop) -> Calls:
    """Ask in the program folder that the machine tells of; where it tells of none, in the person's own, which is known."""
    have, user = laptop.first(State), laptop.user
    shared = have.of_scope("all_users")
    folder = shared[0].folder if shared else own_folder(user.profile) if user else have.folder
    running = user is not None and user.sid in have.running_for
    usual = {**answering.probe_plugins(folder), "groups": groups()} if shared or running else {}
    return {**installed.details(have.products, own=False), **usual, **(probe_session(folder) if running else {})}


def _further(laptop: Laptop) -> Calls:
    return installed.details(laptop.first(State).products, own=True)


def _noted(laptop: Laptop) -> list[Call]:
    """Forget that a run stopped one that runs again: who quits it after that does not want it started."""
    stale = laptop.user is not None and laptop.of(State).stopped_by_us and runs(laptop)
    return [call.registry_remove(stopped_key(laptop.user), tree=True)] if stale and laptop.user is not None else []


def _read(answers: Answers, laptop: Laptop) -> State:
    return read(answers.own, laptop.user)


def _first(answers: Answers, laptop: Laptop) -> State:
    """Read which installations the machine knows of and for whom it runs."""
    listed, running = installed.listed(answers.own), answers.own.get("processes", NOT_ASKED)
    machine = installed.machine(answers.own, listed)
    return State(
        installations=machine.installations,
        machine_known=machine.known,
        running_for=owners(running),
        running_known=sids(running) is not None,
        products=installed.keys(listed, laptop.user),
    )


def _forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after an operation: of the package, of a removal, or else of what is set."""
    if want.removed:
        return remove.forecast(laptop, want)
    return setup.forecast(laptop, want) if want.package is None else plan.forecast(laptop, want)


RESOURCE = WindowsResource[Want, State](
    name=KEY,
    words="Docker Desktop",
    system="windows",
    whose="user",
    key=KEY,
    state=State,
    want=Want.of,
    check=check,
    complete=complete,
    settings=_settings,
    sources=_sources,
    machine=probe,
    profile=probe_profile,
    files=probe_files,
    session=_session,
    further=_further,
    noted=_noted,
    read=_read,
    first=_first,
    show=show,
    needs=frozenset({"wsl"}),
    waits=frozenset({"user logon", "reboot", "vm idle", "docker desktop idle", "licence", "sign-in"}),
    forecast=_forecast,
    foresee=requirements.foresee,
    adopt=adopt,
)
