"""What the ``docker`` client says of an engine, on Windows and inside a distribution alike.

Sources: Docker's CLI reference. Texts of failures from docker/for-win's issues; nothing may lean on their wording.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.lab.docker_desktop.engines import Engine
from pyinfra_wsl.lab.machine.program import Unsupported

CLIENT = "28.3.3"
_FIELD = re.compile(r"\{\{\s*(json\s+)?\.([\w.]*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Said:
    """What a client printed, and its exit code."""

    code: int
    out: str = ""
    err: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A client and what it is connected to.

    Args:
        engine: what answers; None for nothing.
        problem: why nothing does.
        product: of which product's engine: ``Docker Desktop 4.86.0``.
        context: by which context it looks.
        plugins: name, version and path of each plugin.

    """

    engine: Engine | None
    problem: str = ""
    product: str = ""
    context: str = "default"
    plugins: Sequence[tuple[str, str, str]] = ()


def ask(client: Client, words: list[str]) -> Said:
    """Answer ``version``, ``info``, ``ps``, and what lists images and volumes by name."""
    verb, form = words[0] if words else "", format_of(words[1:])
    if words in (["--version"], ["-v"]):
        return Said(0, f"Docker version {CLIENT}, build 980b856\n")
    if verb == "version":
        return _version(client, form)
    if verb == "info":
        return _info(client, form)
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


def rendered(form: str, data: dict[str, Any]) -> str:
    """Fill in a template of Go's: fields, and ``json`` of one; raises Unsupported for anything else.

    Args:
        form: the template, or the word ``json``.
        data: what it is filled from; a field below None is empty.

    """
    if form == "json":
        return json.dumps(data) + "\n"
    if "{{" in _FIELD.sub("", form):
        raise Unsupported(f"--format {form}")

    def fill(match: re.Match[str]) -> str:
        found: Any = data
        for name in [part for part in match[2].split(".") if part]:
            if found is not None and not (isinstance(found, dict) and name in found):
                raise Unsupported(f"--format {form}: no field {name}")
            found = found[name] if found is not None else None
        return json.dumps(found) if match[1] else "" if found is None else str(found)

    return _FIELD.sub(fill, form) + "\n"


def _version(client: Client, form: str | None) -> Said:
    engine = client.engine
    server = _server(client, engine) if engine else None
    both = {"Client": {"Version": CLIENT, "Os": "windows", "Context": client.context}, "Server": server}
    if form is None:
        shown = (
            f"\nServer: {client.product}\n Engine:\n  Version: {engine.version}\n  OS/Arch: {engine.system}/amd64\n"
            if engine
            else ""
        )
        out = f"Client:\n Version:           {CLIENT}\n Context:           {client.context}\n{shown}"
    else:
        out = rendered(form, both)
    wants_server = form is None or ".Client" not in form
    return Said(1 if client.problem and wants_server else 0, out, client.problem if wants_server else "")


def _server(client: Client, engine: Engine) -> dict[str, Any]:
    """Return the server's half; versions of its parts are the lab's own."""
    parts = {"Engine": engine.version} | ({"containerd": "1.7.27", "runc": "1.2.5"} if engine.system == "linux" else {})
    return {
        "Version": engine.version,
        "ApiVersion": "1.51",
        "Os": engine.system,
        "Arch": "amd64",
        "KernelVersion": engine.facts.get("KernelVersion", ""),
        "Platform": {"Name": client.product},
        "Components": [{"Name": name, "Version": version} for name, version in parts.items()],
    }


def _info(client: Client, form: str | None) -> Said:
    """Without an engine, the client's half and exit code 0 all the same, as users have measured (id 61956404855)."""
    listed = [{"Name": name.removeprefix("docker-"), "Version": version, "Path": path} for name, version, path in client.plugins]
    mine: dict[str, Any] = {"ClientInfo": {"Version": CLIENT, "Context": client.context, "Plugins": listed}}
    if client.engine is None:
        if form is None or form.removeprefix("{{").strip(" }").removeprefix("json") in ("", " ."):
            whole = json.dumps(mine | {"ServerErrors": [client.problem]}) + "\n"
            return Said(0, "Client:\n" if form is None else whole, client.problem)
        return Said(0, rendered(form, mine) if ".ClientInfo" in form else "", client.problem)
    engine, content = client.engine, client.engine.content
    data = mine | engine.facts | {"ServerVersion": engine.version, "Images": len(content.images)}
    data |= {"Containers": len(content.containers), "ContainersRunning": len(content.containers)}
    facts = engine.facts
    shown = (
        f"Client:\n\nServer:\n Containers: {len(content.containers)}\n Images: {len(content.images)}\n"
        f" Server Version: {engine.version}\n"
        f" Storage Driver: {facts.get('Driver', '')}\n Kernel Version: {facts.get('KernelVersion', '')}\n"
        f" Operating System: {facts.get('OperatingSystem', '')}\n OSType: {engine.system}\n CPUs: {facts.get('NCPU', 0)}\n"
        f" Total Memory: {int(facts.get('MemTotal', 0)) / (1 << 30):.4g}GiB\n"
    )
    return Said(0, shown if form is None else rendered(form, data))


def _plugin(client: Client, name: str, words: list[str]) -> Said:
    version = dict(client_plugins(client))[name]
    if words == ["--short"] and name == "compose":
        return Said(0, f"{version.removeprefix('v')}\n")
    if words:
        raise Unsupported(f"docker {name} version {' '.join(words)}")
    said = {"compose": f"Docker Compose version {version}\n", "buildx": f"github.com/docker/buildx {version} 980b856\n"}
    return Said(0, said.get(name, f"{version}\n"))
