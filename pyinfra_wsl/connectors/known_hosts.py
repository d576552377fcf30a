"""What files of known hosts say of a host, read as OpenSSH reads them (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"; hostfile.c).

paramiko gives a whole file up at a line that it cannot read, and knows neither markers nor wildcards. Where OpenSSH takes a line
that it cannot read for one that is not there, this does not: such a line may hold the key that was known, or a revoked one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

REVOKED, AUTHORITY = "@revoked", "@cert-authority"
DEFAULT_PORT = 22
_SHA1 = 20  # bytes
_LINE = re.compile(r"[ \t]*(?:(?P<marker>@[^ \t]*)[ \t]+)?(?P<names>[^ \t]+)(?:[ \t]+(?P<key>.*))?")
_HASHED = re.compile(r"\|1\|(?P<salt>[A-Za-z0-9+/]+=*)\|(?P<hash>[A-Za-z0-9+/]+=*)")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is no comment: where it stands, its marker or "", whom it names, and the text of its key.

    Args:
        plain: whether its names are names and no patterns, as nearly all are.

    """

    place: str
    marker: str
    names: tuple[str, ...]
    text: str
    plain: bool

    @property
    def key(self) -> tuple[str, bytes]:
        """The key's type and its bytes; raises ValueError, whose text says why there is none."""
        words = re.split(r"[ \t]+", self.text)
        if self.marker not in ("", REVOKED, AUTHORITY):
            raise ValueError("its marker is not known")
        if len(words) < 2:
            raise ValueError("it is no line of host, type and key")
        return words[0], _blob(words[0], words[1])

    def about(self, name: str) -> bool | None:
        """Whether it is about a host; None where that cannot be told, as of a hashed name that is cut."""
        if self.plain:
            return name in self.names
        found: bool | None = False
        for pattern in self.names:
            matches = _matches(name, pattern.removeprefix("!"))
            if pattern.startswith("!") and matches:
                return False
            found = found if matches is False or pattern.startswith("!") else matches
        return found


@dataclass(slots=True)
class Says:
    """What is known of a host and the key that it shows: each time the lines that say so, as ``FILE:LINE``.

    Args:
        known: the key is one of its own.
        others: they hold other keys of it.
        types: the types of those.
        revoked: the key is revoked.
        authorities: an authority may certify its keys.
        unreadable: they name it and cannot be read, each with the reason.
        unclear: not even whom they name can be read.
        doubtful: they revoke a key of it that cannot be read.

    """

    known: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    authorities: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


class File:
    """The lines of one file, and whom they may be about, so that a fleet of hosts is looked up in as many lines.

    A hashed name has to be tried with each host's; one that was found is no other's, and is not tried again.

    Args:
        lines: in their order.

    """

    def __init__(self, lines: Sequence[Line]) -> None:
        """Sort the lines by how their names are found."""
        self.lines = tuple(lines)
        self._by_name: dict[str, list[int]] = {}
        self._others: list[int] = []
        self._hashed: dict[int, tuple[bytes, bytes]] = {}
        for at, line in enumerate(self.lines):
            if line.plain:
                for name in line.names:
                    self._by_name.setdefault(name, []).append(at)
            elif parts := _parts(line.names[0]) if len(line.names) == 1 else None:
                self._hashed[at] = parts
            else:
                self._others.append(at)

    def about(self, *names: str) -> list[Line]:
        """Return the lines that may be about a host, in their order; which of them are, `Line.about` tells."""
        found = {*self._others}
        for name in names:
            found |= {*self._by_name.get(name, ()), *(self._unhashed(name) if self._hashed else ())}
        return [self.lines[at] for at in sorted(found)]

    def _unhashed(self, name: str) -> list[int]:
        found = [at for at, parts in self._hashed.items() if _is_of(name, parts)]
        for at in found:
            del self._hashed[at]
        self._by_name.setdefault(name, []).extend(found)
        return found

    @cached_property
    def unreadable(self) -> list[str]:
        """The lines that cannot be read, whomever they name, each with the reason."""
        found = []
        for line in self.lines:
            try:
                _ = line.key
            except ValueError as error:
                found.append(f"{line.place} ({error})")
        return found


def names(host: str, port: int) -> list[str]:
    """Return the names under which a host may stand, its own first."""
    return [host.lower()] if port == DEFAULT_PORT else [f"[{host.lower()}]:{port}", host.lower()]


def says(lines: Sequence[Line], host: str, port: int, key: tuple[str, bytes] | None = None) -> Says:
    """Return what lines say of a host.

    Args:
        lines: of all files, at least those that may be about it.
        host: its name or address, as it was asked for.
        port: its port.
        key: type and bytes of the key that it shows; None before it shows one.

    """
    found, own = Says(), names(host, port)
    for line in lines:
        about = [line.about(name) for name in own]
        if line.marker not in ("", REVOKED, AUTHORITY):
            found.unclear += [f"{line.place} (its marker is not known)"] if any(about) else []
        elif any(about):
            # A key of the same name at the default port may be another machine's: it counts where it is the right one (ssh(1)).
            _take(line, found, key, own=bool(about[0]))
        elif None in about:
            found.unclear.append(f"{line.place} (its names cannot be read)")
    return found


def _take(line: Line, found: Says, key: tuple[str, bytes] | None, *, own: bool) -> None:
    try:
        held = line.key
    except ValueError as error:
        (found.doubtful if line.marker == REVOKED else found.unreadable).append(f"{line.place} ({error})")
        return
    if line.marker == AUTHORITY:
        found.authorities.append(line.place)
    elif line.marker == REVOKED:
        found.revoked += [line.place] if held == key else []
    elif held == key:
        found.known.append(line.place)
    elif own:
        found.others.append(line.place)
        found.types.append(held[0])


def read(path: str) -> File:
    """Return a file, without a line where there is none; raises OSError or ValueError where it cannot be read."""
    try:
        found = os.stat(path)  # noqa: PTH116 - twice for each connection of a fleet
    except FileNotFoundError:
        return File(())
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=16)  # each new key makes another file of it
def _read(path: str, _modified: int, _size: int) -> File:
    data = Path(path).read_bytes()
    if data.startswith(_UTF_16) or b"\0" in data:
        raise ValueError("it is no text in UTF-8")
    return File(tuple(_lines(path, data.decode("utf-8-sig", "surrogateescape"))))


def _lines(path: str, text: str) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line.rstrip("\r"))
        if match and not line.lstrip(" \t").startswith("#"):
            text = match["names"]
            names = (text,) if text.startswith("|") else tuple(text.lower().split(","))
            yield Line(f"{path}:{number}", match["marker"] or "", names, match["key"] or "", not set(text) & set("*?!|"))


def _matches(name: str, pattern: str) -> bool | None:
    if pattern.startswith("|"):
        return _hashed(name, pattern)
    if pattern == name or not ("*" in pattern or "?" in pattern):
        return pattern == name
    return bool(_wildcards(pattern).fullmatch(name))


@lru_cache(maxsize=256)
def _wildcards(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in re.sub(r"\*+", "*", pattern)), re.DOTALL)


def _hashed(name: str, pattern: str) -> bool | None:
    parts = _parts(pattern)
    return None if parts is None else _is_of(name, parts)


def _parts(pattern: str) -> tuple[bytes, bytes] | None:
    """Return salt and hash of a hashed name; None where it is none, or is cut."""
    match = _HASHED.fullmatch(pattern)
    try:
        salt, wanted = (base64.b64decode(part, validate=True) for part in match.groups()) if match else (b"", b"")
    except binascii.Error:
        return None
    return (salt, wanted) if len(salt) == len(wanted) == _SHA1 else None


def _is_of(name: str, parts: tuple[bytes, bytes]) -> bool:
    salt, wanted = parts
    return hmac.digest(salt, name.encode("utf-8", "surrogateescape"), "sha1") == wanted


@lru_cache(maxsize=4096)
def _blob(kind: str, text: str) -> bytes:
    """Return a key's bytes; raises ValueError where they are not what they are said to be."""
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("its key is no base64") from None
    fields = list(_fields(blob))
    if fields[0] != kind.encode("utf-8", "surrogateescape"):
        raise ValueError("its key is not of the type that it says")
    return blob


def _fields(blob: bytes) -> Iterator[bytes]:
    """Yield the parts of a public key, each behind its length (RFC 4253, 6.6); raises ValueError where one is not whole."""
    at = 0
    while at < len(blob) or not at:
        end = at + 4 + int.from_bytes(blob[at : at + 4])
        if at + 4 > len(blob) or end > len(blob):
            raise ValueError("its key is cut or damaged")
        yield blob[at + 4 : end]
        at = end
