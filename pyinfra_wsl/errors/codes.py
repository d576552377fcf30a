"""The names and numbers of errors in a text: hexadecimal, signed, unsigned, or a small number after a word for error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_HEX = re.compile(r"(?<![0-9A-Za-z#])0[xX]([0-9A-Fa-f]{1,16})(?![0-9A-Za-z])")
_BARE = re.compile(r"(?<![-\w{/\\.:#])([89CDcd][0-9A-Fa-f]{7})(?![-\w}])")
_LONG = re.compile(r"(?<![\w.:-])(-\d{5,10}|[2-4]\d{9})(?![\w.])")
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9]{0,20}(?:_[A-Z0-9]{1,30}){1,8}(?![A-Za-z0-9_])|(?<!\w)WSA[A-Z]{4,20}(?!\w)")
_PATH = re.compile(
    r"\b(?:Wsl|Bash|Wslg|WslConfig|Wslc)/((?:\w{1,40}/){0,12})(0[xX][0-9A-Fa-f]{1,8}|[A-Z][A-Z0-9_]{2,60})", re.ASCII
)
_WORDS = (
    "error|errors|err|errorcode|exitcode|exit|exited|code|code:|status|returned|returning|result|rc|win32|hresult|value|"
    "fehler|fehlercode|rückgabecode|exitcode|erreur|errore|erro|código|codigo|codice|kod|kód|kód chyby|kodu|hata|błąd|błędu|"
    "chyba|chyby|fout|foutcode|fel|felkod|fejl|fejlkode|feil|feilkode|virhe|virhekoodi|hiba|hibakód|ошибка|ошибки|код|"
    "エラー|エラーコード|コード|终了コード|終了コード|错误|錯誤|错误代码|錯誤碼|代码|代碼|退出代码|오류|오류 코드|코드|에러"
)
_SMALL = re.compile(
    rf"(?<!\w)(?:{_WORDS})[\s:=(\[#'\"]{{0,4}}(?:code|is|was|of|with|von|:)?[\s:=(\[#'\"]{{0,4}}(\d{{1,5}})(?![\w%/-]|[.:]\d)",
    re.IGNORECASE,
)
_NOTHING = frozenset({0, 1, 0xFFFFFFFF})
_WIN32 = 0x80070000
_NT = 0x10000000
_HCS = 0x40000000
_TINY = frozenset({2, 3, 5, 14, 32, 50, 87})
"""Of the numbers below 100, those that Windows' own programs end with or print; others are exit codes of anything."""


_BYTE = 256


@dataclass(frozen=True, slots=True)
class Code:
    """One name or number that stands in a text.

    Args:
        name: its name; empty where it has none.
        number: its number as an HRESULT or NTSTATUS; None where only a name is known.
        place: where in the text it stands.
        path: where in WSL it came up, as ``Service/CreateInstance/MountDisk/HCS/``; empty for other texts.
        sure: whether the code itself stands there, and not Windows' text for it.
        small: whether a number stands there that is below 256: programs end with such, and count with them.

    """

    name: str
    number: int | None
    place: int
    path: str = ""
    sure: bool = True
    small: bool = False

    @property
    def shown(self) -> str:
        """The name and the number, as far as there are both."""
        number = "" if self.number is None else f"0x{self.number:08x}"
        return f"{self.name} ({number})" if self.name and number and self.name != number else self.name or number


def find(text: str, numbers: Mapping[str, int]) -> list[Code]:
    """Return all codes of a text, in its order, each once.

    Args:
        text: one line.
        numbers: the numbers of the names that are known.

    """
    names = {number: name for name, number in numbers.items()}
    paths = {one.start(2): one[1] for one in _PATH.finditer(text)}
    found: dict[tuple[str, int | None], Code] = {}
    for place, number, small in sorted(_numbers(text, names)):
        code = Code(names.get(number, ""), number, place, paths.get(place, ""), small=small)
        found[code.name, number] = code
    for one in _NAME.finditer(text):
        if one[0] in numbers:
            found[one[0], numbers[one[0]]] = Code(one[0], numbers[one[0]], one.start(), paths.get(one.start(), ""))
    for one in _PATH.finditer(text):
        if one[2] not in numbers and not one[2].lower().startswith("0x"):
            found[one[2], None] = Code(one[2], None, one.start(2), one[1])
    return sorted(found.values(), key=lambda code: code.place)


def _numbers(text: str, names: Mapping[int, str]) -> Iterator[tuple[int, int, bool]]:
    for one in _HEX.finditer(text):
        number = int(one[1], 16)
        if number >> 32 in (0, 0xFFFFFFFF) and (number := number & 0xFFFFFFFF) not in _NOTHING:
            if number > 0xFFFF:
                yield one.start(), _same(number, names), False
            elif _WIN32 | number in names:
                yield one.start(), _WIN32 | number, number < _BYTE
    for one in _BARE.finditer(text):
        if not one[1].isdigit() and (number := _same(int(one[1], 16), names)) in names:
            yield one.start(), number, False
        elif one[1].isdigit() and int(one[1], 16) in names:
            yield one.start(), int(one[1], 16), False
    for one in _LONG.finditer(text):
        number = int(one[1]) & 0xFFFFFFFF
        if number >= 1 << 31 and number not in _NOTHING and (number := _same(number, names)) in names:
            yield one.start(), number, False
    for one in _SMALL.finditer(text):
        number = int(one[1])
        if _is_error(number, one[0]) and _WIN32 | number in names:
            yield one.start(1), _WIN32 | number, number < _BYTE


def _is_error(number: int, said: str) -> bool:
    """Whether a small number may be an error of Windows: an exit status is one of Linux below 256."""
    return number in _TINY or number >= _BYTE or (number > 99 and "status" not in said.lower())


def _same(number: int, names: Mapping[int, str]) -> int:
    """Return the number under which an error is known: an NTSTATUS may be written as an HRESULT, and HCS has both of one."""
    others = (number ^ _NT, number ^ _HCS) if number >> 28 in (0xC, 0xD) else ()
    return next((one for one in (number, *others) if one in names), number)
