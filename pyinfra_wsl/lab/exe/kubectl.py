"""kubectl.exe, to look with: whether the cluster of Docker Desktop answers (kubectl's reference; Docker's Kubernetes page)."""

from __future__ import annotations

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

NODE = "docker-desktop"
REFUSED = "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?"


async def kubectl(inv: Invocation) -> int:
    """Name the nodes: ``get nodes -o name``, with ``--context docker-desktop`` before it or not."""
    words = inv.arguments[2:] if inv.arguments[:2] == ["--context", "docker-desktop"] else inv.arguments
    if words != ["get", "nodes", "-o", "name"]:
        raise Unsupported(f"kubectl {' '.join(inv.arguments)}")
    desktop = inv.machine.part(DockerDesktop)
    app = desktop.app
    on = app is not None and app.settings is not None and app.settings["KubernetesEnabled"]
    if desktop.running is None or desktop.running.system != "linux" or not on:
        await inv.err(f"{REFUSED}\n".encode())
        return 1
    await inv.out(f"node/{NODE}\n".encode())
    return 0


PROGRAMS = {"kubectl.exe": kubectl}
