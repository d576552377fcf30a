"""How a laptop is looked at in the middle of an operation, and what a dry run foresees of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from pyinfra.api.command import PyinfraCommand
from pyinfra.context import host

from pyinfra_wsl.connectors.command import FailCommand, executing
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core.call import file_state
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.plan import Plan, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.edge.laptop import Laptop
from pyinfra_wsl.report.journal import journal

_FORECAST = "pyinfra_wsl.forecast"


def look(resource: WindowsResource[Any, Any], values: Values) -> Generator[PyinfraCommand, None, Seen | None]:
    """Return the laptop as it is; where it cannot be seen, yield a command that fails and return None.

    Before a run it is the laptop as the operations so far would leave it, so that what is said of the next one is true.

    pyinfra asks for facts in the middle of an operation too, but there it prints a traceback when the last host fails one.

    Args:
        resource: for whose plan.
        values: what is declared, which may name distributions to be looked into.

    """
    if not isinstance(host.connector, WindowsConnector):
        remedy = "apply this to hosts named @winssh/… only"
        yield FailCommand(resource.name, (Failure(f"{host.name} is not a Windows laptop", remedy),))
        return None
    inside = tuple(resource.targets(values))
    if not executing(host):
        seen = host.get_fact(Laptop, inside=inside, resource=resource.name)
        return host.connector_data.get(_FORECAST, seen) if seen else None
    fact = Laptop()
    succeeded, _said = host.run_shell_command(fact.command(inside, resource.name))
    if succeeded:
        return host.connector.session.seen
    yield FailCommand(resource.name, (journal(host).failures[-1][1],), lost=True)
    return None


def taken(plan: Plan) -> Plan:
    """Return a plan as a dry run may tell it: with a failure where something stands at a path that a step needs free."""
    paths = [(step, path) for step in plan.steps for path in step.free]
    if plan.failures or not paths or not isinstance(host.connector, WindowsConnector):
        return plan
    try:
        answers = host.connector.session.ask([file_state(path) for _step, path in paths], keep_going=True)
    except (OSError, StepError):  # whoever is lost now was seen just before; the run itself will say so
        return plan
    stands = [(step, path) for (step, path), answer in zip(paths, answers, strict=True) if answer.exists]
    return replace(plan, failures=tuple(_stands(step, path) for step, path in stands))


def _stands(step: Step, path: str) -> Failure:
    cause = f"{step.sentence}: {path} stands there already and is not ours"
    return Failure(cause, "move it away by hand if nobody needs it, or declare another place", "ERROR_FILE_EXISTS")


def foresee(after: Callable[[Seen], Seen]) -> None:
    """Keep the laptop as a plan would leave it, for the plans after it."""
    assert isinstance(host.connector, WindowsConnector)  # noqa: S101 - only a laptop was looked at
    seen = host.connector_data.get(_FORECAST, host.connector.session.seen)
    if seen is not None:
        host.connector_data[_FORECAST] = after(seen)
