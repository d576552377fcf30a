"""Values of ``.wslconfig`` and ``wsl.conf``: what WSL makes of the stored text, what a fleet file may say, how it is written.

Sources: ``ConfigKey::ParseImpl`` in src/shared/configfile/configfile.cpp; ``ParseBool``, ``ParseMemorySize``,
``ParseMacAddressNoThrow`` in src/shared/inc/stringshared.h; ports and the tunnelling address in
src/windows/common/WslCoreConfig.cpp.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from pyinfra_wsl.core import show
from pyinfra_wsl.core.formats import size
from pyinfra_wsl.core.formats.ini.keys import Key, Type, Value
from pyinfra_wsl.core.pattern import holds

INT_MIN, INT_MAX = -(2**31), 2**31 - 1

# Consomme is the name since 2.9.0; the old one is known to every release.
_SAME_WORD = {"consomme": "VirtioProxy"}
_BOOL = {"1": True, "true": True, "0": False, "false": False}
_STRTOL = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX]0*(?P<hex>[0-9a-fA-F]+)|0+(?P<oct>[0-7]*)|(?P<dec>[1-9][0-9]*))", re.ASCII)
_BASES = {"hex": 16, "oct": 8, "dec": 10}
_STOI = re.compile(r"[ \t\n\v\f\r]*([+-]?)0*([0-9]+)", re.ASCII)
_MAC = re.compile(r"[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}", re.ASCII)
_WHOLE = re.compile("-?(0|[1-9][0-9]{0,9})")
_TOO_LONG = 40  # digits without leading zeros; Python refuses to read thousands

WINDOWS_PATH = r"^(?:[A-Za-z]:[\\/]|\\\\)[ !#\u0024&-)+-;=@-{}~]*$"
"""A full Windows path in ASCII, since WSL cuts every other character to one byte, and without %, since it expands no variable."""

LINUX_TEXT = r"^[^\u0000-\u0007\u000b-\u001f\u007f]*$"
WINDOWS_TEXT = r"^[ -~]*$"

PATTERNS: dict[Type, str] = {
    "size": size.PATTERN,
    "umask": "^0[0-7]{1,3}$",
    "path": WINDOWS_PATH,
    "ports": "^[0-9]{1,5}(,[0-9]{1,5})*$",
    "words": "^[A-Za-z0-9_-]+(,[A-Za-z0-9_-]+)*$",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(?=.)|$)){4}$",
    "mac": "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$|^[0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){5}$",
}
"""What a text in a fleet file looks like, by type."""

FORMS: dict[Type, str] = {
    "bool": "true or false",
    "int": "a whole number",
    "umask": "an octal number such as '0022'",
    "size": "digits and B, KB, MB, GB or TB in upper case, such as 8GB",
    "path": r"a full Windows path in ASCII, such as C:\wsl\swap.vhdx",
    "string": "a text in one line",
    "ports": "a list of ports from 1 to 65535, such as [3000, 9000]",
    "words": "a list of names, such as [nbd, vhci-hcd]",
    "ipv4": "an IPv4 address such as 10.255.255.254",
    "mac": "six pairs of hex digits, such as 00:15:5d:01:02:03",
}
"""The right form of each type, for a person."""


class RefusedError(Exception):
    """A value that is not one: what is wrong with it, and the right form."""

    def __init__(self, problem: str, right_form: str) -> None:
        """Keep both."""
        super().__init__(f"{problem}; write {right_form}")
        self.problem = problem
        self.right_form = right_form


def form(key: Key) -> str:
    """Return the right form of a key's value, for a person."""
    if key.type == "enum":
        return "one of " + ", ".join(map(spelled, key.words))
    return f"{FORMS[key.type]} such as {key.example or key.default}" if key.type == "int" else FORMS[key.type]


def spelled(word: str) -> str:
    """Return an enum's word as documentation and messages write it, Microsoft's page of ``.wslconfig`` too: ``virtioProxy``."""
    return word[0].lower() + word[1:]


def canonical_word(key: Key, word: str) -> str | None:
    """Return the enum's word as WSL's table spells it, in any case; None for another word."""
    known = {one.lower(): one for one in key.words}
    return known.get(_SAME_WORD.get(word.lower(), word).lower())


def _integer(text: str, *, clamp: bool) -> int | None:
    """Read as ``strtol`` with base 0; on Windows a long has 32 bits and is clamped, on Linux the range test refuses it."""
    match = _STRTOL.fullmatch(text)
    if match is None:
        return None
    base = match.lastgroup or "dec"
    number = int(match[base] or "0", _BASES[base]) if len(match[base]) <= _TOO_LONG else INT_MAX + 1
    number = -number if match[1] == "-" else number
    if not INT_MIN <= number <= INT_MAX and not clamp:
        return None
    return max(INT_MIN, min(INT_MAX, number))


def bad_ports(text: str) -> list[str]:
    """Return the entries of a list of ports that WSL warns of and leaves out."""
    return [entry for entry in text.split(",") if entry and _port(entry) is None]


def _port(entry: str) -> int | None:
    """Read as ``std::stoi``: whatever follows the digits is not looked at."""
    match = _STOI.match(entry)
    if match is None or match[1] == "-" or len(match[2]) > _TOO_LONG:
        return None
    number = int(match[2])
    return number if 0 < number <= 65535 else None


def stored(key: Key, data: bytes, *, windows: bool) -> Value | None:
    """Return what WSL makes of a stored value; None where it refuses it and the default stays.

    Args:
        key: the key.
        data: the value as the parser stored it.
        windows: whether Windows reads it (``.wslconfig``), or init.

    """
    text = data.decode("utf-8", "replace")
    if key.type in ("int", "umask"):
        return _integer(text, clamp=windows)
    if key.type == "enum":
        return canonical_word(key, text)
    return _READERS.get(key.type, str)(text)


def _ipv4(text: str) -> str | None:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        return None


_READERS: dict[Type, Callable[[str], Value | None]] = {
    "bool": lambda text: _BOOL.get(text.lower()) if text.isascii() else None,
    "size": size.stored,
    "ports": lambda text: tuple(sorted({port for entry in text.split(",") if (port := _port(entry)) is not None})),
    "words": lambda text: tuple(entry for entry in text.split(",") if entry),
    "ipv4": _ipv4,
    "mac": lambda text: text.lower().replace("-", ":") if _MAC.fullmatch(text) else None,
}


def declared(key: Key, value: object, *, windows: bool) -> Value:
    """Return what a value in a fleet file means.

    Args:
        key: the key.
        value: as YAML has it.
        windows: whether it is for ``.wslconfig``.

    Raises:
        RefusedError: where the schema does not admit it either.

    """
    if key.type == "bool":
        found: Value | None = value if isinstance(value, bool) else None
    elif key.type == "size":
        found = size.declared(value)
    elif isinstance(value, bool):
        found = None
    elif isinstance(value, int):
        found = _declared_int(key, value)
    elif isinstance(value, list | tuple):
        found = _declared_list(key, value)
    else:
        found = _declared_text(key, value, windows=windows) if isinstance(value, str) else None
    if found is None:
        raise _refused(key, value, windows=windows)
    return found


def _declared_int(key: Key, value: int) -> Value | None:
    if key.type == "ports":
        return (value,) if 0 < value <= 65535 else None
    if key.type == "umask":
        return value if 0 <= value <= 0o777 else None
    return value if key.type == "int" and INT_MIN <= value <= INT_MAX else None


def _declared_list(key: Key, values: list[object] | tuple[object, ...]) -> Value | None:
    if key.type == "ports":
        ports = [one for one in values if isinstance(one, int) and not isinstance(one, bool) and 0 < one <= 65535]
        return tuple(sorted(set(ports))) if len(ports) == len(values) else None
    if key.type != "words":
        return None
    words = [one for one in values if isinstance(one, str) and re.fullmatch(r"[A-Za-z0-9_-]+", one)]
    return tuple(words) if len(words) == len(values) else None


def text_pattern(key: Key, *, windows: bool) -> str:
    """Return the pattern of a text in a fleet file."""
    return key.pattern or PATTERNS.get(key.type) or (WINDOWS_TEXT if windows else LINUX_TEXT)


def _declared_text(key: Key, value: str, *, windows: bool) -> Value | None:
    if key.type == "enum":
        return canonical_word(key, value)
    plain = re.fullmatch(WINDOWS_TEXT[1:-1] if windows else LINUX_TEXT[1:-1], value)
    if key.type == "int" or plain is None or not holds(text_pattern(key, windows=windows), value):
        return None
    if key.type == "umask":
        return found if (found := int(value, 8)) <= 0o777 else None
    if key.type == "ports" and bad_ports(value):
        return None
    return stored(key, value.encode(), windows=windows)


def _refused(key: Key, value: object, *, windows: bool) -> RefusedError:
    shown = show.value(value)
    if key.type == "size":
        return RefusedError(f"{shown} is not a size WSL reads", size.suggest(value))
    if isinstance(value, str) and any(char < " " for char in value):
        return RefusedError(
            f"{shown} holds a control character: in double quotes YAML reads \\t and \\n as TAB and newline",
            "the value in single quotes",
        )
    if isinstance(value, str) and windows and not value.isascii():
        return RefusedError(f"{shown} is not ASCII: WSL cuts every other character to one byte", form(key))
    if key.type == "path" and isinstance(value, str) and "%" in value:
        return RefusedError(f"{shown} holds a %: WSL expands no variables in .wslconfig", form(key))
    if key.type == "int" and isinstance(value, str) and _WHOLE.fullmatch(value):
        return RefusedError(f"{shown} is text, where a whole number is meant", f"{value} without quotes")
    return RefusedError(f"{shown} {f'does not match {key.pattern}' if key.pattern else f'is not {form(key)}'}", form(key))


def text(key: Key, value: Value) -> str:
    """Write a value in its shortest plain form, without quotes and escapes: ``8GB``, ``true``, ``0022``, ``3000,9000``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(str(one) for one in value)
    if isinstance(value, int):
        return size.text(value) if key.type == "size" else f"{value:04o}" if key.type == "umask" else str(value)
    return value
