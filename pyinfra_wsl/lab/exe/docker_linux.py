"""The ``docker`` command inside a distribution.

With the integration on, a link to Docker's CLI and a socket, both only while Docker Desktop runs. Else, where Docker Desktop is
installed, ``docker`` is the script of that name in its Windows folder, found through the Windows PATH, which says what to do.
"""

from __future__ import annotations

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.integration import LINK, SOCKET
from pyinfra_wsl.lab.exe import docker_cli
from pyinfra_wsl.lab.exe.docker_said import Client
from pyinfra_wsl.lab.exe.linux_call import LinuxCall, LinuxProgram
from pyinfra_wsl.lab.wsl.distro import DENIED

NO_SOCKET = "failed to connect to the docker API at unix:///var/run/docker.sock: no such file or directory"
REFUSED = "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock"
SHIM = """
The command 'docker' could not be found in this WSL 2 distro.
We recommend to activate the WSL integration in Docker Desktop settings.
"""


async def docker(call: LinuxCall) -> int:
    """Ask the engine through the socket, or be the script that says that there is none."""
    desktop = call.start.invocation.machine.part(DockerDesktop)
    if call.tree.find(LINK) is None:
        await call.out(SHIM)
        return 1
    problem = _problem(call, desktop)
    engine = None if problem else desktop.running
    architecture = call.start.invocation.machine.architecture.lower()
    client = Client(engine, problem, f"Docker Desktop {desktop.version}", system="linux", architecture=architecture)
    said = docker_cli.ask(client, call.arguments)
    await call.out(said.out)
    if said.err:
        await call.start.err(said.err)
    return said.code


def _problem(call: LinuxCall, desktop: DockerDesktop) -> str:
    socket = call.tree.find(SOCKET)
    if socket is None or not socket.socket or not desktop.engine:
        return NO_SOCKET
    if call.who.uid and socket.gid not in call.who.gids:
        return f"{REFUSED}: {DENIED.lower()}"
    return ""


PROGRAMS_OF_DOCKER: dict[str, LinuxProgram] = {"docker": docker}
