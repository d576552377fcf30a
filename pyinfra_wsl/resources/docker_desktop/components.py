"""The parts of Docker Desktop as data: each with its state, and what a stopped or missing one means on this backend.

Docker, "Windows permission requirements": the helper service runs always for Hyper-V and Windows containers, and on demand with
WSL 2, so a stopped one is normal there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.resources.docker_desktop import answering, changes, places
from pyinfra_wsl.resources.docker_desktop.places import GROUP, SERVER, SERVICE, Engine
from pyinfra_wsl.resources.docker_desktop.state import State

Component = dict[str, Any]

_DISTROS = {
    "docker-desktop": "it runs the WSL 2 engine, and is stopped with it",
    "docker-desktop-data": "of the layout before 4.36: it may hold images and volumes, and is never to be removed blindly",
}


def show(state: State) -> dict[str, Any]:
    """Return the state as a fact and a result show it, with its components."""
    found: dict[str, Any] = plain(state)
    return {**found, "installed": state.installed, "version": state.version, "backend": state.backend, "components": of(state)}


def of(state: State) -> dict[str, Component]:
    """Return the components by their names."""
    backend = state.backend
    in_use = answering.backend(state.engines) or backend  # as `State.in_use`, which would read the settings again
    return {
        "program": _program(state),
        "backend process": _known(state.backend_process, "runs", "stopped", "no engine runs without it: start Docker Desktop"),
        "engine": _engine(state, backend, in_use),
        **{f"engine for {kind} containers": _behind(state, kind, backend) for kind in answering.PIPES},
        "command line": _part("answers" if state.client else "unknown", version=state.client),
        "licence": _known(None if state.settings is None else changes.accepted(state), "accepted", "not accepted",
                          "the first start waits until the user accepts it"),
        SERVICE: _service(state, backend),
        SERVER: _server(state),
        GROUP: _group(state, backend),
        "command line in PATH": _known(state.in_path, "yes", "no", "docker is found by its full path alone"),
        "credential helper": _part("unknown" if state.helper is None else state.helper or "none"),
        **_plugins(state),
        "image store": _image_store(state),
        "Kubernetes": _kubernetes(state, in_use),
        "autostart": _autostart(state),
        "beside it": _part("found" if state.predecessors else "nothing", found=list(state.predecessors)),
    }  # fmt: skip


def of_wsl(
    backend: str | None, distros: Iterable[str] | None, running: Iterable[str] | None, inside: Mapping[str, str]
) -> dict[str, Component]:
    """Return the components that are in WSL: Docker's own distributions, and the way to the engine in each that was asked.

    Args:
        backend: what runs containers.
        distros: the names of the distributions; None while unknown.
        running: those that run; None while unknown.
        inside: the engine's version by distribution, empty where none answers.

    """
    there = {name.lower() for name in distros or ()}
    run = None if running is None else {name.lower() for name in running}
    found = {}
    for name, meaning in _DISTROS.items():
        means = meaning if name in there or (backend == "wsl-2" and name == "docker-desktop") else ""
        if distros is None:
            found[name] = _part("unknown")
        elif name not in there:
            found[name] = _part("missing", "Docker Desktop makes it at its first start" if means else "")
        else:
            found[name] = _part("there" if run is None else "runs" if name in run else "stopped", means)
    proxies = {f"docker.sock in {name}": _part("answers" if one else "silent", version=one) for name, one in inside.items()}
    return {**found, **proxies}


def _part(said: str, means: str = "", **more: Any) -> Component:
    part: Component = {"state": said}
    if means:
        part["means"] = means
    for name, one in more.items():
        if one not in (None, ""):
            part[name] = one
    return part


def _known(value: bool | None, yes: str, no: str, means: str) -> Component:
    return _part("unknown" if value is None else yes if value else no, means if value is False else "")


def _program(state: State) -> Component:
    if not state.installed:
        return _part("not installed" if state.installed is False else "unknown")
    scopes = {one.scope for one in state.installations}
    mixed = "installed for all users and for this one: they disturb each other" if len(scopes) > 1 else ""
    mixed = mixed or ("installed by its EXE and by an MSI: which works is not known" if len(state.installations) > 1 else "")
    used = state.used
    return _part(
        "runs" if state.running_for else "stopped", mixed, version=used.version, scope=used.scope, installer=used.kind,
        folder=used.folder,
    )  # fmt: skip


def _engine(state: State, backend: str | None, in_use: str | None) -> Component:
    if not state.running_for:
        return _part("stopped", "Docker Desktop does not run: start it in its user's session", backend=backend)
    if not state.server:
        return _part("silent" if state.server == "" else "unknown", backend=backend)
    kind = state.server_os or "linux"
    pipe = next((rf"\\.\pipe\{one}" for name, one in answering.PIPES.items() if name == kind), "")
    return _part("answers", version=state.server, backend=in_use, pipe=pipe, context=f"desktop-{kind}")


def _behind(state: State, kind: Engine, backend: str | None) -> Component:
    """Tell of the engine behind one of Docker Desktop's own pipes, of which one answers at a time."""
    more = {"pipe": rf"\\.\pipe\{answering.PIPES[kind]}", "context": f"desktop-{kind}"}
    found = state.engines.get(kind)
    if not state.running_for:
        return _part("stopped" if state.running_known else "unknown", **more)
    if found is None:
        return _part("unknown", **more)
    if found.version:
        return _part("answers", version=found.version, **more)
    declared = places.kind(backend) if backend else None
    means = "the settings mean this one: look at Docker Desktop's window" if declared == kind else "the other one is in use"
    return _part("silent", means, **more)


def _plugins(state: State) -> dict[str, Component]:
    """Tell of each plugin of the command line; none of them needs an engine to be there."""
    if state.plugins is None:
        return {"plugins": _part("unknown")}
    found = {}
    for name, one in state.plugins.items():
        said = "broken" if one.problem else "there"
        found[f"plugin {name}"] = _part(said, one.problem, version=one.version, path=one.path)
    return found or {"plugins": _part("none", "docker compose and docker buildx are no commands here")}


def _image_store(state: State) -> Component:
    """Tell of the store that the engine uses; where it was not asked, of the one that is set."""
    if state.containerd is not None:
        return _part("containerd" if state.containerd else "classic", "what the other store holds is not shown", seen="engine")
    return _setting(state, "UseContainerdSnapshotter", "containerd", "classic")


def _kubernetes(state: State, in_use: str | None) -> Component:
    found = _setting(state, "KubernetesEnabled", "on", "off")
    windows = in_use == "windows" and found["state"] == "on"
    return found | ({"means": "with Windows containers there is none"} if windows else {})


def _service(state: State, backend: str | None) -> Component:
    start = state.services.get(SERVICE)
    if start is None:
        own = state.installed and state.used.scope == "user"
        return _part("missing", "an installation for one user has none" if own else "")
    if backend in ("hyper-v", "windows"):
        return _part(start, "" if start == "automatic" else "this backend needs it: Windows asks for elevation at each start")
    return _part(start, "with the WSL 2 backend it runs on demand, and a stopped one is normal")


def _server(state: State) -> Component:
    start = state.services.get(SERVER)
    means = "" if start == "automatic" else "Docker Desktop needs it, started automatically"
    return _part(start or "unknown", means if start else "")


def _autostart(state: State) -> Component:
    if state.switched_off:
        return _part("off", "somebody has switched it off in the Task Manager")
    return _known(state.autostart, "on", "off", "")


def _group(state: State, backend: str | None) -> Component:
    needed = backend in ("hyper-v", "windows")
    means = "this backend needs its user in it" if needed else "the WSL 2 backend does not ask for it"
    return _part("unknown" if state.members is None else "known", means, members=list(state.members or ()) or None)


def _setting(state: State, name: str, yes: str, no: str) -> Component:
    value = state.effective(name)
    return _known(value if isinstance(value, bool) else None, yes, no, "")
