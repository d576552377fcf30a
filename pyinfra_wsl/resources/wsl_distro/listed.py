"""What wsl.exe tells of a user's distributions: who runs, who is busy, and why it tells nothing."""

from __future__ import annotations

import re

from pyinfra_wsl.core.call import Answer, CallError
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows import errors

_ROW = re.compile(r"[* ] (?P<name>\S.*?) {2,}(?P<state>[A-Za-z]+) +[12]")
_NONE = "WSL_E_DEFAULT_DISTRO_NOT_FOUND"
"""How a list ends that is empty."""


def states(answer: Answer) -> dict[str, str] | None:
    """Return the states of ``--list --verbose`` by name, whose words are never translated (WslClient.cpp); None while unknown."""
    output = _output(answer)
    if output is None:
        return None
    rows = [line.rstrip() for line in output.text().splitlines() if line.strip()][1:]
    found = [_ROW.fullmatch(row) for row in rows]
    if not output.ok or not found or None in found:
        return None
    return {one["name"]: one["state"].lower() for one in found if one}


def running(answer: Answer | None, woken: Answer) -> tuple[str, ...] | None:
    """Return who runs; any other end than 0 tells nothing.

    Args:
        answer: to ``--list --running --quiet``; None where it was not asked.
        woken: the note of those that run only because we looked into them.

    """
    output = _output(answer)
    if output is None or not output.ok:
        return None
    ours = woken.value.get("names") or ()
    return tuple(line.strip() for line in output.text().splitlines() if line.strip() and line.strip().lower() not in ours)


def refusal(answer: Answer | None) -> Failure | None:
    """Return what wsl.exe failed with, in the words of the table of errors; None where it told, or named no error of its own."""
    output = _output(answer)
    if output is None or output.ok:
        return None
    cause, remedy, code = errors.explain(output)
    return Failure(f"wsl.exe fails: {cause}", remedy, code) if code and code != _NONE else None


def _output(answer: Answer | None) -> Output | None:
    try:
        return Output.of(answer) if answer else None
    except CallError:
        return None
