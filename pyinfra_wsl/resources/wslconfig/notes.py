"""What keys of ``.wslconfig`` do to each other, what a policy takes back, and what a laptop is too old for.

Sources: ``Config::Initialize`` in src/windows/common/WslCoreConfig.cpp; src/windows/inc/wslpolicies.h; the page "Advanced
settings configuration in WSL" (minimum Windows builds).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyinfra_wsl.core.formats.ini.keys import Key, Slot, Value
from pyinfra_wsl.core.formats.ini.values import text
from pyinfra_wsl.core.formats.ini.wslconfig_keys import KEYS
from pyinfra_wsl.resources.wsl_policy.state import NETWORKING

MODE = ("wsl2", "networkingMode")
_SAFE_MODE_OFF = (
    "hostFileSystemAccess", "nestedVirtualization", "hardwarePerformanceCounters", "gpuSupport", "virtio", "guiApplications",
    "swap", "kernel", "kernelModules", "networkingMode", "dnsTunneling", "autoProxy",
)  # fmt: skip
AT_ONCE = frozenset({("general", "distributionInstallPath"), ("wsl2", "defaultVhdSize")})
"""Keys that are read when a distribution is registered (src/windows/service/exe/LxssUserSession.cpp): no VM has to stop."""

Values = Mapping[Slot, Value]


def notes(values: Values) -> Iterator[str]:
    """Say which values do nothing because of another one.

    Args:
        values: those in force by section and key, without defaults.

    """
    if values.get(("wsl2", "safeMode")) is True:
        off = [name for name in _SAFE_MODE_OFF if values.get(("wsl2", name)) not in (None, False, 0, "", "None")]
        yield "safeMode is on: WSL turns off " + (", ".join(off) if off else "drives, GPU, swap, networking, graphics")
    if values.get(("wsl2", "virtio")) is False:
        yield from (f"virtio is off, so {name} does nothing" for name in ("virtiofs",) if values.get(("wsl2", name)) is True)
    yield from _network_notes(values)


def _network_notes(values: Values) -> Iterator[str]:
    mode = values.get(MODE)
    if mode in ("None", "Bridged") and values.get(("wsl2", "dnsTunneling")) is True:
        yield f"dnsTunneling does nothing with networkingMode {mode}"
    if mode == "Bridged" and not values.get(("wsl2", "vmSwitch")):
        yield "networkingMode Bridged needs vmSwitch"
    if mode == "Mirrored" and ("wsl2", "localhostForwarding") in values:
        yield "localhostForwarding does nothing with networkingMode Mirrored"
    if mode is not None and mode != "Mirrored":
        names = [name for name in ("ignoredPorts", "hostAddressLoopback") if values.get(("experimental", name))]
        yield from (f"{name} counts only with networkingMode Mirrored" for name in names)
    if values.get(("wsl2", "dnsTunneling")) is False:
        names = [name for name in ("bestEffortDnsParsing", "dnsTunnelingIpAddress") if values.get(("experimental", name))]
        yield from (f"{name} counts only with dnsTunneling" for name in names)


def blocked(wanted: Values, policies: Mapping[str, object]) -> Iterator[str]:
    r"""Say which values a policy takes back at every start.

    Args:
        wanted: the values by section and key.
        policies: the values of ``HKLM\SOFTWARE\Policies\WSL``; only the number 0 blocks, anything else is "allowed".

    """
    for slot, value in wanted.items() if policies else ():
        key = KEYS.of_slot(slot)
        if takes_back(slot, value, wanted, policies):
            yield f"[{key.section}] {key.name}: {text(key, value)} is blocked by policy {key.policy}, reset by WSL at every start"


def takes_back(slot: Slot, value: Value, wanted: Values, policies: Mapping[str, object]) -> bool:
    """Whether a policy takes a value back; arguments as of `blocked`."""
    return is_barred(slot, policies) and _is_reset(slot, value, wanted, policies)


def is_barred(slot: Slot, policies: Mapping[str, object]) -> bool:
    """Whether a policy bars users from setting a key."""
    key = KEYS.of_slot(slot) if policies else None
    return key is not None and bool(key.policy) and _is_zero(policies.get(key.policy))


def _is_zero(data: object) -> bool:
    return isinstance(data, int) and not isinstance(data, bool) and data == 0


def _is_reset(slot: Slot, value: Value, wanted: Values, policies: Mapping[str, object]) -> bool:
    """Say whether WSL changes the value: the empty one, and the mode it would take anyway, it leaves."""
    if slot == ("wsl2", "firewall"):
        return value is False and wanted.get(MODE) != "Mirrored"
    if slot == MODE:
        data = policies.get("DefaultNetworkingMode")
        default = NETWORKING.get(data, "Nat") if isinstance(data, int) else "Nat"
        return value not in ("None", default)
    return value not in (False, 0, "")


def too_old(wanted: Values, build: int | None, version: tuple[int, ...] | None) -> Iterator[str]:
    """Say which keys the laptop's Windows or WSL does not know yet; nothing where these are not known.

    Args:
        wanted: the values by section and key.
        build: the Windows build, such as 22631.
        version: the WSL package's version, such as ``(2, 6, 1)``.

    """
    for slot, value in wanted.items():
        key = KEYS.of_slot(slot)
        if value == key.default or (slot == MODE and value == "Nat"):
            continue
        if build is not None and build < key.min_build:
            yield f"[{key.section}] {key.name} needs Windows build {key.min_build}; this laptop has {build}"
        if version is not None and key.min_wsl and version < _version(key):
            yield f"[{key.section}] {key.name} needs WSL {key.min_wsl}; this laptop has {'.'.join(map(str, version))}"


def _version(key: Key) -> tuple[int, ...]:
    return tuple(int(part) for part in key.min_wsl.split("."))
