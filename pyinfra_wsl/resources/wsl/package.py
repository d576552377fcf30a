"""How the WSL package is installed: msiexec.exe with what was brought; proved by the registry."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.output import Output, decode
from pyinfra_wsl.core.source import basename
from pyinfra_wsl.core.talk import Later, Run, Talk, ask
from pyinfra_wsl.core.windows import reboot_mark, transfer
from pyinfra_wsl.core.windows.machine import Windows, value_of
from pyinfra_wsl.core.windows.wsl_exe import MSI
from pyinfra_wsl.known import table

Ask = Callable[[Run, str], Talk[None]]
"""Asks right before something is done; given what is not done otherwise, it raises `StepError` where that would end something."""

MSIEXEC = r"%SystemRoot%\System32\msiexec.exe"
TIMEOUT = 1800.0  # seconds; the MSI also waits for the Store part of WSL

BUSY, ATTEMPTS, PAUSE = 1618, 20, 30.0
RESTART = (3010, 1641)
_TAIL = 256 * 1024  # bytes of the log in which the reason stands
LATE = (f"it did not end within {TIMEOUT:.0f} s", "restart the laptop, then run again")
"""Cause and next step of an installation that did not end."""
_PROGRAM = "msiexec wsl"
_FATAL = 1603  # it says no more than that the reason stands in the log
# What Windows Installer writes in English in every language, and the texts of the package itself.
_REASONS = (
    re.compile(r"Product: .+? -- (?:Error \d+\. ?)?(?P<reason>[^\r\n]+)"),
    re.compile(r"(?P<reason>CustomAction \w+ returned actual error code -?\d+)"),
    re.compile(r"(?P<reason>\bError \d{4}\.[^\r\n]+)"),
)


@dataclass(frozen=True, slots=True)
class Versions:
    """Which versions are as declared: at least `minimum`, exactly `exact`, or any; false where any."""

    minimum: str = ""
    exact: str = ""

    def __bool__(self) -> bool:
        """Whether anything is declared."""
        return bool(self.minimum or self.exact)

    @property
    def text(self) -> str:
        """What is declared, in words."""
        return self.exact if self.exact else f"{self.minimum} or later" if self.minimum else ""

    def fits(self, have: str | None) -> bool:
        """Whether a version is as declared; one that cannot be read is not."""
        try:
            if self.exact:
                return version.same(have or "", self.exact)
            return version.at_least(have or "", self.minimum or "0")
        except ValueError:
            return False

    def need(self, msi: Answer, what: str) -> None:
        """Raise `StepError` unless the registry names such a version."""
        found = str(value_of(msi, "Version") or "") or "none"
        if not self.fits(found):
            raise StepError(
                f"{what} ended with success, and the registry names WSL package {found}, not {self.text or 'any'}",
                "declare an installer of that version, with its sha256",
                "version",
            )


@dataclass(frozen=True, slots=True)
class Install:
    """An installation from an MSI.

    Args:
        source, sha256: the MSI, as `transfer.bring` takes it.
        wanted: which versions are as declared.
        windows: the laptop.
        ask: asks whether what it would end may be ended; None where nothing can be.

    """

    source: str
    sha256: str
    wanted: Versions
    windows: Windows
    ask: Ask | None = None

    def talk(self, run: Run) -> Talk[None]:
        """Bring the MSI, install it, prove it, and take it away again: Windows Installer keeps its own copy."""
        path = yield from transfer.bring(run, self.source, self.sha256, self.windows)
        log = f"{path}.log"
        output, msi = yield from self._install(run, path, log)
        if output.exit_code != 0 and output.exit_code not in RESTART:
            yield from self._fail(output, log)
        if output.exit_code in RESTART:
            yield from ask(reboot_mark.mark("package", self.windows.booted))
        yield Later([transfer.discard(path), call.file_remove(log)])
        self.wanted.need(msi, basename(self.source))

    def _install(self, run: Run, path: str, log: str) -> Talk[tuple[Output, Answer]]:
        install = call.run(MSIEXEC, "/i", path, "/qn", "/norestart", "/L*V", log, timeout=TIMEOUT)
        # Nothing is ever put there: waiting for it is how a laptop waits without a connection that falls asleep.
        pause = call.file_wait(f"{path}.busy", PAUSE)
        for attempt in range(ATTEMPTS):
            if attempt:
                yield from ask(pause, keep_going=True, progress="waiting for another installation to end")
            if self.ask:
                yield from self.ask(run, f"{basename(self.source)} was not installed")
            doing = f"installing {basename(self.source)}"
            answer, msi = yield from ask(install, call.registry_read(MSI), keep_going=True, progress=doing)
            if not answer.ok:
                raise StepError(f"msiexec.exe did not start: {answer.message}", "connect as an administrator", answer.kind)
            output = Output.of(answer)
            if output.exit_code != BUSY:
                break
        return output, msi

    def _fail(self, output: Output, log: str) -> Talk[None]:
        name, code = basename(self.source), output.exit_code
        if output.timed_out or code is None:
            raise StepError(f"{name} could not be installed: {LATE[0]}", LATE[1], "timeout")
        known = table.of_exit(_PROGRAM, code)
        cause, remedy = (known.cause, known.remedy) if known else (f"Windows Installer ended with {code}", "")
        if known is None or code == _FATAL:
            reason = yield from self._reason(log)
            cause = f"{reason} (Windows Installer {code})" if reason else cause
            remedy = f"read {log} on the laptop"
        raise StepError(f"{name} could not be installed: {cause}", remedy, f"msiexec {code}")

    def _reason(self, log: str) -> Talk[str]:
        (state,) = yield from ask(call.file_state(log), keep_going=True)
        size = int(state.value.get("size") or 0) if state.exists else 0
        begin = max(0, size - _TAIL) // 2 * 2  # the log is UTF-16: two bytes a letter
        (tail,) = yield from ask(call.file_read(log, begin, _TAIL), keep_going=True)
        text = decode(tail.data, self.windows.culture)
        found = (list(pattern.finditer(text)) for pattern in _REASONS)
        return next((matches[-1]["reason"].strip().rstrip(".") for matches in found if matches), "")
