"""What our operations and facts hand to pyinfra: commands that read as sentences, and fail with a cause and a next step."""

from __future__ import annotations

import traceback
from abc import abstractmethod
from collections.abc import Collection, Sequence

from pyinfra import logger
from pyinfra.api.arguments import ConnectorArguments
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State, StateStage
from pyinfra.connectors.util import CommandOutput, OutputLine
from typing_extensions import override

from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.snapshot import Resource
from pyinfra_wsl.core import mask
from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import Failure, StepError, why
from pyinfra_wsl.core.plan import Deferred, Step
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.core.windows.reading import Resources
from pyinfra_wsl.report.journal import journal
from pyinfra_wsl.report.results import found

Result = tuple[bool, CommandOutput]

_REMEDIES = {
    "access_denied": "connect as an administrator of the laptop",
    "disk_full": "free some space on the laptop's system drive, then run again",
    "in_use": "close the program that holds it, then run again",
    "changed": "run again: somebody changed it in the meantime, and nothing was overwritten",
}


def trace(error: Exception) -> None:
    """Show with ``--debug`` where an error comes from, in which a machine's words may stand."""
    for line in "".join(traceback.format_exception(error)).splitlines():
        logger.debug("%s", escape(line))


def unreadable(error: Exception, doing: str) -> Failure:
    """Return the failure of work that tripped over a laptop's words.

    Args:
        error: anything: what comes of an answer that is not as its verb has it is not for us to choose, and for each kind that is
            not thought of pyinfra would end the run of the whole fleet.
        doing: what the work was.

    """
    trace(error)
    cause = f"what was answered does not have the form that it should have{why(error)}"
    return Failure(f"{doing}: {cause}" if doing else cause, "run again with --debug, which shows where it was read", "garbage")


def output(lines: Sequence[str], buffer: str = "stdout") -> CommandOutput:
    """Return lines as pyinfra has the output of a command."""
    return CommandOutput([OutputLine(buffer, line) for line in lines])


def escaped(lines: CommandOutput) -> CommandOutput:
    """Return a command's output as it may be shown."""
    return CommandOutput([OutputLine(one.buffer_name, escape(mask.text(one.line))) for one in lines])


class LookShell(StringCommand):
    """A look at a host by its shell: its output is for us to read, and no person's."""


def executing(host: Host) -> bool:
    """Whether pyinfra carries out, and does not only look for changes."""
    return bool(host.state.current_stage == StateStage.Execute)


def fail(
    host: Host,
    resource: str,
    failures: Sequence[Failure],
    about: Collection[str] = (),
    *,
    lost: bool = False,
    breaks: bool = True,
) -> Result:
    """Fail a command: its causes stand in the journal, and the run of all ends with an exit code other than 0.

    Args:
        host: where it failed.
        resource: of what.
        failures: why.
        about: the things of the resource that it is about, by their names; empty for the resource as a whole.
        lost: whether nothing more can be done on this host.
        breaks: whether what needs the resource is not tried.

    """
    for failure in failures:
        journal(host).own.failed(resource, failure)
    if executing(host):  # what is only looked at before a run is looked at anew in it
        if breaks:
            journal(host).own.broke(resource, about)
        journal(host).lost |= lost
        # A role lets what does not depend on it go on; the host has failed all the same.
        host.state.failed_hosts.add(host)
        if lost:
            host.state.active_hosts.discard(host)
    return False, output([failure.said for failure in failures], "stderr")


class AgentCommand(StringCommand):
    """A command that a session carries out instead of a shell; prints as its sentence.

    Args:
        resource: of what.
        sentence: what it does, in words.
        about: the things of the resource that it is about.

    """

    vital = False
    """Whether nothing can be done on the laptop where it fails."""

    def __init__(self, resource: str, sentence: str, about: Collection[str] = ()) -> None:
        """Keep the words; pyinfra prints the sentence."""
        super().__init__(escape(sentence))
        self.resource, self.about = resource, about

    @abstractmethod
    def carry_out(self, session: Session, host: Host) -> list[str]:
        """Do it and return lines of output; raises `StepError`, `CallError` or `OSError`."""

    def attempt(self, session: Session, host: Host) -> Result:
        """Do it; a failure becomes one clear line and an entry in the journal, never an exception that ends the run of others."""
        lost = self.vital
        try:
            with journal(host).at_work():
                return True, output(self.carry_out(session, host))
        except StepError as error:
            failure = error.failure
        except CallError as error:
            failure = Failure(f"{self}: {error.message}", _REMEDIES.get(error.kind, "run again with --debug"), error.kind)
        except OSError as error:
            failure, lost = self._broken(error), True
        except Exception as error:  # noqa: BLE001 - as `unreadable` says
            failure = unreadable(error, str(self))
        return fail(host, self.resource, (failure,), self.about, lost=lost)

    def _broken(self, error: OSError) -> Failure:
        known = getattr(error, "failure", None) or Failure(str(error), "run again", "connection")
        return Failure(f"{self}: {known.cause}", known.remedy or "run again", known.code)


class StepCommand(AgentCommand):
    """One step of a plan that is a talk."""

    def __init__(self, resource: str, step: Step, about: Collection[str] = ()) -> None:
        """Keep the step."""
        super().__init__(resource, step.said, about)
        self.step = step
        self.gone: Deferred | None = None
        """What it waits for where its person has logged off in the middle."""

    @override
    def carry_out(self, session: Session, host: Host) -> list[str]:
        """Make the change; what a person has to do before it has its effect, waits."""
        assert callable(self.step.does)  # noqa: S101 - acts are not for a session
        try:
            left = session.change(self.resource, self.step.does(session.run))
        except StepError as error:
            if not (account := session.who_left(error.code)):
                raise
            left = self.gone = Deferred(self.step.sentence, "user logon", f"{account} logged off in the middle of it")
        if left is None:
            return [escape(self.step.sentence)]
        journal(host).own.deferred(self.resource, left)
        waits = f"waits for {left.waits_for}: {left.sentence} ({left.reason})"
        host.log_styled(escape(waits), fg="yellow")
        return [escape(self.step.sentence), escape(waits)]


class FailCommand(StringCommand):
    """What cannot be done: fails with every cause and remedy on any host, whatever its connector, so that only its run ends."""

    def __init__(
        self, resource: str, failures: Sequence[Failure], about: Collection[str] = (), *, lost: bool = False, breaks: bool = True
    ) -> None:
        """Keep the failures."""
        super().__init__("; ".join(failure.said for failure in failures))
        self.resource, self.failures, self.about, self.lost, self.breaks = resource, failures, about, lost, breaks

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> Result:
        """Fail without asking the host anything."""
        return fail(host, self.resource, self.failures, self.about, lost=self.lost, breaks=self.breaks)


class PeopleCommand(AgentCommand):
    """A look for those of a laptop's people who use WSL or Docker Desktop; who was found is kept by the session."""

    vital = True

    def __init__(self, resources: Resources, target: Target) -> None:
        """Keep what is looked at, of which the machine's part names everybody."""
        super().__init__("laptop", "look for the people of the laptop")
        self.resources, self.target = resources, target

    @override
    def carry_out(self, session: Session, host: Host) -> list[str]:
        """Look, or leave it at who was found before."""
        if session.people is None:
            laptop = session.look(self.resources, self.target, None, executing=executing(host))
            notes = journal(host)
            notes.seen = True
            notes.before = notes.before or found(self.resources, laptop)
            session.find_people()
        return ["seen"]


class LookCommand(AgentCommand):
    """A look at the laptop; what was seen is kept by the session."""

    vital = True

    def __init__(self, resources: Resources, target: Target, wanted: Resource | None, ttl: float) -> None:
        """Keep what is looked at, and for whose plan."""
        super().__init__(wanted.name if wanted else "laptop", "look at the laptop")
        self.resources, self.target, self.wanted, self.ttl = resources, target, wanted, ttl

    @staticmethod
    def known(session: Session, host: Host, target: Target, wanted: Resource | None, ttl: float) -> Laptop | None:
        """Return the laptop where it was seen lately and that is noted: then no command is needed.

        Args:
            session: of the laptop.
            host: pyinfra's.
            target, wanted, ttl: of the command.

        """
        if journal(host).own.before is None:
            return None
        return session.known(target, wanted, executing=executing(host), ttl=ttl)

    @override
    def carry_out(self, session: Session, host: Host) -> list[str]:
        """Look, or return what was seen lately."""
        laptop = session.look(self.resources, self.target, self.wanted, executing=executing(host), ttl=self.ttl)
        notes, own = journal(host), journal(host).own
        notes.seen = True
        own.before = own.before or found(self.resources, laptop)
        return ["seen"]
