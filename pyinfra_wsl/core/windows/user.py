r"""Whose laptop it is, and how something is run as that person.

Distributions, ``.wslconfig``, the WSL VM and Docker Desktop belong to one Windows user; LocalSystem is refused by WSL, and an
administrator sees none of the user's distributions (src/windows/service/exe/LxssUserSessionFactory.cpp). A task for another
user than the connected one is therefore carried out by a scheduled task in their own session, without their password: a folder
below ``%ProgramFiles%`` that only administrators write and they may read holds the agent and the request; they may write only
its ``reply`` folder. All of it travels as plain calls in one request.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from pyinfra_wsl.core import call, heard
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Request, Run, Talk

HOME = r"%ProgramFiles%\pyinfra-wsl"
"""What is ours on a laptop: users read below ``%ProgramFiles%``, administrators write."""

_TASKS = "pyinfra-wsl"
_SYSTEM32 = r"%SystemRoot%\System32"
_REMEDIES = {"disk_full": "free some space on the laptop's system drive, then run again"}
_REPLY = 8 * 2**20  # bytes of a reply that are taken: it travels in one line, which has its own bound
_MARGIN = 60.0  # seconds for the task scheduler and the start of PowerShell, beside the calls' own time

_TASK = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Principals><Principal id="user"><UserId>{sid}</UserId><LogonType>InteractiveToken</LogonType>\
<RunLevel>LeastPrivilege</RunLevel></Principal></Principals>
  <Settings><DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>\
<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries><ExecutionTimeLimit>PT{seconds}S</ExecutionTimeLimit></Settings>
  <Actions Context="user"><Exec><Command>{command}</Command><Arguments>{arguments}</Arguments></Exec></Actions>
</Task>
"""


@dataclass(frozen=True, slots=True)
class User:
    r"""A person with an account on the laptop.

    Args:
        sid: the account's security identifier.
        account: ``DOMAIN\name``, as Windows writes it.
        profile: the profile folder, such as ``C:\Users\alice``.
        logged_on: whether a desktop session of theirs runs, locked or not.
        connected: whether it is we: the account as which we are connected.
        program_files: the laptop's ``%ProgramFiles%``; the agent expands variables in paths, not in arguments of programs.
        system_root: the laptop's ``%SystemRoot%``.

    """

    sid: str
    account: str
    profile: str
    logged_on: bool
    connected: bool
    program_files: str = r"C:\Program Files"
    system_root: str = r"C:\Windows"

    @property
    def hive(self) -> str:
        """The registry key of their ``HKEY_CURRENT_USER``; loaded only while they are logged on."""
        return f"HKU\\{self.sid}"

    @property
    def within_reach(self) -> bool:
        """Whether something can be run as them now."""
        return self.connected or self.logged_on

    def ask(self, run: Run, *calls: Call, progress: str = "", keep_going: bool = False) -> Talk[Sequence[Answer]]:
        """Ask as them; raises `StepError` where they are neither connected nor logged on, or their session does not answer."""
        if self.connected:
            return (yield Request(calls, keep_going, progress))
        task = Task.of(self, run, calls, keep_going=keep_going)
        answers = yield Request(task.calls, True, progress)
        return task.answers(answers)


def _task_xml(user: User, folder: str, seconds: float) -> bytes:
    # conhost.exe --headless keeps a console window from flashing on the user's screen; it is not documented by Microsoft.
    # An agent that PowerShell refuses leaves a folder where its reply is waited for, so that nobody waits in vain.
    system32 = f"{user.system_root}\\System32"
    agent = (
        f'"{system32}\\WindowsPowerShell\\v1.0\\powershell.exe" -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass '
        f'-File "{folder}\\agent.ps1" -Request "{folder}\\request.json" -Reply "{_reply(folder)}"'
    )
    arguments = f'--headless {system32}\\cmd.exe /d /s /c "{agent} || mkdir "{_reply(folder)}""'
    xml = _TASK.format(sid=user.sid, seconds=int(seconds), command=f"{system32}\\conhost.exe", arguments=escape(arguments))
    return b"\xff\xfe" + xml.encode("utf-16-le")


def _reply(folder: str) -> str:
    return f"{folder}\\reply\\reply.json"


def _start(folder: str, task: str) -> Call:
    """Return the call that makes and starts the task if all it needs has arrived; else a folder stands where the reply would."""
    schtasks, icacls = (rf"%SystemRoot%\System32\{name}.exe" for name in ("schtasks", "icacls"))
    line = " && ".join([
        f'{icacls} "{folder}\\request.json"',
        f'{icacls} "{folder}\\agent.ps1"',
        f'{schtasks} /Create /TN "{task}" /XML "{folder}\\task.xml" /F',
        f'{schtasks} /Run /TN "{task}"',
    ])  # fmt: skip
    # A quote travels as a variable: the agent would escape it for programs of C, which cmd.exe is not.
    line = f'{line} || mkdir "{_reply(folder)}"'.replace('"', "%QUOTE%")
    return call.run(rf"{_SYSTEM32}\cmd.exe", "/d", "/s", "/c", f"{line} ", environment={"QUOTE": '"'}, timeout=60)


@dataclass(frozen=True, slots=True)
class Task:
    """Calls to be carried out in another user's session, as the plain calls that bring them there and fetch the answers.

    Args:
        user: in whose session.
        calls: the plain calls, to be sent with `keep_going` so that what was brought is always taken away again.
        wanted: how many answers the user's agent owes.

    """

    user: User
    calls: Sequence[Call]
    wanted: int

    @classmethod
    def of(
        cls,
        user: User,
        run: Run,
        calls: Sequence[Call],
        *,
        keep_going: bool = False,
        number: int = 0,
        longest: float = float("inf"),
    ) -> Task:
        """Plan a task.

        Args:
            user: in whose session.
            run: this run; its id names the folder and the task.
            calls: what their agent is asked.
            keep_going: whether their agent answers the rest after a failure.
            number: tells tasks of one request apart.
            longest: seconds that their answers are waited for, though the calls together may take more.

        """
        name = f"{run.id}-{number}" if number else run.id
        folder = f"{user.program_files}\\pyinfra-wsl\\runs\\{name}"
        reply = f"{folder}\\reply"
        seconds = min(sum(float(one.fields.get("timeout", 30.0)) for one in calls) + _MARGIN, longest)
        request = json.dumps({"id": 1, "calls": [one.message() for one in calls], "keep_going": keep_going}).encode("ascii")
        scheduled = f"\\{_TASKS}\\{name}"
        schtasks, icacls = rf"{_SYSTEM32}\schtasks.exe", rf"{_SYSTEM32}\icacls.exe"
        plain = [
            call.file_write(f"{reply}\\.keep", b""),
            # By SID, since the names of groups are translated: S-1-5-32-544 administrators, S-1-5-18 LocalSystem.
            call.run(icacls, folder, "/inheritance:r", "/grant:r", "*S-1-5-32-544:(OI)(CI)F", "*S-1-5-18:(OI)(CI)F",
                     f"*{user.sid}:(OI)(CI)RX", timeout=30),
            call.run(icacls, reply, "/grant", f"*{user.sid}:(OI)(CI)M", timeout=30),
            call.file_write(f"{folder}\\agent.ps1", run.agent),
            call.file_write(f"{folder}\\request.json", request),
            call.file_write(f"{folder}\\task.xml", _task_xml(user, folder, seconds)),
            _start(folder, scheduled),
            call.file_wait(_reply(folder), seconds),
            call.file_read(_reply(folder), limit=_REPLY),
            call.run(schtasks, "/Delete", "/TN", scheduled, "/F", timeout=30),
            call.file_remove(folder, tree=True),
        ]  # fmt: skip
        return cls(user, plain, len(calls))

    @property
    def cleaning(self) -> Sequence[Call]:
        """Those of the calls that take away what was brought; to be sent again where the others were broken off."""
        return self.calls[-2:]

    def answers(self, plain: Sequence[Answer]) -> list[Answer]:
        """Read the user's answers out of the plain ones; they come from their session and are trusted as little as any input.

        Raises:
            StepError: where the task did not get there or the reply is not one.

        """
        keep, folder, rights, *files, start, wait, read, _delete, _remove = plain
        for answer in (keep, *files):
            if not answer.ok:
                raise StepError(
                    f"a task for {self.user.account} cannot be written to the laptop: {answer.message}",
                    _REMEDIES.get(answer.kind, "connect as an administrator of the laptop"),
                    answer.kind,
                )
        for answer, what in ((folder, "icacls.exe"), (rights, "icacls.exe"), (start, "schtasks.exe")):
            self._need(answer, what)
        if not wait.ok:
            raise StepError(
                f"no answer from the session of {self.user.account} ({wait.message})",
                "look whether that user's desktop is up, then run again",
                "task_timeout",
            )
        if not read.exists:
            raise StepError(
                f"PowerShell did not run the agent in the session of {self.user.account}",
                "allow the agent for that user in the App Control (WDAC) or AppLocker policy",
                "task_refused",
            )
        return self._parse(read)

    def _need(self, answer: Answer, what: str) -> None:
        failed = "" if answer.ok else answer.message
        if answer.ok and not (output := Output.of(answer)).ok:
            failed = output.said() or f"exit code {output.exit_code}"
        if failed:
            raise StepError(
                f"{what} refused a task for {self.user.account}: {failed}",
                "connect as an administrator of the laptop",
                "task",
            )

    def _parse(self, read: Answer) -> list[Answer]:
        try:
            results = heard.parse(read.data)["results"]
            answers = [Answer.from_message(result) for result in results]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._garbage(f": {error}" if isinstance(error, heard.HeardError) else "") from error
        if len(answers) != self.wanted:
            raise self._garbage()
        return answers

    def _garbage(self, why: str = "") -> StepError:
        return StepError(
            f"the reply from the session of {self.user.account} is not an agent's{why}", "run again with --debug", "garbage"
        )


def attempt(task: Task | None, plain: Sequence[Answer], wanted: int) -> list[Answer]:
    """Return the task's answers, or as many errors where it failed: for looks, in which not knowing is an answer."""
    try:
        return task.answers(plain) if task else list(plain)
    except StepError as error:
        return [Answer(False, {}, error.code or "task", str(error))] * wanted
