"""The hosts of an inventory, for a process that stays as it is.

An inventory is a person's program, and pyinfra, which reads it, turns all threads of its process into greenlets: so it is read in
a process of its own, at the same terminal, where passwords are asked for, and handed over by a pipe.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from pyinfra_wsl.rollout import kept, wire
from pyinfra_wsl.rollout.model import Laptop, Member, Rollout

_MODULE = "pyinfra_wsl.rollout.runner.read"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an inventory holds.

    Args:
        members: its hosts, in its order.
        laptops: the same, as a rollout knows them.
        declared: what is declared of their rollout.
        passwords_from: names of environment variables in which passwords of theirs stand: no worker needs these.

    """

    members: Sequence[Member]
    laptops: Sequence[Laptop]
    declared: Rollout
    passwords_from: Sequence[str] = ()


def load(path: str, meanwhile: Callable[[], object] = int) -> Loaded:
    """Read an inventory.

    Args:
        path: as pyinfra takes it.
        meanwhile: is called once it is being read: what takes a while, and does not need it.

    Raises:
        FileNotFoundError: there is no such file.
        InventoryError: it cannot be used, or holds what cannot be given to a worker; as of `testing.inventory`.

    """
    theirs, ours = os.pipe()
    with open(theirs, "rb") as pipe:  # noqa: PTH123 - it has no path
        with open(ours, "wb"):  # noqa: PTH123 - nor has it; what greenlets have for os.close would close it later
            command = [sys.executable, "-P", "-m", _MODULE, path, str(ours)]
            reading = subprocess.Popen(command, pass_fds=[ours], stdout=2)
        with reading, pipe:  # which is closed before that is waited for: nobody hears it where the block below breaks off
            meanwhile()
            told = list(_told(pipe))
    last = told.pop() if told else {}
    if "passwords_from" not in last:
        _raise(path, last, reading.returncode)
    members = [wire.member_of(one["member"]) for one in told]
    laptops = [Laptop(one.name, one.groups, *found) for one, found in zip(members, last["laptops"], strict=True)]
    return Loaded(members, laptops, kept.rollout(last["declared"]), tuple(map(str, last["passwords_from"])))


def _told(pipe: Any) -> Iterator[dict[str, Any]]:
    for line in pipe:
        yield wire.read(line)


def _raise(path: str, last: dict[str, Any], code: int) -> NoReturn:
    if last.get("missing"):
        raise FileNotFoundError(str(last["missing"]))
    from pyinfra_wsl.testing.inventory import InventoryError  # noqa: PLC0415 - it brings pyinfra along

    raise InventoryError(str(last.get("error") or f"{path}: the process that read it ended with exit code {code}"))
