"""What is answered to a pasted text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.known.table import UNKNOWN


@dataclass(frozen=True, slots=True)
class Finding:
    """One error that was found.

    Args:
        name: its name, as ``HCS_E_HYPERV_NOT_INSTALLED``, or the entry of the catalogue where it has none.
        area: which part of a machine it is about, or ``unknown``.
        cause: what is wrong.
        remedy: a person's next step.
        repaired_by: keys of a fleet file that repair it; empty where no declared resource does.
        codes: further names and numbers that stand for it in the text.

    """

    name: str
    area: str
    cause: str
    remedy: str
    repaired_by: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether its cause is known."""
        return self.area != UNKNOWN

    def json(self) -> dict[str, Any]:
        """Return it as a program reads it."""
        return {
            "name": self.name,
            "area": self.area,
            "cause": self.cause,
            "remedy": self.remedy,
            "repairable": bool(self.repaired_by),
            "repaired_by": list(self.repaired_by),
            "codes": list(self.codes),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is known of a text.

    Args:
        findings: the cause first, then what else stands in the text; of what is not known only where nothing is known.
        not_known: names and numbers of errors in the text of which the catalogue knows no cause.

    """

    findings: tuple[Finding, ...]
    not_known: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the cause is known."""
        return any(one.known for one in self.findings)

    def json(self) -> dict[str, Any]:
        """Return it as a program reads it."""
        return {"known": self.known, "findings": [one.json() for one in self.findings], "not_known": list(self.not_known)}
