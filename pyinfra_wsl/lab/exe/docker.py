"""Docker Desktop's programs on Windows: ``Docker Desktop.exe``, ``docker.exe``, ``DockerCli.exe``.

Sources: Docker's CLI reference ("docker desktop": start, stop, restart need the user's own session; over SSH they do not work
because of Windows' credential store). Exit codes beyond "a timeout ends non-zero" are not documented: the lab's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyinfra_wsl.lab.docker_desktop import places, releases
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.engines import EngineError
from pyinfra_wsl.lab.docker_desktop.instance import App
from pyinfra_wsl.lab.exe import docker_cli, docker_client
from pyinfra_wsl.lab.exe.docker_said import Said
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

NO_SESSION = "A specified logon session does not exist. It may already have been terminated."
NO_API = "open \\\\.\\pipe\\dockerBackendApiServer: The system cannot find the file specified."
API_DENIED = "open \\\\.\\pipe\\dockerBackendApiServer: Access is denied."
TURN = 0.5
"""Seconds of lab time between two looks."""
SWITCHES = {"-switchlinuxengine": False, "-switchwindowsengine": True}


async def desktop(inv: Invocation) -> int:
    """Start Docker Desktop: the program stays, the starter does not wait. Without a desktop session nothing comes up."""
    if inv.arguments and inv.arguments != ["-Autostart"]:
        raise Unsupported(" ".join(inv.arguments))
    if not inv.session:
        return 1
    _desktop(inv).start(inv.token, inv.argv[0])
    return 0


async def docker(inv: Invocation) -> int:
    """Answer ``docker``: its ``desktop`` commands, its contexts, and questions to the engine."""
    options, words = docker_client.split(inv)
    if words[:1] == ["desktop"]:
        return await _control(inv, words[1:])
    if words[:1] == ["context"]:
        return await _say(inv, docker_client.contexts(inv, words[1:]))
    return await _say(inv, docker_cli.ask(docker_client.connect(inv, options), words))


async def _say(inv: Invocation, said: Said) -> int:
    await inv.out(said.out.encode())
    if said.err:
        await _complain(inv, said.err)
    return said.code


async def _complain(inv: Invocation, words: str) -> None:
    """Write a line on standard error; programs written in Go write UTF-8."""
    await inv.err(f"{words}\n".encode())


def _desktop(inv: Invocation) -> DockerDesktop:
    return inv.machine.part(DockerDesktop)


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
    """Run ``docker desktop VERB``; only the client of an installation has that plugin."""
    verb, found = words[0] if words else "", _desktop(inv)
    installation = places.of_program(inv.machine, inv.argv[0])
    if installation is None or installation.numbers < releases.DESKTOP_CLI:
        await _complain(inv, "docker: 'desktop' is not a docker command.")
        return 1
    if verb == "engine":
        return await _engine(inv, found, words[1:])
    if verb not in ("start", "stop", "restart", "status"):
        raise Unsupported(f"docker desktop {verb}")
    options = _options(verb, words[1:])
    if verb == "status":
        return await _status(inv, found, options)
    if problem := _barred(inv, found, session=True):
        await _complain(inv, problem)
        return 1
    if verb in ("stop", "restart") and not await _stopped(inv, found, options):
        await _complain(inv, "context deadline exceeded")
        return 1
    return 0 if verb == "stop" else await _wait(inv, found, found.start(inv.token, _window(inv)), options)


def _window(inv: Invocation) -> str:
    """Return the window's program of the installation that this client belongs to."""
    installation = places.of_program(inv.machine, inv.argv[0])
    return rf"{installation.folder}\{places.WINDOW}" if installation else ""


def _barred(inv: Invocation, found: DockerDesktop, *, session: bool = False) -> str:
    """Return why this caller cannot speak to the backend, empty for nothing."""
    if session and not inv.session:
        return NO_SESSION
    app = found.app
    return API_DENIED if app is not None and app.token.account.sid != inv.account.sid and not inv.elevated else ""


async def _stopped(inv: Invocation, found: DockerDesktop, options: _Options) -> bool:
    """Tell it to end and wait, in which a detached caller has no patience; False where the time is up before it has ended."""
    app = found.app
    ending = inv.machine.background(found.stop(force=options.force))
    waited = 0.0
    while not ending.done() and not (options.detach and waited):
        if 0 < options.timeout <= waited:
            ending.cancel()
            return found.app is not app or app is None
        await inv.sleep(TURN)
        waited += TURN
    return True


async def _wait(inv: Invocation, found: DockerDesktop, app: App, options: _Options) -> int:
    """Wait until the engine answers, unless detached: for ever with Windows containers (#14972). A timeout ends non-zero."""
    waited = 0.0
    while not options.detach and found.app is app and (app.status == "starting" or _windows(app)):
        if 0 < options.timeout <= waited:
            await _complain(inv, "context deadline exceeded")
            return 1
        await inv.sleep(TURN)
        waited += TURN
    if not options.detach and app.status != "running":
        await _complain(inv, app.problem or "Docker Desktop has ended")
        return 1
    return 0


def _windows(app: App) -> bool:
    return app.engine is not None and app.engine.system == "windows"


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


async def _engine(inv: Invocation, found: DockerDesktop, words: list[str]) -> int:
    """List the engines or change to one (``ls``, ``use linux|windows``); how JSON of them looks was not found: the lab's own."""
    app = found.app
    if app is None or (problem := _barred(inv, found)):
        await _complain(inv, NO_API if app is None else problem)
        return 1
    windows = bool(app.settings and app.settings["UseWindowsContainers"])
    rows = [("linux", not windows), ("windows", windows)]
    if words == ["ls", "--format", "json"]:
        await inv.out((json.dumps([{"Name": name, "Current": active} for name, active in rows]) + "\n").encode())
    elif words in (["ls"], ["ls", "--format", "pretty"]):
        shown = "".join(f"{name}{' *' if active else ''}\n" for name, active in rows)
        await inv.out(f"NAME\n{shown}".encode())
    elif words in (["use", "linux"], ["use", "windows"]):
        return await _use(inv, found, app, windows=words[1] == "windows")
    else:
        raise Unsupported(f"docker desktop engine {' '.join(words)}")
    return 0


async def _use(inv: Invocation, found: DockerDesktop, app: App, *, windows: bool) -> int:
    """Change engines and wait for the new one: where it waits for a person, so does this."""
    try:
        found.switch(app, windows=windows)
    except EngineError as error:
        await _complain(inv, str(error))
        return 1
    while found.app is app and app.status == "starting":
        await inv.sleep(TURN)
    if app.status != "running":
        await _complain(inv, app.problem)
        return 1
    return 0


async def docker_cli_exe(inv: Invocation) -> int:
    """Run DockerCli.exe: ``-Shutdown``, ``-SwitchDaemon``, ``-SwitchLinuxEngine``, ``-SwitchWindowsEngine``.

    It speaks to the backend's pipe, which is only there while the program runs. Its exit code says little (ids 57089582330,
    68969546033): a switch that fails ends with 0 here.
    """
    word = inv.arguments[0].lower() if len(inv.arguments) == 1 else ""
    if word not in ("-shutdown", "-switchdaemon", *SWITCHES):
        raise Unsupported(" ".join(inv.arguments))
    found = _desktop(inv)
    app = found.app
    if app is None or (problem := _barred(inv, found)):
        await _complain(inv, NO_API if app is None else problem)
        return 1
    if word == "-shutdown":
        await found.stop()
        return 0
    now = bool(app.settings and app.settings["UseWindowsContainers"])
    try:
        found.switch(app, windows=SWITCHES.get(word, not now))
    except EngineError as error:
        await _complain(inv, str(error))
    while app.work is not None and not app.work.done():
        await inv.sleep(TURN)
    return 0


PROGRAMS = {"docker desktop.exe": desktop, "docker.exe": docker, "dockercli.exe": docker_cli_exe}
