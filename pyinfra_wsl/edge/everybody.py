r"""For whom an operation is: the host's one user, or each of its people, where ``user: every`` is declared.

A role calls an operation of a person's once for each of `people`, with their SID as its argument ``user``. What is noted of it
is theirs alone, so that what waits or failed for one of them is nobody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyinfra.context import ctx_host, host

from pyinfra_wsl import form
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred, Plan
from pyinfra_wsl.core.problem import Problem, failures
from pyinfra_wsl.core.source import secrets
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.whose import EVERY
from pyinfra_wsl.edge import door, windows
from pyinfra_wsl.edge.laptop import People, person
from pyinfra_wsl.report.journal import journal


def people() -> Sequence[str | None]:
    """Return for whom a role calls the operations of a person: each of them by SID, or None for the host's one user.

    Where a look before a run has failed it is nobody, in each role of that run: one that looks again would mean other people.
    """
    if host.data.get("user") != EVERY or not isinstance(host.connector, WindowsConnector):
        return (None,)
    if windows.is_unseen():
        return ()
    found = host.get_fact(People)
    if found is None:
        windows.note_unseen()
        return ()
    return tuple(one.sid for one in found) or (None,)


def begin(user: object) -> None:
    """Let what is noted from now on be of a person.

    Args:
        user: the argument of the operation; None for the host's own, who is also taken for what is no account.

    """
    known = None if user is None else person(user)
    named = isinstance(user, str) and not _wrong(user)
    journal(ctx_host.get()).person = known.account if known else str(user) if named else ""


def confirm(user: object) -> None:
    """Raise `door.RefusedError` where an argument of an operation names no account, as a fleet file would be refused."""
    if user is None:
        return
    if not isinstance(user, str):
        cause = f"user is of the kind {type(user).__name__}"
        raise door.RefusedError((Failure(cause, "name an account, or leave it out", "declaration"),))
    if wrong := _wrong(user):
        raise door.RefusedError(failures(wrong))


def _wrong(user: str) -> tuple[Problem, ...]:
    declared = {"user": user}
    return tuple(secrets(declared)) or form.of_values(declared)


def unseen(user: str | None, what: str) -> Plan | None:
    """Return the plan for somebody of whom it is not known whether they use WSL at all: nothing is done, which is told."""
    if user is None or (known := person(user)) is None or not known.unknown:
        return None
    reason = f"it is not known whether {known.account} uses WSL or Docker Desktop: {known.unknown}"
    return Plan(deferred=(Deferred(what, "user logon", reason),), noop=reason)


def waiting(plan: Plan, seen: Any, user: str | None) -> Plan:
    """Return a plan for one of several people of which nothing is done while they are logged off: all of it waits.

    So does what is impossible as it is now: it may rest on what waits itself, and is planned anew after their logon.
    """
    if user is None or not isinstance(seen, Laptop) or seen.user is None or seen.user.within_reach:
        return plan
    waits = [step.sentence for step in plan.steps] + [one.cause for one in (*plan.failures, *plan.foreseen)]
    if not waits:
        return plan
    reason = f"{seen.user.account} is logged off"
    deferred = tuple(Deferred(one, "user logon", reason) for one in waits)
    return replace(plan, steps=(), failures=(), foreseen=(), deferred=(*plan.deferred, *deferred), noop=reason)
