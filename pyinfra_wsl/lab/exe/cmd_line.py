"""How cmd.exe reads a line: quotes around the whole, ``%VARIABLES%``, then operators, redirections and carets.

Sources: Microsoft, "cmd" (the rules for quotes after /c), "Command shell overview", "for", "set" (``%NAME:~1,2%``); the order of
it all: "How does the Windows Command Interpreter (CMD.EXE) parse scripts?" (Stack Overflow 4094699), not verified here. Blocks in
parentheses and the rest of the batch language are not simulated and are a loud error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra_wsl.lab.machine.program import Unsupported

SPECIAL = set("&<>()@^|")


@dataclass(slots=True)
class Segment:
    """One command: its text, what joins it to the one before (``""``, ``&``, ``&&``, ``||``, ``|``), its redirections."""

    joint: str
    text: str = ""
    redirections: list[tuple[str, str]] = field(default_factory=list)


def command_of(raw: str) -> str:
    """Return what is to be carried out of the raw text behind ``cmd.exe``; raises Unsupported for an interactive shell."""
    strip = False
    rest = raw.lstrip()
    while match := re.match(r"/([dsq]|v:off)(?=[\s/])\s*", rest, re.IGNORECASE):
        strip = strip or match[1].lower() == "s"
        rest = rest[match.end() :]
    match = re.match(r"/c\s*", rest, re.IGNORECASE)
    if match is None:
        raise Unsupported(f"cmd.exe {raw}")
    return _unquoted(rest[match.end() :].strip(), strip=strip)


def _unquoted(command: str, *, strip: bool) -> str:
    """Take the outer quotes away unless the command is one quoted program with a space in its name and nothing special."""
    if not command.startswith('"'):
        return command
    inside = command[1 : command.rfind('"')]
    single = command.count('"') == 2 and not set(inside) & SPECIAL and " " in inside and inside.lower().endswith(".exe")
    if single and not strip:
        return command
    last = command.rfind('"')
    return command[1:last] + command[last + 1 :]


def expand(line: str, variables: Mapping[str, str]) -> str:
    """Replace ``%NAME%``, ``%NAME:~1,2%`` and ``%NAME:old=new%``, once; the second sign of an unknown one may begin one."""
    known = {name.lower(): value for name, value in variables.items()}
    found, at = "", 0
    while (begin := line.find("%", at)) >= 0:
        end = line.find("%", begin + 1)
        name, colon, change = line[begin + 1 : end].partition(":") if end > 0 else ("", "", "")
        value = known.get(name.lower())
        if value is None:
            found, at = found + line[at : begin + 1], begin + 1
        else:
            found, at = found + line[at:begin] + (_changed(value, change) if colon else value), end + 1
    return found + line[at:]


def _changed(value: str, change: str) -> str:
    part = re.fullmatch(r"~(-?\d*)(?:,(-?\d+))?", change)
    if part:
        rest = value[int(part[1] or 0) :]
        return rest if part[2] is None else rest[: int(part[2])]
    old, equals, new = change.partition("=")
    if not equals or not old or old.startswith("*"):
        raise Unsupported(f"a variable changed by {change}")
    return re.sub(re.escape(old), lambda _match: new, value, flags=re.IGNORECASE)


def segments(line: str) -> list[Segment]:
    """Split a line, whose variables are expanded, into its commands."""
    found = [Segment("")]
    at, quoted = 0, False
    while at < len(line):
        character = line[at]
        if character == '"':
            quoted = not quoted
        elif not quoted and character == "^":
            at += 1
            found[-1].text += line[at : at + 1]
            at += 1
            continue
        elif not quoted and character in "&|":
            joint = character * (2 if line[at : at + 2] == character * 2 else 1)
            found.append(Segment(joint))
            at += len(joint)
            continue
        elif not quoted and character in "<>":
            at = _redirection(line, at, found[-1])
            continue
        found[-1].text += character
        at += 1
    if any(segment.text.lstrip().startswith("(") for segment in found):
        raise Unsupported("a block in parentheses")
    return found


def _redirection(line: str, at: int, segment: Segment) -> int:
    """Read ``> file``, ``>> file``, ``2> file``, ``2>&1`` at a position; returns where the rest begins."""
    match = re.match(r'(>>|>|<)\s*(&\d|"[^"]*"|[^\s&|<>]+)', line[at:])
    if match is None or match[1] == "<":
        raise Unsupported(f"redirection {line[at:]}")
    handle = "1"
    if segment.text[-1:] in ("1", "2") and segment.text[-2:-1] in ("", " ", "\t"):
        handle, segment.text = segment.text[-1], segment.text[:-1]
    segment.redirections.append((handle + match[1], match[2].strip('"')))
    return at + match.end()


def first_word(command: str) -> tuple[str, str]:
    """Split a command into the program's name and the raw rest."""
    command = command.lstrip(" \t@,;=")
    if command.startswith('"'):
        name, _, rest = command[1:].partition('"')
        return name, rest
    match = re.match(r"[^\s,;=/]+", command)
    name = match[0] if match else command
    # "C:/x/y.exe" is cut at the slash by cmd.exe as well, which is why paths are written with backslashes.
    return name, command[len(name) :]
