"""What a document says of the pull itself, beside what it says of any run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyinfra_wsl
from pyinfra_wsl.pull.form.fields import time_text
from pyinfra_wsl.pull.fresh import Fresh
from pyinfra_wsl.pull.store import Held


@dataclass
class Told:
    """What a document says of the pull itself.

    Args:
        chain: by which the parts of one run belong together that restarts have parted.
        part: which of them.
        mode: what might be done.
        outcome: how it ended.
        source: whether what is published could be fetched.
        held: what was converged to.
        detail: ``brief`` or ``full``.
        fresh: when its place last said something good, and what it lacks.

    """

    chain: str
    part: int = 1
    mode: str = ""
    outcome: str = ""
    source: str = "ok"
    held: Held | None = None
    detail: str = "brief"
    fresh: Fresh = field(default_factory=Fresh)

    @property
    def values(self) -> dict[str, Any]:
        """As it stands in the document."""
        found = self.held.manifest if self.held else None
        return {
            "outcome": self.outcome, "chain": self.chain, "part": self.part, "mode": self.mode, "source": self.source,
            "fleet": found.fleet if found else None, "epoch": found.epoch if found else None,
            "serial": found.serial if found else None, "expires": time_text(found.expires) if found else None,
            "version": pyinfra_wsl.__version__,
            **({"good": time_text(self.fresh.good)} if self.fresh.good else {}),
            **({"behind": self.fresh.behind.values} if self.fresh.behind else {}),
        }  # fmt: skip
