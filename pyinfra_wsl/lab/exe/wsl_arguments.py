"""How wsl.exe reads its command line: by words of its own up to a sub-command, by CommandLineToArgvW after it.

src/windows/common/helpers.cpp (ParseArgument, ConsumeArgument), src/shared/inc/CommandLine.h (ArgumentParser).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.lab.machine.command_line import arguments
from pyinfra_wsl.lab.wsl import values
from pyinfra_wsl.lab.wsl.errors import WslError

Converter = Callable[[str], Any]
PROGRAM = "wsl.exe"


def without_program(line: str) -> str:
    """Strip the program's name; quotes in it hide spaces."""
    quoted = False
    for at, letter in enumerate(line):
        quoted ^= letter == '"'
        if letter in " \t" and not quoted:
            return line[at:].lstrip(" \t")
    return ""


def word(line: str, *, quotes: bool = False) -> str:
    """Return the first word, up to a space or tab; quotes count only where `quotes`, and stay part of it."""
    if quotes and line.startswith('"') and '"' in line[1:]:
        return line[: line.index('"', 1) + 1]
    return re.split(r"[ \t]", line, maxsplit=1)[0]


def consume(line: str, first: str) -> str:
    """Return what follows a word."""
    return line[len(first) :].lstrip(" \t")


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a sub-command: its spellings, and how its value is read (None: it has none)."""

    names: tuple[str, ...]
    convert: Converter | None = None


def parse(line: str, options: Mapping[str, Option], positional: Sequence[str] = (), *, skip: int = 1) -> dict[str, Any]:
    """Read a sub-command's arguments.

    Args:
        line: the command line from the sub-command on.
        options: name of the result → option.
        positional: names of the results of the words without a dash, in order.
        skip: words that are not arguments: 1 for the sub-command itself.

    Raises:
        WslError: ``E_INVALIDARG`` for an unknown option, a missing value, a word too many.

    """
    words = arguments(line)
    found: dict[str, Any] = {}
    position, at, plain = 0, skip, False
    while at < len(words):
        item = words[at]
        at += 1
        if not plain and item == "--":
            plain = True
            continue
        if not plain and _cluster(item, options, found):
            continue
        dashed = len(item) > 1 and item.startswith("-") and not plain
        name = next((key for key, option in options.items() if not plain and item in option.names), None)
        if name is not None:
            convert = options[name].convert
            if convert is None:
                found[name] = True
                continue
            if at == len(words):
                raise _invalid("MessageMissingArgument", item, PROGRAM)
            found[name] = convert(words[at])
            at += 1
            continue
        if dashed or position >= len(positional):
            raise _invalid("MessageInvalidCommandLine", item, PROGRAM)
        found[positional[position]] = item
        position += 0 if item.startswith("-") else 1
    return found


def _cluster(item: str, options: Mapping[str, Option], found: dict[str, Any]) -> bool:
    """Read ``-qv`` as ``-q -v``; only options without a value can be taken so."""
    if not (item.startswith("-") and len(item) > 2 and item[1] != "-"):
        return False
    names = [next((key for key, option in options.items() if f"-{letter}" in option.names), None) for letter in item[1:]]
    if None in names:
        return False
    found.update({name: True for name in names if name is not None and options[name].convert is None})
    return True


def _invalid(*says: object) -> WslError:
    return WslError("E_INVALIDARG", says=[says])


def version(value: str) -> int:
    """Read 1 or 2 as stoi does: ``2x`` is 2."""
    match = re.match(r"\s*([+-]?[0-9]+)", value)
    if not match or int(match[1]) not in (1, 2):
        raise WslError("ERROR_VERSION_PARSE_ERROR")
    return int(match[1])


def integer(value: str) -> int:
    """Read a number as from_chars does: ``1x`` is 1."""
    match = re.match(r"[0-9]+", value)
    if not match:
        raise _invalid("MessageInvalidInteger", value)
    return int(match[0])


def boolean(value: str) -> bool:
    """Read ``true``, ``false``, ``1`` or ``0`` in any case."""
    found = values.boolean(value)
    if found is None:
        raise _invalid("MessageInvalidBoolean", value)
    return found


def size(value: str) -> int:
    """Read a size such as ``64GB``, as ``.wslconfig`` has them."""
    found = values.size(value)
    if found is None:
        raise _invalid("MessageInvalidSize", value)
    return found
