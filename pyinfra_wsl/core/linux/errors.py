"""What programs of Linux say when they fail, and what a person does about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from pyinfra_wsl.core import mask
from pyinfra_wsl.core.acts import REFUSED
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux import cause

_DISK_FULL = re.compile(
    r"[Nn]o space left on device|enough free space|write error: No space|more space needed on the \S+ filesystem"
)
_FULL = Failure(
    "the disk of the host is full",
    "free some space there (look with 'df -h'), then run again; nothing half-written was left in place",
    "disk_full",
)

_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    (
        r"Could not get lock (?P<file>\S+?)\.? .*held by process (?P<pid>\d+) \((?P<who>[^)]*)\)",
        "apt is held by {who} (process {pid}, lock {file})",
        "wait until it ends, then run again",
        "locked",
    ),
    (
        r"Could not get lock (?P<file>\S+)|Unable to acquire the dpkg frontend lock \((?P<dpkg>[^)]*)\)",
        "apt is held by another program",
        "wait until it ends, then run again",
        "locked",
    ),
    (
        r"unable to lock database|Waiting for process with pid (?P<pid>\d+)",
        "the package manager is held by another program",
        "wait until it ends, then run again",
        "locked",
    ),
    (
        r"dpkg was interrupted",
        "an installation was cut on this host before, and dpkg does nothing until it is completed",
        "run 'dpkg --configure -a' on the host, then run again",
        "interrupted",
    ),
    (
        r"^(?P<line>.*(?:Temporary failure resolving|[Cc]ould not resolve|Name or service not known).*)",
        "the host cannot resolve the name of the package server: {line}",
        "give the host DNS or a mirror that it reaches, then run again",
        "network",
    ),
    (
        r"^(?P<line>.*(?:Could not connect to|Connection failed|Connection timed out|Curl error \((?:6|7|28|35)\)).*)",
        "the host does not reach the package server: {line}",
        "look at its network, proxy and firewall, then run again",
        "network",
    ),
    (
        r"^(?P<line>.*(?:Hash Sum mismatch|has unexpected size|checksum doesn't match|Checksum error).*)",
        "what the package server sent is not what its lists say: {line}",
        "run again in a while: a mirror may just be taking over a release; else ask who runs it",
        "hash",
    ),
    (
        r"^(?P<line>.*(?:GPG error|NO_PUBKEY|is not signed|EXPKEYSIG|GPG check FAILED|good signature"
        r"|Signature verification failed).*)",
        "the repository's signature does not fit its key: {line}",
        "compare the key's fingerprint with the publisher's, then run again",
        "signature",
    ),
    (
        r"^(?P<line>.*does not have a Release file.*)",
        "{line}",
        "correct the repository's address, or take it away, then run again",
        "no_repository",
    ),
    (
        r"Status code: (?P<status>\d+) for (?P<address>\S+)|Failed to fetch (?P<file>\S+) +(?P<answer>[45]\d\d) ",
        "the package server answers {status} for {address}",
        "run again; where it stays so, correct the repository's address, or take it away",
        "no_repository",
    ),
    (
        r"Unable to locate package (?P<name>\S+)|Package '?(?P<candidate>[^' ]+)'? has no installation candidate"
        r"|No match for argument: (?P<dnf>\S+)|target not found: (?P<arch>\S+)",
        "no repository of the host has the package {name}",
        "turn on the repository that has it, then run again",
        "no_package",
    ),
    (
        r"Version '(?P<version>[^']*)' for '(?P<name>[^']*)' was not found",
        "no repository of the host has version {version} of {name}",
        "declare a version that 'apt-cache madison {name}' shows",
        "no_package",
    ),
)
_FAR = frozenset({"network", "hash", "signature", "no_repository", "no_package"})
_CHOSEN = re.compile(r"have unmet dependencies|Held packages were changed|Essential packages were removed|dpkg: error")
"""What apt ends with for a reason of the host's own: what it warned of before, as of some repository, is not the cause."""
_LINES, _WIDTH = 4000, 4000  # what is read of an output: its end, where the errors stand
_DENIED = re.compile(r"are you root|Permission denied|Operation not permitted")


def explain(sentence: str, lines: Sequence[str], refusals: Mapping[str, Failure] = MappingProxyType({})) -> Failure:
    """Return why a step failed, from what its commands printed; nothing in it opens anything.

    Args:
        sentence: the step.
        lines: what the commands printed, errors last; behind `cause.JOURNAL` what the units said that failed with it.
        refusals: what the commands mean where they end with one of their own refusals.

    """
    last = [line[:_WIDTH] for line in lines[-_LINES:]]
    return _refused(last, refusals) or _explained(mask.text(sentence), last)


def _explained(sentence: str, lines: Sequence[str]) -> Failure:
    if any(_DISK_FULL.search(line) for line in lines):
        return replace(_FULL, cause=f"{sentence}: {_FULL.cause}")
    if (unit := cause.of_units(lines)) is not None:
        name, said = unit
        remedy = f"mend what it names, or look at 'journalctl -u {name}' on the host, then run again"
        return Failure(f"{sentence}: {name} does not run: {said}", remedy, "start")
    own = cause.without_journal(lines)
    chosen = any(_CHOSEN.search(line) for line in own)
    for pattern, known, remedy, code in _KNOWN:
        if words := {} if chosen and code in _FAR else _found(pattern, "\n".join(own)):
            return Failure(f"{sentence}: {known.format(**words)}", remedy.format(**words), code)
    said = cause.of(lines) or "the command failed and said nothing"
    if _DENIED.search(said):
        return Failure(
            f"{sentence}: this account may not do that: {said}",
            "connect as root, or declare connection.sudo: true",
            "access_denied",
        )
    return Failure(f"{sentence}: {said}", "mend what the output above names, then run again")


def _found(pattern: str, text: str) -> dict[str, str]:
    """Return the words of a pattern's parts; where a line is one of them, of the longest, which says most, else of the first."""
    places = list(re.finditer(pattern, text, re.MULTILINE))
    if not places:
        return {}
    place = max(places, key=lambda one: len(one[0])) if "line" in places[0].groupdict() else places[0]
    words = {name: cause.bounded(value) for name, value in place.groupdict().items() if value}
    first = next(iter(words.values()), "")
    words.setdefault("name", first)
    words.setdefault("status", words.get("answer", ""))
    words.setdefault("address", words.get("file", ""))
    return words


def _refused(lines: Sequence[str], refusals: Mapping[str, Failure]) -> Failure | None:
    for line in reversed(lines):
        word, _, rest = line.strip().partition(" ")
        name, _, said = rest.partition(" ")
        if word == REFUSED and name in refusals:
            meant = refusals[name]
            return replace(meant, cause=meant.cause.replace("{said}", mask.text(said.strip())))
    return None
