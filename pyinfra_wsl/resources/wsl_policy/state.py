r"""What an organisation forbids in WSL: the values below ``HKLM\Software\Policies\WSL``, and what each one does.

Only a DWORD of 0 or 1 counts: a value of another type or number is as good as none, so it allows (src/windows/inc/wslpolicies.h,
intune/WSL.admx). What each does: src/windows/common/WslCoreConfig.cpp, src/windows/service/exe/LxssUserSessionFactory.cpp,
src/windows/service/exe/LxssUserSession.cpp, src/windows/service/exe/WSLCSessionManagerFactory.cpp; the registries of ``wslc``:
src/windows/wslcsession/WSLCSession.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.resource import Values

NAME = "wsl_policy"
KEY = r"HKLM\SOFTWARE\Policies\WSL"
ALLOW_WSL = "AllowWSL"
ALLOW_WSL1 = "AllowWSL1"
ALLOW_INBOX = "AllowInboxWSL"
ALLOW_CONTAINER = "AllowWSLContainer"
DEFAULT_NETWORKING = "DefaultNetworkingMode"
REGISTRIES = "WSLContainerRegistryAllowlist"
"""The key below `KEY` whose values name registries, whatever the values are called."""

EFFECTS: Mapping[str, str] = {
    ALLOW_WSL: "Windows refuses all work with distributions",
    ALLOW_INBOX: "the WSL that is part of Windows is refused",
    ALLOW_WSL1: "WSL 1 distributions do not start, and none is converted to WSL 1",
    "AllowKernelUserSetting": "kernel and kernelModules of .wslconfig are ignored",
    "AllowSystemDistroUserSetting": "systemDistro of .wslconfig is ignored",
    "AllowKernelCommandLineUserSetting": "kernelCommandLine of .wslconfig is ignored",
    "AllowNestedVirtualization": "nestedVirtualization is off, whatever .wslconfig says",
    "AllowKernelDebugUserSetting": "kernelDebugPort of .wslconfig is ignored",
    "AllowNetworkingModeUserSetting": "networkingMode of .wslconfig is ignored, except none and the default mode",
    "AllowFirewallUserSetting": "firewall=false of .wslconfig is ignored",
    "AllowDebugShell": "wsl --debug-shell is refused",
    "AllowDiskMount": "wsl --mount is refused",
    ALLOW_CONTAINER: "WSL's containers (wslc) are refused",
}
"""What 0 does, by value name."""

NETWORKING: Mapping[int, str] = {0: "None", 1: "Nat", 3: "Mirrored", 4: "VirtioProxy"}
"""Networking modes that `DEFAULT_NETWORKING` can name, as ``networkingMode`` of ``.wslconfig`` spells them; any other number is
ignored."""
_CONSOMME = {"consomme": 4}  # what VirtioProxy is called since 2.9.0
_NUMBERS = {name.lower(): number for number, name in NETWORKING.items()} | _CONSOMME
_MOST = 200  # characters of what a value is that are shown of what a machine says


@dataclass(frozen=True, slots=True)
class State:
    """The policies of a laptop.

    Args:
        values: the numbers that count, by value name as WSL spells it; None while unknown.
        ignored: values that are there and that WSL ignores, with what they are.
        registries: the registries that ``wslc`` may use, by the names of their values; none is no limit.
        problem: why `values` is unknown.

    """

    values: Mapping[str, int] | None = None
    ignored: Mapping[str, str] = field(default_factory=dict)
    registries: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    def allows(self, name: str) -> bool | None:
        """Whether a policy allows what it governs; None while unknown."""
        return None if self.values is None else self.values.get(name, 1) != 0

    @property
    def effects(self) -> tuple[str, ...]:
        """What is forbidden, in sentences."""
        forbidden = [name for name, value in (self.values or {}).items() if name in EFFECTS and value == 0]
        return tuple(f"{name} is 0: {EFFECTS[name]}" for name in forbidden)

    def after(self, declared: Values) -> State:
        """Return the policies as a host's values want them, which are brought about before what rests on them."""
        return self.having(numbers(declared.get(NAME) or {}))

    def having(self, wanted: Mapping[str, int | None]) -> State:
        """Return the policies with these numbers, without those that are None; what is unknown is no better known by them."""
        if self.values is None:
            return self
        values = {name: number for name, number in {**self.values, **wanted}.items() if number is not None}
        return replace(self, values=values, ignored={name: one for name, one in self.ignored.items() if name not in wanted})


def numbers(declared: Values) -> dict[str, int | None]:
    """Return the numbers of declared policies, by value name; None for one that is declared as not set."""
    named = {name: value for name, value in declared.items() if name in (*EFFECTS, DEFAULT_NETWORKING)}
    return {name: None if value is None else number(value) for name, value in named.items()}


def number(value: bool | str) -> int:
    """Return the number of a declared policy: of whether it allows, or of a networking mode."""
    return int(value) if isinstance(value, bool) else _NUMBERS[value]


def probe() -> dict[str, Call]:
    """Return what has to be asked."""
    return {"policies": call.registry_read(KEY, depth=1)}


def read(answer: Answer) -> State:
    """Read the answer to a read of `KEY`; a key that is not there forbids nothing."""
    if not answer.ok:
        return State(problem=answer.message)
    spelled = {name.lower(): name for name in (*EFFECTS, DEFAULT_NETWORKING)}
    values: dict[str, int] = {}
    ignored: dict[str, str] = {}
    for raw, value in (answer.value.get("values") or {}).items():
        name = spelled.get(raw.lower())
        if name is None:
            continue
        kind, data = value.get("type"), value.get("data")
        if kind == "DWord" and data in (NETWORKING if name == DEFAULT_NETWORKING else (0, 1)):
            values[name] = data
        else:
            ignored[name] = escape(f"{kind} {data!r}")[:_MOST]
    return State(values, ignored, _registries(answer.value.get("keys") or {}))


def _registries(keys: Mapping[str, Any]) -> dict[str, str]:
    """Return the registries by value name: texts, of which an empty one is skipped."""
    key = next((one for name, one in keys.items() if name.lower() == REGISTRIES.lower()), None) or {}
    texts = {name: one.get("data") for name, one in (key.get("values") or {}).items() if one.get("type") == "String"}
    return {name: escape(data) for name, data in texts.items() if isinstance(data, str) and data}


def locked(name: str = ALLOW_WSL) -> Failure:
    """Return the failure of a laptop on which a policy forbids WSL, or one kind of it."""
    return Failure(
        f"{name} is 0 in {KEY}: {EFFECTS[name]}",
        "ask who owns the policy (Group Policy or Intune), or take this laptop out of the fleet file",
        "ERROR_ACCESS_DISABLED_BY_POLICY",
    )
