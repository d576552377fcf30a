"""What the ``docker`` client says of the engine, on Windows and inside a distribution alike.

Sources: Docker's CLI reference. Texts of failures from docker/for-win's issues; nothing may lean on their wording.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.program import Unsupported

CLIENT = "28.3.3"


@dataclass(frozen=True, slots=True)
class Said:
    """What a client printed, and its exit code."""

    code: int
    out: str = ""
    err: str = ""


def ask(docker: DockerDesktop, words: list[str], problem: str) -> Said:
    """Answer ``version``, ``info`` and ``ps``.

    Args:
        docker: the laptop's Docker Desktop.
        words: the arguments.
        problem: why the engine cannot be reached from here; empty: it answers.

    """
    verb, form = words[0] if words else "", _format(words[1:])
    if verb == "version":
        return _version(docker, form, problem)
    if verb == "info":
        return _info(docker, form, problem)
    if verb == "ps" and words[1:] in (["-q"], ["--quiet"]):
        return Said(1, err=problem) if problem else Said(0, "".join(f"{name}\n" for name in docker.containers))
    raise Unsupported(f"docker {' '.join(words)}")


def _format(words: list[str]) -> str | None:
    """Return the value of ``--format`` or ``-f``, None where there is none."""
    for at, word in enumerate(words):
        if word in ("--format", "-f") and at + 1 < len(words):
            return words[at + 1].strip("'\"")
        if word.startswith("--format="):
            return word.partition("=")[2].strip("'\"")
    return None


def _version(docker: DockerDesktop, form: str | None, problem: str) -> Said:
    engine = "" if problem else docker.engine
    server = f"\nServer: Docker Desktop {docker.version}\n Engine:\n  Version: {engine}\n" if engine else ""
    both = json.dumps({"Client": {"Version": CLIENT}, "Server": {"Version": engine} if engine else None}) + "\n"
    answers = {
        None: f"Client:\n Version:           {CLIENT}\n{server}",
        "{{.Server.Version}}": f"{engine}\n",
        "{{.Client.Version}}": f"{CLIENT}\n",
        "json": both,
        "{{json .}}": both,
    }
    if form not in answers:
        raise Unsupported(f"docker version --format {form}")
    if problem and form != "{{.Client.Version}}":
        return Said(1, answers[form] if form != "{{.Server.Version}}" else "\n", problem)
    return Said(0, answers[form])


def _info(docker: DockerDesktop, form: str | None, problem: str) -> Said:
    """Without an engine, the client's half and exit code 0 all the same, as users have measured."""
    server = f"\nServer:\n Server Version: {docker.engine}\n Operating System: Docker Desktop\n"
    answers = {
        None: "Client:\n" + ("" if problem else server),
        "{{.OperatingSystem}}": "" if problem else "Docker Desktop\n",
        "{{.OSType}}": "" if problem else "linux\n",
        "{{.ServerVersion}}": "" if problem else f"{docker.engine}\n",
    }
    if form not in answers:
        raise Unsupported(f"docker info --format {form}")
    return Said(0, answers[form], problem)
