"""How Docker Engine on a Linux host is declared, so that a run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.adopted import Adopted, hindrances
from pyinfra_wsl.data import template
from pyinfra_wsl.resources.docker_engine.plan import Want, plan
from pyinfra_wsl.resources.docker_engine.state import State

_KEY = "docker_engine"


def asks(state: State) -> Mapping[str, Any]:
    """Return what a second look asks: for the members of the group, and who has a daemon of their own."""
    return {"users": sorted({*(state.members or ()), *state.listening})}


def adopt(state: State) -> Iterator[Adopted]:
    """Yield what is there, where a run would leave it: an engine of Docker's own packages, from Docker's repository."""
    if "docker-desktop" in state.packages:
        note = (
            f"Docker Desktop {state.packages['docker-desktop']} is installed; declare its package's source and sha256, and user"
        )
        yield Adopted(("docker_desktop_linux",), note=note)
    if "docker-ce" not in state.packages:
        others = [name for name in ("docker.io", "podman-docker", "moby-engine") if name in state.packages]
        yield from (Adopted((_KEY,), note=f"{name} is installed, and not Docker's own packages") for name in others)
        return
    declared: dict[str, Any] = {"state": "present"}
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


def _render(name: str, **values: object) -> str:
    return template(name).render(values)
