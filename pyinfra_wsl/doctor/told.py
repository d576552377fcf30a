"""What the doctor concludes from the lines of all hosts: the exit code, and the one sentence that says what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyinfra_wsl.doctor.line import Line

AGAIN = "run the doctor again"


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
        return f"Next: {name}: {found[0].remedy} ({found[0].check}), then {AGAIN}{more}."
    waiting = {name for name, lines in hosts.items() if any(_does(line) for line in lines)}
    if waiting:
        count = f"{len(waiting)} of {len(hosts)} hosts" if len(hosts) > 1 else next(iter(waiting))
        return f"Next: pyinfra {inventory} deploy.py --dry, which says all that would change on {count}, then without --dry."
    return f"Next: nothing, since {'each of the hosts' if len(hosts) > 1 else next(iter(hosts), 'nobody')} is as declared."


def _does(line: Line) -> bool:
    return line.deploy.startswith(("would", "waits"))
