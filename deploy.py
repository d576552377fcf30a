"""Bring every host of the inventory into its declared state: ``pyinfra inventory/lab.py deploy.py``.

pyinfra orders operations by the lines on which they are called, so every role has a line of its own.
"""

from pyinfra import host
from pyinfra_wsl.roles import (
    docker_desktop,
    docker_desktop_linux,
    docker_engine,
    docker_integration,
    docker_toolbox,
    kvm_host,
    reboot,
    windows_features,
    wsl,
    wsl_distros,
    wsl_policies,
)

if host.data.get("os") == "linux":
    kvm_host.apply()
    docker_engine.apply()
    docker_desktop_linux.apply()
else:
    windows_features.apply()
    wsl_policies.apply()
    wsl.apply()
    reboot.apply()
    wsl_distros.apply()
    docker_toolbox.apply()
    docker_desktop.apply()
    docker_integration.apply()
