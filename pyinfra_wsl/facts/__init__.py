"""The facts, where pyinfra's users look for them: ``pyinfra_wsl.facts.WslDistros``."""

from pyinfra_wsl.edge.machine import Whole as Laptop
from pyinfra_wsl.edge.machine import Windows
from pyinfra_wsl.resources.docker_desktop.fact import DockerDesktop
from pyinfra_wsl.resources.docker_desktop_linux.fact import DockerDesktopLinux
from pyinfra_wsl.resources.docker_engine.fact import DockerEngine
from pyinfra_wsl.resources.docker_integration.fact import DockerIntegration
from pyinfra_wsl.resources.docker_toolbox.fact import DockerToolbox
from pyinfra_wsl.resources.hypervisor.fact import Hypervisor
from pyinfra_wsl.resources.kvm.fact import Kvm, KvmChecks
from pyinfra_wsl.resources.reboot.fact import PendingReboot
from pyinfra_wsl.resources.windows_feature.fact import WindowsFeatures
from pyinfra_wsl.resources.wsl.fact import Wsl
from pyinfra_wsl.resources.wsl_conf.fact import WslConf
from pyinfra_wsl.resources.wsl_distro.fact import WslDistros
from pyinfra_wsl.resources.wsl_policy.fact import WslPolicies
from pyinfra_wsl.resources.wslc.fact import Wslc
from pyinfra_wsl.resources.wslconfig.fact import WslConfig

__all__ = [
    "DockerDesktop",
    "DockerDesktopLinux",
    "DockerEngine",
    "DockerIntegration",
    "DockerToolbox",
    "Hypervisor",
    "Kvm",
    "KvmChecks",
    "Laptop",
    "PendingReboot",
    "Windows",
    "WindowsFeatures",
    "Wsl",
    "WslConf",
    "WslConfig",
    "WslDistros",
    "WslPolicies",
    "Wslc",
]
