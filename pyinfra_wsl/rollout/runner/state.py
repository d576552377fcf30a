"""pyinfra's state of a shard, in which each host has a stage of its own: none waits for another, not even for the first answer.

pyinfra brings all hosts from one stage to the next, so that whoever hangs while a deploy file is read for them holds up all.
What it notes of the moment is here each greenlet's own, and a host is one greenlet. Seen in pyinfra 3.10 (`api/state.py`).
"""

from __future__ import annotations

from typing import Any

from gevent.local import local
from pyinfra.api.host import Host
from pyinfra.api.state import State, StateStage


class _Own:
    """An attribute of which each greenlet has its own value.

    Args:
        first: the value that it begins with.

    """

    def __init__(self, first: Any) -> None:
        """Keep the first value."""
        self._first = first

    def __set_name__(self, _owner: type, name: str) -> None:
        """Learn the attribute's name."""
        self._name = name

    def __get__(self, state: Any, _owner: type | None = None) -> Any:
        """Return the greenlet's value."""
        return self._first if state is None else getattr(state.moment, self._name, self._first)

    def __set__(self, state: Any, value: Any) -> None:
        """Keep the greenlet's value."""
        setattr(state.moment, self._name, value)


class ShardState(State):
    """pyinfra's state, in which hosts do not know of each other's stages."""

    current_stage: Any = _Own(StateStage.Setup)
    is_executing: Any = _Own(False)
    current_deploy_filename: Any = _Own(None)
    current_exec_filename: Any = _Own(None)
    current_op_file_number: Any = _Own(0)

    def __init__(self) -> None:
        """Begin; what is declared is not looked for changes before it is carried out, as with ``-y``."""
        self.moment = local()
        super().__init__(check_for_changes=False)

    def fail_hosts(self, hosts_to_fail: set[Host], activated_count: int | None = None) -> None:  # noqa: ARG002 - pyinfra's shape
        """Note hosts that failed: how many may is not for one shard to say, and others are still to begin when none is left."""
        self.failed_hosts |= hosts_to_fail
        self.active_hosts -= hosts_to_fail
