"""Write what 'wsl --version' prints, by release, from a clone of microsoft/WSL: ``python scripts/wsl_releases.py CLONE``.

Fills ``components`` of ``pyinfra_wsl/lab/data/wsl-releases.json`` from packages.config of each release with public source. The
other tables there are written by hand; each of their words must stand in src/windows/inc/wsl.h of the main branch, else this ends
with exit code 1 and writes nothing.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

from wsl_texts import UNRELEASED, git, releases

TARGET = Path(__file__).parents[1] / "pyinfra_wsl" / "lab" / "data" / "wsl-releases.json"
PACKAGES = (
    "Microsoft.WSL.Kernel",
    "Microsoft.WSLg",
    "Microsoft.RemoteDesktop.Client.MSRDC.SessionHost",
    "Microsoft.Direct3D.Linux",
    "Microsoft.DXCore.Linux.amd64fre",
)
DEFINED = re.compile(r"""^#define WSL\w+ L(["'])(?P<word>[^"']+)\1""", re.MULTILINE)
VALUES = {"tar", "tar.gz", "tar.xz", "vhd", "--setdefault"}
"""Words that are compared elsewhere: the formats of ``--export`` in WslClient.cpp."""


def main(clone: Path) -> int:
    """Write the table."""
    table = json.loads(TARGET.read_text("utf-8"))
    defined = {found["word"] for found in DEFINED.finditer(git(clone, "show", "HEAD:src/windows/inc/wsl.h"))}
    known = VALUES | {word if word.startswith("-") or len(word) > 1 else f"-{word}" for word in defined}
    if wrong := sorted({word for row in table["words"] for word in row.split()} - known):
        print(f"not in wsl.h: {', '.join(wrong)}")
        return 1
    table["components"] = {tag: _components(clone, tag) for tag in releases(clone) if tag != UNRELEASED}
    TARGET.write_text(_lines(table), "utf-8")
    return 0


def _lines(table: dict[str, dict[str, object]]) -> str:
    """Return the table as JSON with one row a line."""
    parts = []
    for name, rows in table.items():
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}" for key, row in rows.items())
        parts.append(f" {json.dumps(name)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _components(clone: Path, tag: str) -> list[str]:
    packages = ElementTree.fromstring(git(clone, "show", f"{tag}:packages.config"))  # noqa: S314  a clone of one's own
    found = {one.get("id", ""): one.get("version", "") for one in packages.iter("package")}
    return [found[name] for name in PACKAGES]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
