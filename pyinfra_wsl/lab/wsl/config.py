"""What a VM makes of ``.wslconfig``: values, warnings, the policies over them (src/windows/common/WslCoreConfig.cpp)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl import configfile as wsl_configfile
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.texts import Tongue

POLICIES = r"HKLM\SOFTWARE\Policies\WSL"
_SHIFTS = {"": 0, "B": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_SIZE = re.compile(r"\+?(0|[1-9][0-9]*)(B|[KMGT]B?)?")
_INT = re.compile(r"\s*[+-]?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_MAC = re.compile(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}")
_BOOLS = {"1": True, "true": True, "0": False, "false": False}
_DEFAULT_MODES = {0: "none", 1: "nat", 3: "mirrored", 4: "consomme"}
_LEAST_MEMORY = 256 << 20


@dataclass
class Config:
    """The settings a VM runs with.

    Args:
        memory: bytes of the VM.
        processors: how many.
        networking_mode: ``none``, ``nat``, ``bridged``, ``mirrored`` or ``consomme``.
        vm_idle: seconds until an idle VM stops, negative for never.
        instance_idle: the same for a distribution.
        install_path: where distributions without a location go.
        kernel: a custom kernel, else ``""``.
        values: what was accepted, by lower-case name.
        warnings: what is said on stderr of the command that boots the VM.

    """

    memory: int
    processors: int
    networking_mode: str
    vm_idle: float
    instance_idle: float
    install_path: str
    kernel: str
    values: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def policy(machine: Machine, name: str) -> int | None:
    """Return a policy's number; a value of another type counts as absent (src/windows/inc/wslpolicies.h)."""
    values = {key.lower(): value for key, value in machine.registry.values(POLICIES).items()}
    kind, data = values.get(name.lower(), ("", None))
    return data if kind == "DWord" and isinstance(data, int) else None


def allowed(machine: Machine, name: str) -> bool:
    """Whether a policy allows something: everything but 0 does (src/windows/inc/wslpolicies.h)."""
    return policy(machine, name) != 0


def read(machine: Machine, account: Account) -> Config:
    """Read the user's file as it is now.

    Raises:
        WslError: ``ParseConfig/E_INVALIDARG`` for a bad ``macAddress``, the one fatal value.

    """
    values, warnings = _accepted(machine, account)
    memory = min(values.get("wsl2.memory", 0) or machine.memory // 2, machine.memory)
    processors = values.get("wsl2.processors", 0)
    if processors > machine.processors:
        warnings.append(f"wsl2.processors: {processors} > {machine.processors}")
    return Config(
        memory=max(memory, _LEAST_MEMORY),
        processors=min(processors, machine.processors) if processors > 0 else machine.processors,
        networking_mode=_mode(machine, values, warnings),
        vm_idle=values.get("wsl2.vmidletimeout", 60000) / 1000,
        instance_idle=values.get("general.instanceidletimeout", 15000) / 1000,
        install_path=values.get("general.distributioninstallpath") or rf"{account.profile}\AppData\Local\wsl",
        kernel=values.get("wsl2.kernel", ""),
        values=values,
        warnings=warnings,
    )


@cache
def _keys() -> dict[str, dict[str, Any]]:
    """Return the table of keys by lower-case name."""
    data = files("pyinfra_wsl.lab").joinpath("data", "wslconfig-keys.json").read_text("utf-8")
    return {name.lower(): {"slot": name, **key} for name, key in json.loads(data).items() if not name.startswith("_")}


def _accepted(machine: Machine, account: Account) -> tuple[dict[str, Any], list[str]]:
    path = rf"{account.profile}\.wslconfig"
    warnings: list[str] = []
    if not allowed(machine, "AllowNestedVirtualization") and machine.build >= 22000 and machine.architecture == "AMD64":
        warnings.append(Tongue.of(machine).text("MessageSettingOverriddenByPolicy", "wsl2.nestedVirtualization"))
    if not machine.files.exists(path):
        return {}, warnings
    try:
        file = wsl_configfile.parse_windows(machine.files.read(path))
    except FileError as error:
        return {}, [*warnings, f"{path}: {error.kind}"]
    warnings += [f"{path}: {warning}" for warning in file.warnings]
    values: dict[str, Any] = {}
    seen: set[str] = set()
    for name, value, line in file.settings:
        key = _keys().get(name.lower())
        if key is None:
            warnings.append(f"unknown key '{name}' in {path}:{line}")
            continue
        slot = key["slot"].lower()
        if slot in seen:  # the first line wins, even with an invalid value (src/shared/configfile/configfile.cpp)
            warnings.append(f"duplicated key '{name}' in {path}:{line}")
            continue
        seen.add(slot)
        parsed = _parse(key, value, path, line)
        if parsed is None:
            warnings.append(f"invalid value '{value}' of '{name}' in {path}:{line}")
            if key["type"] == "ipv4":  # the one value that changes another's: parseDnsTunnelingIp
                values["wsl2.dnstunneling"] = False
        elif "policy" in key and not _allowed_value(machine, key["policy"], parsed):
            warnings.append(Tongue.of(machine).text("MessageSettingOverriddenByPolicy", name))
        else:
            values[slot] = parsed
    return values, warnings


def _allowed_value(machine: Machine, name: str, value: object) -> bool:
    if allowed(machine, name):
        return True
    return name == "AllowNetworkingModeUserSetting" and value in ("none", _default_mode(machine))


def _default_mode(machine: Machine) -> str:
    number = policy(machine, "DefaultNetworkingMode")
    return _DEFAULT_MODES.get(1 if number is None else number, "nat")


def _mode(machine: Machine, values: dict[str, Any], warnings: list[str]) -> str:
    mode = str(values.get("wsl2.networkingmode") or _default_mode(machine))
    mode = "consomme" if mode == "virtioproxy" else mode
    if mode == "mirrored" and machine.build < 22621:  # docs: mirrored needs Windows 11 22H2; WSL falls back with a warning
        warnings.append("mirrored networking mode is not supported, falling back to nat")
        return "nat"
    return mode


def _parse(key: dict[str, Any], value: str, path: str, line: int) -> Any:
    """Return a value as WSL reads it, None where it is invalid (src/shared/inc/stringshared.h)."""
    kind = key["type"]
    if kind == "bool":
        return _BOOLS.get(value.lower())
    if kind == "int":
        match = _INT.fullmatch(value)
        return _c_int(value.strip()) if match else None
    if kind == "size":
        match = _SIZE.fullmatch(value)
        return int(match[1]) << _SHIFTS[(match[2] or "")[:1]] if match else None
    if kind == "ipv4":
        return value if _IPV4.fullmatch(value) else None
    if kind == "enum":
        return value.lower() if value.lower() in [word.lower() for word in key["words"]] else None
    if kind == "mac" and not _MAC.fullmatch(value):
        raise WslError("E_INVALIDARG", "ParseConfig", says=[("MessageConfigMacAddress", value, key["slot"], path, line)])
    return value


def _c_int(digits: str) -> int:
    """Read a number as strtol with base 0, cut to 32 bits."""
    sign = -1 if digits.startswith("-") else 1
    plain = digits.lstrip("+-")
    number = int(plain, 16) if plain[:2].lower() == "0x" else int(plain, 8) if plain.startswith("0") else int(plain)
    return max(-(1 << 31), min((1 << 31) - 1, sign * number))
