"""The one way from a declaration to a changed host: checked, looked at, planned, foretold or carried out, and reported.

Every operation of ours is a declaration and a call of `converge`, for laptops and for Linux hosts alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterable, Sized
from typing import Any

from pyinfra import logger
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.output import format_text
from pyinfra.context import host, state

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.command import FailCommand, StepCommand, executing, trace
from pyinfra_wsl.core import show
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.plan import WHAT_FAILED, Deferred, Plan, Step, without_secrets
from pyinfra_wsl.core.resource import Resource, Values
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.data import template
from pyinfra_wsl.edge import door, linux, windows
from pyinfra_wsl.report.end import report_at_end
from pyinfra_wsl.report.journal import journal

Commands = Generator[PyinfraCommand, None, None]
AnyResource = Resource[Any, Any]

_CANNOT = "pyinfra_wsl.cannot"
"""What a dry run has found to be impossible, as `Journal.broken` has it for a run."""


def given(**arguments: Any) -> dict[str, Any]:
    """Return those arguments of an operation that a user has given, as a declaration has them."""
    return {name: value for name, value in arguments.items() if value is not None}


def filled(value: Any) -> Any:
    """Return a list or mapping that an operation was given; None where it is empty, which declares nothing."""
    return None if isinstance(value, Sized) and not isinstance(value, str | bytes) and not value else value


def render(name: str, **values: object) -> str:
    """Fill in a template of this project, by its file name."""
    return template(name).render(values)


def converge(resource: AnyResource, declared: Values, plan: Callable[[Any, Any], Plan], *, about: Iterable[str] = ()) -> Commands:
    """Check what is declared, look, plan, and carry out: what every operation does.

    Args:
        resource: of what.
        declared: the values of a host, by the keys of the fleet file, in which it is declared.
        plan: given what is wanted and what there is, says what is to be done.
        about: the things that it is about, by their names, where a host has several; what needs others of them goes on.

    """
    report_at_end(host.state)
    names = _names(about)
    journal(host).begun |= executing(host)
    if journal(host).lost if executing(host) else windows.is_unseen():
        return
    try:
        if (missing := _held_back(resource, names)) is not None:
            yield from carry_out(resource, Plan(deferred=(missing,), noop=missing.reason), names)
            return
        values, want = door.enter(resource, declared)
        made = _planned(resource, values, want, plan)
    except (door.RefusedError, registry.RegistryError) as refused:
        yield from carry_out(resource, Plan(failures=refused.failures), names)
        return
    if made is None:
        return
    _foresee(resource, want, made)
    yield from carry_out(resource, made, names)
    if executing(host) and not made.failures and any(not callable(step.does) for step in made.steps):
        yield from _prove(resource, values, want, plan)


def _names(about: object) -> tuple[str, ...]:
    """Return the names among what a user gave for some, as they may be shown; what else it is, is refused at the door."""
    return tuple(show.address(one) for one in about if isinstance(one, str)) if isinstance(about, Iterable) else ()


def _held_back(resource: AnyResource, about: Collection[str]) -> Deferred | None:
    """Return what a resource waits for that needs another one which could not be brought about before it."""
    broken = journal(host).broken if executing(host) else host.connector_data.get(_CANNOT, set())
    needed = registry.needs(resource)
    found = {name for name, thing in broken if name in needed and (not thing or not about or thing in about)}
    if not found:
        return None
    words = ", ".join(registry.of(name).words for name in sorted(found))
    what = ", ".join(about) if about else resource.words
    return Deferred(what, WHAT_FAILED, f"not tried: it needs {words}, which could not be brought about")


def _planned(resource: AnyResource, values: Values, want: Any, plan: Callable[[Any, Any], Plan]) -> Plan | None:
    """Return the plan; None where the host could not be looked at, which has been said then."""
    try:
        seen = _look(resource, values, want)
        if seen is None:
            return None
        made = _plan(resource, want, seen, plan)
        return without_secrets(made) if isinstance(resource, LinuxResource) else windows.taken(made)
    except PyinfraError:  # a plan may look at more; pyinfra ends the run with its last host
        raise
    except StepError as error:
        return Plan(failures=(error.failure,))


def _look(resource: AnyResource, values: Values, want: Any) -> Any:
    if isinstance(resource, WindowsResource):
        return windows.look(resource, values)
    assert isinstance(resource, LinuxResource)  # noqa: S101 - there are no others
    return linux.look(resource, resource.asks(want))


def _plan(resource: AnyResource, want: Any, seen: Any, plan: Callable[[Any, Any], Plan]) -> Plan:
    try:
        made = windows.gone_on(plan(want, seen), seen)
        if not isinstance(made, Plan) or any(not isinstance(step, Step) for step in made.steps):
            raise TypeError(f"its plan is {type(made).__name__}")
    except (PyinfraError, StepError):
        raise
    except Exception as error:  # noqa: BLE001 - what one host says must not end the run of all others
        trace(error)
        cause = f"{resource.words}: no plan can be made of what this host says{registry.why(resource, error)}"
        return Plan(failures=(Failure(cause, registry.remedy(resource), "plan"),))
    return made


def carry_out(resource: AnyResource, plan: Plan, about: Collection[str] = ()) -> Commands:
    """Yield the steps of a plan; say what waits. Where anything is impossible, only that is said, and nothing is changed.

    Args:
        resource: of what.
        plan: what is to be done.
        about: the things that it is about.

    """
    notes = journal(host)
    notes.begun |= executing(host)
    for warning in plan.warnings:
        _say(f"note: {warning}", "yellow")
        notes.warned(resource.name, warning)
    for what in plan.unproved:
        _say(f"not proved: {what}", "yellow")
        if executing(host):
            notes.not_proved(resource.name, what)
    if not executing(host):
        _foretell(resource, plan, about)
    if plan.failures:
        yield FailCommand(resource.name, plan.failures, about)
        return
    for deferred in plan.deferred:
        _defer(resource.name, deferred)
    for step in plan.steps:
        yield from _make(resource, step, about)
    if plan.foreseen:
        yield FailCommand(resource.name, plan.foreseen, about, breaks=False)
    elif not plan.steps:
        host.noop(escape(plan.noop))


def _make(resource: AnyResource, step: Step, about: Collection[str]) -> Commands:
    begun = time.monotonic()
    if executing(host):
        _say(step.sentence if callable(step.does) else step.said)
        _show_diff(step)
    if callable(step.does):
        yield StepCommand(resource.name, step, about)
    else:
        yield from linux.acts(resource.name, step)
    journal(host).changed(resource.name, resource.words, step.sentence, time.monotonic() - begun)


def _prove(resource: AnyResource, values: Values, want: Any, plan: Callable[[Any, Any], Plan]) -> Commands:
    """Look again after acts, which do not prove themselves as talks do: what did not take effect is a failure."""
    left = _planned(resource, values, want, plan)
    without_effect = () if left is None else (*left.failures, *(linux.without_effect(step) for step in left.steps))
    if without_effect:
        yield FailCommand(resource.name, without_effect)


def _foresee(resource: AnyResource, want: Any, plan: Plan) -> None:
    """Before a run, let what comes after it be planned on the laptop as the steps would leave it.

    It comes before the steps are handed over: where pyinfra only looks for changes, it takes the first and asks for no more.
    """
    whole = plan.steps and not (plan.failures or plan.deferred)
    if isinstance(resource, WindowsResource) and whole and not executing(host):
        windows.foresee(lambda laptop: resource.forecast(laptop, want), plan.steps)


def _foretell(resource: AnyResource, plan: Plan, about: Collection[str]) -> None:
    """Say everything that would be done: pyinfra itself stops at the first command when it only looks for changes."""
    for failure in (*plan.failures, *plan.foreseen):
        _say(f"cannot: {failure.said}", "red")
    if plan.failures:
        host.connector_data.setdefault(_CANNOT, set()).update((resource.name, name) for name in about or ("",))
        return
    for step in plan.steps:
        _say(f"would: {step.said}")
        _show_diff(step)


def _show_diff(step: Step) -> None:
    for line in step.diff if state.config.DIFF else ():
        colour = {"+": "green", "-": "red"}.get(line[:1])
        logger.info("  %s", format_text(escape(line), colour) if colour else escape(line))


def _defer(resource: str, deferred: Deferred) -> None:
    _say(f"waits for {deferred.waits_for}: {deferred.sentence} ({deferred.reason})", "yellow")
    if executing(host):
        journal(host).deferred(resource, deferred)


def _say(line: str, colour: str | None = None) -> None:
    host.log_styled(escape(line), fg=colour) if colour else host.log(escape(line))
