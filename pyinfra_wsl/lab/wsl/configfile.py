r"""How WSL reads ``.wslconfig`` and ``/etc/wsl.conf``: settings, and what it warns about.

The rules of ``ParseConfigFile`` in src/shared/configfile/configfile.cpp, written anew and on purpose without our own reader in
``core``: a lab that shared the product's reading of the file could not contradict it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_SECTION = re.compile(r"\[([A-Za-z][A-Za-z0-9]*)(.?)", re.DOTALL)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_PIECE = 2048
_ESCAPES = {"\\": "\\", '"': '"', "b": "\b", "n": "\n", "t": "\t"}


@dataclass
class ConfigFile:
    """The settings in the order of the file, as (name with its section, value, line), and the warnings."""

    settings: list[tuple[str, str, int]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class _LineError(Exception):
    """A line that WSL cannot read; with what it says."""


def parse_windows(data: bytes) -> ConfigFile:
    """Read ``.wslconfig`` as text: a byte order mark is honoured, every character is cut to one byte, bad lines are skipped."""
    if data.startswith(b"\xfe\xff"):  # Microsoft's fopen refuses big-endian UTF-16
        return ConfigFile(warnings=["the file cannot be opened"])
    little = data.startswith(b"\xff\xfe")
    text = data[2:].decode("utf-16-le", "replace") if little else _readable(data).decode("utf-8-sig", "replace")
    text = text.partition("\x1a")[0].replace("\r\n", "\n").replace("\uffff", "\n")
    return _Reader(text, skip_invalid=True, narrow=_cut).read()


def _cut(value: str) -> str:
    """Keep one byte of each UTF-16 unit."""
    return value.encode("utf-16-le", "surrogatepass")[::2].decode("latin-1")


def _readable(data: bytes) -> bytes:
    """Return what Microsoft's C library reads of a file that may not be UTF-8 (``translate_ansi_or_utf8_nolock``).

    It reads pieces of 2,048 bytes; one that ends in a byte from 0x80 on, without a lead byte among its last four, fails.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        return data
    for start in range(0, len(data), _PIECE):
        last = data[start : start + _PIECE][-4:]
        if last[-1] >= 0x80 and not any(0xC0 <= byte < 0xF8 for byte in last):
            return data[:start]
    return data


def parse_linux(data: bytes) -> ConfigFile:
    """Read ``/etc/wsl.conf``: bytes as they are, and the first bad line ends the reading (src/linux/init/config.cpp)."""
    return _Reader(data.decode("utf-8", "surrogateescape"), skip_invalid=False).read()


class _Reader:
    """Reads line by line; remembers the section as WSL does: as the first characters of the last key it built."""

    def __init__(self, text: str, *, skip_invalid: bool, narrow: Callable[[str], str] = str) -> None:
        self.lines = text.split("\n")
        self.at = 0
        self.skip_invalid, self.narrow = skip_invalid, narrow
        self.key = ""
        self.section_length = 0
        self.found = ConfigFile()

    def read(self) -> ConfigFile:
        while self.at < len(self.lines):
            line = self.lines[self.at].lstrip(" \t")
            self.at += 1
            number = self.at
            try:
                self._read_line(line, number)
            except _LineError as error:
                self.found.warnings.append(f"{error}:{number}")
                if not self.skip_invalid:
                    break
        return self.found

    def _read_line(self, line: str, number: int) -> None:
        if not line or line.startswith("#"):
            return
        if line.startswith("\r"):
            self._go_on(line)
        elif line.startswith("["):
            self._read_section(line)
        else:
            self._read_setting(line, number)

    def _go_on(self, rest: str) -> None:
        """Take what stands behind a lone carriage return for a line of its own; in comments and bad lines it ends nothing."""
        if rest[1:]:
            self.lines.insert(self.at, rest[1:])

    def _read_section(self, line: str) -> None:
        match = _SECTION.match(line)
        if not match:
            raise _LineError("invalid section name")
        self.key = match[1]  # kept even if the rest of the line is wrong, with the length of the section before it
        if match[2] != "]":
            raise _LineError("expected ']'")
        rest = line[match.end() :].lstrip(" \t")
        if rest and rest[0] not in "#\r":
            raise _LineError("expected ' ' or '\\n'")
        self.section_length = len(self.key)
        if rest.startswith("\r"):
            self._go_on(rest)

    def _read_setting(self, line: str, number: int) -> None:
        section = self.key[: self.section_length].ljust(self.section_length, "\0")
        match = _KEY.match(line)
        if not match:
            raise _LineError("invalid key name")
        self.key = f"{section}.{match[0]}" if section else match[0]
        rest = line[match.end() :].lstrip(" \t")
        if not rest.startswith("="):
            raise _LineError("expected '='")
        self.found.settings.append((self.key, self.narrow(self._value(rest[1:].lstrip(" \t"))), number))

    def _value(self, rest: str) -> str:
        """Take quotes and escapes out of a value, up to a comment or the line's end."""
        value, kept, quoted, at = "", 0, False, 0
        while at < len(rest) and rest[at] != "\r":
            letter = rest[at]
            at += 1
            if letter == "#" and not quoted:
                rest = ""
                break
            if letter == '"':
                quoted = not quoted
            elif letter == "\\":
                if at == len(rest):  # a backslash at the line's end: the next line goes on
                    rest, at, kept = self._next_line(), 0, len(value)
                    continue
                if rest[at] not in _ESCAPES and rest[at] != "\r":
                    raise _LineError(f"invalid escaped character: '{rest[at]}'")
                value += _ESCAPES.get(rest[at], "")
                at += 1
            else:
                value += letter
            kept = kept if letter in " \t" else len(value)
        if quoted:
            raise _LineError('expected "')
        if rest[at : at + 1] == "\r":
            self._go_on(rest[at:])
        return value[:kept]

    def _next_line(self) -> str:
        """Return the line that continues a value."""
        if self.at == len(self.lines):
            raise _LineError("invalid escaped character: the file's end")
        self.at += 1
        return self.lines[self.at - 1]
