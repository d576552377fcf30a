"""How a laptop is looked at in the middle of an operation, and what a dry run foresees of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.context import ctx_host, host

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.command import LookCommand, executing, unreadable
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core.call import file_state
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.plan import Plan, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.same import Same
from pyinfra_wsl.core.windows import takes
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.edge import outlook
from pyinfra_wsl.edge.laptop import Laptop, asked, resources
from pyinfra_wsl.report.journal import journal

_FORECASTS = "pyinfra_wsl.forecasts"
_STEPS = "pyinfra_wsl.steps"
_UNSEEN = "pyinfra_wsl.unseen"
_MORE = {"inside": "targets", "paths": "paths", "distros": "distros"}  # what a look is told → a resource's question about it


def look(resource: WindowsResource[Any, Any], values: Values, user: str | None = None) -> Seen | None:
    """Return the laptop as it is; None where it cannot be seen, which has been said then.

    Before a run it is the laptop as the operations so far would leave it, so that what is said of the next one is true.

    pyinfra asks for facts in the middle of an operation too, but there it prints a traceback when the last host fails one.

    Args:
        resource: for whose plan.
        values: what is declared, which may name distributions to be looked into.
        user: whose laptop it is, where that is another than the host's data say.

    Raises:
        StepError: it is no laptop, cannot be seen in the middle of a run, or what it says of this resource cannot be read.

    """
    here: Host = ctx_host.get()
    if not isinstance(connector := here.connector, WindowsConnector):
        raise StepError(f"{here.name} is not a Windows laptop", "apply this to hosts named @winssh/… or @psrp/… only")
    more: dict[str, Any] = _more(resource, Same(values)) | ({} if user is None else {"user": user})
    seen = _seen(here, connector, more, resource.name)
    if seen is not None and (fault := seen.faults.get(resource.name)):
        logger.debug("%s: %s", resource.name, escape(fault))
        cause = f"{resource.words}: what the laptop says of it cannot be read"
        cause += f" ({fault})" if registry.is_foreign(resource) else ""
        raise StepError(cause, registry.remedy(resource), "unreadable")
    if seen is None:
        return None
    seen = outlook.foreseen(values, seen)
    return seen if executing(here) else _foreseen(seen)


@lru_cache(maxsize=1024)
def _more(resource: WindowsResource[Any, Any], values: Same) -> dict[str, tuple[Any, ...]]:
    """Return what a resource has looked at for what is declared, which is the same object for all that declare the same."""
    return {into: registry.ask(resource, question, values.one) for into, question in _MORE.items()}


def gone_on(plan: Plan, seen: Any) -> Plan:
    """Return a plan that says despite what its steps are carried out, where a person wants that."""
    if not isinstance(plan, Plan) or not isinstance(seen, Seen) or not plan.steps:
        return plan
    notes = (f"gone on, as declared, although {failure.cause}" for failure in seen.outlook.despite)
    return replace(plan, warnings=(*plan.warnings, *notes))


def is_unseen() -> bool:
    """Whether a look before a run has failed: what is told once is not told for each operation."""
    return bool(host.connector_data.get(_UNSEEN))


def note_unseen() -> None:
    """Let the host of the moment have failed at a look before a run, so that nothing more is planned for it."""
    if not executing(host):
        host.connector_data[_UNSEEN] = True
        host.state.failed_hosts.add(host)  # also in a role, whose errors pyinfra ignores


def _seen(here: Host, connector: WindowsConnector, more: Mapping[str, Any], resource: str) -> Seen | None:
    if not executing(here):
        seen: Seen | None = here.get_fact(Laptop, **more, resource=resource)
        if seen is None:
            note_unseen()
        return seen
    wanted = asked(**more, resource=resource)
    if (known := LookCommand.known(connector.session, here, *wanted)) is not None:
        return known
    succeeded, _said = here.run_shell_command(LookCommand(resources(), *wanted))
    if succeeded:
        return connector.session.seen
    failure = journal(here).own.failures[-1][1]
    raise StepError(failure.cause, failure.remedy, failure.code)


def taken(plan: Plan) -> Plan:
    """Return a plan with a failure for each path that it needs free and does not find so, in a dry run as in a run.

    A dry run also knows what the operations before would have put there. In a run the first step itself sees that nothing stands
    at its paths, and takes back what an earlier run claimed there; unless somebody chose them, that is all there is to ask.
    """
    if not plan.steps:
        return plan
    paths = takes.questions(plan.steps)
    if executing(host) and not any(step.where or (number and step.free) for number, step in enumerate(plan.steps)):
        return plan
    if plan.failures or not paths or not isinstance(host.connector, WindowsConnector):
        return plan
    try:
        answers = host.connector.session.ask([file_state(path) for path in paths], keep_going=True)
    except (OSError, StepError):  # whoever is lost now was seen just before; the first step will say so
        return plan
    there, earlier = dict(zip(paths, answers, strict=True)), host.connector_data.get(_STEPS, ())
    if executing(host):
        there, earlier = {path: one for path, one in there.items() if path not in plan.steps[0].free}, ()
    return replace(plan, failures=tuple(takes.clashes(plan.steps, there, earlier)))


def foresee(after: Callable[[Seen], Seen], steps: Sequence[Step] = ()) -> None:
    """Let the plans after this one be made for the laptop as it would leave it.

    Args:
        after: makes of a laptop what the plan would leave; of any that is looked at later, since more may be known of that.
        steps: the plan's, of which the paths are noted that they take and leave.

    """
    host.connector_data.setdefault(_FORECASTS, []).append((journal(host).person, after))
    host.connector_data.setdefault(_STEPS, []).extend(step for step in steps if step.free or step.frees)


def _foreseen(seen: Seen) -> Seen:
    forecasts, person = host.connector_data.get(_FORECASTS, []), journal(host).person
    for whose, after in [one for one in forecasts if one[0] in {"", person}]:
        try:
            seen = replace(after(seen), foreseen=True)
        except Exception as error:  # noqa: BLE001 - what one laptop says must not end the run of all others
            forecasts.remove((whose, after))
            host.log_styled(unreadable(error, "what follows is said of the laptop as it is now").said, fg="yellow")
    return seen
