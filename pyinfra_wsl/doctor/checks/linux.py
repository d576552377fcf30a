"""A Linux host: may it be changed, what is it, and what a run makes of what is declared for it."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl import registry
from pyinfra_wsl.core.linux.host import NOT_ROOT
from pyinfra_wsl.doctor.found import Found
from pyinfra_wsl.doctor.judge import judged
from pyinfra_wsl.doctor.line import Line, fault, note, ok


def rights(found: Found) -> Iterator[Line]:
    """Say whether it is root who looks, directly or by sudo."""
    uid = found.linux.uid if found.linux else None
    if uid == 0:
        yield ok("rights", f"{found.account} acts as root there")
    else:
        seen = "it does not say as whom" if uid is None else f"it acts as the user {uid}"
        yield fault("rights", NOT_ROOT, f"connected is {found.account}; {seen}")


def system(found: Found) -> Iterator[Line]:
    """Say what it runs."""
    if found.linux is None or not found.linux.distribution:
        yield note("system", "the host does not say which Linux it is")
    else:
        kernel = f"Linux {found.linux.kernel}, {found.linux.architecture}"
        yield ok("system", f"{found.linux.distribution}, {kernel}")


def declared(found: Found) -> Iterator[Line]:
    """Say of each thing that is declared how it stands."""
    names = list(dict.fromkeys(name for name, _plan in found.plans))
    for name in names:
        noop = next((plan.noop for plan in found.of(name) if plan.noop), "as declared")
        words = registry.of(name).words
        nothing = not any(plan.steps or plan.deferred for plan in found.of(name))
        yield from judged(found, words, noop if nothing else f"{words}: not yet as declared", name)
    if not names:
        yield note("declared", "nothing is declared for this host", remedy="declare something for it in the fleet file")
