"""The one way from a declaration to a changed host: checked, looked at, planned, foretold or carried out, and reported.

Every operation of ours is a declaration and a call of `converge`, for laptops and for Linux hosts alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterable, Sized
from dataclasses import replace
from typing import Any

from pyinfra import logger
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.output import format_text
from pyinfra.context import ctx_host, host, state

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.command import FailCommand, StepCommand, executing, trace
from pyinfra_wsl.core import show
from pyinfra_wsl.core.adopted import hindrances
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.plan import WHAT_FAILED, Deferred, Plan, Step, without_secrets
from pyinfra_wsl.core.resource import Resource, Values
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.data import template
from pyinfra_wsl.edge import declared as declared_of
from pyinfra_wsl.edge import door, everybody, linux, windows
from pyinfra_wsl.edge.chosen import VARIABLES, Chosen, chosen
from pyinfra_wsl.edge.settings import settings_of
from pyinfra_wsl.report.end import report_at_end
from pyinfra_wsl.report.journal import Foretold, journal

_MISLED = "pyinfra_wsl.misled"
"""Whether a dry run has told that nobody knows what the run is for."""
_CHOSEN = "pyinfra_wsl.chosen"
"""What the run is for on a host, with the data that say so."""
_SENTENCES = 3
"""Of a resource that is left out, how many things are told that are not as declared."""

Commands = Generator[PyinfraCommand, None, None]
AnyResource = Resource[Any, Any]

_CANNOT = "pyinfra_wsl.cannot"
"""What a dry run has found to be impossible, as `Journal.broken` has it for a run."""
_REFUSED = "?"
"""Of a resource in it: that its plan was refused, and it is as it was; no thing has this name."""
_WAITS = "pyinfra_wsl.would_wait"
"""What a dry run has found to wait, as `Journal.waiting` has it for a run."""


def given(**arguments: Any) -> dict[str, Any]:
    """Return those arguments of an operation that a user has given, as a declaration has them."""
    return {name: value for name, value in arguments.items() if value is not None}


def filled(value: Any) -> Any:
    """Return a list or mapping that an operation was given; None where it is empty, which declares nothing."""
    return None if isinstance(value, Sized) and not isinstance(value, str | bytes) and not value else value


def render(name: str, **values: object) -> str:
    """Fill in a template of this project, by its file name."""
    return template(name).render(values)


def converge(
    resource: AnyResource,
    declared: Values,
    plan: Callable[[Any, Any], Plan],
    *,
    about: Iterable[str] = (),
    refusable: bool = False,
    again: bool = False,
    user: str | None = None,
) -> Commands:
    """Check what is declared, look, plan, and carry out: what every operation does.

    Args:
        resource: of what.
        declared: the values of a host, by the keys of the fleet file, in which it is declared.
        plan: given what is wanted and what there is, says what is to be done.
        about: the things that it is about, by their names, where a host has several; what needs others of them goes on.
        refusable: whether what needs the resource goes on after a plan that is refused: what is there stays as it was, and they
            find for themselves whether that will do. After a step that failed nobody knows what is there.
        again: whether an earlier operation of this resource in the run must not have failed at a step.
        user: whose it is, where that is another than the host's own user.

    """
    here: Host = ctx_host.get()
    notes, runs = journal(here), executing(here)
    report_at_end(here.state)
    everybody.begin(user)
    names = _names(about)
    refused_names = (_REFUSED,) if refusable else names
    if notes.lost if runs else windows.is_unseen():
        return
    choice = _chosen(here, laptop=isinstance(resource, WindowsResource))
    if choice.wrong is not None:
        yield from _misled(choice.wrong)
        return
    if not choice.has(resource):
        _leave_out(resource, declared, plan, user, needed=choice.rests_on(resource))
        return
    own = notes.own
    if runs:
        notes.begun = True
        own.began(resource.name, resource.words)
    unseen = everybody.unseen(user, resource.words)
    try:
        if (missing := _held_back(resource, names, again=again)) is not None:
            yield from carry_out(resource, Plan(deferred=(missing,), noop=missing.reason), names)
            return
        everybody.confirm(user)
        values, want = door.enter(resource, declared)
        own.declared(resource.name, settings_of(resource, values))
        made = unseen or _planned(resource, values, want, plan, user)
    except (door.RefusedError, registry.RegistryError) as refused:
        yield from carry_out(resource, Plan(failures=refused.failures), refused_names)
        return
    if made is None:
        return
    if runs and unseen is None:
        own.knows(resource.name)
    made = _once(resource, made, names)
    _foresee(resource, want, made)
    yield from carry_out(resource, made, refused_names if made.failures else names)
    if runs and not made.failures and any(not callable(step.does) for step in made.steps):
        yield from _prove(resource, values, want, plan, user)


def _chosen(here: Host, *, laptop: bool) -> Chosen:
    """Return what the run is for on a host, read anew where other data say so; those of a laptop are gathered anyway."""
    data: Any = declared_of.of_host() if laptop else here.data
    told = {kind: given for kind in VARIABLES if (given := data.get(kind)) is not None}
    written = door.spelled(told) if told else b""
    known: tuple[bytes | None, Chosen] | None = here.connector_data.get(_CHOSEN)
    if known is None or written is None or known[0] != written:
        here.connector_data[_CHOSEN] = known = written, chosen(told)
    return known[1]


def _misled(wrong: Failure) -> Commands:
    """Fail the host once, before anything is done: nobody knows what the run is for."""
    if executing(host) or not host.connector_data.setdefault(_MISLED, False):
        host.connector_data[_MISLED] = True
        if not executing(host):
            _say(f"cannot: {wrong.said}", "red")
        yield FailCommand("run", (wrong,), lost=True)


def _leave_out(
    resource: AnyResource, declared: Values, plan: Callable[[Any, Any], Plan], user: str | None, *, needed: bool
) -> None:
    """Leave a resource as it is, and say so; where what is carried out needs it, also what of it is not as declared."""
    notes = journal(host)
    if not executing(host) and resource.name not in notes.left_out:
        _say(f"left out, as told: {resource.words}")
    notes.left_out[resource.name] = resource.words
    host.noop("left out, as told")
    if not needed:
        return
    try:
        values, want = door.enter(resource, declared)
        seen = _look(resource, values, want, user)
        made = Plan() if seen is None else _plan(resource, want, seen, plan)
    except (door.RefusedError, registry.RegistryError) as refused:
        made = Plan(failures=refused.failures)
    except StepError as error:
        made = Plan(failures=(error.failure,))
    for sentence in hindrances(made)[:_SENTENCES]:
        warning = f"left out, though what is carried out needs it: {resource.words}: {sentence}"
        _say(f"note: {warning}", "yellow")
        notes.own.warned(resource.name, warning)


def _names(about: object) -> tuple[str, ...]:
    """Return the names among what a user gave for some, as they may be shown; what else it is, is refused at the door."""
    if not about:
        return ()
    return tuple(show.address(one) for one in about if isinstance(one, str)) if isinstance(about, Iterable) else ()


def _held_back(resource: AnyResource, about: Collection[str], *, again: bool = False) -> Deferred | None:
    """Return what a resource waits for that needs another one which could not be brought about before it."""
    if not (broken := _broken()):
        return None
    needed = registry.needs(resource) | ({resource.name} if again else set())
    seen = {(name, thing) for name, thing in broken if name in needed and thing != _REFUSED}
    found = {name for name, thing in seen if not thing or not about or thing in about}
    return _not_tried(resource, found, about) if found else None


def _broken() -> set[tuple[str, str]]:
    """Return what could not be brought about before: in a run, or in a dry one."""
    here: Host = ctx_host.get()
    return journal(here).out_of_reach if executing(here) else _found(_CANNOT, set)


def _not_tried(resource: AnyResource, found: Collection[str], about: Collection[str]) -> Deferred:
    words = ", ".join(registry.of(name).words for name in sorted(found))
    what = ", ".join(about) if about else resource.words
    return Deferred(what, WHAT_FAILED, f"not tried: it needs {words}, which could not be brought about")


def _once(resource: AnyResource, made: Plan, about: Collection[str]) -> Plan:
    """Return a plan whose failures are told already, by the resource to which they are owed, as one that waits."""
    if not (made.owed and made.failures):
        return made
    if any(name == made.owed for name, _ in _broken()):
        left = _not_tried(resource, (made.owed,), about)
        return replace(made, failures=(), deferred=(left,), noop=left.reason)
    waits = next((one for name, one in _waiting() if name == made.owed), None)
    if waits is None:
        return made
    words = f"not tried: it needs {registry.of(made.owed).words}, which waits itself: {waits.reason}"
    left = Deferred(", ".join(about) or resource.words, waits.waits_for, words)
    return replace(made, failures=(), deferred=(left,), noop=left.reason)


def _waiting() -> list[tuple[str, Deferred]]:
    """Return what waits in this run, or would wait as a dry one has found."""
    notes = journal(host)
    told = notes.waiting if notes.own is notes else [*notes.waiting, *notes.own.waiting]
    return told if executing(host) else _found(_WAITS, list)


def _found(key: str, kind: Callable[[Iterable[Any]], Any]) -> Any:
    """Return what a dry run has found of the host and of the person of the moment."""
    found, person = host.connector_data.get(key, {}), journal(host).person
    return kind(one for whose in dict.fromkeys(("", person)) for one in found.get(whose, ()))


def _keep(key: str, kind: Callable[[], Any]) -> Any:
    """Return where a dry run keeps what it finds of the person of the moment, or of the host."""
    return host.connector_data.setdefault(key, {}).setdefault(journal(host).person, kind())


def _planned(
    resource: AnyResource, values: Values, want: Any, plan: Callable[[Any, Any], Plan], user: str | None = None
) -> Plan | None:
    """Return the plan; None where the host could not be looked at, which has been said then."""
    try:
        seen = _look(resource, values, want, user)
        if seen is None:
            return None
        made = everybody.waiting(_plan(resource, want, seen, plan), seen, user)
        return without_secrets(made) if isinstance(resource, LinuxResource) else windows.taken(made)
    except PyinfraError:  # a plan may look at more; pyinfra ends the run with its last host
        raise
    except StepError as error:
        return Plan(failures=(error.failure,))


def _look(resource: AnyResource, values: Values, want: Any, user: str | None = None) -> Any:
    if isinstance(resource, WindowsResource):
        return windows.look(resource, values, user)
    assert isinstance(resource, LinuxResource)  # noqa: S101 - there are no others
    return linux.look(resource, resource.asks(want))


def _plan(resource: AnyResource, want: Any, seen: Any, plan: Callable[[Any, Any], Plan]) -> Plan:
    try:
        made = windows.gone_on(plan(want, seen), seen)
        if not isinstance(made, Plan) or any(not isinstance(step, Step) for step in made.steps):
            raise TypeError(f"its plan is {type(made).__name__}")
    except (PyinfraError, StepError, registry.RegistryError):
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
    here: Host = ctx_host.get()
    notes, runs = journal(here), executing(here)
    notes.begun |= runs
    for warning in plan.warnings:
        _say(f"note: {warning}", "yellow")
        notes.own.warned(resource.name, warning)
    for what in plan.unproved:
        _say(f"not proved: {what}", "yellow")
        if runs:
            notes.own.not_proved(resource.name, what)
    if not runs:
        _foretell(resource, plan, about)
    if plan.failures:
        yield FailCommand(resource.name, plan.failures, about)
        return
    for deferred in plan.deferred:
        _defer(resource.name, deferred)
    for number, step in enumerate(plan.steps):
        gone = yield from _make(resource, step, about)
        if gone is not None:
            for left in plan.steps[number + 1 :]:
                _defer(resource.name, replace(gone, sentence=left.sentence))
            break
    if plan.foreseen:
        yield FailCommand(resource.name, plan.foreseen, about, breaks=False)
    elif not plan.steps:
        here.noop(escape(plan.noop))


def _make(resource: AnyResource, step: Step, about: Collection[str]) -> Generator[PyinfraCommand, None, Deferred | None]:
    """Yield a step; return what it and all after it wait for where its person has left in the middle."""
    begun = time.monotonic()
    if executing(host):
        _say(step.sentence if callable(step.does) else step.said)
        _show_diff(step)
    journal(host).own.begins(resource.name, resource.words, step.sentence)
    if callable(step.does):
        yield (made := StepCommand(resource.name, step, about))
        if made.gone is not None:
            return made.gone
    else:
        yield from linux.acts(resource.name, step)
    journal(host).own.changed(resource.name, resource.words, step.sentence, time.monotonic() - begun)
    return None


def _prove(resource: AnyResource, values: Values, want: Any, plan: Callable[[Any, Any], Plan], user: str | None) -> Commands:
    """Look again after acts, which do not prove themselves as talks do: what did not take effect is a failure."""
    left = _planned(resource, values, want, plan, user)
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
    notes = journal(host)
    notes.foretold.append(Foretold(resource.name, resource.words, plan, str(host.current_op_hash or ""), notes.person))
    for failure in (*plan.failures, *plan.foreseen):
        _say(f"cannot: {failure.said}", "red")
    if plan.failures:
        _keep(_CANNOT, set).update((resource.name, name) for name in about or ("",))
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
        journal(host).own.deferred(resource, deferred)
    else:
        _keep(_WAITS, list).append((resource, deferred))


def _say(line: str, colour: str | None = None) -> None:
    line = f"{person}: {line}" if (person := journal(host).person) else line
    host.log_styled(escape(line), fg=colour) if colour else host.log(escape(line))
