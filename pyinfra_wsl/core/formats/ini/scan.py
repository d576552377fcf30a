"""The parser that ``.wslconfig`` and ``/etc/wsl.conf`` share, as WSL has it: which characters make a section, a key, a value.

A state machine that mirrors ``ParseConfigFile`` of src/shared/configfile/configfile.cpp, with its oddities; it keeps every
character, so that a file can be put together again from what it yields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from string import ascii_letters, digits

_LETTERS = frozenset(ascii_letters)
_WORD = frozenset(ascii_letters + digits)
_SPACE = frozenset(" \t")
_END = frozenset(("", "\n", "\r"))
_WEOF = "\uffff"  # what Windows' fgetwc returns at the end, so this character ends a line
_ESCAPES = {"\\": b"\\", '"': b'"', "b": b"\b", "n": b"\n", "t": b"\t"}


class Kind(StrEnum):
    """What an entry is."""

    BLANK = "blank"
    COMMENT = "comment"
    SECTION = "section"
    SETTING = "setting"
    BROKEN = "broken"
    UNREAD = "unread"


class Fault(StrEnum):
    """Why an entry is broken: what the parser expected and did not find."""

    NONE = ""
    KEY = "key"
    SECTION = "section"
    BRACKET = "bracket"
    AFTER_SECTION = "after section"
    EQUALS = "equals"
    ESCAPE = "escape"
    QUOTE = "quote"


def _as_bytes(char: str) -> bytes:
    """Keep a character as it is: init sets no locale before it parses (src/linux/init/config.cpp), so bytes pass through."""
    return char.encode("utf-8", "surrogateescape")


def _cut_to_bytes(char: str) -> bytes:
    """Cut a character to one byte for each UTF-16 unit: ``static_cast<char>(ch)`` in configfile.cpp."""
    if "\udc80" <= char <= "\udcff":  # a byte that was no UTF-8; Windows reads U+FFFD
        return b"\xfd"
    return char.encode("utf-16-le", "surrogatepass")[::2]


@dataclass(frozen=True, slots=True)
class Dialect:
    r"""In what the two files differ.

    Args:
        skips: whether the parser goes on after a broken line (``CFG_SKIP_INVALID_LINES``), or ends there.
        text_mode: whether CR LF is one character and Ctrl-Z the end, as Microsoft's ``fopen`` in text mode has it.
        narrow: what is stored of a character in a value.

    """

    skips: bool
    text_mode: bool
    narrow: Callable[[str], bytes]


WSLCONFIG = Dialect(skips=True, text_mode=True, narrow=_cut_to_bytes)
"""src/windows/common/WslCoreConfig.cpp: ``_wfopen(path, L"rt,ccs=UTF-8")``, ``CFG_SKIP_INVALID_LINES``."""

WSL_CONF = Dialect(skips=False, text_mode=False, narrow=_as_bytes)
"""src/linux/init/WslDistributionConfig.cpp: ``fopen(path, "r")``, no ``CFG_SKIP_INVALID_LINES``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of a file, from a line's start to its end; a value that is continued spans several lines.

    Args:
        kind: what it is.
        text: all its characters, the line's end included.
        number: of its first line, from 1.
        section: what is put before the keys that follow, as the parser has it: also the remains of a broken section line.
        name: ``section.key`` of a setting, or of a broken line whose key is known.
        value: what is stored of a setting's value.
        start: where the value begins in `text`.
        stop: where it ends, without spaces and comment.
        escapes: the escape letters that stand in the value, such as ``t`` and ``n``.
        fault: why it is broken.
        found: the character at which it broke.
        terminated: whether a line end closes it, so that something can be put behind it.

    """

    kind: Kind
    text: str = ""
    number: int = 0
    section: str = ""
    name: str = ""
    value: bytes = b""
    start: int = 0
    stop: int = 0
    escapes: str = ""
    fault: Fault = Fault.NONE
    found: str = ""
    terminated: bool = True


class _Broken(Exception):  # noqa: N818 - not an error of ours: the jump to InvalidLine
    def __init__(self, fault: Fault, char: str, name: str = "") -> None:
        self.fault, self.char, self.name = fault, char, name


class _Scanner:
    """Reads entry after entry; `_buffer` is the parser's ``key``, of which the first `_length` characters are the section."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text, self.dialect = text, dialect
        self.end = text.find("\x1a") if dialect.text_mode and "\x1a" in text else len(text)
        self.at = self.last = 0
        self._buffer, self._length = "", 0

    @property
    def prefix(self) -> str:
        """The section as it is put before a key: cut, or filled up with NUL, to the last valid section's length."""
        return self._buffer[: self._length].ljust(self._length, "\0")

    def next(self) -> str:
        """Return the next character; empty at the end."""
        self.last = self.at
        if self.at >= self.end:
            return ""
        if self.dialect.text_mode and self.text.startswith("\r\n", self.at, self.end):
            self.at += 2
            return "\n"
        self.at += 1
        return "\n" if self.dialect.text_mode and self.text[self.last] == _WEOF else self.text[self.last]

    def skip_spaces(self) -> str:
        while (char := self.next()) in _SPACE:
            pass
        return char

    def skip_line(self, char: str) -> str:
        while char not in ("", "\n"):
            char = self.next()
        return char

    def word(self, first: str) -> tuple[str, str]:
        """Return a word that begins with `first`, and the character behind it."""
        word = first
        while (char := self.next()) in _WORD:
            word += char
        return word, char

    def entry(self, number: int) -> Entry:
        """Read one entry."""
        begin = self.at
        try:
            char, entry = self._line(begin)
        except _Broken as broken:
            char = self.skip_line("\\" if broken.fault is Fault.ESCAPE else broken.char)
            entry = Entry(kind=Kind.BROKEN, fault=broken.fault, found=broken.char, name=broken.name)
        if char == "\r" and self.text.startswith("\n", self.at) and self.at < self.end:
            self.at += 1  # read as one more empty line by the parser
        return replace(entry, text=self.text[begin : self.at], number=number, section=self.prefix, terminated=char != "")

    def _line(self, begin: int) -> tuple[str, Entry]:
        char = self.skip_spaces()
        if char in _END:
            return char, Entry(kind=Kind.BLANK)
        if char == "#":
            return self.skip_line(char), Entry(kind=Kind.COMMENT)
        if char == "[":
            return self._section()
        if char not in _LETTERS:
            raise _Broken(Fault.KEY, char)
        return self._setting(char, begin)

    def _section(self) -> tuple[str, Entry]:
        char = self.next()
        if char not in _LETTERS:
            raise _Broken(Fault.SECTION, char)
        self._buffer, char = self.word(char)
        if char != "]":
            raise _Broken(Fault.BRACKET, char)
        char = self.skip_spaces()
        if char not in _END and char != "#":
            raise _Broken(Fault.AFTER_SECTION, char)
        self._length = len(self._buffer)
        return self.skip_line(char) if char == "#" else char, Entry(kind=Kind.SECTION)

    def _setting(self, char: str, begin: int) -> tuple[str, Entry]:
        word, char = self.word(char)
        self._buffer = f"{self.prefix}.{word}" if self._length else word
        name = self._buffer.split("\0")[0]
        if char in _SPACE:
            char = self.skip_spaces()
        if char != "=":
            raise _Broken(Fault.EQUALS, char, name)
        char = self.skip_spaces()
        start = self.last
        value, escapes, char = self._value(char, name)
        stop = start + len(self.text[start : self.last].rstrip(" \t"))
        if char == "#":
            char = self.skip_line(char)
        entry = Entry(kind=Kind.SETTING, name=name, value=value, start=start - begin, stop=stop - begin, escapes=escapes)
        return char, entry

    def _value(self, char: str, name: str) -> tuple[bytes, str, str]:
        """Read a value: what is stored, the escapes in it, and the character that ended it."""
        value, kept, quoted, escapes = bytearray(), 0, False, ""
        while char not in _END and (quoted or char != "#"):
            if char == '"':
                quoted = not quoted
            elif char != "\\":
                value += self.dialect.narrow(char)
            elif (escaped := self.next()) in _ESCAPES:
                value += _ESCAPES[escaped]
                escapes += escaped
            elif escaped not in ("\r", "\n") or self.text[self.last] == _WEOF:  # these two continue a value, or mean to
                raise _Broken(Fault.ESCAPE, escaped, name)
            if char not in _SPACE:
                kept = len(value)
            char = self.next()
        if quoted:
            raise _Broken(Fault.QUOTE, char, name)
        return bytes(value[:kept]).split(b"\0")[0], escapes, char


def scan(text: str, dialect: Dialect) -> Iterator[Entry]:
    """Yield the entries of a file; their texts put together are `text`.

    Args:
        text: the file, decoded with ``surrogateescape``, without a byte order mark.
        dialect: which of the two files it is.

    """
    scanner, number = _Scanner(text, dialect), 1
    while scanner.at < scanner.end:
        entry = scanner.entry(number)
        number += entry.text.count("\n")
        yield entry
        if entry.kind is Kind.BROKEN and not dialect.skips:
            break
    if scanner.at < len(text):
        yield Entry(Kind.UNREAD, text[scanner.at :], number)


def quote(value: str) -> str:
    """Write a value so that the parser reads it back: escapes, and quotes where a ``#`` or an outer space needs them.

    Raises:
        ValueError: for a character that no escape stands for.

    """
    if any(char < " " and char not in "\b\n\t" for char in value):
        raise ValueError("a control character cannot be written")
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\b", "\\b").replace("\n", "\\n").replace("\t", "\\t")
    return f'"{text}"' if "#" in text or text != text.strip(" ") else text
