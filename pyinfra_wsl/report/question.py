"""pyinfra's questions to a person: where nobody can answer, or the answer is no, the run ends with one line and a next step.

pyinfra asks on standard input whether to carry out, and in the middle of everything whether to go on without a host that failed.
Where standard input has ended it knows no more than Python's own error, and it asks again while the run is ending already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

import click
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.state import State

_ASKS = "_do_confirm"
_CLI = "pyinfra_cli.cli"  # importing it patches the whole process, so that it is only used where it is there
_NOBODY = (
    "nobody can answer, since standard input has ended: the run ends here. Next: run it where a person can answer, or add -y"
)
_NO = "the run ends here, as answered. Next: mend what failed, or leave it out with --exclude, then run again"


class Questions:
    """What pyinfra has asked in a run.

    Args:
        state: pyinfra's state of it.

    """

    ended = False
    """Whether the run ends because of an answer, or because there was none."""

    def __init__(self, state: State) -> None:
        """Listen to what pyinfra's command line asks; called from Python it asks nothing."""
        cli = sys.modules.get(_CLI)
        if cli is None or not callable(getattr(cli, _ASKS, None)):
            return
        setattr(cli, _ASKS, self._answered(getattr(cli, _ASKS)))
        if (asks := state.should_raise_failed_hosts) and asks.__module__ == _CLI:
            state.should_raise_failed_hosts = self._going_on(cli, asks)

    def _answered(self, ask: Callable[[str], Any]) -> Callable[[str], Any]:
        def answer(question: str) -> Any:
            try:
                return ask(question)
            except EOFError:
                click.echo(err=True)  # pyinfra leaves the cursor behind its question
                self._end(sys.modules[_CLI], _NOBODY)

        return answer

    def _going_on(self, cli: ModuleType, ask: Callable[[State], bool]) -> Callable[[State], bool]:
        def ends(state: State) -> bool:
            if self.ended or ask(state):
                self._end(cli, _NO)
            return False

        return ends

    def _end(self, cli: ModuleType, why: str) -> NoReturn:
        self.ended = True
        # Only this one of pyinfra's errors is shown without a place in somebody's code, and only PyinfraErrors get that far.
        raise type("EndedError", (PyinfraError, vars(cli)["CliError"]), {})(why)
