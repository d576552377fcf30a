"""The one way from a declaration to a changed host: checked, looked at, planned, foretold or carried out, and reported.

Every operation of ours is a declaration and a call of `converge`, for laptops and for Linux hosts alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator
from typing import Any

from pyinfra import logger
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.output import format_text
from pyinfra.context import host, state

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.command import FailCommand, StepCommand, executing
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.plan import WHAT_FAILED, Deferred, Plan, Step
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


def render(name: str, **values: object) -> str:
    """Fill in a template of this project, by its file name."""
    return template(name).render(values)


def converge(
    resource: AnyResource, declared: Values, plan: Callable[[Any, Any], Plan], *, about: Collection[str] = ()
) -> Commands:
    """Check what is declared, look, plan, and carry out: what every operation does.

    Args:
        resource: of what.
        declared: the values of a host, by the keys of the fleet file, in which it is declared.
        plan: given what is wanted and what there is, says what is to be done.
        about: the things that it is about, by their names, where a host has several; what needs others of them goes on.

    """
    report_at_end(host.state)
    if journal(host).lost and executing(host):
        return
    if (missing := _held_back(resource, about)) is not None:
        yield from carry_out(resource, Plan(deferred=(missing,), noop=missing.reason), about)
        return
    try:
        values, want = door.enter(resource, declared)
    except door.RefusedError as refused:
        yield from carry_out(resource, Plan(failures=refused.failures), about)
        return
    made = yield from _planned(resource, values, want, plan)
    if made is None:
        return
    yield from carry_out(resource, made, about)
    _foresee(resource, want, made)
    if executing(host) and not made.failures and any(not callable(step.does) for step in made.steps):
        yield from _prove(resource, values, want, plan)


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


def _planned(
    resource: AnyResource, values: Values, want: Any, plan: Callable[[Any, Any], Plan]
) -> Generator[PyinfraCommand, None, Plan | None]:
    """Return the plan; None where the host could not be looked at, which has been said then."""
    seen = yield from _look(resource, values, want)
    if seen is None:
        return None
    try:
        found = plan(want, seen)
        return found if executing(host) else windows.taken(found)
    except PyinfraError:  # a plan may look at more; pyinfra ends the run with its last host
        raise
    except StepError as error:
        return Plan(failures=(error.failure,))
    except Exception as error:  # noqa: BLE001 - what one host says must not end the run of all others
        logger.debug("planning %s", resource.name, exc_info=True)
        cause = f"no plan can be made of what this host says ({type(error).__name__}: {error})"
        return Plan(failures=(Failure(cause, "run again with --debug, and report what it shows", "plan"),))


def _look(resource: AnyResource, values: Values, want: Any) -> Generator[PyinfraCommand, None, Any]:
    if isinstance(resource, WindowsResource):
        return (yield from windows.look(resource, values))
    assert isinstance(resource, LinuxResource)  # noqa: S101 - there are no others
    try:
        return linux.look(resource, resource.asks(want))
    except linux.UnreadableError as error:
        yield FailCommand(resource.name, (error.failure,))
        return None


def carry_out(resource: AnyResource, plan: Plan, about: Collection[str] = ()) -> Commands:
    """Yield the steps of a plan; say what waits. Where anything is impossible, only that is said, and nothing is changed.

    Args:
        resource: of what.
        plan: what is to be done.
        about: the things that it is about.

    """
    notes = journal(host)
    notes.declared |= executing(host)
    for warning in plan.warnings:
        _say(f"note: {warning}", "yellow")
        notes.warned(resource.name, warning)
    if not executing(host):
        _foretell(resource, plan, about)
    if plan.failures:
        yield FailCommand(resource.name, plan.failures, about)
        return
    for deferred in plan.deferred:
        _defer(resource.name, deferred)
    for step in plan.steps:
        yield from _make(resource, step, about)
    if not plan.steps:
        host.noop(plan.noop)


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
    left = yield from _planned(resource, values, want, plan)
    without_effect = () if left is None else (*left.failures, *(linux.without_effect(step) for step in left.steps))
    if without_effect:
        yield FailCommand(resource.name, without_effect)


def _foresee(resource: AnyResource, want: Any, plan: Plan) -> None:
    """In a dry run, let what comes after it be planned on the laptop as the steps would leave it."""
    if isinstance(resource, WindowsResource) and plan.steps and not plan.failures and not executing(host):
        windows.foresee(lambda laptop: resource.forecast(laptop, want))


def _foretell(resource: AnyResource, plan: Plan, about: Collection[str]) -> None:
    """Say everything that would be done: pyinfra itself stops at the first command when it only looks for changes."""
    for failure in plan.failures:
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
        logger.info("  %s", format_text(line, colour) if colour else line)


def _defer(resource: str, deferred: Deferred) -> None:
    _say(f"waits for {deferred.waits_for}: {deferred.sentence} ({deferred.reason})", "yellow")
    if executing(host):
        journal(host).deferred(resource, deferred)


def _say(line: str, colour: str | None = None) -> None:
    host.log_styled(line, fg=colour) if colour else host.log(line)
