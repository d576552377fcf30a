"""One line of the doctor: what was looked at, how it stands, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyinfra_wsl.core.failure import Failure

Verdict = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Line:
    """What one check says of a host.

    Args:
        check: what was looked at.
        verdict: ``ok``; ``note`` for what a person should know, or what a run brings about; ``fault`` for what keeps the host
            from being as declared until a person does something.
        cause: how it stands, in a sentence.
        evidence: what was seen, where the cause does not say it already.
        remedy: the next step of a person; of a fault always.
        deploy: what ``deploy.py`` does about it, by what is declared for the host; empty where it has nothing to do with it.
        code: the name by which others know a fault, as of `Failure`.

    """

    check: str
    verdict: Verdict
    cause: str
    evidence: str = ""
    remedy: str = ""
    deploy: str = ""
    code: str = ""


def ok(check: str, cause: str, evidence: str = "") -> Line:
    """Return the line of what is as it should be."""
    return Line(check, "ok", cause, evidence)


def note(check: str, cause: str, evidence: str = "", remedy: str = "", deploy: str = "") -> Line:
    """Return the line of what a person should know."""
    return Line(check, "note", cause, evidence, remedy, deploy)


def fault(check: str, failure: Failure, evidence: str = "", deploy: str = "") -> Line:
    """Return the line of what keeps a host from being as declared; without a remedy of its own, one looks closer."""
    remedy = failure.remedy or "run it again with --debug, and look at what it shows"
    return Line(check, "fault", failure.cause, evidence, remedy, deploy, failure.code)
