"""WSL's policies, as reg.exe shows them."""

import re

import pytest

KEY = r"HKLM\SOFTWARE\Policies\WSL"
MODES = {"none": 0, "nat": 1, "mirrored": 3, "virtioproxy": 4, "consomme": 4}
LIST = "WSLContainerRegistryAllowlist"


def asked(laptop, key):
    """Return what reg.exe says of a key's own values; nothing where there is none."""
    said = laptop.run("reg.exe query %s", key)
    # Without any policy the key need not be there, which reg.exe tells with 1, and in its user's language.
    assert said.rc in (0, 1), said.stderr
    return said.stdout if said.rc == 0 else ""


@pytest.mark.settings("WSLContainerRegistryAllowlist")
def test_registries_are_those_declared(laptop, setting):
    found = re.findall(r"^\s+\S.*?\s+REG_SZ\s+(\S+)\s*$", asked(laptop, rf"{KEY}\{LIST}"), re.MULTILINE)
    assert sorted(one.lower() for one in found) == sorted(one.lower() for one in setting.value or ())


@pytest.mark.settings(
    "AllowWSL", "AllowInboxWSL", "AllowWSL1", "AllowKernelUserSetting", "AllowSystemDistroUserSetting",
    "AllowKernelCommandLineUserSetting", "AllowDebugShell", "AllowNestedVirtualization", "AllowKernelDebugUserSetting",
    "AllowNetworkingModeUserSetting", "AllowFirewallUserSetting", "AllowDiskMount", "AllowWSLContainer", "DefaultNetworkingMode",
)  # fmt: skip
def test_policy_is_as_declared(laptop, setting):
    name = setting.path[1]
    found = re.search(rf"^\s+{name}\s+REG_(\w+)\s+(\S+)\s*$", asked(laptop, KEY), re.MULTILINE | re.IGNORECASE)
    if setting.value is None:
        assert found is None, found[0]
    else:
        wanted = MODES[setting.value] if isinstance(setting.value, str) else int(setting.value)
        assert found, f"{name} is not set"
        assert (found[1], int(found[2], 16)) == ("DWORD", wanted)
