"""What the ``docker`` client answers, on Windows and inside a distribution alike.

Sources: Docker's CLI reference.
"""

from __future__ import annotations

from pyinfra_wsl.lab.docker_desktop.engines import Engine
from pyinfra_wsl.lab.exe.docker_info import info
from pyinfra_wsl.lab.exe.docker_said import CLIENT, COMMIT, Client, Said
from pyinfra_wsl.lab.exe.docker_version import version
from pyinfra_wsl.lab.machine.program import Unsupported


def ask(client: Client, words: list[str]) -> Said:
    """Answer ``version``, ``info``, ``ps``, and what lists images and volumes by name."""
    verb, form = words[0] if words else "", format_of(words[1:])
    if words in (["--version"], ["-v"]):
        return Said(0, f"Docker version {CLIENT}, build {COMMIT}\n")
    if verb == "version":
        return version(client, form)
    if verb == "info":
        return info(client, form)
    if verb in dict(client_plugins(client)) and words[1:2] == ["version"]:
        return _plugin(client, verb, words[2:])
    names = _listed(client.engine, [word for word in words if word not in ("-q", "--quiet", "-a", "--all")])
    if names is None or not {"-q", "--quiet"} & set(words):
        raise Unsupported(f"docker {' '.join(words)}")
    return Said(1, err=client.problem) if client.engine is None else Said(0, "".join(f"{name}\n" for name in names))


def client_plugins(client: Client) -> list[tuple[str, str]]:
    """Return the commands of the plugins with their versions."""
    return [(name.removeprefix("docker-"), version) for name, version, _ in client.plugins]


def _listed(engine: Engine | None, words: list[str]) -> list[str] | None:
    """Return what a listing shows; None for no listing."""
    kinds = {"ps": "containers", "images": "images", "image ls": "images", "volume ls": "volumes", "container ls": "containers"}
    kind = kinds.get(" ".join(words))
    return None if kind is None else list(getattr(engine.content, kind)) if engine is not None else []


def format_of(words: list[str]) -> str | None:
    """Return the value of ``--format`` or ``-f``, None where there is none."""
    for at, word in enumerate(words):
        if word in ("--format", "-f") and at + 1 < len(words):
            return words[at + 1].strip("'\"")
        if word.startswith("--format="):
            return word.partition("=")[2].strip("'\"")
    return None


def _plugin(client: Client, name: str, words: list[str]) -> Said:
    number = dict(client_plugins(client))[name]
    if words == ["--short"] and name == "compose":
        return Said(0, f"{number.removeprefix('v')}\n")
    if words:
        raise Unsupported(f"docker {name} version {' '.join(words)}")
    said = {"compose": f"Docker Compose version {number}\n", "buildx": f"github.com/docker/buildx {number} {COMMIT}\n"}
    return Said(0, said.get(name, f"{number}\n"))
