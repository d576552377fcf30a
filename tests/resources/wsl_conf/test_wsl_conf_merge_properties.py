"""A merge adds what is declared to wsl.conf and nothing else, whatever stands there."""

from hypothesis import given, settings
from support.merging import hold_to, messy, some

from pyinfra_wsl.core.formats.ini.files import WSL_CONF

FILES = messy(
    ["automount", "boot", "interop", "user"],
    ["enabled=false", "enabled=true", "enabled=maybe", "appendWindowsPath=false", "systemd=true", "systemd=false", "default=dev",
     "options=metadata", 'options="umask=22,#"', "root = /x", "command=echo a", "protectBinfmt=false", "mountFsTab=false"],
    ["command=echo \\$HOME", 'options="metadata', "enabled=fal\\se", "systemd true", "default=a\\b c\\", "; off", "[boot ]"],
)  # fmt: skip
DECLARED = some([
    ("automount", "options", ["metadata", "uid=1000"]),
    ("automount", "enabled", [True, False]),
    ("boot", "systemd", [True, False]),
    ("boot", "command", ["echo b"]),
    ("interop", "enabled", [True, False]),
    ("interop", "appendWindowsPath", [True, False]),
    ("user", "default", ["eve"]),
])  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(FILES, DECLARED)
def test_a_merge_adds_what_is_declared_and_nothing_else(old, declared):
    hold_to(old, declared, WSL_CONF)
