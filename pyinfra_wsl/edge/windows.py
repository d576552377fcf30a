"""How a laptop is looked at in the middle of an operation, and what a dry run foresees of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from pyinfra import logger
from pyinfra.api.command import PyinfraCommand
from pyinfra.context import host

from pyinfra_wsl.connectors.command import FailCommand, executing
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.edge.laptop import Laptop
from pyinfra_wsl.report.journal import journal

_FORECASTS = "pyinfra_wsl.forecasts"


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
        return _foreseen(seen) if seen else None
    fact = Laptop()
    succeeded, _said = host.run_shell_command(fact.command(inside, resource.name))
    if succeeded:
        return host.connector.session.seen
    yield FailCommand(resource.name, (journal(host).failures[-1][1],), lost=True)
    return None


def foresee(after: Callable[[Seen], Seen]) -> None:
    """Let the plans after this one be made for the laptop as it would leave it.

    Args:
        after: makes of a laptop what the plan would leave; of any that is looked at later, since more may be known of that.

    """
    host.connector_data.setdefault(_FORECASTS, []).append(after)


def _foreseen(seen: Seen) -> Seen:
    for after in host.connector_data.get(_FORECASTS, ()):
        try:
            seen = replace(after(seen), foreseen=True)
        except Exception:  # noqa: BLE001 - what one laptop says must not end the run of all others
            logger.debug("forecast", exc_info=True)
    return seen
