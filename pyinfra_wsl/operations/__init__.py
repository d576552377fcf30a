"""The operations, where pyinfra's users look for them: ``from pyinfra_wsl.operations import wslconfig``."""

from pyinfra_wsl.edge.face import publish
from pyinfra_wsl.resources.docker_desktop import operation as docker_desktop
from pyinfra_wsl.resources.docker_desktop_linux import operation as docker_desktop_linux
from pyinfra_wsl.resources.docker_engine import operation as docker_engine
from pyinfra_wsl.resources.docker_integration import operation as docker_integration
from pyinfra_wsl.resources.docker_toolbox import operation as docker_toolbox
from pyinfra_wsl.resources.hypervisor import operation as hypervisor
from pyinfra_wsl.resources.kvm import operation as kvm
from pyinfra_wsl.resources.reboot import operation as reboot
from pyinfra_wsl.resources.windows_feature import operation as windows_feature
from pyinfra_wsl.resources.wsl import operation as wsl
from pyinfra_wsl.resources.wsl_conf import operation as wsl_conf
from pyinfra_wsl.resources.wsl_distro import operation as wsl_distro
from pyinfra_wsl.resources.wsl_policy import operation as wsl_policy
from pyinfra_wsl.resources.wslc import operation as wslc
from pyinfra_wsl.resources.wslconfig import operation as wslconfig

__all__ = [
    "docker_desktop",
    "docker_desktop_linux",
    "docker_engine",
    "docker_integration",
    "docker_toolbox",
    "hypervisor",
    "kvm",
    "reboot",
    "windows_feature",
    "wsl",
    "wsl_conf",
    "wsl_distro",
    "wsl_policy",
    "wslc",
    "wslconfig",
]

publish(__name__, {name: globals()[name] for name in __all__})
