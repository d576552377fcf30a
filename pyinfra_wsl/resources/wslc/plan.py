"""The settings of WSL's containers as they are wanted: merged into the user's file, which is written with their rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.reach import linked, reach
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy
from pyinfra_wsl.resources.wslc import document
from pyinfra_wsl.resources.wslc.keys import KEYS, meant, written
from pyinfra_wsl.resources.wslc.state import NAME, SINCE, State, path

_DECLARED = "settings of wslc as declared"
_STORAGE = "session.storagePath"
_REMEDIES = {
    "changed": "run again; the file was changed while this run merged it",
    "access_denied": "connect as an administrator of the laptop",
    "link": "let that user log on: in their session their links are followed; or put a plain file in its place",
}


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared, by ``section.key``; None for the built-in value."""

    values: Mapping[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``wslc`` of a host; a section that is None takes all its keys out."""
        return cls({name: None if value is None else written(value) for name, value in flat(values[NAME])})


def flat(declared: Values) -> Iterator[tuple[str, Any]]:
    """Yield declared settings by ``section.key``."""
    for name, value in declared.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", one) for key, one in value.items())
        elif value is None and name not in KEYS:
            yield from ((key, None) for key in sorted(KEYS) if key.startswith(f"{name}."))
        else:
            yield name, value


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan: one step that writes the file.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    have, user = laptop.of(State), laptop.user
    if user is None:
        return held_up(reach(laptop, _DECLARED))
    if (held := _held(have, user, laptop)) is not None:
        return held_up(held)
    changes = {name: value for name, value in want.values.items() if meant(name, value) != meant(name, have.values.get(name))}
    warnings = tuple(_warnings(laptop))
    if not changes:
        return Plan(warnings=warnings, noop="settings of wslc are as declared")
    step = _step(changes, have, user, laptop)
    return Plan(failures=(step,), warnings=warnings) if isinstance(step, Failure) else Plan((step,), warnings=warnings)


def _held(have: State, user: User, laptop: Laptop) -> Deferred | Failure | None:
    """Return what keeps the file from being written."""
    if have.link:
        return linked(user, _DECLARED, have.link)
    if have.there is False:
        return _missing(laptop)
    if have.exists is None or have.problem:
        remedy = "correct that file by hand, or take it away" if have.exists else "look into the profile folder on the laptop"
        return Failure(have.problem, have.remedy or remedy, "settings")
    return None


def _step(changes: Mapping[str, str | None], have: State, user: User, laptop: Laptop) -> Step | Failure:
    try:
        text = document.changed(have.text, changes)
    except document.DocumentError as error:
        remedy = "write each setting into a line of its own there, or take the file away"
        return Failure(f"settings.yaml of {user.account} cannot be changed: {error}", remedy, "settings")
    parts = tuple(f"wslc {name}: {have.values.get(name, 'default')} → {value or 'default'}" for name, value in changes.items())
    note = "takes effect when the next session of containers starts"
    note += "; images and containers at the old place stay there, and are not seen any more" if _STORAGE in changes else ""
    owner = Owner(user, laptop.of(wsl.State).exe or "", laptop.windows)
    return Step("; ".join(parts), partial(_write, owner, text, have.sha256), note, parts=parts)


def _missing(laptop: Laptop) -> Deferred | Failure:
    reason, version = reboot.blocks(laptop), laptop.of(wsl.State).version
    if reason:
        return Deferred(_DECLARED, "reboot", reason)
    cause = f"WSL {version} has no containers" if version else "WSL's package is not installed, which brings containers"
    return Failure(cause, f"declare wsl.package with minimum {SINCE}, which is for testing, or take wslc out", "no_wslc")


def _warnings(laptop: Laptop) -> Iterator[str]:
    have, policies = laptop.of(State), laptop.of(wsl_policy.State)
    if policies.allows(wsl_policy.ALLOW_CONTAINER) is False:
        effect = wsl_policy.EFFECTS[wsl_policy.ALLOW_CONTAINER]
        yield f"policy {wsl_policy.ALLOW_CONTAINER} is 0: {effect}, whatever is set for them"
    yield from (f"settings.yaml: wslc does not know {name}" for name in have.ignored)


def _write(owner: Owner, text: str, seen: str, run: Run) -> Talk[None]:
    where = path(owner.user)
    write = call.file_write(where, text.encode(), expected=seen, backup=f"{where}.bak-{run.id}" if seen else None)
    round_ = yield from owner.touch(run, write, progress=f"writing {where}")
    (answer,) = round_.answers
    if not answer.ok:
        remedy = _REMEDIES.get(answer.kind, "run again with --debug")
        raise StepError(f"{where} could not be written: {answer.message}", remedy, answer.kind)
