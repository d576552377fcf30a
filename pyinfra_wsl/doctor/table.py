"""The checks in the order in which they need each other, and the lines that they make of one host."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.doctor.checks import laptop, linux, way, wsl
from pyinfra_wsl.doctor.found import STAGES, Found, Stage
from pyinfra_wsl.doctor.line import Line, fault, note

Lines = Callable[[Found], Iterable[Line]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Args:
        name: what is looked at.
        stage: what must have been passed for it; where the doctor stopped there, that is its line.
        lines: makes its lines.
        system: for which of the two it is; empty for both.

    """

    name: str
    stage: Stage
    lines: Lines
    system: str = ""


def _of_laptop(lines: Callable[[Found, Laptop], Iterable[Line]], found: Found) -> Iterable[Line]:
    return lines(found, found.laptop) if found.laptop is not None else ()


def _laptop(name: str, lines: Callable[[Found, Laptop], Iterable[Line]]) -> Check:
    return Check(name, "look", partial(_of_laptop, lines), "windows")


def _nothing(_found: Found) -> Iterable[Line]:
    return ()


CHECKS: tuple[Check, ...] = (
    Check("key", "key", way.key),
    Check("address", "address", way.address),
    Check("port", "port", way.port),
    Check("known host", "known host", way.known_host),
    Check("logon", "logon", way.logon),
    Check("PowerShell", "PowerShell", way.powershell, "windows"),
    Check("language mode", "language mode", way.language_mode, "windows"),
    Check("agent", "agent", way.agent, "windows"),
    Check("look", "look", _nothing),
    Check("shell", "look", way.shell, "windows"),
    _laptop("rights", laptop.rights),
    _laptop("session", laptop.session),
    _laptop("Windows", laptop.windows),
    Check("rights", "rights", linux.rights, "linux"),
    Check("system", "rights", linux.system, "linux"),
    Check("plans", "plans", _nothing),
    _laptop("firmware", laptop.firmware),
    _laptop("disk", laptop.disk),
    _laptop("hypervisor", laptop.hypervisor_),
    _laptop("features", laptop.features),
    _laptop("restart", laptop.restart),
    _laptop("policies", wsl.policies),
    _laptop("WSL", wsl.package),
    _laptop("network", wsl.network),
    _laptop("distributions", wsl.distributions),
    _laptop("Docker Desktop", wsl.docker),
    Check("declared", "rights", linux.declared, "linux"),
)


def lines(found: Found) -> list[Line]:
    """Return all that is to be said of a host, in the order of the checks."""
    checks = [one for one in CHECKS if one.system in ("", found.system)]
    told: list[Line] = []
    for check in checks:
        if found.passed(check.stage):
            told += _said(check, found)
        elif check.stage == found.stopped and check.name == check.stage:
            told.append(fault(check.name, found.failure or _silent(check.stage)))
    left = [one.name for one in checks if not found.passed(one.stage) and one.name != found.stopped and one.lines is not _nothing]
    if left:
        told.append(note("not looked at", ", ".join(dict.fromkeys(left))))
    return _once(told)


def _said(check: Check, found: Found) -> list[Line]:
    """Return the lines of a check; what one host says must not keep us from saying the rest."""
    try:
        return list(check.lines(found))
    except Exception as error:  # noqa: BLE001 - a host may say anything
        return [fault(check.name, _unreadable(check.name, found, error))]


def _unreadable(name: str, found: Found, error: Exception) -> Failure:
    faults = found.laptop.faults.values() if found.laptop else ()
    why = next(iter(faults), type(error).__name__)
    return Failure(f"what the host says of {name} cannot be read ({why})", "run it again with --debug, which shows where")


def _silent(stage: Stage) -> Failure:
    return Failure(f"the doctor did not get past {stage}", "run it again with --debug")


def _once(told: list[Line]) -> list[Line]:
    """Return lines in which nothing is a fault of which another fault above is the cause."""
    found: list[Line] = []
    for line in told:
        above = [one for one in found if one.verdict == "fault" and one.check != line.check and _same(one, line)]
        if line.verdict == "fault" and above:
            line = _because(line, above[0])  # noqa: PLW2901
        if line not in found:
            found.append(line)
    return found


def _because(line: Line, above: Line) -> Line:
    """Return a fault as the note of one that has its cause in another: of the cause it says no more than whose it is."""
    own = line.cause.replace(above.cause, "").rstrip(": ")
    cause, evidence = (own, line.evidence) if own else (line.evidence or line.cause, "")
    return replace(line, verdict="note", cause=cause, evidence=evidence, remedy="", deploy=f"cannot, because of {above.check}")


def _same(first: Line, later: Line) -> bool:
    return first.cause in later.cause or (bool(first.code) and first.code == later.code)


assert {check.stage for check in CHECKS} <= set(STAGES)  # noqa: S101 - a stage that is none would never be passed
