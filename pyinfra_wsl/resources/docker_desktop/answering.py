r"""Who answers: the engines behind Docker Desktop's pipes, the command line and its plugins, each asked and none assumed.

Pipes and contexts: docker/for-win issues 14869 and 14662 (``dockerDesktopLinuxEngine``, ``dockerDesktopWindowsEngine``, and
``docker_engine``, which whoever came first may hold). A pipe is asked by ``--host``, so that neither a context nor a
``DOCKER_HOST`` leads astray. ``docker info`` names the plugins in its client's half, which needs no engine (docker/cli, "docker
info"). Which of the Linux backends an engine is shows in its kernel: ``microsoft`` in WSL's own, ``linuxkit`` in the Hyper-V
VM's (from knowledge; a kernel of one's own has neither word).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core import call, heard
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import Output, output_of
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.resources.docker_desktop.places import Engine, docker_exe

PIPES: Mapping[Engine, str] = {"linux": "dockerDesktopLinuxEngine", "windows": "dockerDesktopWindowsEngine"}
"""The pipe of each of Docker Desktop's engines."""
DEFAULT_PIPE = "docker_engine"
"""The pipe of the context ``default``."""

_SECONDS = (
    10  # a pipe that is there answers at once, one that is not fails at once; a wedged one must not use up the session's time
)
_MOST, _LONGEST = 50, 200
_BYTES = 256 << 10
_ASKED: Mapping[str, str] = {"linux": PIPES["linux"], "windows": PIPES["windows"], "default": DEFAULT_PIPE}


@dataclass(frozen=True, slots=True)
class Answering:
    """The engine behind a pipe: its version, empty where none answers; what containers it runs; its kernel."""

    version: str = ""
    system: str = ""
    kernel: str = ""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin of the command line: its version, empty where it does not say; where it lies; why it does not work."""

    version: str = ""
    path: str = ""
    problem: str = ""


def host(pipe: str) -> str:
    """Return a pipe as ``docker --host`` takes it."""
    return f"npipe:////./pipe/{pipe}"


def probe_engines(folder: str) -> dict[str, Call]:
    """Return what is asked while it runs, given its program folder."""
    asked = {f"pipe_{name}": pipe for name, pipe in _ASKED.items()}
    form = ("--format", "{{json .}}")
    calls = {name: _docker(folder, "--host", host(pipe), "version", *form) for name, pipe in asked.items()}
    return {**calls, "image_store": _docker(folder, "info", "--format", "{{json .DriverStatus}}")}


def probe_plugins(folder: str) -> dict[str, Call]:
    """Return what is asked of the command line itself, given its program folder."""
    return {"plugins": _docker(folder, "info", "--format", "{{json .ClientInfo.Plugins}}")}


def _docker(folder: str, *words: str) -> Call:
    return call.run(docker_exe(folder), *words, timeout=_SECONDS, limit=_BYTES)


def engines(answers: Mapping[str, Answer]) -> dict[str, Answering]:
    """Return who answers behind each pipe that was asked, by ``linux``, ``windows`` and ``default``; unknown ones are missing."""
    found = {name: _answering(answers.get(f"pipe_{name}", NOT_ASKED)) for name in _ASKED}
    return {name: one for name, one in found.items() if one is not None}


def _answering(answer: Answer) -> Answering | None:
    """Without an engine ``docker version`` ends with 1, and what it says has no server; what says neither is unknown."""
    said, output = in_json(answer)
    if output is None or output.timed_out or not isinstance(said, dict) or not isinstance(said.get("Client"), dict):
        return None
    server = said.get("Server")
    if not isinstance(server, dict) or not text(server, "Version"):
        return Answering() if server is None and output.exit_code == 1 else None
    return Answering(text(server, "Version"), text(server, "Os"), text(server, "KernelVersion"))


def plugins(answer: Answer) -> dict[str, Plugin] | None:
    """Return the plugins by their names; None while unknown."""
    said, output = in_json(answer)
    if output is None or output.timed_out or not isinstance(said, list):
        return None
    rows = [one for one in said[:_MOST] if isinstance(one, dict) and text(one, "Name")]
    return {text(one, "Name"): Plugin(text(one, "Version"), text(one, "Path"), text(one, "Err")) for one in rows}


def containerd(answer: Answer) -> bool | None:
    """Whether the engine that answers keeps its images in containerd's store; None while unknown.

    The driver's status names containerd's snapshotter then (moby, ``io.containerd.snapshotter.v1``).
    """
    said, output = in_json(answer)
    if output is None or not output.ok or not isinstance(said, list) or not said:
        return None
    rows = [row for row in said if isinstance(row, list) and all(isinstance(one, str) for one in row)]
    return any("io.containerd.snapshotter" in one for row in rows for one in row) if len(rows) == len(said) else None


def active(found: Mapping[str, Answering]) -> str | None:
    """Return which engine answers: ``linux`` or ``windows``, empty for none, None while unknown."""
    answers = [name for name in PIPES if name in found and found[name].version]
    if len(answers) == 1:
        return answers[0]
    if answers:  # both: the pipe of the default context tells which one counts
        default = found.get("default", Answering()).system
        return default if default in answers else None
    return "" if all(name in found for name in PIPES) else None


def backend(found: Mapping[str, Answering]) -> str | None:
    """Return which backend answers, by what its engine says of itself; None where it does not tell."""
    which = active(found)
    if which != "linux":
        return which or None
    kernel = found["linux"].kernel.lower()
    return "wsl-2" if "microsoft" in kernel else "hyper-v" if "linuxkit" in kernel else None


def in_json(answer: Answer) -> tuple[Any, Output | None]:
    """Return what a program said in JSON, and how it ended; twice None where it did not start, or said something else."""
    try:
        output = output_of(answer)
        return (heard.parse(output.stdout), output) if output else (None, None)
    except ValueError:
        return None, None


def text(values: Mapping[str, Any], name: str) -> str:
    """Return a value that is a text of a line, cut where it is longer than anybody reads."""
    value = values.get(name)
    return value[:_LONGEST] if isinstance(value, str) and value.isprintable() else ""
