"""``pyinfra-wsl explain``: what a pasted error text means, and what to do about it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import click

from pyinfra_wsl.core.escape import escape, escape_json
from pyinfra_wsl.errors import Answer, Finding
from pyinfra_wsl.errors import explain as explain_text
from pyinfra_wsl.errors.mojibake import decode
from pyinfra_wsl.errors.normalise import LONGEST

KNOWN, NOT_KNOWN = 0, 3
"""The exit codes; wrong usage is 2, as of every command."""

_BYTES = 4 * LONGEST
"""Bytes that are read of a file or a pipe at its beginning, and as many at its end."""
_OPTION = re.compile(r"--?[a-zA-Z][a-zA-Z-]*")
_FILE = re.compile(r"[^\s:]*[./][^\s:]*")  # as somebody writes the name of one
_WORDS = 500
"""Characters of one line of the answer."""


@click.command(context_settings={"ignore_unknown_options": True})  # -2143878910 is a number, no option
@click.argument("text", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON: the cause first.")
def explain(text: tuple[str, ...], as_json: bool) -> None:
    """Say what an error text means, what to do, and whether a declared resource repairs it.

    Give TEXT, a FILE, or '-' for what is piped or pasted (end it with Ctrl-D). It may be of WSL, DISM, Windows Installer, Docker
    Desktop, Docker Engine, KVM, SSH or WinRM, in any of WSL's languages, garbled by a wrong code page, and hold several errors.
    The cause comes first, then what else stands there. No machine is contacted. Exit code 0 if the cause is known, 3 if not.

    \b
    Examples:
      pyinfra-wsl explain 0x80370102
      pyinfra-wsl explain "Wsl/Service/CreateInstance/MountDisk/HCS/ERROR_PATH_NOT_FOUND"
      pyinfra-wsl explain install.log
      wsl --install 2>&1 | pyinfra-wsl explain --json -
    """
    if unknown := next((one for one in text if _OPTION.fullmatch(one)), ""):
        raise click.NoSuchOption(escape(unknown))
    answer = explain_text(_read(text))
    if as_json:
        click.echo(escape_json(json.dumps(answer.json(), indent=2, ensure_ascii=False)))
    else:
        click.echo("\n".join(_lines(answer)))
        if not answer.findings and len(text) == 1 and _FILE.fullmatch(text[0]):
            click.echo(escape(f"{text[0]} was taken for a text, since there is no file of that name"), err=True)
    raise SystemExit(KNOWN if answer.known else NOT_KNOWN)


def _read(words: tuple[str, ...]) -> str:
    if not words or words == ("-",):
        if not words and sys.stdin.isatty():
            raise click.UsageError("Give a text, a file, or '-' for what is piped. Example: pyinfra-wsl explain 0x80370102")
        return decode(_bounded(sys.stdin.buffer.read(64 * _BYTES)))
    if len(words) == 1 and (file := _file(words[0])) is not None:
        return decode(_bounded(file))
    return " ".join(words)


def _file(name: str) -> bytes | None:
    """Return what a file holds; None where the name is none of a file."""
    try:
        path = Path(name)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(64 * _BYTES)
    except ValueError:  # a NUL within
        return None
    except OSError as error:
        if "\n" in name or len(name) > 200:  # too long for a name
            return None
        raise click.UsageError(f"{escape(name)} cannot be read: {error.strerror}") from None


def _bounded(data: bytes) -> bytes:
    """Return the beginning and the end of what is too long; both even, so that UTF-16 stays what it is."""
    return data if len(data) <= 2 * _BYTES else data[:_BYTES] + data[len(data) // 2 * 2 - _BYTES :]


def _lines(answer: Answer) -> list[str]:
    if not answer.findings:
        return ["not known: no error of WSL, Windows, Docker, KVM, SSH or WinRM was recognised in this text"]
    lines = [line for one in answer.findings[:1] for line in _told(one)]
    for one in answer.findings[1:]:
        lines += ["", "also:" if one.known else "", *_told(one)]
    return lines


def _told(one: Finding) -> list[str]:
    title = next((code for code in one.codes if code.startswith(f"{one.name} (")), one.name)
    beside = ", ".join(code for code in one.codes if code != title)
    told = [("cause", one.cause), ("next", one.remedy), ("repaired by", ", ".join(one.repaired_by)), ("beside it", beside)]
    return [
        escape(f"{title}: {one.area}", _WORDS),
        *(f"  {label + ':':12} {escape(words, _WORDS)}" for label, words in told if words),
    ]
