"""What a fleet file declares of a rollout, as its state file keeps it: JSON of plain values, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import time, timedelta
from typing import Any

from pyinfra_wsl.rollout.model import Gate, Retry, Ring, Rollout, Window


def text(rollout: Rollout) -> str:
    """Return a rollout as JSON."""
    return json.dumps(asdict(rollout), default=_plain, sort_keys=True)


def rollout(text: str) -> Rollout:
    """Return the rollout of a text that `text` has made; raises ValueError, KeyError or TypeError for any other."""
    told = json.loads(text)
    notify = told["notify"]
    parts = {
        "rings": tuple(_ring(one) for one in told["rings"]),
        "windows": tuple(_window(one) for one in told["windows"]),
        "retry": Retry(**{name: timedelta(seconds=value) for name, value in told["retry"].items()}),
        "notify": None if notify is None else tuple(notify),
    }
    return Rollout(**{**told, **parts})


def _plain(value: object) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not kept")


def _ring(told: dict[str, Any]) -> Ring:
    gate = Gate(**told["gate"] | {"wait": timedelta(seconds=told["gate"]["wait"])})
    return Ring(**told | {"groups": tuple(told["groups"]), "hosts": tuple(told["hosts"]), "gate": gate})


def _window(told: dict[str, Any]) -> Window:
    begins, ends = (time.fromisoformat(told[name]) for name in ("begins", "ends"))
    return Window(frozenset(told["days"]), begins, ends)
