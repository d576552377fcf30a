r"""How Docker Desktop is installed and upgraded: by the EXE or the MSI, and proved by what is there afterwards.

Exit codes are in no document: what winget's manifests and Docker's users have seen; 0 was also returned for half an installation
until 4.86 (Docker's release notes). So the end is looked at: what Windows lists as installed, the program, the service.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.source import basename
from pyinfra_wsl.core.talk import Later, Run, Talk, ask
from pyinfra_wsl.core.windows import home, reboot_mark, transfer
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.path import same
from pyinfra_wsl.core.windows.user import ICACLS
from pyinfra_wsl.known import table
from pyinfra_wsl.resources.docker_desktop import installed, options
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.installed import Installation
from pyinfra_wsl.resources.docker_desktop.places import PROGRAM, SERVICE, SHARED, Scope, own_folder
from pyinfra_wsl.resources.docker_desktop.proof import Proof
from pyinfra_wsl.resources.docker_desktop.removing import MSI, TIMEOUT, uninstall
from pyinfra_wsl.resources.docker_desktop.state import program
from pyinfra_wsl.resources.docker_desktop.want import Package
from pyinfra_wsl.resources.wsl.package import ATTEMPTS, BUSY, LATE, MSIEXEC, PAUSE, RESTART

_DONE = 3  # it was installed already
_LOG = r"C:\ProgramData\DockerDesktop\install-log-admin.txt"
_OWN_LOG = r"%LOCALAPPDATA%\Docker\install-log.txt"
_SERVICE_KEY = rf"HKLM\SYSTEM\CurrentControlSet\Services\{SERVICE}"


@dataclass(frozen=True, slots=True)
class Install:
    """An installation or an upgrade.

    Args:
        package: the installer and which versions are as declared.
        scope: for whom.
        backend: the engine of a first start; None for the installer's own.
        accepted: whether the agreement is accepted by a recorded consent.
        windows: the laptop.
        owner: the person; None where there is nobody, which scope ``user`` cannot be without.
        app: their Docker Desktop, which is stopped before and started after; None where it does not run.
        others: installations of the other scope, or by the EXE before an MSI, which are taken away first; their data stay.
        idle: whether no container may be ended.
        person: what the person may have to do before any engine starts.

    """

    package: Package
    scope: Scope
    backend: str | None
    accepted: bool
    windows: Windows
    owner: Owner | None
    app: App | None
    others: tuple[Installation, ...] = ()
    idle: bool = True
    person: Deferred | None = None

    def talk(self, run: Run) -> Talk[Deferred | None]:
        """Bring the installer, see that nobody else's is in the way, stop what runs, install, and look at what is there.

        What ran is started again; for what its engine waits is returned.
        """
        suffix = ".msi" if self.package.msi else ".exe"
        path = yield from transfer.bring(run, self.package.installer, self.package.sha256, self.windows, suffix)
        yield from self._demand_nobody_elses()
        if self.app is not None:
            yield from self.app.stop(run, idle=self.idle)
        try:
            for other in self.others:
                yield from uninstall(run, other, self.owner, self.windows, keep=True)
            output = yield from self._install(run, path)
            if self.package.msi and output.exit_code in RESTART:
                yield from ask(reboot_mark.mark("docker", self.windows.booted))
            yield from self._prove(output)
        except StepError:
            if self.app is not None:
                yield from self.app.start_after_failure(run)
            raise
        yield Later([transfer.discard(path)])
        return (yield from self._start(run))

    def _start(self, run: Run) -> Talk[Deferred | None]:
        """Start what was stopped."""
        if self.app is None or self.owner is None:
            return None
        app = App(self.owner, self.folder, self.package.version or self.package.minimum or self.app.version)
        yield from app.start(run)
        return (yield from Proof(app, None, self.person).talk(run))

    @property
    def folder(self) -> str:
        """The program folder that it will have."""
        if chosen := self.package.options.get("installation-dir"):
            return rf"{chosen}\Docker" if self.package.msi else str(chosen)  # INSTALLFOLDER is the folder around it (MSI page)
        return own_folder(self.owner.user.profile) if self._own and self.owner else rf"{self.windows.program_files}\{PROGRAM}"

    @property
    def _own(self) -> bool:
        return self.scope == "user"

    def _demand_nobody_elses(self) -> Talk[None]:
        """Raise `StepError` where another account has one for itself: since 4.84 the MSI refuses that, and both get mixed."""
        if self._own:
            return
        mine = self.owner.user.sid if self.owner else ""
        people = {sid: profile for sid, profile in self.windows.profiles.items() if sid != mine}
        if not people:
            return
        calls = [program(profile) for profile in people.values()]
        answers = yield from ask(*calls, keep_going=True, progress="looking for installations of other accounts")
        seen = list(zip(people.values(), answers, strict=True))
        found = [profile for profile, answer in seen if answer.exists]
        unseen = [f"{profile}: {answer.message}" for profile, answer in seen if not answer.ok]
        if found:
            cause = f"another account has Docker Desktop installed for itself: {', '.join(found)}; nothing was changed"
            raise StepError(cause, "have it uninstalled there, or declare package.scope: user", "scope")
        if unseen:
            cause = f"it cannot be seen whether another account has Docker Desktop installed for itself: {unseen[0]}"
            raise StepError(cause, "look into that folder on the laptop, then run again; nothing was changed", "scope")

    def _install(self, run: Run, path: str) -> Talk[Output]:
        name = basename(self.package.installer)
        pause = call.file_wait(f"{path}.busy", PAUSE)  # nothing is ever put there
        for attempt in range(ATTEMPTS):
            if attempt:
                yield from ask(pause, keep_going=True, progress="waiting for another installation to end")
            answer = yield from self._run(run, path, f"installing {name}")
            if not answer.ok:
                raise StepError(f"{name} did not start: {answer.message}", "connect as an administrator", answer.kind)
            output = Output.of(answer)
            if output.exit_code != BUSY:
                break
        return output

    def _run(self, run: Run, exe: str, progress: str) -> Talk[Answer]:
        own = self.package.options
        if self._own and self.owner is not None:
            words = options.of_exe(own, self.backend, user=True, accepted=self.accepted)
            before = [] if self.owner.user.connected else [home.readable(exe, self.owner.user)]
            round_ = yield from self.owner.ask(run, call.run(exe, *words, timeout=TIMEOUT), before=before, progress=progress)
            return round_.answers[0]
        yield from _owned_by_administrators(self.windows)
        if self.package.msi:
            words = ["/i", exe, "/qn", "/norestart", *options.of_msi(own, self.backend)]
            (answer,) = yield from ask(call.run(MSIEXEC, *words, timeout=TIMEOUT), keep_going=True, progress=progress)
            return answer
        words = options.of_exe(own, self.backend, user=False, accepted=self.accepted)
        (answer,) = yield from ask(call.run(exe, *words, timeout=TIMEOUT), keep_going=True, progress=progress)
        return answer

    def _prove(self, output: Output) -> Talk[None]:
        """Look at what is there: an exit code of 0 says little, and one of 3 is fine where the version is."""
        name = basename(self.package.installer)
        user = self.owner.user if self._own and self.owner else None
        listed, signs = yield from installed.look(user, *self._signs(self.folder))
        here = [one for one in listed or () if (one.scope, one.kind) == (self.scope, self.package.kind)]
        if here and not same(here[0].folder, self.folder):
            signs = yield from ask(*self._signs(here[0].folder), keep_going=True)
        done = (0, _DONE, *(RESTART if self.package.msi else ()))
        if output.exit_code not in done or output.timed_out:
            self._fail(output, name)
        whole = all(one.exists for one in signs)
        if here and whole and self.package.versions.fits(here[0].version or None):
            return
        raise StepError(
            f"{name} ended with exit code {output.exit_code}, and {_there(listed, here, whole=whole)}; "
            f"declared is {self.package.versions.text or 'any'}",
            f"read {self._log}, and look whether the declared installer is of that version",
            "version",
        )

    def _signs(self, folder: str) -> list[Call]:
        service = [] if self._own else [call.registry_read(_SERVICE_KEY)]
        return [call.file_state(rf"{folder}\Docker Desktop.exe"), *service]

    @property
    def _log(self) -> str:
        return _OWN_LOG if self._own else _LOG

    def _fail(self, output: Output, name: str) -> None:
        code = output.exit_code
        if output.timed_out or code is None:
            raise StepError(f"{name} could not be installed: {LATE[0]}", LATE[1], "timeout")
        known = table.of_exit(MSI if self.package.msi else "Docker Desktop Installer", code)
        said = (output.said() or f"it ended with {code}", f"read {self._log} on the laptop")
        cause, remedy = (known.cause, known.remedy) if known else said
        raise StepError(f"{name} could not be installed: {cause}", remedy, f"installer {code}")


def _there(listed: tuple[Installation, ...] | None, here: list[Installation], *, whole: bool) -> str:
    """Say what is there instead of what should be."""
    if listed is None:
        return "it cannot be seen what is installed"
    half = "" if whole else " in part, since its program or its service is missing"
    return f"there is Docker Desktop {here[0].version}{half}" if here else "there is no Docker Desktop by it"


def _owned_by_administrators(windows: Windows) -> Talk[None]:
    """Give the folder for all people to the administrators, where it is there: anybody may have made it, also as a link."""
    (folder,) = yield from ask(call.file_state(SHARED), keep_going=True)
    if folder.exists:
        path = rf"{windows.system_drive}\ProgramData\DockerDesktop"  # variables are expanded in paths, not in arguments
        yield from ask(call.run(ICACLS, path, "/setowner", "*S-1-5-32-544", "/L", timeout=60), keep_going=True)
