"""A settings file in JSON: read from a look, merged so that other keys stay, and its change put in words."""

from __future__ import annotations

import base64
import difflib
import json
from collections.abc import Mapping
from typing import Any

from pyinfra_wsl.core import heard

LARGEST = 1 << 20
"""How many bytes of a file are taken: it is somebody else's."""


def content(encoded: str) -> bytes | None:
    """Return a file's bytes; None where there is no file.

    Args:
        encoded: the file as `linux.PRELUDE`'s ``whole`` prints it.

    Raises:
        ValueError: it is too large, or no base64.

    """
    if encoded in ("absent", ""):
        return None
    data = base64.b64decode(encoded)
    if len(data) > LARGEST:
        raise ValueError("it is larger than 1 MiB")
    return data


def read(encoded: str) -> tuple[dict[str, Any] | None, str]:
    """Return a file's object, and why there is none: ``(None, "")`` where there is no file.

    A file of NUL bytes, as a power loss leaves it, counts as damaged and not as empty.

    Args:
        encoded: the file as `linux.PRELUDE`'s ``whole`` prints it.

    """
    try:
        data = content(encoded)
        if data is None:
            return None, ""
        value = heard.parse(data.removeprefix(b"\xef\xbb\xbf") or b"{}", LARGEST, twice=True)
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair can be read, and never be written
    except ValueError as error:
        return None, str(error)
    return (value, "") if isinstance(value, dict) else (None, "it holds no object")


def merge(have: Mapping[str, Any], want: Mapping[str, Any]) -> dict[str, Any]:
    """Return `have` with what `want` says; objects are merged, other values replaced, other keys kept in their order."""
    merged = dict(have)
    for name, value in want.items():
        old = merged.get(name)
        merged[name] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the keys of `new` that have another value than in `old`, and those of `old` that are gone."""
    return [name for name in {**new, **old} if name not in old or name not in new or new[name] != old[name]]


def text(value: Mapping[str, Any]) -> str:
    """Return an object as a file holds it."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def told(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return in words what differs: ``log-driver: unset → "local"``."""
    return ", ".join(f"{name}: {_word(old, name)} → {_word(new, name)}" for name in changed(old, new))


def diff(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines of a unified diff of the file."""
    before, after = text(old) if old else "", text(new)
    return tuple(difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, lineterm=""))


def _word(values: Mapping[str, Any], name: str) -> str:
    return json.dumps(values[name], ensure_ascii=False) if name in values else "unset"
