"""What the doctor concludes from the lines of all hosts: the exit code, and the one sentence that says what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyinfra_wsl.doctor.line import Line

AGAIN = "run the doctor again"
_RUN_AGAIN = (", then run again", "; then run again")
"""How remedies end of which the doctor is told by a run."""


def faults(lines: Sequence[Line]) -> list[Line]:
    """Return the faults among lines, in their order."""
    return [line for line in lines if line.verdict == "fault"]


def exit_code(hosts: Mapping[str, Sequence[Line]]) -> int:
    """Return 1 where any host has a fault, else 0."""
    return int(any(faults(lines) for lines in hosts.values()))


def next_step(hosts: Mapping[str, Sequence[Line]], inventory: str) -> str:
    """Return what to do next, in one sentence.

    Args:
        hosts: the lines of each host.
        inventory: as it was named, for the command that is proposed.

    """
    ill = {name: faults(lines) for name, lines in hosts.items() if faults(lines)}
    if ill:
        name, found = next(iter(ill.items()))
        others = len(ill) - 1
        more = "" if not others else f"; {others} other host{'s have' if others > 1 else ' has'} faults too"
        remedy = found[0].remedy
        for ending in _RUN_AGAIN:
            remedy = remedy.removesuffix(ending)
        return f"Next: {name}: {remedy} ({found[0].check}), then {AGAIN}{more}."
    command = f"pyinfra {inventory} deploy.py"
    changed, waiting, noted = (_with(hosts, beginning) for beginning in ("would", "waits", ""))
    if changed:
        return f"Next: {command} --dry, which says all that would change on {_count(changed, hosts)}, then without --dry."
    if waiting:
        first = next(line.deploy for line in hosts[waiting[0]] if line.deploy.startswith("waits"))
        return f"Next: let what is waited for happen on {_count(waiting, hosts)} ({waiting[0]} {first}), then run {command}."
    if noted:
        return f"Next: nothing has to be done; what is noted of {_count(noted, hosts)} is worth reading."
    return f"Next: nothing, since {'each of the hosts' if len(hosts) > 1 else next(iter(hosts), 'nobody')} is as declared."


def _with(hosts: Mapping[str, Sequence[Line]], beginning: str) -> list[str]:
    """Return the hosts of which a note says that ``deploy.py`` does something that begins so."""
    return [
        name for name, lines in hosts.items() if any(one.verdict == "note" and one.deploy.startswith(beginning) for one in lines)
    ]


def _count(some: Sequence[str], hosts: Mapping[str, object]) -> str:
    return some[0] if len(some) == 1 else f"{len(some)} of {len(hosts)} hosts"
