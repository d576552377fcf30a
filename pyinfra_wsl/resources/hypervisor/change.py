"""How the hypervisor's settings are changed: with bcdedit.exe, and in the registry; both work after a restart."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows import reboot_mark
from pyinfra_wsl.resources.hypervisor.state import BOOT, DEVICE_GUARD, INTEGRITY, launch

BCDEDIT = r"%SystemRoot%\System32\bcdedit.exe"


@dataclass(frozen=True, slots=True)
class Launch:
    """The change of hypervisorlaunchtype (Microsoft, "BCDEdit /set").

    Args:
        wanted: ``auto`` or ``off``.
        booted: when the laptop started.

    """

    wanted: str
    booted: str

    def talk(self, run: Run) -> Talk[None]:  # noqa: ARG002 - every talk is given the run
        """Set it, and look whether the loader that starts next has it."""
        command = call.run(BCDEDIT, "/set", "{current}", "hypervisorlaunchtype", self.wanted, timeout=60)
        noted, answer, boot = yield from ask(
            reboot_mark.mark("hypervisor", self.booted), command, call.registry_read(BOOT, depth=3), keep_going=True
        )
        cause, remedy = self._problem(noted, answer, boot)
        if cause:
            yield from ask(reboot_mark.unmark("hypervisor"), keep_going=True)
            raise StepError(cause, remedy, "bcdedit")

    def _problem(self, noted: Answer, answer: Answer, boot: Answer) -> tuple[str, str]:
        administrator = "connect as an administrator of the laptop"
        if not answer.ok or not noted.ok:
            return f"hypervisorlaunchtype could not be set: {(noted if answer.ok else answer).message}", administrator
        output = Output.of(answer)
        if not output.ok:
            return f"bcdedit.exe refused: {output.said() or f'exit code {output.exit_code}'}", administrator
        if launch(boot)[0] != self.wanted:
            return (
                "bcdedit.exe changed the entry that runs now, and another one is the default",
                "make this Windows the default in the laptop's boot menu, then run again",
            )
        return "", ""


@dataclass(frozen=True, slots=True)
class MemoryIntegrity:
    """The change of memory integrity (Microsoft, "Enable memory integrity": the registry's values)."""

    on: bool
    booted: str

    def talk(self, run: Run) -> Talk[None]:  # noqa: ARG002 - every talk is given the run
        """Write it; what else uses virtualization-based security stays as it is."""
        base = [call.registry_write(DEVICE_GUARD, "EnableVirtualizationBasedSecurity", "DWord", 1)] if self.on else []
        answers = yield from ask(
            *base,
            call.registry_write(INTEGRITY, "Enabled", "DWord", int(self.on)),
            reboot_mark.mark("memory integrity", self.booted),
        )
        failed = next((answer for answer in answers if not answer.ok), None)
        if failed:
            raise StepError(
                f"memory integrity could not be set: {failed.message}", "connect as an administrator of the laptop", failed.kind
            )
