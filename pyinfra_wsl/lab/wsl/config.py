"""What a VM makes of ``.wslconfig``: values, warnings, the policies over them (src/windows/common/WslCoreConfig.cpp)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.features import SERVICES_KEY
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl import configfile, configkeys, told
from pyinfra_wsl.lab.wsl.configtext import UnreadableError
from pyinfra_wsl.lab.wsl.texts import Tongue

POLICIES = r"HKLM\SOFTWARE\Policies\WSL"
WINDOWS_11 = 22000
_DEFAULT_MODES = {0: "none", 1: "nat", 3: "mirrored", 4: "consomme"}
_LEAST_MEMORY = 256 << 20
_OVERRIDES = (
    ("wsl2.kernel", "AllowKernelUserSetting"),
    ("wsl2.kernelModules", "AllowKernelUserSetting"),
    ("wsl2.systemDistro", "AllowSystemDistroUserSetting"),
    ("wsl2.kernelCommandLine", "AllowKernelCommandLineUserSetting"),
    ("wsl2.kernelDebugPort", "AllowKernelDebugUserSetting"),
    ("wsl2.nestedVirtualization", "AllowNestedVirtualization"),
)
"""Settings that a policy takes away, in the order in which that is told."""

SECURE_ACCESS = "GlobalSecureAccessTunnelingService"
"""A service beside which WSL does not use DNS tunneling; one that is there counts as running."""


@dataclass
class Config:
    """The settings a VM runs with.

    Args:
        path: the file.
        memory: bytes of the VM.
        processors: how many.
        networking_mode: ``none``, ``nat``, ``bridged``, ``mirrored`` or ``consomme``.
        firewall: whether Hyper-V's firewall is wanted.
        vm_idle: seconds until an idle VM stops, negative for never.
        instance_idle: the same for a distribution.
        install_path: where distributions without a location go.
        values: what was accepted and is in force, by lower-case name.

    """

    path: str
    memory: int = 0
    processors: int = 0
    networking_mode: str = "nat"
    firewall: bool = True
    vm_idle: float = 60.0
    instance_idle: float = 15.0
    install_path: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a path or a text, "" where it is not set."""
        return str(self.values.get(name.lower(), ""))

    def on(self, name: str, *, default: bool) -> bool:
        """Return a switch."""
        return bool(self.values.get(name.lower(), default))


def policy(machine: Machine, name: str) -> int | None:
    """Return a policy's number; a value of another type counts as absent (src/windows/inc/wslpolicies.h)."""
    values = {key.lower(): value for key, value in machine.registry.values(POLICIES).items()}
    kind, data = values.get(name.lower(), ("", None))
    return data if kind == "DWord" and isinstance(data, int) else None


def allowed(machine: Machine, name: str) -> bool:
    """Whether a policy allows something: everything but 0 does (src/windows/inc/wslpolicies.h)."""
    return policy(machine, name) != 0


def path_of(account: Account) -> str:
    """Return where a user's file lies (GetWslConfigPath in src/windows/common/helpers.cpp)."""
    return rf"{account.profile}\.wslconfig"


def read(machine: Machine, account: Account) -> Config:
    """Read the user's file as it is now; what there is to say of it is said to whoever asked, at every reading.

    Raises:
        WslError: ``ParseConfig/E_INVALIDARG`` for a bad ``macAddress``, the one fatal value.

    """
    path, tongue = path_of(account), Tongue.of(machine)
    config = Config(path, values=_accepted(machine, path, tongue))
    values = config.values
    _initialize_sizes(machine, config, tongue)
    config.vm_idle = values.get("wsl2.vmidletimeout", 60000) / 1000
    config.instance_idle = values.get("general.instanceidletimeout", 15000) / 1000
    config.install_path = config.text("general.distributionInstallPath") or rf"{account.profile}\AppData\Local\wsl"
    values.setdefault("wsl2.nestedvirtualization", machine.build >= WINDOWS_11 and machine.architecture == "AMD64")
    for name, rule in _OVERRIDES:
        if values.get(name.lower()) and not allowed(machine, rule):
            del values[name.lower()]
            told.warn(tongue.text("MessageSettingOverriddenByPolicy", name))
    _initialize_network(machine, config, tongue)
    _make_consistent(machine, config, tongue)
    return config


def _accepted(machine: Machine, path: str, tongue: Tongue) -> dict[str, Any]:
    """Return what the file's lines give; a file that is there and cannot be opened is told of."""
    try:
        file = configfile.parse_windows(machine.files.read(path), configkeys.quote(tongue.release))
    except UnreadableError:
        told.warn(tongue.text("MessageFailedToOpenConfigFile", path, tongue.system(0)))
        return {}
    except FileError as error:
        if error.kind != "not_found":
            told.warn(tongue.text("MessageFailedToOpenConfigFile", path, tongue.system(error.code)))
        return {}
    return configkeys.Reading(tongue, configkeys.WINDOWS, path).take(file)


def _initialize_sizes(machine: Machine, config: Config, tongue: Tongue) -> None:
    processors = config.values.get("wsl2.processors", 0)
    if processors > machine.processors:
        told.warn(tongue.text("MessageTooManyProcessors", processors, machine.processors))
    config.processors = min(processors, machine.processors) if processors > 0 else machine.processors
    memory = config.values.get("wsl2.memory", 0) or machine.memory // 2
    config.memory = min(max(memory, _LEAST_MEMORY), machine.memory)


def default_mode(machine: Machine) -> str:
    """Return the mode that a policy names, else ``nat``; ``bridged`` cannot be a default."""
    number = policy(machine, "DefaultNetworkingMode")
    return _DEFAULT_MODES.get(1 if number is None else number, "nat")


def _initialize_network(machine: Machine, config: Config, tongue: Tongue) -> None:
    """Choose the mode, and the firewall, which mirrored mode always has; the file may always switch the network off."""
    default = default_mode(machine)
    mode = str(config.values.get("wsl2.networkingmode", default)).replace("virtioproxy", "consomme")
    mirrored = config.text("wsl2.networkingMode") == "mirrored"  # by a line: the policy's default is looked at only afterwards
    firewall = mirrored or config.on("wsl2.firewall", default=True)
    if mode not in ("none", default) and not allowed(machine, "AllowNetworkingModeUserSetting"):
        mode = default
        told.warn(tongue.text("MessageSettingOverriddenByPolicy", "wsl2.networkingMode"))
    config.networking_mode = mode
    if mode != "mirrored" and not firewall and not allowed(machine, "AllowFirewallUserSetting"):
        firewall = True
        told.warn(tongue.text("MessageSettingOverriddenByPolicy", "wsl2.firewall"))
    config.firewall = firewall
    tunnel = config.values.get("wsl2.dnstunneling")  # None: on, and nobody asked for it
    if tunnel is not False and machine.registry.exists(rf"{SERVICES_KEY}\{SECURE_ACCESS}"):
        config.values["wsl2.dnstunneling"] = False
        if tunnel:
            told.warn(tongue.text("MessageDnsTunnelingDisabled"))


def _make_consistent(machine: Machine, config: Config, tongue: Tongue) -> None:
    """Switch off what safe mode switches off, and what needs something that is not there."""
    values = config.values
    if config.on("wsl2.safeMode", default=False):
        told.warn(tongue.text("MessageSafeModeEnabled"))
        off = ("hostFileSystemAccess", "nestedVirtualization", "hardwarePerformanceCounters", "gpuSupport", "virtio")
        values |= {f"wsl2.{name.lower()}": False for name in (*off, "guiApplications", "dnsTunneling", "autoProxy")}
        values |= {"wsl2.swap": 0, "wsl2.kernel": "", "wsl2.kernelmodules": ""}
        config.networking_mode = "none"
    if not config.on("wsl2.virtio", default=True):
        values |= {"wsl2.virtio9p": False, "wsl2.virtiofs": False}
        _without_virtio(machine, config, tongue)
    if config.on("wsl2.virtio9p", default=False):
        told.warn(tongue.text("MessageConfigVirtio9pDisabled"))
        values["wsl2.virtio9p"] = False
    tunnel = ("nat", "mirrored", "consomme") if tongue.release >= (2, 8, 2) else ("nat", "mirrored")
    if config.networking_mode not in tunnel:
        values["wsl2.dnstunneling"] = False


def _without_virtio(machine: Machine, config: Config, tongue: Tongue) -> None:
    """Let a mode that needs virtio fall back, from 2.8.9 on; the mode's name is part of the text's name."""
    text = next((name for name in ("MessageConsommeRequiresVirtio", "MessageVirtioProxyRequiresVirtio") if tongue.has(name)), "")
    if config.networking_mode == "consomme" and text:
        config.networking_mode = "none" if default_mode(machine) == "consomme" else "nat"
        told.warn(tongue.text(text, config.networking_mode.capitalize()))
