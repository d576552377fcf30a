"""How WSL fetches its own package: ``wsl.exe --update``, and ``--install --no-distribution`` where there is none yet.

The package asks GitHub for the latest release and never goes back to an older one; ``--pre-release`` takes the highest number
that there is, ``--web-download`` is accepted and changes nothing (src/windows/common/install.cpp, wslutil.cpp, WslClient.cpp).
The wsl.exe in System32, which stands for the package where that is missing, has the Store as its source unless it is told
``--web-download`` (Microsoft, "Basic commands for WSL"); its own source is not public. None of this asks the WSL service, so
that any administrator may do it, LocalSystem too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.machine import value_of
from pyinfra_wsl.core.windows.wsl_exe import INBOX, MSI, command, need
from pyinfra_wsl.resources.wsl.package import TIMEOUT, Ask, Versions

Source = Literal["store", "web", "pre-release"]
"""Where wsl.exe takes the package from: the Store, GitHub, or GitHub with releases for testing."""

PENDING = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
_FLAGS = {"store": (), "web": ("--web-download",), "pre-release": ("--pre-release",)}
_INSTALL_FLAGS = {**_FLAGS, "pre-release": ("--web-download",)}  # what is for testing comes with the update that follows
_DECLARE = "declare wsl.package.installer with its sha256 (the MSI of a release of microsoft/WSL)"


@dataclass(frozen=True, slots=True)
class Update:
    """An installation of the latest release by wsl.exe itself.

    Args:
        exe: path of the wsl.exe that is there; None where no WSL is.
        source: from where.
        wanted: which versions are as declared.
        culture: the laptop's display language.
        sentence: the step, for what of it waits.
        ask: as of `Install`.

    """

    exe: str | None
    source: Source
    wanted: Versions
    culture: str
    sentence: str
    ask: Ask | None = None

    def talk(self, run: Run) -> Talk[Deferred | None]:
        """Let it install or update itself, and prove it."""
        exe = self.exe
        if exe is None:
            msi, pending = yield from self._install()
            folder = str(value_of(msi, "InstallLocation") or "").rstrip("\\")
            if not folder and pending.exists:
                return Deferred(self.sentence, "reboot", "Windows must restart before wsl.exe installs the package")
            if self.wanted.fits(str(value_of(msi, "Version") or "")):
                return None
            if not folder:
                cause = "wsl.exe --install ended with success, and the registry names no WSL package"
                raise StepError(cause, _DECLARE, "version")
            exe = rf"{folder}\wsl.exe"
        elif self.ask:
            yield from self.ask(run, "WSL was not updated")
        yield from self._update(exe)
        return None

    def _install(self) -> Talk[tuple[Answer, Answer]]:
        words = ("--install", "--no-distribution", *_INSTALL_FLAGS[self.source])
        answer, msi, pending = yield from ask(
            command(INBOX, *words, timeout=TIMEOUT), call.registry_read(MSI), call.registry_read(PENDING), keep_going=True,
            progress="installing WSL",
        )  # fmt: skip
        need(answer, "wsl.exe could not install WSL", self.culture)
        return msi, pending

    def _update(self, exe: str) -> Talk[None]:
        update = command(exe, "--update", *_FLAGS[self.source], timeout=TIMEOUT)
        answer, msi = yield from ask(update, call.registry_read(MSI), keep_going=True, progress="updating WSL")
        need(answer, "wsl.exe could not update itself", self.culture)
        self.wanted.need(msi, "wsl.exe --update")
