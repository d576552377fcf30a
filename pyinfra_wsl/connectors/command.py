"""What our operations and facts hand to pyinfra: commands that read as sentences and are carried out by a session."""

from __future__ import annotations

import json
import re
import time
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.connectors.util import CommandOutput, OutputLine
from typing_extensions import override

from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.plan import Failure, Step
from pyinfra_wsl.core.talk import StepError
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.report.journal import journal

if TYPE_CHECKING:
    from pyinfra.api.arguments import ConnectorArguments
    from pyinfra.api.host import Host
    from pyinfra.api.state import State

    from pyinfra_wsl.connectors.session import Session

Result = tuple[bool, CommandOutput]

_REMEDIES = {
    "access_denied": "connect as an administrator of the laptop",
    "disk_full": "free some space on the laptop's system drive, then run again",
    "in_use": "close the program that holds it, then run again",
    "changed": "run again: somebody changed it in the meantime, and nothing was overwritten",
}

_NEXT = re.compile(r"[.;] [Nn]ext: ")

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What comes of an answer that is not as its verb has it; pyinfra would end the run of the whole fleet for it."""


def unreadable(error: Exception) -> str:
    """Return what to say of an answer that cannot be read."""
    return f"the laptop answered what no laptop answers ({type(error).__name__}: {error})"


def output(lines: Sequence[str], buffer: str = "stdout") -> CommandOutput:
    """Return lines as pyinfra has the output of a command."""
    return CommandOutput([OutputLine(buffer, line) for line in lines])


class AgentCommand(StringCommand):
    """A command that a session carries out instead of a shell; prints as its sentence.

    Args:
        noun: what it is about.
        sentence: what it does, in words.

    """

    def __init__(self, noun: str, sentence: str) -> None:
        """Keep the words; pyinfra prints the sentence."""
        super().__init__(sentence)
        self.noun = noun

    @abstractmethod
    def carry_out(self, session: Session, host: Host) -> list[str]:
        """Do it and return lines of output; raises `StepError`, `CallError` or `OSError`."""

    def attempt(self, session: Session, host: Host) -> Result:
        """Do it; a failure becomes one clear line and an entry in the journal, never an exception that ends the run of others."""
        try:
            return True, output(self.carry_out(session, host))
        except StepError as error:
            failure = Failure(error.cause, error.remedy, error.code)
        except CallError as error:
            failure = Failure(f"{self}: {error.message}", _REMEDIES.get(error.kind, "run again with --debug"), error.kind)
        except UNREADABLE as error:
            logger.debug("%s: %s", self, error, exc_info=True)
            failure = Failure(f"{self}: {unreadable(error)}", "run again with --debug", "garbage")
        except OSError as error:
            cause, *remedy = _NEXT.split(str(error), maxsplit=1)
            failure = Failure(f"{self}: {cause}", remedy[0] if remedy else "run again", "connection")
        journal(host).failed(self.noun, failure)
        return False, output([said(failure)], "stderr")


def said(failure: Failure) -> str:
    """Return a failure as the one line a person reads."""
    return f"{failure.cause}. Next: {failure.remedy}" if failure.remedy else failure.cause


class StepCommand(AgentCommand):
    """One step of a plan."""

    def __init__(self, noun: str, step: Step) -> None:
        """Keep the step."""
        super().__init__(noun, f"{step.sentence}{f' ({step.note})' if step.note else ''}")
        self.step = step

    def carry_out(self, session: Session, host: Host) -> list[str]:
        """Make the change and note it."""
        begun = time.monotonic()
        session.change(self.noun, self.step.talk(session.run))
        journal(host).changed(self.noun, self.step.sentence, time.monotonic() - begun)
        return [self.step.sentence]


class FailCommand(StringCommand):
    """What cannot be done: fails with its cause and remedy on any host, whatever its connector, so that only its run ends."""

    def __init__(self, noun: str, failure: Failure) -> None:
        """Keep the failure."""
        super().__init__(said(failure))
        self.noun, self.failure = noun, failure

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> Result:
        """Fail."""
        journal(host).failed(self.noun, self.failure)
        return False, output([said(self.failure)], "stderr")


class LookCommand(AgentCommand):
    """A look at the laptop; its output is one line of JSON."""

    def __init__(self, target: Target, noun: str | None, ttl: float) -> None:
        """Keep what is looked at."""
        super().__init__(noun or "laptop", "look at the laptop")
        self.target, self.about, self.ttl = target, noun, ttl

    def carry_out(self, session: Session, host: Host) -> list[str]:
        """Look, or return what was seen lately."""
        from pyinfra.api.state import StateStage  # noqa: PLC0415 - pyinfra's state imports its commands

        executing = host.state.current_stage == StateStage.Execute
        raw = session.look(self.target, self.about, executing=executing, ttl=self.ttl)
        journal(host).touch()
        return [json.dumps({"culture": session.channel.hello.culture, "account": session.run.account, "raw": raw})]
