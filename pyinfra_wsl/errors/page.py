"""``docs/errors.md``: the catalogue as a page, made of the same data that answers."""

from __future__ import annotations

from pathlib import Path

from pyinfra_wsl.known import table
from pyinfra_wsl.known.table import UNKNOWN, Entry

TARGET = Path(__file__).resolve().parents[2] / "docs" / "errors.md"

_HEAD = """\
# Errors

<!-- Made of pyinfra_wsl/known/data/ by: make docs -->

What the errors of WSL, DISM, Windows Installer, Docker Desktop, Docker Engine, KVM, SSH and WinRM mean, and what to do. Nobody
needs to look here by eye: paste the text, in whatever language and however garbled, into

```text
pyinfra-wsl explain -
```

`pyinfra-wsl explain` also takes the text or the name of a file, and with `--json` answers programs. It finds the names and
numbers (`0x80370102`, `-2143878910` and `2151088386` are one), tells which of several errors is the cause, and ends with 0 where
it is known, and with 3 where it is not. "Repaired by" names the keys of the [fleet file](fleet-file.md) whose declaration repairs
it; where none stands, a person has to. The same name can have several causes: the surroundings decide, such as `MountDisk` before
`ERROR_PATH_NOT_FOUND`.

The names are those of WSL's own source and of Windows' headers; how causes were found out is told by the issues of microsoft/WSL,
docker/for-win, moby/moby and others. A name that any failure brings with it, such as `E_FAIL`, is no cause and has no row.
"""
_TITLES = {
    "hypervisor": "Hypervisor, firmware and Windows features",
    "wsl": "WSL itself",
    "distros": "Distributions, disks and settings of WSL",
    "windows": "Of Windows in general",
    "network": "Network",
    "docker_desktop": "Docker Desktop",
    "docker_engine": "Docker Engine",
    "kvm": "KVM and libvirt",
    "connection": "SSH, WinRM and PowerShell",
}


def page() -> str:
    """Return the page's text."""
    return "\n".join([_HEAD, *(_section(file) for file in table.FILES)])


def _section(file: str) -> str:
    rows = (_row(entry) for entry in table.entries(file) if entry.area != UNKNOWN)
    head = "| Names | Area | Cause | Next step | Repaired by |\n| --- | --- | --- | --- | --- |"
    return "\n".join([f"## {_TITLES[file]}", "", head, *rows, ""])


def _row(entry: Entry) -> str:
    names = ", ".join(f"`{name}`" for name in entry.names) or f"({entry.id})"
    keys = ", ".join(f"`{key}`" for key in entry.repaired_by)
    return f"| {names} | {entry.area} | {_plain(entry.cause)} | {_plain(entry.remedy)} | {keys} |"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
