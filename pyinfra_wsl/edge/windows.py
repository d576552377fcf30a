"""How a laptop is looked at in the middle of an operation, and what a dry run foresees of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from pyinfra.api.command import PyinfraCommand
from pyinfra.context import host

from pyinfra_wsl.connectors.command import FailCommand, executing, unreadable
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core.failure import Failure
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


def foresee(after: Callable[[Seen], Seen]) -> None:
    """Keep the laptop as a plan would leave it, for the plans after it; where that cannot be told, say so."""
    assert isinstance(host.connector, WindowsConnector)  # noqa: S101 - only a laptop was looked at
    seen = host.connector_data.get(_FORECAST, host.connector.session.seen)
    if seen is None:
        return
    try:
        host.connector_data[_FORECAST] = after(seen)
    except Exception as error:  # noqa: BLE001 - what one laptop says must not end the run of all others
        host.log_styled(unreadable(error, "what follows is said of the laptop as it is now").said, fg="yellow")
