"""The state of a rollout as a control finds it: begun, gone on with, or refused, since the fleet file is another one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.rollout import rings, told
from pyinfra_wsl.rollout.members import Loaded
from pyinfra_wsl.rollout.store import Beginning, Store, aside


class ChangedError(StepError):
    """What is declared is not what the rollout began with."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be rolled out.

    Args:
        inventory: as it was given.
        loaded: what it holds.
        deploy: deploy files.
        holder: who runs it.

    """

    inventory: str
    loaded: Loaded
    deploy: Sequence[Path]
    holder: str


def opened(path: Path, wanted: Wanted, now: datetime, say: Callable[[str], None], *, anew: bool) -> Store:
    """Return the state of a rollout, whose lock is held; one that has ended gives way to another fleet file.

    Args:
        path: of the state file.
        wanted: what is to be rolled out.
        now: the time.
        say: is called with what a person should know of it.
        anew: whether what is there is put aside.

    Raises:
        ChangedError: the fleet file changed in the middle.
        StoreError: the state cannot be used.
        OSError: a deploy file cannot be read, or a file cannot be put aside.

    """
    rest = told.of_rest(wanted.loaded.declared, wanted.deploy)
    digests = told.of_members(wanted.loaded.members)
    if path.exists() and not anew:
        found = Store(path)
        try:
            if _goes_on(found, wanted, digests, rest):
                return found
        except BaseException:
            found.close()
            raise
        found.close()
        say(f"the rollout before has ended, and the fleet file is another one: this one begins anew, that {_put(path, now)}")
    elif path.exists():
        say(f"begins anew; the rollout before {_put(path, now)}")
    dealt = rings.deal(wanted.loaded.declared, wanted.loaded.laptops)
    laptops = [(one, digests[one.name]) for one in wanted.loaded.laptops]
    beginning = Beginning(secrets.token_hex(4), wanted.inventory, wanted.holder, wanted.loaded.declared, laptops, dealt, rest)
    return Store.begin(path, beginning, now)


def _put(path: Path, now: datetime) -> str:
    return f"is kept as {aside(path, now)}"


def _goes_on(found: Store, wanted: Wanted, digests: dict[str, str], rest: str) -> bool:
    """Whether what is declared is as it was; False where it is not, and the rollout has ended."""
    snapshot = found.snapshot()
    changes = told.changed(found.digests(), digests, rest=found.about("digest") != rest)
    if not changes:
        return True
    if snapshot.stage == "ended":
        return False
    begun = f"{snapshot.begun:%Y-%m-%d %H:%M} UTC"
    raise ChangedError(
        f"{wanted.inventory} is not what it was when this rollout began ({begun}): {'; '.join(changes)}",
        "undo that and call it again to go on, or begin anew with --anew: who is converged then is only looked at",
        "changed",
    )
