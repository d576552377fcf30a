"""A merge adds what is declared to .wslconfig and nothing else, whatever stands there."""

from hypothesis import given, settings
from support.merging import hold_to, messy, some

from pyinfra_wsl.core.formats.ini.files import WSLCONFIG

FILES = messy(
    ["wsl2", "general", "experimental"],
    ["memory=8GB", "memory=8gb", "swap=0", "kernel=C:\\\\k", "kernel=C:\\k", "networkingMode=nat", "instanceIdleTimeout=1",
     "instanceIdleTimeout = one", "hostAddressLoopback=true", "dnsTunnelingIpAddress=1.2.3", "dnsTunnelingIpAddress=10.0.0.1",
     "dnsTunneling=true", "dnsTunneling=false", "dnsTunneling=maybe", "ipv6=true", "vmIdleTimeout=5", "autoProxy=false"],
    ["memory=4\\GB", 'swap="1GB', "instanceIdleTimeout 5", "ipv6=\\true", "[wsl2 ]", "[general] ; x", "autoProxy=tr\\ue"],
)  # fmt: skip
DECLARED = some([
    ("wsl2", "memory", ["8GB", "4GB"]),
    ("wsl2", "dnsTunneling", [True, False]),
    ("wsl2", "networkingMode", ["mirrored"]),
    ("wsl2", "ipv6", [True, False]),
    ("general", "instanceIdleTimeout", [1, 15000]),
    ("experimental", "dnsTunnelingIpAddress", ["10.0.0.1"]),
    ("experimental", "hostAddressLoopback", [True]),
])  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(FILES, DECLARED)
def test_a_merge_adds_what_is_declared_and_nothing_else(old, declared):
    hold_to(old, declared, WSLCONFIG)
