"""What a VM needs from ``.wslconfig`` to start, and what it does without (src/windows/service/exe/WslCoreVm.cpp)."""

from __future__ import annotations

import ntpath

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.files import FileError, Node
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl import told
from pyinfra_wsl.lab.wsl.config import WINDOWS_11, Config
from pyinfra_wsl.lab.wsl.errors import CODES, WslError
from pyinfra_wsl.lab.wsl.texts import Tongue

SERVICE_FOLDER = r"C:\Windows\System32"
"""Where the service works: a path that is not full is one below it, and a variable in it is never expanded."""

SYSTEM_DISTRO = (".img", ".vhd")
WINDOWS_11_22H2 = 22621
"""The first Windows with mirrored networking, Hyper-V's firewall for WSL and DNS tunneling (Microsoft, "Advanced settings
configuration in WSL"); WSL asks Windows for the functions, not for the number."""

TCPIP6 = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters"
IPV6_DISABLED = 0xFF
SWAP = ".vhdx"


def demand_files(machine: Machine, config: Config) -> None:
    """Refuse a kernel, its modules, or a system distribution that are not there; nothing tells a folder from a file."""
    kernel, modules, system = (config.text(f"wsl2.{name}") for name in ("kernel", "kernelModules", "systemDistro"))
    if kernel and not _there(machine, kernel):
        raise _kernel_not_found("MessageCustomKernelNotFound", config.path, kernel)
    if modules and not _there(machine, modules):
        raise _kernel_not_found("MessageCustomKernelModulesNotFound", config.path, modules)
    if modules and not kernel:
        raise _kernel_not_found("MessageMismatchedKernelModulesError")
    if system and not (ntpath.splitext(system)[1].lower() in SYSTEM_DISTRO and _there(machine, system)):
        raise WslError("WSL_E_CUSTOM_SYSTEM_DISTRO_ERROR", says=[("MessageCustomSystemDistroError", config.path)])


def _kernel_not_found(*says: object) -> WslError:
    return WslError("WSL_E_CUSTOM_KERNEL_NOT_FOUND", says=[says])


def full_path(path: str) -> str:
    """Return the path that the service looks at."""
    return ntpath.join(SERVICE_FOLDER, path.replace("/", "\\"))


def _there(machine: Machine, path: str) -> bool:
    try:
        return machine.files.exists(full_path(path))
    except FileError:
        return False


def check_nesting(machine: Machine, config: Config) -> None:
    """Switch nested virtualization off where the processor or Windows 10 has none, with a warning."""
    possible = machine.build >= WINDOWS_11 and machine.architecture == "AMD64"
    if config.on("wsl2.nestedVirtualization", default=False) and not possible:
        config.values["wsl2.nestedvirtualization"] = False
        told.warn(Tongue.of(machine).text("MessageNestedVirtualizationNotSupported"))


def make_swap(machine: Machine, config: Config, token: Token) -> Node | None:
    """Make the swap disk where the user wants it, with their rights; where that fails the VM runs without, and it is said.

    Returns it if it is new: then it goes with the VM. Without a place of the user's own it lies in their temporary folder, of
    which the lab shows nothing.
    """
    wanted = config.text("wsl2.swapFile")
    if not wanted or config.values.get("wsl2.swap") == 0:
        return None
    path = wanted if wanted.lower().endswith(SWAP) else wanted + SWAP
    files, full = machine.files, full_path(path)
    try:
        if files.exists(full):
            return None
        if not files.is_dir(ntpath.dirname(full)):
            raise FileError("no_path", path)
        node = files.write(full, b"vhdxfile", token)
    except FileError as error:
        tongue = Tongue.of(machine)
        told.warn(tongue.text("MessagedFailedToCreateSwapVhd", path, tongue.system(error.code)))
        return None
    node.open_by = "vmwp.exe"
    return node


def choose_network(machine: Machine, config: Config) -> None:
    """Let the networking mode fall back to what the laptop can do (ValidateNetworkingMode, then the mode's own start)."""
    tongue = Tongue.of(machine)
    recent = machine.build >= WINDOWS_11_22H2
    if config.firewall and config.networking_mode in ("mirrored", "nat") and not recent:
        config.firewall = False
        if "wsl2.firewall" in config.values:
            told.warn(tongue.text("MessageHyperVFirewallNotSupported"))
    if config.networking_mode == "mirrored" and (reason := _not_mirrored(machine, config, tongue)):
        config.networking_mode = "nat"
        told.warn(tongue.text("MessageMirroredNetworkingNotSupportedReason", reason))
    if config.networking_mode == "mirrored" and "wsl2.localhostforwarding" in config.values:
        told.warn(tongue.text("MessageLocalhostForwardingNotSupportedMirroredMode"))
    if config.on("wsl2.dnsTunneling", default=False) and not recent:
        config.values["wsl2.dnstunneling"] = False
        told.warn(tongue.text("MessageDnsTunnelingNotSupported"))
    if config.networking_mode == "bridged" and config.text("wsl2.vmSwitch") not in machine.switches:
        _fail_to_bridge(machine, config, tongue)


def _not_mirrored(machine: Machine, config: Config, tongue: Tongue) -> str:
    """Return why mirrored mode is not possible, "" where it is; IPv6 is looked at from the release on that has a text for it."""
    disabled = "MessageMirroredNetworkingNotSupportedIpv6Disabled"
    if tongue.has(disabled) and machine.registry.get(TCPIP6, "DisabledComponents", 0) == IPV6_DISABLED:
        return tongue.text(disabled)
    if machine.build < WINDOWS_11_22H2 or not config.firewall:
        return tongue.text("MessageMirroredNetworkingNotSupportedWindowsVersion", machine.build, machine.ubr)
    return ""


def _fail_to_bridge(machine: Machine, config: Config, tongue: Tongue) -> None:
    """Say which switch is missing; the VM starts without a network (BridgedNetworking.cpp)."""
    switch = config.text("wsl2.vmSwitch")
    name, said = "WSL_E_VMSWITCH_NOT_SET", tongue.text("MessageVmSwitchNotSet")
    if switch:
        name, said = "WSL_E_VMSWITCH_NOT_FOUND", tongue.text("MessageVmSwitchNotFound", switch, ",".join(machine.switches))
    shown = name if tongue.names(name) else f"0x{CODES[name]:x}"
    told.warn(tongue.text("MessageErrorCode", said, "/".join((*told.in_service(), "ConfigureNetworking", shown))))
    told.warn(tongue.text("MessageNetworkInitializationFailedFallback2", "Bridged", "None"))
    config.networking_mode = "none"
