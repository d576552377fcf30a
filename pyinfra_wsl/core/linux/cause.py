"""Which lines of a program's output name the cause: of apt, dpkg, dnf and systemd it is hardly ever the last one.

Learned from real outputs (tests/core/words): apt 2.6 and dpkg 1.21 of Debian 12, dnf 4 and dnf 5 as people report them, dockerd
20.10 and 26.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pyinfra_wsl.core import mask

JOURNAL = "@journal"
"""The first word of a line of a unit's journal; the unit follows, and what it said."""

_MOST, _LONGEST = 3, 400  # lines, and characters of each, that are told
_NOISE = re.compile(
    r"E: (?:Sub-process .* returned an error code|Unable to fetch some archives|Some index files failed"
    r"|Unable to correct problems, you have held broken packages|Unable to lock directory|Couldn't find any package by"
    r"|Unable to acquire the dpkg frontend lock)"
    r"|See \"?systemctl status|Hint: |You can remove cached packages|\(try to add|\(Reading database"
    r"|Errors were encountered while processing|invoke-rc\.d: |W: Some index files failed|The downloaded packages were saved",
)
_APT = re.compile(r"(?:E|Err): \S|Failed to fetch ")
_DPKG = re.compile(r"dpkg(?:-\w+)?: error\b")
_CONSEQUENCE = re.compile(r"dependency problems|depends on .*; however|is not configured yet")
_BLOCKS = (
    re.compile(r"The following packages have unmet dependencies:"),
    re.compile(r"Errors during downloading metadata for repository"),
    re.compile(r"Error: Transaction test error|Error:\s*$|Failed to resolve the transaction:"),
    re.compile(r"Transaction failed:|Transaction check error"),
    re.compile(r">>> "),
)
"""Lines that begin an enumeration of causes, the deepest first."""
_DNF = re.compile(r"(?:Error|error|No match for argument|Failed to download|Curl error)\b.*\S")
_SYSTEMD = re.compile(
    r"(?:Job for \S+ (?:failed|canceled)|Failed to (?:start|restart|reload|enable|disable|get) |Unit \S+ not found)"
)

_FATAL = (
    re.compile(r"failed to start daemon|failed to start containerd|unable to configure the Docker daemon", re.IGNORECASE),
    re.compile(r"level=(?:fatal|panic)|^(?:panic|fatal error|FATAL)\b"),
    re.compile(r"(?:Failed at step|code=exited, status=203|Failed to (?:load environment|locate executable))"),
    re.compile(r"level=error|\berror\b", re.IGNORECASE),
)
"""What a service says of its end, the plainest first (moby, cmd/dockerd; systemd, exit codes of a unit's start)."""
_JOB = re.compile(r"\bjob for (\S+) (?:failed|canceled)", re.IGNORECASE)
_STAMP = re.compile(r'^time="?[^" ]*"?\s+level=\w+\s+msg="?(?P<message>.*?)"?\s*(?:(?<=")\s*\w+=.*)?$')


def bounded(line: str) -> str:
    """Return a line as it may stand in a sentence: stripped, without what may open something, not longer than a person reads."""
    plain = mask.text(" ".join(line.split()))
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def of_units(lines: Sequence[str]) -> tuple[str, str] | None:
    """Return a unit that failed and what its journal says of it; None where no job failed, or no journal was read.

    Args:
        lines: what a command printed, with lines that begin with `JOURNAL`.

    """
    named = {job[1] for line in without_journal(lines) if (job := _JOB.search(line))}
    told = [line.split(" ", 2)[1:] for line in lines if line.startswith(f"{JOURNAL} ") and line.count(" ") >= 2]
    told = [one for one in told if one[0] in named] or (told if named else [])  # else the job waited for another, which failed
    for sign in _FATAL:
        for unit, said in reversed(told):
            if sign.search(said):
                return unit, bounded(_message(said))
    return None


def _message(line: str) -> str:
    found = _STAMP.match(line.strip())
    return found["message"].replace('\\"', '"') if found else line


def without_journal(lines: Sequence[str]) -> list[str]:
    """Return the lines that the command itself printed."""
    return [line for line in lines if not line.startswith(JOURNAL)]


def of(lines: Sequence[str]) -> str:
    """Return what names the cause in what a command printed; empty where it said nothing.

    Args:
        lines: what it printed, errors last.

    """
    own = [line for line in without_journal(lines) if line.strip()]
    for found in (_dpkg(own), _block(own), _matching(own, _APT), _matching(own, _DNF), _matching(own, _SYSTEMD)):
        if told := list(dict.fromkeys(map(bounded, islice(found, 3 * _MOST)))):
            return "; ".join(told[:_MOST])
    plain = [line for line in own if not _NOISE.search(line)] or own
    return bounded(plain[-1]) if plain else ""


def _dpkg(lines: Sequence[str]) -> Iterator[str]:
    """Yield what dpkg could not do, and why; what else was not done because of it is no cause."""
    for number, line in enumerate(lines):
        why = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if not _DPKG.match(line) or _CONSEQUENCE.search(f"{line} {why}"):
            continue
        yield f"{line} {why}" if line.rstrip().endswith(":") else line
        before = lines[number - 1].strip() if number else ""
        before = lines[number - 2].strip() if _NOISE.search(before) and number > 1 else before
        if "script" in why and not re.match(r"(Setting up|Removing|Preparing|Unpacking|Processing) ", before):
            yield before


def _block(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines of an enumeration, which are indented."""
    for begin in _BLOCKS:
        for number, line in enumerate(lines):
            if not begin.match(line):
                continue
            rest = list(_indented(lines[number + 1 :]))
            if rest:
                head = line.strip().rstrip(":")
                plain = head.startswith("The following") or head == "Error"
                yield from rest if plain else [f"{head.rstrip('.')}: {rest[0]}", *rest[1:]]
                return


def _indented(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if not line[:1].isspace() and not line.startswith(("- ", "Problem")):
            return
        if not _NOISE.search(line):
            yield line.strip().removeprefix("- ")


def _matching(lines: Sequence[str], sign: re.Pattern[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if sign.match(line) and not _NOISE.match(line):
            yield line
            if line.startswith("E: Held packages were changed"):
                yield from _held(lines[:number])


def _held(lines: Sequence[str]) -> Iterator[str]:
    begin = "The following held packages will be changed:"
    if begin in lines and (names := list(_indented(lines[lines.index(begin) + 1 :]))):
        yield f"held: {' '.join(names)}"
