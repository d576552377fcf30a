"""How a plan becomes what pyinfra carries out, says and counts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from pyinfra import logger
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.exceptions import FactProcessError
from pyinfra.api.output import format_text
from pyinfra.api.state import StateStage
from pyinfra.context import host, state

from pyinfra_wsl.connectors.command import FailCommand, StepCommand
from pyinfra_wsl.connectors.winssh import WinSSHConnector
from pyinfra_wsl.core.plan import Deferred, Failure, Plan, Step
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.edge.laptop import Laptop
from pyinfra_wsl.report.journal import journal

_FORECAST = "pyinfra_wsl.forecast"
Commands = Generator[PyinfraCommand, None, None]
After = Callable[[Seen], Seen]


def look(noun: str, *distros: str) -> Generator[PyinfraCommand, None, Seen | None]:
    """Return the laptop as it is; where it cannot be seen, yield a command that fails and return None.

    Before a run it is the laptop as the operations so far would leave it, so that what is said of the next one is true.

    pyinfra asks for facts in the middle of an operation too, but there it prints a traceback when the last host fails one.

    Args:
        noun: for whose plan.
        distros: distributions that are looked into beside the declared ones.

    """
    if not isinstance(host.connector, WinSSHConnector):
        yield FailCommand(noun, Failure(f"{host.name} is not a Windows laptop", "apply this to hosts named @winssh/… only"))
        return None
    if state.current_stage != StateStage.Execute:
        seen = host.get_fact(Laptop, distros=distros, noun=noun)
        return host.connector_data.get(_FORECAST, seen) if seen else None
    fact = Laptop()
    succeeded, said = host.run_shell_command(fact.command(distros, noun))
    try:
        if succeeded:
            return fact.process(said.stdout_lines)
        failure = journal(host).failures[-1][1]
    except FactProcessError as error:
        failure = Failure(str(error), "run again with --debug", "garbage")
    yield FailCommand(noun, failure)
    return None


def converge(noun: str, plan: Callable[[Seen], Plan], after: After | None = None, *, distros: Sequence[str] = ()) -> Commands:
    """Look, plan, carry out: what every operation does.

    Args:
        noun: what it is about.
        plan: makes a plan of the laptop as it is.
        after: the laptop as the steps would leave it, where later plans depend on that.
        distros: distributions that are looked into beside the declared ones.

    """
    laptop = yield from look(noun, *distros)
    if laptop is None:
        return
    try:
        made = plan(laptop)
    except Exception as error:  # noqa: BLE001 - what one laptop says must not end the run of all others
        logger.debug("planning %s", noun, exc_info=True)
        cause = f"no plan can be made of what this laptop says ({type(error).__name__}: {error})"
        yield FailCommand(noun, Failure(cause, "run again with --debug, and report what it shows", "plan"))
        return
    yield from carry_out(noun, made, (lambda: after(laptop)) if after else None)


def carry_out(noun: str, plan: Plan, after: Callable[[], Seen] | None = None) -> Commands:
    """Yield the steps of a plan; say what waits; fail last.

    Args:
        noun: what it is about.
        plan: what is to be done.
        after: the laptop as the steps would leave it, where later plans depend on that.

    """
    executing = state.current_stage == StateStage.Execute
    journal(host).declared |= executing
    for warning in plan.warnings:
        _say(f"note: {warning}", "yellow")
        journal(host).warned(noun, warning)
    for deferred in plan.deferred:
        _defer(noun, deferred, executing=executing)
    if not executing:
        _foretell(noun, plan)
        if plan.steps and after:
            host.connector_data[_FORECAST] = after()
    for step in plan.steps:
        if executing:
            _say(step.sentence)
            _show_diff(step)
        yield StepCommand(noun, step)
    for failure in plan.failures:
        yield FailCommand(noun, failure)
    if not plan.steps and not plan.failures:
        host.noop(plan.noop)


def _foretell(noun: str, plan: Plan) -> None:
    """Say everything that would be done: pyinfra itself stops at the first command when it only looks for changes."""
    for step in plan.steps:
        _say(f"would: {StepCommand(noun, step)}")
        _show_diff(step)
    for failure in plan.failures:
        _say(f"cannot: {failure.cause}. Next: {failure.remedy}", "red")


def _show_diff(step: Step) -> None:
    for line in step.diff if state.config.DIFF else ():
        colour = {"+": "green", "-": "red"}.get(line[:1])
        logger.info("  %s", format_text(line, colour) if colour else line)


def _defer(noun: str, deferred: Deferred, *, executing: bool) -> None:
    _say(f"waits for {deferred.waits_for}: {deferred.sentence} ({deferred.reason})", "yellow")
    if executing:
        journal(host).deferred(noun, deferred)


def _say(line: str, colour: str | None = None) -> None:
    host.log_styled(line, fg=colour) if colour else host.log(line)
