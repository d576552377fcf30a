"""The document of a pull in which nothing was looked at: it says why, and is as all others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.pull.values import Told
from pyinfra_wsl.report.results import Document


def document(name: str, run: Mapping[str, str], told: Told, failure: Failure | None, waits: Deferred | None) -> Document:
    """Put it together.

    Args:
        name: the laptop's name.
        run: id, end and holder of the run.
        told: what it says of the pull.
        failure: why nothing was done.
        waits: for what that waits.

    """
    held = told.held
    return {
        "run": dict(run), "host": name, "groups": list(held.slice.groups) if held else [],
        "outcome": "failed" if failure else "deferred", "seconds": 0.0, "processes": 0, "requests": 0, "restarts": 0,
        "resources": {}, "changes": [],
        "deferred": [{"resource": "bundle", **dataclasses.asdict(waits)}] if waits else [],
        "failures": [{"resource": "bundle", **dataclasses.asdict(failure)}] if failure else [],
        "not_proved": [], "not_reached": [], "warnings": [], "left_out": [], "before": None, "pull": told.values,
    }  # fmt: skip
