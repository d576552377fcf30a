r"""How WSL reads ``.wslconfig`` and ``/etc/wsl.conf``: settings, and what it warns about.

The rules of ``ParseConfigFile`` in src/shared/configfile/configfile.cpp, written anew and on purpose without our own reader in
``core``: a lab that shared the product's reading of the file could not contradict it.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from pyinfra_wsl.lab.wsl.configtext import windows_letters

_ESCAPES = {"\\": "\\", '"': '"', "b": "\b", "n": "\n", "t": "\t", "\r": ""}
_SPACE = frozenset(" \t")
_ALPHA = frozenset(string.ascii_letters)
_WORD = _ALPHA | frozenset(string.digits)
_END = ""
"""What the C library gives at the end of a file, and for U+FFFF, which is the same number."""


class Setting(NamedTuple):
    """A line's key with its section, its value, and the number WSL gives the line."""

    name: str
    value: str
    line: int


class Complaint(NamedTuple):
    """A warning about a line: the text's name, what is filled in before the file and the line, and the line's number."""

    text: str
    values: tuple[str, ...]
    line: int


@dataclass
class ConfigFile:
    """Settings and warnings in the order in which WSL meets them."""

    entries: list[Setting | Complaint] = field(default_factory=list)

    @property
    def settings(self) -> list[Setting]:
        """The settings alone."""
        return [entry for entry in self.entries if isinstance(entry, Setting)]

    @property
    def warnings(self) -> list[Complaint]:
        """The warnings alone."""
        return [entry for entry in self.entries if isinstance(entry, Complaint)]


class _BadLineError(Exception):
    """A line that WSL cannot read: what it says, and the character at which it gave up."""

    def __init__(self, at: str, text: str, *values: str) -> None:
        super().__init__(text)
        self.at, self.text, self.values = at, text, values


def parse_windows(data: bytes, quote: str = '"') -> ConfigFile:
    """Read ``.wslconfig``: a byte order mark is honoured, each UTF-16 unit of a value is cut to one byte, bad lines are skipped.

    Args:
        data: the file.
        quote: what this release says it expects where a closing quote is missing.

    """
    return _Reader(windows_letters(data), lambda letter: chr(ord(letter) & 0xFF), quote, skip_invalid=True).read()


def parse_linux(data: bytes, quote: str = '"') -> ConfigFile:
    """Read ``/etc/wsl.conf``: bytes as they are, and the first bad line ends the reading (src/linux/init/config.cpp)."""
    return _Reader(data.decode("utf-8", "surrogateescape"), str, quote, skip_invalid=False).read()


class _Reader:
    """Reads letter by letter; remembers the section as WSL does: as the first characters of the last key it built."""

    def __init__(self, text: str, keep: Callable[[str], str], quote: str, *, skip_invalid: bool) -> None:
        self.text, self.keep, self.quote, self.skip_invalid = text, keep, quote, skip_invalid
        self.at, self.line, self.ended = 0, 1, False
        self.key, self.section = "", 0
        self.found = ConfigFile()

    def read(self) -> ConfigFile:
        going = True
        while going and not self.ended:
            letter = self._next_after_spaces()
            if letter == "\r":
                if self.text[self.at : self.at + 1] == "\n":
                    self.at += 1
                    self.line += 1
            elif letter == "\n":
                self.line += 1
            elif letter == "#":
                self._skip_comment()
            elif letter != _END:
                going = self._statement(letter)
        return self.found

    def _statement(self, first: str) -> bool:
        """Read a section or a setting; returns whether the reading goes on."""
        try:
            last = self._section() if first == "[" else self._setting(first)
        except _BadLineError as bad:
            self.found.entries.append(Complaint(bad.text, bad.values, self.line))
            if not self.skip_invalid:
                return False
            last = bad.at
            while last not in ("\n", _END):
                last = self._next()
        if last == "#":
            self._skip_comment()
        else:
            self.line += 1
        return True

    def _section(self) -> str:
        letter = self._next()
        if letter not in _ALPHA:
            raise _BadLineError(letter, "MessageConfigInvalidSection")
        self.key, letter = self._word(letter)  # kept even if the rest of the line is wrong, with the length of the one before
        if letter != "]":
            raise _BadLineError(letter, "MessageConfigExpected", "']'")
        letter = self._next_after_spaces()
        if letter not in ("\n", "\r", "#", _END):
            raise _BadLineError(letter, "MessageConfigExpected", "' ' or '\\n'")
        self.section = len(self.key)
        return letter

    def _setting(self, first: str) -> str:
        section = self.key[: self.section].ljust(self.section, "\0")
        if first not in _ALPHA:
            raise _BadLineError(first, "MessageConfigInvalidKey")
        word, letter = self._word(first)
        self.key = f"{section}.{word}" if section else word
        if letter in _SPACE:
            letter = self._next_after_spaces()
        if letter != "=":
            raise _BadLineError(letter, "MessageConfigExpected", "'='")
        value, letter = self._value()
        self.found.entries.append(Setting(_c_string(self.key), _c_string(value), self.line))
        return letter

    def _value(self) -> tuple[str, str]:
        """Take quotes and escapes out of a value, up to a comment or the line's end."""
        value, kept, quoted = "", 0, False
        letter = self._next_after_spaces()
        while letter not in ("\n", "\r", _END) and (letter != "#" or quoted):
            if letter == '"':
                quoted = not quoted
            else:
                value += self._escaped() if letter == "\\" else self.keep(letter)
            kept = kept if letter in _SPACE else len(value)
            letter = self._next()
        if quoted:
            raise _BadLineError(letter, "MessageConfigExpected", self.quote)
        return value[:kept], letter

    def _escaped(self) -> str:
        """Read what follows a backslash; before the end of a line it makes the next line go on."""
        letter = self._next()
        if letter == "\n":
            self.line += 1
            return ""
        if letter not in _ESCAPES:
            raise _BadLineError("\\", "MessageConfigInvalidEscape", letter or "\uffff")
        return _ESCAPES[letter]

    def _word(self, letter: str) -> tuple[str, str]:
        """Return the letters and digits from here on, and what ended them."""
        word = ""
        while letter in _WORD:
            word += letter
            letter = self._next()
        return word, letter

    def _skip_comment(self) -> None:
        letter = " "
        while letter not in ("\n", _END):
            letter = self._next()
            if letter == "\r":
                letter = self._next()
            self.line += letter == "\n"

    def _next_after_spaces(self) -> str:
        letter = self._next()
        while letter in _SPACE:
            letter = self._next()
        return letter

    def _next(self) -> str:
        """Return the next character; once there is none, the reading has come to its end."""
        if self.at == len(self.text):
            self.ended = True
            return _END
        self.at += 1
        letter = self.text[self.at - 1]
        return _END if letter == "\uffff" else letter


def _c_string(text: str) -> str:
    """Cut a text where C ends it."""
    return text.partition("\0")[0]
