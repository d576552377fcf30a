"""Arguments on their way through a shell of Windows: each arrives as it is, or is refused before anything runs.

What cmd.exe does to a line: variables first, everywhere and once; then quotes, carets and operators (Microsoft, "cmd", "Command
shell overview"). So an argument travels as the value of a variable, which is not searched for variables again, and stands there
between quotes, or with a caret before each sign where it holds quotes itself. Programs of C read quotes after backslashes
(Microsoft, "Parsing C command-line arguments"). A batch file, a pipe and some commands read their text a second time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_LONGEST = 8000  # characters; cmd.exe takes 8191 (Microsoft, "Command prompt line string limitation")
_PLAIN = re.compile(r"[\w\-.:\\/+#$~\[\]{}*?]+")
_PLAIN_IN_POWERSHELL = re.compile(r"[\w\-.:\\/ ]+")
_VARIABLE = re.compile(r"%[\w().\-#$]+(:[^%\"\s]*)?%")
_PLACE = re.compile(r"%[%s]")
_AGAIN = re.compile(r"\b(call|cmd|start|powershell|pwsh)\b|\.(cmd|bat)\b|(?<!\|)\|(?!\|)", re.IGNORECASE)
_LOOP = re.compile(r"\bfor\b.*\bdo\b", re.IGNORECASE)
_PROGRAM = re.compile(r'[\s@]*("[^"]*\.(exe|com)"|[^\s"]*\.(exe|com))(?=\s)', re.IGNORECASE)
_SIGNS = re.compile(r'([()%!^"<>&|])')
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")  # PowerShell takes all of them for one (about_Quoting_Rules)


class RefusedError(ValueError):
    """An argument that no quoting carries through the shell; the text says why and what to do."""


class Line(NamedTuple):
    """What a shell is given: its text, and variables that it needs."""

    text: str
    environment: Mapping[str, str]


def cmd(command: str, args: Sequence[str]) -> Line:
    """Return a line for ``cmd.exe /d /v:off /s /c``.

    Args:
        command: the line as its author means it; with arguments, ``%s`` takes one and ``%%`` is a percent sign.
        args: the arguments.

    Raises:
        RefusedError: an argument cannot be carried, or their number is not that of the places.

    """
    variables, line, before = {"PYINFRA_QUOTE": '"', "PYINFRA_PERCENT": "%"}, "", ""
    pieces = _pieces(command, args)
    for number, piece in enumerate(pieces):
        if number % 2:
            name = f"PYINFRA_{number // 2 + 1}"
            variables[name] = _for_cmd(piece, before, pieces[number + 1], command)
            line, before = f"{line}%{name}%", before + variables[name]
        else:
            line, before = line + _carried(piece), before + piece
    if len(line) + len(before) > _LONGEST:
        raise RefusedError(f"the line is longer than cmd.exe takes ({_LONGEST} characters). Next: put the arguments into a file")
    return Line(line, variables)


def powershell(command: str, args: Sequence[str]) -> Line:
    """Return a script for PowerShell, arguments between single quotes; arguments and errors as of `cmd`."""
    script = ""
    for number, piece in enumerate(_pieces(command, args)):
        script += _for_powershell(piece, script) if number % 2 else piece
    return Line(script, {})


def _pieces(command: str, args: Sequence[str]) -> list[str]:
    """Return text and arguments by turns."""
    if not args:
        return [command]
    texts = [""]
    at = 0
    for match in _PLACE.finditer(command):
        texts[-1] += command[at : match.start()] + ("%" if match[0] == "%%" else "")
        texts += [""] if match[0] == "%s" else []
        at = match.end()
    texts[-1] += command[at:]
    if len(texts) != len(args) + 1:
        raise RefusedError(f"the line has {len(texts) - 1} places for {len(args)} arguments; write %s for each, %% for a sign")
    return [one for text, arg in zip(texts, [*args, ""], strict=True) for one in (text, arg)][:-1]


def _for_cmd(arg: str, before: str, after: str, command: str) -> str:
    """Return an argument as the line has it once variables are replaced."""
    _hold_to_what_travels(arg, "\n\r")
    inside, escaped, segment = _read(before)
    if escaped:
        raise _refusal(arg, "a caret stands before it", "write %s alone")
    if arg.endswith("\\") and (inside or after.startswith('"')):
        raise _refusal(arg, "its last backslash would take the quote behind it", "let %s be the whole word")
    if _PLAIN.fullmatch(arg) and not (arg[-1].isdigit() and after[:1] in ("<", ">")):
        return arg
    if _AGAIN.search(command) and set(arg) & set('%"^!'):
        raise _refusal(arg, "a pipe, a batch file or a command of this line reads it twice", "call a program without a pipe")
    if "%" in arg and _LOOP.search(before):
        raise _refusal(arg, "the loop before it would take a percent sign for its variable", "call the program once for each")
    if inside:
        if '"' in arg:
            raise _refusal(arg, "it stands between quotes of the line", "write %s without quotes around it")
        return arg
    if before.endswith(("\\", '"')) or after.startswith('"'):  # two quotes side by side are one sign for programs of C
        raise _refusal(arg, "a backslash or a quote touches it, which would take its own quote", "let %s be the whole word")
    quoted = _quoted(arg)
    if '"' not in arg:
        return quoted
    if not _PROGRAM.match(segment):
        raise _refusal(arg, "a batch file would read its quotes again", "name the program with its suffix, as in reg.exe")
    return _SIGNS.sub(r"^\1", quoted)


def _for_powershell(arg: str, before: str) -> str:
    _hold_to_what_travels(arg, "")
    if len(_QUOTES.findall(before)) % 2 or before.count('"') % 2:
        if _PLAIN_IN_POWERSHELL.fullmatch(arg):
            return arg
        raise _refusal(arg, "it stands between quotes of the line", "write %s without quotes around it")
    if not arg or '"' in arg or (arg.endswith("\\") and re.search(r"\s", arg)):
        why = "Windows PowerShell hands quotes, a last backslash and empty arguments to programs as something else"
        raise _refusal(arg, why, "run it in cmd.exe")
    return "'" + _QUOTES.sub(lambda match: match[0] * 2, arg) + "'"


def _hold_to_what_travels(arg: str, ends: str) -> None:
    if set(arg) & {"\0", *ends} or any((one < " " and one not in "\t\n\r") or "\ud800" <= one <= "\udfff" for one in arg):
        raise _refusal(arg, "no line holds a line's end, a control character or half a character", "put it into a file")


def _refusal(arg: str, why: str, remedy: str) -> RefusedError:
    return RefusedError(f"the argument {ascii(arg)[:80]} is refused: {why}. Next: {remedy}")


def _read(text: str) -> tuple[bool, bool, str]:
    """Return whether cmd.exe is between quotes at the end of a text, or behind a caret, and what the last command is so far."""
    inside = escaped = False
    begin = 0
    for at, sign in enumerate(text, 1):
        if escaped:
            escaped = False
        elif sign == '"':
            inside = not inside
        elif not inside:
            escaped = sign == "^"
            begin = at if sign in "&|(" else begin
    return inside, escaped, text[begin:]


def _quoted(arg: str) -> str:
    return '"' + re.sub(r'(\\*)("|$)', lambda match: match[1] * 2 + ("\\" if match[2] else "") + match[2], arg) + '"'


def _carried(line: str) -> str:
    """Return a line that survives the agent, which would escape quotes for programs of C: they are variables."""
    found, at = "", 0
    for match in _VARIABLE.finditer(line):
        found += line[at : match.start()].replace("%", "%PYINFRA_PERCENT%") + match[0]
        at = match.end()
    return (found + line[at:].replace("%", "%PYINFRA_PERCENT%")).replace('"', "%PYINFRA_QUOTE%")
