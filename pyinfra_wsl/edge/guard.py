"""Where a host's words become a fact: what cannot be read fails that host, and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyinfra import logger
from pyinfra.api.exceptions import FactProcessError, PyinfraError
from pyinfra.context import host

from pyinfra_wsl.connectors.command import fail, unreadable


def shown(resource: str, show: Callable[[], Any]) -> Any:
    """Return what a fact shows of a host; None, and the host has failed, where what it said cannot be shown.

    pyinfra contains an error of a fact that asks for itself, as `read` has it, and of no fact that is a view on another.

    Args:
        resource: of what.
        show: makes it.

    """
    try:
        return show()
    except PyinfraError:
        raise
    except Exception as error:  # noqa: BLE001 - as `unreadable` says
        failure = unreadable(error, resource)
        host.log_styled(failure.said, fg="red", log_func=logger.error)
        fail(host, resource, (failure,))
        host.state.failed_hosts.add(host)
        return None


def read(take: Callable[[str], Any], output: list[str]) -> Any:
    """Return what the output of a look means.

    Args:
        take: reads it.
        output: its lines.

    Raises:
        FactProcessError: it cannot be read; pyinfra fails this host for it, and no other.

    """
    try:
        return take("\n".join(output))
    except PyinfraError:
        raise
    except Exception as error:  # noqa: BLE001 - as `unreadable` says
        raise FactProcessError(unreadable(error, "").said) from None  # pyinfra would print the cause as it is
