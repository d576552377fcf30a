"""Write since which release WSL knows each key, from a clone of microsoft/WSL: ``python scripts/wsl_keys.py CLONE``.

Brings ``pyinfra_wsl/lab/data/wslconfig-keys.json`` and ``wslconf-keys.json`` up to date from the clone's tags: ``since`` of each
key, the words that a key takes with theirs, and the quote that WSL says it expects. Types and slots are written by hand, because
the source has them as C++ variables; a key that the tables lack, or have too much, ends the script.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wsl_texts import UNRELEASED, numbers, releases

DATA = Path(__file__).parents[1] / "pyinfra_wsl" / "lab" / "data"
HEADER = "src/windows/common/WslCoreConfig.h"
LINUX = ("src/linux/init/WslDistributionConfig.cpp", "src/linux/init/WslDistributionConfig.h")
PARSER = "src/shared/configfile/configfile.cpp"
WORDS = {"NetworkingModes": "networkingMode", "MemoryReclaimModes": "autoMemoryReclaim"}
Told = list[list[str]]


def main(clone: Path) -> None:
    """Write both tables."""
    found = releases(clone)
    newest = numbers(found[-2])
    after = ".".join(str(part) for part in (*newest[:-1], newest[-1] + 1))

    def sources(*paths: str) -> list[tuple[str, str]]:
        """Return what the paths hold, joined, with the release since which they do."""
        return [
            ("" if tag == found[0] else after if tag == UNRELEASED else tag, "".join(_show(clone, tag, path) for path in paths))
            for tag in found
        ]

    windows = sources(HEADER)
    table = _table("wslconfig-keys.json", _history(windows, lambda text: set(re.findall(r'auto \w+ = "(\w+\.\w+)"', text))))
    for name, key in WORDS.items():
        told = _history(windows, lambda text, name=name: set(_words(text, name)))  # type: ignore[misc]
        for one in [one for one in table if one.endswith(f".{key}")]:
            table[one]["words"] = dict(sorted(told.items(), key=lambda item: item[0].lower()))
    table["_quote"] = _changes([(since, _quote(text)) for since, text in sources(PARSER)])
    _write("wslconfig-keys.json", table)
    _write("wslconf-keys.json", _table("wslconf-keys.json", _history(sources(*LINUX), _linux_keys)))


def _show(clone: Path, tag: str, path: str) -> str:
    at = "HEAD" if tag == UNRELEASED else tag
    words = ["git", "-C", str(clone), "show", f"{at}:{path}"]
    return subprocess.run(words, check=True, capture_output=True).stdout.decode("utf-8-sig")


def _history(told: list[tuple[str, str]], read: Callable[[str], set[str]]) -> dict[str, str]:
    """Return name → the first release that has it; a name that went again is more than the table can say."""
    first: dict[str, str] = {}
    for since, text in told:
        names = read(text)
        if gone := set(first) - names:
            sys.exit(f"{since} has no longer {sorted(gone)}")
        first.update({name: since for name in names if name not in first})
    return first


def _changes(told: list[tuple[str, str]]) -> Told:
    """Return [[since release, what], …], where it changed."""
    return [[since, what] for at, (since, what) in enumerate(told) if at == 0 or told[at - 1][1] != what]


def _words(text: str, name: str) -> list[str]:
    """Return the words that an enumeration takes."""
    found = re.search(rf"CaseInsensitiveCompare> {name}\s*=?\s*\{{(.*?)\}};", text, re.DOTALL)
    return [other or word for word, other in re.findall(r"\{(?:ToString\(\w+::(\w+)\)|\"(\w+)\"),", found[1])] if found else []


def _quote(text: str) -> str:
    """Return what is said to be expected where a closing quote is missing."""
    said = re.findall(r'MessageConfigExpected\("((?:\\.|[^"\\])*)"', text)
    return str(json.loads(f'"{said[3]}"'))


def _linux_keys(text: str) -> set[str]:
    """Return the keys of ``/etc/wsl.conf``: literals, and names of constants of the header."""
    names = dict(re.findall(r'constexpr auto (c_\w+) = "([\w.]+)"', text))
    return {literal or names[name] for literal, name in re.findall(r'ConfigKey\((?:"([\w.]+)"|(c_\w+))', text)}


def _table(file: str, first: dict[str, str]) -> dict[str, Any]:
    """Return a file's table with ``since`` as found."""
    table: dict[str, Any] = json.loads((DATA / file).read_text("utf-8"))
    written = {name for name in table if not name.startswith("_")}
    if written ^ set(first):
        sys.exit(f"{file}: not in the table {sorted(set(first) - written)}, not in WSL {sorted(written - set(first))}")
    for name, since in first.items():
        table[name].pop("since", None)
        table[name] |= {"since": since} if since else {}
    return table


def _write(file: str, table: dict[str, Any]) -> None:
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in table.items()]
    (DATA / file).write_text("{\n  " + ",\n  ".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
