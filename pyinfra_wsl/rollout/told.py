"""What an inventory says of its hosts and their rollout, read by a process of its own: see `telling`."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.rollout import kept, wire
from pyinfra_wsl.rollout.model import Laptop, Member, Rollout

_TELLING = "pyinfra_wsl.rollout.telling"


class NoInventoryError(StepError):
    """There is no such inventory."""


@dataclass(frozen=True, slots=True)
class Told:
    """An inventory.

    Args:
        declared: its rollout.
        laptops: its hosts, as a rollout knows them.
        members: the same by name, as workers need them.
        digests: a sum over what is declared for each, by name, of which no secret is a part.
        digest: a sum over its rollout and the deploy files.

    """

    declared: Rollout
    laptops: Sequence[Laptop]
    members: Mapping[str, Member]
    digests: Mapping[str, str]
    digest: str


def read(path: str, deploy: Sequence[Path] = ()) -> Told:
    """Read an inventory; it may ask for a password, and is read once.

    Args:
        path: as pyinfra takes it.
        deploy: deploy files of the rollout.

    Raises:
        NoInventoryError: there is none.
        StepError: it cannot be used; a line for each problem.
        OSError: a deploy file cannot be read.

    """
    said = _said(path)
    if "error" in said:
        first, _, next_step = str(said["error"]).partition(". Next: ")
        raise (NoInventoryError if said.get("usage") else StepError)(first, next_step, "inventory")
    members = {one["name"]: wire.member_of(one) for one in said["members"]}
    laptops = [Laptop(one["name"], tuple(one["groups"]), one["site"], one["zone"]) for one in said["laptops"]]
    texts = [said["declared"], *(one.read_text("utf-8", "replace") for one in deploy)]
    digests = {one["name"]: _sum(_without_secrets(one)) for one in said["members"]}
    return Told(kept.rollout(said["declared"]), laptops, members, digests, _sum(texts))


def _said(path: str) -> dict[str, Any]:
    reader, writer = os.pipe()
    try:
        with subprocess.Popen([sys.executable, "-m", _TELLING, str(writer), path], pass_fds=[writer]) as process:
            os.close(writer)
            writer = -1
            with os.fdopen(reader, "rb") as pipe:
                line = pipe.read()
        if line:
            return wire.read(line)
    finally:
        if writer >= 0:
            os.close(writer)
    remedy = f"look at what it says above, and at 'pyinfra {path} debug-inventory'"
    raise StepError(f"{path}: reading it ended with {process.returncode}", remedy, "inventory")


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if key == "$secret" else _without_secrets(one) for key, one in value.items()}
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value


def _sum(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
