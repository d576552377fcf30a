"""What programs of Linux say when they fail, and what a person does about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from pyinfra_wsl.core.acts import REFUSED
from pyinfra_wsl.core.failure import Failure

_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    (
        r"No space left on device|enough free space|write error: No space",
        "the disk of the host is full",
        "free some space there (look with 'df -h'), then run again; nothing half-written was left in place",
        "disk_full",
    ),
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
        r"Temporary failure resolving|[Cc]ould not resolve|Name or service not known",
        "the host cannot resolve the name of the package server",
        "give the host DNS or a mirror that it reaches, then run again",
        "network",
    ),
    (
        r"Unable to locate package (?P<name>\S+)|No match for argument: (?P<dnf>\S+)|target not found: (?P<arch>\S+)",
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
    (
        r"NO_PUBKEY|not signed|GPG check FAILED|Couldn't find a good signature",
        "the repository's signature does not fit its key",
        "compare the key's fingerprint with the publisher's, then run again",
        "signature",
    ),
    (
        r"are you root|Permission denied|Operation not permitted",
        "this account may not do that",
        "connect as root, or declare connection.sudo: true",
        "access_denied",
    ),
)


def explain(sentence: str, lines: Sequence[str], refusals: Mapping[str, Failure] = MappingProxyType({})) -> Failure:
    """Return why a step failed, from what its commands printed.

    Args:
        sentence: the step.
        lines: what the commands printed, errors last.
        refusals: what the commands mean where they end with one of their own refusals.

    """
    if (refused := _refused(lines, refusals)) is not None:
        return refused
    text = "\n".join(lines)
    for pattern, cause, remedy, code in _KNOWN:
        found = re.search(pattern, text)
        if found is not None:
            words = {name: value for name, value in found.groupdict().items() if value}
            words.setdefault("name", next(iter(words.values()), ""))
            return Failure(f"{sentence}: {cause.format(**words)}", remedy.format(**words), code)
    last = next((line.strip() for line in reversed(lines) if line.strip()), "the command failed and said nothing")
    return Failure(f"{sentence}: {last}", "mend what the output above names, then run again")


def _refused(lines: Sequence[str], refusals: Mapping[str, Failure]) -> Failure | None:
    for line in reversed(lines):
        word, _, rest = line.strip().partition(" ")
        name, _, said = rest.partition(" ")
        if word == REFUSED and name in refusals:
            meant = refusals[name]
            return replace(meant, cause=meant.cause.replace("{said}", said.strip()))
    return None
