"""``.wslconfig`` and ``wsl.conf`` as a fleet file declares them, and as somebody edits them by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.formats.ini.scan import quote
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.resource.breaks import NothingThereError


def keys(declared: Values) -> Iterator[tuple[str, str, Any]]:
    """Yield section, key and value of what a declaration writes; what only says how (``mode``, ``apply``) is left out."""
    for section, values in declared.items():
        for key, value in values.items() if isinstance(values, Mapping) else ():
            yield section, key, value


def render(declared: Values, end: str) -> bytes:
    """Return a file with the declared values and these ends of lines."""
    lines: list[str] = []
    for section, values in declared.items():
        if isinstance(values, Mapping):
            lines += [f"[{section}]", *(f"{key}={_text(value)}" for key, value in values.items()), ""]
    return end.join(lines).encode()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(",".join(map(str, value)) if isinstance(value, list) else str(value))


def changed(value: object) -> str:
    """Return another value that WSL takes for such a key; "" where only taking the line away is sure to change it."""
    if isinstance(value, bool):
        return "false" if value else "true"
    if isinstance(value, int):
        return str(value + 1)
    size = re.fullmatch(r"(\d+)([KMGT]?B)", str(value))
    return f"{int(size[1]) + 1}{size[2]}" if size else ""


def with_key(content: str, section: str, key: str, value: str) -> str:
    """Return a file with another value for a key, or without its line; raises NothingThereError where there is none."""
    inside, found, kept = "", False, list[str]()
    for line in content.splitlines(keepends=True):
        heading = re.match(r"\s*\[(\w+)\]", line)
        inside = heading[1].lower() if heading else inside
        name = line.partition("=")[0].strip().lower()
        if not (inside == section.lower() and "=" in line and name == key.lower()):
            kept.append(line)
            continue
        found = True
        kept += [f"{key}={value}{line[len(line.rstrip()) :]}"] if value else []
    if not found:
        raise NothingThereError(f"there is no {key} in section [{section}]")
    return "".join(kept)
