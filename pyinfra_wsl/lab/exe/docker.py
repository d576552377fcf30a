"""Docker Desktop's programs on Windows: ``Docker Desktop.exe``, ``docker.exe``, ``DockerCli.exe``.

Sources: Docker's CLI reference ("docker desktop": start, stop, restart need the user's own session; over SSH they do not work
because of Windows' credential store). Exit codes beyond "a timeout ends non-zero" are not documented: the lab's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyinfra_wsl.lab.docker_desktop.app import App, DockerDesktop
from pyinfra_wsl.lab.exe import docker_cli
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

NO_SESSION = "A specified logon session does not exist. It may already have been terminated."
NO_PIPE = "error during connect: open //./pipe/dockerDesktopLinuxEngine: The system cannot find the file specified."
PIPE_DENIED = "error during connect: open //./pipe/dockerDesktopLinuxEngine: Access is denied."
FIRST_CLI = (4, 37)
TURN = 0.5
"""Seconds of lab time between two looks."""


async def desktop(inv: Invocation) -> int:
    """Start Docker Desktop: the program stays, the starter does not wait. Without a desktop session nothing comes up."""
    if inv.arguments:
        raise Unsupported(" ".join(inv.arguments))
    if not inv.session:
        return 1
    _desktop(inv).start(inv.token)
    return 0


async def docker(inv: Invocation) -> int:
    """Answer ``docker``: its ``desktop`` commands, and questions to the engine."""
    words = inv.arguments
    if words[:1] == ["desktop"]:
        return await _control(inv, words[1:])
    said = docker_cli.ask(_desktop(inv), words, _problem(inv))
    await inv.out(said.out.encode())
    if said.err:
        await _complain(inv, said.err)
    return said.code


async def _complain(inv: Invocation, words: str) -> None:
    """Write a line on standard error; programs written in Go write UTF-8."""
    await inv.err(f"{words}\n".encode())


def _desktop(inv: Invocation) -> DockerDesktop:
    return inv.machine.part(DockerDesktop)


def _problem(inv: Invocation) -> str:
    """Return why this caller cannot reach the engine: pipes are for who started it, administrators and SYSTEM."""
    found = _desktop(inv)
    app = found.app
    if app is None or not found.engine:
        return NO_PIPE
    return "" if inv.elevated or app.token.account.sid == inv.account.sid else PIPE_DENIED


@dataclass(frozen=True, slots=True)
class _Options:
    detach: bool = False
    force: bool = False
    timeout: float = 0
    form: str = "pretty"


def _options(verb: str, words: list[str]) -> _Options:
    detach, force, timeout, form, rest = False, False, 0.0, "pretty", list(words)
    while rest:
        word = rest.pop(0)
        if word in ("-d", "--detach") and verb != "status":
            detach = True
        elif word == "--force" and verb == "stop":
            force = True
        elif word == "--timeout" and rest and verb != "status":
            timeout = float(rest.pop(0))
        elif word == "--format" and rest[:1] in (["json"], ["pretty"]) and verb == "status":
            form = rest.pop(0)
        else:
            raise Unsupported(f"docker desktop {verb} {word}")
    return _Options(detach, force, timeout, form)


async def _control(inv: Invocation, words: list[str]) -> int:
    """Run ``docker desktop VERB``."""
    verb = words[0] if words else ""
    found = _desktop(inv)
    if found.numbers < FIRST_CLI:
        await _complain(inv, "docker: 'desktop' is not a docker command.")
        return 1
    if verb not in ("start", "stop", "restart", "status"):
        raise Unsupported(f"docker desktop {verb}")
    options = _options(verb, words[1:])
    if verb == "status":
        return await _status(inv, found, options)
    if not inv.session:
        await _complain(inv, NO_SESSION)
        return 1
    app = found.app
    if app is not None and app.token.account.sid != inv.account.sid:
        await _complain(inv, "open \\\\.\\pipe\\dockerBackendApiServer: Access is denied.")
        return 1
    if verb in ("stop", "restart"):
        await found.stop()
    if verb == "stop":
        return 0
    return await _wait(inv, found, found.start(inv.token), options)


async def _wait(inv: Invocation, found: DockerDesktop, app: App, options: _Options) -> int:
    """Wait until the engine answers, unless detached; a timeout ends non-zero."""
    waited = 0.0
    while not options.detach and found.app is app and app.status == "starting":
        if 0 < options.timeout <= waited:
            await _complain(inv, "context deadline exceeded")
            return 1
        await inv.sleep(TURN)
        waited += TURN
    if not options.detach and app.status != "running":
        await _complain(inv, app.problem or "Docker Desktop has ended")
        return 1
    return 0


async def _status(inv: Invocation, found: DockerDesktop, options: _Options) -> int:
    """Print the status; the session's ID is empty while it starts."""
    app = found.app
    status = "stopped" if app is None else "running" if app.status == "running" else "starting"
    identity = str(app.window.pid) if app is not None and status == "running" else ""
    if options.form == "json":
        await inv.out((json.dumps({"SessionID": identity, "Status": status}) + "\n").encode())
    else:
        await inv.out(f"Name                Value\nStatus              {status}\nSessionID           {identity}\n".encode())
    return 0


async def docker_cli_exe(inv: Invocation) -> int:
    """Run DockerCli.exe: ``-Shutdown``; it speaks to the backend's pipe, which is only there while the program runs."""
    if [word.lower() for word in inv.arguments] != ["-shutdown"]:
        raise Unsupported(" ".join(inv.arguments))
    found = _desktop(inv)
    if found.app is None:
        await _complain(inv, "open \\\\.\\pipe\\dockerBackendApiServer: The system cannot find the file specified.")
        return 1
    await found.stop()
    return 0


PROGRAMS = {"docker desktop.exe": desktop, "docker.exe": docker, "dockercli.exe": docker_cli_exe}
