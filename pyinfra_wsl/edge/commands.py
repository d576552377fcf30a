"""The commands of a Linux host's steps; where one fails, one host fails with a cause and a next step."""

from __future__ import annotations

import click
from paramiko import SSHException
from pyinfra.api.arguments import ConnectorArguments
from pyinfra.api.command import FileUploadCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from pyinfra_wsl.connectors.command import escaped, fail
from pyinfra_wsl.core import mask
from pyinfra_wsl.core.acts import Shell
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.report.journal import journal

_AGAIN = "run again: what was begun is completed"


class ShellCommand(StringCommand):
    """One command of a step; where it fails, the journal gets the cause and the next step."""

    def __init__(self, resource: str, step: Step, line: StringCommand | str | Shell) -> None:
        """Keep what it belongs to."""
        shell = line if isinstance(line, Shell) else None
        super().__init__(shell.line if shell else line)
        self.resource, self.step, self.refusals = resource, step, shell.refusals if shell else {}

    @override
    def get_masked_value(self) -> str:
        """Return it as pyinfra shows it, without what may open something in a file that it writes."""
        return mask.text(super().get_masked_value())

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> tuple[bool, CommandOutput]:
        """Run it, and show what it prints once it has ended; a cut connection is a failure of this host, never an exception."""
        try:
            with journal(host).at_work():
                done, output = self._run(state, host, connector_arguments)
        except (TimeoutError, OSError, SSHException, UnicodeError) as error:
            cause = f"{self.step.sentence}: the connection broke ({error or type(error).__name__})"
            return fail(host, self.resource, (Failure(cause, _AGAIN, "connection"),), lost=True)
        if not done:
            lines = [*output.stdout_lines, *output.stderr_lines]
            fail(host, self.resource, (explain(self.step.sentence, lines, self.refusals),))
        shown = escaped(output)
        for one in shown if state.print_output else ():
            click.echo(f"{host.print_prefix}{one.line}", err=True)
        return done, shown

    def _run(self, state: State, host: Host, arguments: ConnectorArguments) -> tuple[bool, CommandOutput]:
        arguments.update(self.connector_arguments)
        done, output = host.run_shell_command(self, print_output=False, print_input=state.print_input, **arguments)
        assert isinstance(output, CommandOutput)  # noqa: S101 - every connector of pyinfra returns one
        return done, output


class UploadCommand(FileUploadCommand):
    """A file of this machine brought to the host as part of a step."""

    def __init__(self, resource: str, step: Step, src: str, dest: str) -> None:
        """Keep what it belongs to."""
        super().__init__(src, dest)
        self.resource, self.step = resource, step

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> bool:
        """Upload it; a cut connection is a failure of this host, never an exception."""
        try:
            with journal(host).at_work():
                done = super().execute(state, host, connector_arguments)
            if done:
                return True
            cause = f"{self.step.sentence}: {self.src} could not be uploaded"
            failure, lost = Failure(cause, "look whether the host's disk is full", "upload"), False
        except (TimeoutError, OSError, SSHException) as error:
            cause = f"{self.step.sentence}: the upload broke ({error or type(error).__name__})"
            failure, lost = Failure(cause, _AGAIN, "connection"), True
        host.log_styled(failure.said, fg="red")
        fail(host, self.resource, (failure,), lost=lost)
        return False
