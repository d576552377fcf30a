"""Command lines as Windows' programs read them: `quoted` writes an argument, `arguments` reads a line."""

from __future__ import annotations

from functools import lru_cache


def quoted(argument: str) -> str:
    """Quote one argument so that CommandLineToArgvW reads it back, as the agent does."""
    if argument and not any(character.isspace() or character == '"' for character in argument):
        return argument
    marked = ""
    slashes = 0
    for character in argument:
        marked += "\\" * (slashes + 1) if character == '"' else ""
        slashes = slashes + 1 if character == "\\" else 0
        marked += character
    return f'"{marked}{chr(92) * slashes}"'


def arguments(line: str) -> list[str]:
    """Split a command line as CommandLineToArgvW does (Microsoft: "CommandLineToArgvW", "Parsing C command-line arguments")."""
    return list(_arguments(line))


@lru_cache(maxsize=256)
def _arguments(line: str) -> tuple[str, ...]:
    found: list[str] = []
    word, quotes, slashes, begun = "", False, 0, False
    doubled = False
    for at, character in enumerate(line):
        if doubled:
            doubled = False
            continue
        if character == "\\":
            slashes += 1
            continue
        if character == '"':
            doubled = quotes and not slashes % 2 and line[at + 1 : at + 2] == '"'
            word += '"' if doubled else ""
            word += "\\" * (slashes // 2) + ('"' if slashes % 2 else "")
            quotes = quotes if slashes % 2 else not quotes
            slashes, begun = 0, True
            continue
        word, slashes, begun = word + "\\" * slashes, 0, begun or slashes > 0
        if character in " \t" and not quotes:
            found, word, begun = ([*found, word] if begun else found), "", False
        else:
            word, begun = word + character, True
    word, begun = word + "\\" * slashes, begun or slashes > 0
    return tuple([*found, word] if begun else found)
