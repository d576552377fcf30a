"""How Docker Engine on a Linux host is declared, so that a run changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.adopted import Adopted, hindrances
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.data import template
from pyinfra_wsl.resources.docker_engine.plan import Want, place_of, plan
from pyinfra_wsl.resources.docker_engine.repository import DOCKER, Repository
from pyinfra_wsl.resources.docker_engine.state import State

_KEY = "docker_engine"
_ADDRESS = re.compile(r"^(?:URIs: |baseurl=)(\S+)$", re.MULTILINE)
_CHANNEL = re.compile(r"^Components: (\S+)$", re.MULTILINE)


def asks(state: State) -> Mapping[str, Any]:
    """Return what a second look asks: for the members of the group, and who has a daemon of their own."""
    return {"users": sorted({*(state.members or ()), *state.listening})}


def adopt(state: State) -> Iterator[Adopted]:
    """Yield what is there, where a run would leave it: an engine of Docker's own packages, from Docker's repository."""
    if "docker-ce" not in state.packages:
        others = [name for name in ("docker.io", "podman-docker", "moby-engine") if name in state.packages]
        yield from (Adopted((_KEY,), note=f"{name} is installed, and not Docker's own packages") for name in others)
        return
    declared: dict[str, Any] = {"state": "present", **_repository(state)}
    if members := sorted(name for name in state.members or () if state.users.get(name) is not None):
        declared["users"] = members
    if state.daemon:
        declared["daemon"] = dict(state.daemon)
    if "docker-ce" in state.held:
        declared["hold"] = True
    made = hindrances(plan(Want.of({_KEY: declared}), state, None, _render))
    if made:
        yield Adopted((_KEY,), note=f"Docker Engine is installed, and is not declared: {made[0]}")
        return
    yield from (Adopted((_KEY, name), value) for name, value in declared.items())
    if state.listening:
        yield Adopted((_KEY, "rootless"), note=f"daemons without root listen for {', '.join(sorted(state.listening))}")


def _repository(state: State) -> dict[str, str]:
    """Return what our file names, as far as it is not Docker's own; another host has a key of its own."""
    place, found = place_of(state), dict[str, str]()
    if isinstance(place, Failure):
        return found
    named = _ADDRESS.search(state.sources or "")
    address = named[1].removesuffix("/").removesuffix(f"/{place.folder}") if named else DOCKER
    if address != DOCKER:
        found["repository"] = address
    if (channel := _CHANNEL.search(state.sources or "")) and channel[1] != "stable":
        found["channel"] = channel[1]
    if len(state.key) == 1 and state.key[0] != Repository().wanted(state):
        found["key_fingerprint"] = state.key[0]
    return found


def _render(name: str, **values: object) -> str:
    return template(name).render(values)
