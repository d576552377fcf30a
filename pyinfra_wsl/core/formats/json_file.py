"""A settings file in JSON: read from a look, merged so that other keys stay, and its change put in words."""

from __future__ import annotations

import base64
import difflib
from collections.abc import Mapping
from typing import Any

from pyinfra_wsl.core import heard, mask
from pyinfra_wsl.core.formats import json_value

LARGEST = 1 << 20
"""How many bytes of a file are taken: it is somebody else's."""


def content(encoded: str) -> bytes | None:
    """Return a file's bytes; None where there is no file.

    Args:
        encoded: the file as `linux.PRELUDE`'s ``whole`` prints it.

    Raises:
        ValueError: it is too large, could not be read, or is no base64.

    """
    if encoded in ("absent", ""):
        return None
    if "!" in encoded:
        raise ValueError("it is no file, or it cannot be read")
    data = base64.b64decode(encoded)
    if len(data) > LARGEST:
        raise ValueError("it is larger than 1 MiB")
    return data


def read(encoded: str) -> tuple[dict[str, Any] | None, str]:
    """Return a file's object, and why there is none: ``(None, "")`` where there is no file.

    What dockerd takes for a configuration is one (tried with Debian's 26.1.5): a file without anything and ``null`` say nothing,
    and one that begins with a byte order mark may be in UTF-16. A file of NUL bytes, as a power loss leaves it, counts as damaged
    and not as empty.

    Args:
        encoded: the file as `linux.PRELUDE`'s ``whole`` prints it.

    """
    try:
        data = content(encoded)
        if data is None:
            return None, ""
        value = heard.parse(_utf8(data).strip() or b"{}", 2 * LARGEST, twice=True)
    except ValueError as error:
        return None, str(error)
    if value is None:
        return {}, ""
    return (value, "") if isinstance(value, dict) else (None, "it holds no object")


_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def _utf8(data: bytes) -> bytes:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding).encode()
            except UnicodeError as error:
                raise ValueError(f"it begins as {encoding.upper()} and is none") from error
    return data


def merge(have: Mapping[str, Any], want: Mapping[str, Any]) -> dict[str, Any]:
    """Return `have` with what `want` says; objects are merged, other values replaced, other keys kept in their order."""
    merged = dict(have)
    for name, value in want.items():
        old = merged.get(name)
        merged[name] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the keys of `new` that have another value than in `old`, and those of `old` that are gone."""
    names = {**new, **old}
    return [name for name in names if name not in old or name not in new or not json_value.same(old[name], new[name])]


def text(value: Mapping[str, Any]) -> str:
    """Return an object as a file holds it."""
    return json_value.text(value, indent=2) + "\n"


def told(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return in words what differs, without what may be secret: ``log-driver: unset → "local"``."""
    return ", ".join(f"{mask.text(name)}: {_word(old, name)} → {_word(new, name)}" for name in changed(old, new))


def diff(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines of a unified diff of the file, without what may be secret in it."""
    before, after = text(mask.value(old)) if old else "", text(mask.value(new))
    return tuple(difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, lineterm=""))


def _word(values: Mapping[str, Any], name: str) -> str:
    return json_value.text(mask.value(values[name], name)) if name in values else "unset"
