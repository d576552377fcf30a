r"""The ``docker`` client on Windows: which engine it looks for, by which pipe, and whether it may.

Sources: Docker's CLI reference (``--context``, ``-H``, ``DOCKER_HOST``, ``DOCKER_CONTEXT``, in this order, before the current
context of ``%USERPROFILE%\.docker\config.json``); docker/for-win #14869 and #14662 (contexts and pipes); permission page and
release notes 4.44 (who is let into the pipes).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial

from pyinfra_wsl.lab.docker_desktop import places, releases, start_up
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.engines import DEFAULT_PIPE, LINUX_PIPES, WINDOWS_PIPES, Engine
from pyinfra_wsl.lab.exe.docker_said import Client, Said
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

SCHEME = "npipe:////./pipe/"
CONTEXTS: Mapping[str, str] = {"default": DEFAULT_PIPE, "desktop-linux": LINUX_PIPES[0], "desktop-windows": WINDOWS_PIPES[0]}
ABSENT, DENIED = "The system cannot find the file specified.", "Access is denied."


def split(inv: Invocation) -> tuple[dict[str, str], list[str]]:
    """Return the client's own options, by their long names, and the words behind them."""
    names = {"-H": "host", "--host": "host", "--context": "context", "-c": "context"}
    found: dict[str, str] = {}
    rest = list(inv.arguments)
    while rest and (rest[0] in names or rest[0].partition("=")[0] in ("--host", "--context")):
        word, equals, value = rest.pop(0).partition("=")
        found[names[word]] = value if equals else rest.pop(0) if rest else ""
    return found, rest


def current_context(inv: Invocation) -> str:
    """Return the name of the context that counts where nobody says otherwise."""
    config = start_up.read_cli_config(inv.machine, inv.account) or {}
    named = inv.env("DOCKER_CONTEXT") or str(config.get("currentContext") or "default")
    return "default" if inv.env("DOCKER_HOST") else named


def endpoint(inv: Invocation, options: Mapping[str, str]) -> tuple[str, str]:
    """Return the context's name and the address that the client connects to."""
    if "host" in options:
        return "default", options["host"]
    if "context" not in options and (host := inv.env("DOCKER_HOST")):
        return "default", host
    name = options.get("context") or current_context(inv)
    pipe = CONTEXTS.get(name)
    if pipe is None:
        raise Unsupported(f"context {name}")
    return name, f"{SCHEME}{pipe}"


def connect(inv: Invocation, options: Mapping[str, str]) -> Client:
    """Return the client with what it reaches."""
    desktop = inv.machine.part(DockerDesktop)
    context, address = endpoint(inv, options)
    made = partial(Client, context=context, plugins=plugins(inv), architecture=inv.machine.architecture.lower())
    if not address.startswith(SCHEME):
        return made(None, f"error during connect: {address}: context deadline exceeded")
    pipe = address.removeprefix(SCHEME)
    holder = inv.machine.pipes.holder(pipe)
    opened = f"failed to connect to the docker API at {address}: open //./pipe/{pipe}:"
    if holder is None:
        return made(None, f"{opened} {ABSENT}")
    app = desktop.app
    if app is not None and holder is app.backend:
        engine = desktop.running if _may(inv, desktop) else None
        problem = "" if engine else f"{opened} {DENIED if not _may(inv, desktop) else ABSENT}"
        return made(engine, problem, f"Docker Desktop {desktop.version}")
    other: Engine | None = desktop.others.get(pipe.lower())
    return made(other, "" if other else f"{opened} {ABSENT}")


def _may(inv: Invocation, desktop: DockerDesktop) -> bool:
    """Pipes are for who started it, administrators and SYSTEM; for docker-users again since 4.44 (sources conflict)."""
    app = desktop.app
    if app is None or inv.elevated or app.token.account.sid == inv.account.sid:
        return True
    return desktop.numbers >= releases.PIPE_GROUP and places.GROUP in inv.account.memberships


def plugins(inv: Invocation) -> list[tuple[str, str, str]]:
    """Return the plugins that this client finds: of its own program folder, of the laptop, of the user."""
    found: dict[str, tuple[str, str, str]] = {}
    own = inv.argv[0].rpartition("\\")[0]
    folders = (rf"{own}\..\cli-plugins", r"C:\Program Files\Docker\cli-plugins", rf"{inv.account.profile}\.docker\cli-plugins")
    for folder in folders:
        for node in inv.machine.files.list(folder) if inv.machine.files.is_dir(folder) else ():
            name = node.name.removesuffix(".exe")
            found.setdefault(name, (name, releases.COMPONENTS.get(name, "v0.0.0"), node.path))
    return sorted(found.values())


def contexts(inv: Invocation, words: list[str]) -> Said:
    """Answer ``context ls``, ``show``, ``use NAME`` and ``inspect NAME``; those of Docker Desktop are there once it has run."""
    config = start_up.read_cli_config(inv.machine, inv.account) or {}
    known = {name: pipe for name, pipe in CONTEXTS.items() if name == "default" or "credsStore" in config}
    current = current_context(inv)
    if words == ["show"]:
        return Said(0, f"{current}\n")
    if words[:1] == ["ls"] and words[1:] in ([], ["-q"], ["--quiet"], ["--format", "json"]):
        return Said(0, "".join(_row(name, pipe, current, words[1:]) for name, pipe in known.items()))
    if words[:1] == ["inspect"] and len(words) == 2 and words[1] in known:
        host = {"Host": f"{SCHEME}{known[words[1]]}", "SkipTLSVerify": False}
        return Said(0, json.dumps([{"Name": words[1], "Metadata": {}, "Endpoints": {"docker": host}}]) + "\n")
    if words[:1] == ["use"] and len(words) == 2:
        if words[1] not in known:
            return Said(1, err=f"context {json.dumps(words[1])}: context not found")
        path = start_up.cli_config(inv.account)
        inv.machine.files.write(path, json.dumps(config | {"currentContext": words[1]}, indent=2).encode(), inv.token)
        return Said(0, f"{words[1]}\n")
    raise Unsupported(f"docker context {' '.join(words)}")


def _row(name: str, pipe: str, current: str, options: list[str]) -> str:
    address = f"{SCHEME}{pipe}"
    if options == ["--format", "json"]:
        return (
            json.dumps({"Current": name == current, "Description": "", "DockerEndpoint": address, "Error": "", "Name": name})
            + "\n"
        )
    return f"{name}\n" if options else f"{name}{' *' if name == current else ''}  {address}\n"
