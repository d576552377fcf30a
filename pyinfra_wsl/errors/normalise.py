"""A pasted text without what stands around the words: colours, NULs, frames of PowerShell, JSON and XML, broken lines."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pyinfra_wsl.errors import mojibake

LONGEST = 40_000
"""Characters that are looked at: of a longer text its beginning and its end, where causes and codes stand."""

_LOST = re.compile(r"[\ufffd\x01-\x08\x0e-\x1a]")
"""What stands where UTF-16 was read as UTF-8: bytes that are none, and the upper halves of letters of Europe."""
_ANSI = re.compile(r"\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|\x1b\[[0-9;:?<=>!]{0,30}[ -/]{0,3}[@-~]|\x1b[@-Z\\^_]")
_COLOURS = re.compile(r"\[(?:\d{1,3};){0,5}\d{1,3}m")
_CLIXML = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TAG = re.compile(r"</?(?:[A-Za-z]{1,3}:)?[A-Za-z][A-Za-z0-9]{0,20}(?:\s[^<>]{0,300})?/?>")
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?){1,4}(?=\S)", re.MULTILINE)
_FRAME = re.compile(
    r"^[ \t]*\+ .*$|^[ \t]*\+?[ \t]*~+.*$|^(?:At line|At [A-Z]:\\|In Zeile|Au caractère|En línea|No linha|In riga|строка)\b.*$"
    r"|^.{0,40}(?:位置|行:|발생 위치).{0,80}(?:文字|字符|字元|문자)[ :].*$",
    re.MULTILINE,
)
_PS7_FRAME = re.compile(r"^[ \t]*(?:Line|\d+)?[ \t]*\|[ \t]?", re.MULTILINE)
_SPREAD = re.compile(r"(?:\S ){6,}\S")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\r\\n|\\[rnt](?![A-Za-z]:)|\\([\"\\/'])")


@dataclass(frozen=True, slots=True)
class Paste:
    """A text in the forms in which signs are looked for.

    Args:
        lines: the text, cleaned, with its lines.
        flat: the forms of the text as one line each, the plain one first.
        again: the garbled lines of the text in other readings, each as one line.
        letters: for sentences in any language: letters and digits alone, in lower case, of each reading.
        ascii: the same without what is not ASCII, which no wrong code page touches.
        halves: what UTF-8 leaves of UTF-16: the ASCII bytes of each half of a letter; empty where nothing was lost.

    """

    lines: str
    flat: tuple[str, ...]
    again: tuple[str, ...]
    letters: tuple[str, ...]
    ascii: tuple[str, ...]
    halves: str


def paste(text: str) -> Paste:
    """Clean a text."""
    raw = clean(text)
    lines = _fold(raw)
    bare = _PS7_FRAME.sub("", _FRAME.sub("", lines))
    unescaped = html.unescape(_ESCAPED.sub(_unescaped, lines)) if "\\" in lines or "&" in lines else lines
    forms = dict.fromkeys((lines, bare, unescaped))
    flat = dict.fromkeys([*map(one_line, forms), bare.replace("\n", "")])
    readings = [_fold(one) for one in mojibake.readings(raw)]
    letters = dict.fromkeys([*map(squeeze, forms), *map(squeeze, readings)])
    few = dict.fromkeys(map(plain, forms))
    lost = halves(text) if _LOST.search(text) else ""
    return Paste(lines, tuple(flat), tuple(map(one_line, readings)), tuple(letters), tuple(few), lost)


def clean(text: str) -> str:
    """Return a text without NULs, colours, quote marks of mails and what XML adds; garbled letters stay as they are."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"
    text = _ANSI.sub("", text.replace("\0", "")).removeprefix("\ufeff").removeprefix("ÿþ")
    text = _COLOURS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(_together(line) for line in text.split("\n"))
    if "_x00" in text or "</" in text:
        text = _TAG.sub(" ", _CLIXML.sub(lambda one: chr(int(one[1], 16)), text)).replace("\r", "")
    return _QUOTED.sub("", text)


def _fold(text: str) -> str:
    """Return a text with plain forms of letters, and without what cannot be seen."""
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFKC", text)
    return "".join(_visible(text))


def _visible(text: str) -> Iterator[str]:
    for one in text:
        if one == "\n" or one.isprintable():
            yield one
        elif one.isspace():
            yield " "
        elif "\x80" <= one <= "\x9f":
            yield one  # half of a garbled letter


def _together(line: str) -> str:
    """Return a line whose letters stand apart, as UTF-16 does where NULs are shown as spaces, without those."""
    if len(line) < 14 or not (spread := _SPREAD.search(line)) or len(spread[0]) < len(line) // 2:
        return line
    return re.sub(r"(\S) (?=\S|  )", r"\1", line.replace("   ", "\x00")).replace("\x00", " ")


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return found[2] or "\n"


def one_line(text: str) -> str:
    """Return a text as one line with single spaces."""
    return " ".join(text.split())


def squeeze(text: str) -> str:
    """Return the letters and digits of a text alone, in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


def plain(text: str) -> str:
    """Return the ASCII letters and digits of a text alone, in lower case."""
    return squeeze(text.encode("ascii", "ignore").decode())


def halves(text: str) -> str:
    """Return the printable ASCII of a text alone, without spaces."""
    return re.sub(r"[^!-~]", "", text)
