r"""Whose laptop it is, and how something is run as that person.

Distributions, ``.wslconfig``, the WSL VM and Docker Desktop belong to one Windows user; LocalSystem is refused by WSL, and an
administrator sees none of the user's distributions (src/windows/service/exe/LxssUserSessionFactory.cpp). A task for another
user than the connected one is therefore carried out by a scheduled task in their own session, without their password: a folder
below ``%ProgramFiles%`` that only administrators write and they may read holds the agent, the request, and an empty file for the
reply. All that they may do in there is to write data into that file: with a folder of theirs they could have an administrator's
program remove or read what it points to. All of it travels as plain calls in one request.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from xml.sax.saxutils import escape

from pyinfra_wsl.core import answered, call, heard, shape
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output, said
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.talk import Request, Run, Talk

HOME = r"%ProgramFiles%\pyinfra-wsl"
"""What is ours on a laptop; users may not even read there, but what is granted to one of them."""
RUNS = rf"{HOME}\runs"
"""The folders of tasks, each gone with its task unless that was cut off."""

ADMINISTRATORS = ("*S-1-5-32-544:(OI)(CI)F", "*S-1-5-18:(OI)(CI)F")
"""Full rights for administrators and LocalSystem, as icacls.exe takes them: by SID, since the names of groups are translated."""

HIVE = "pyinfra-wsl-"
"""How the keys begin, before a SID, as which hives of people who are logged off are loaded."""

GONE = "logged_off"
"""The code of the failure of a task whose user has logged off."""
LEFT = frozenset({GONE, "task", "task_refused", "task_timeout", "task_reply", "garbage"})
"""The codes of the failures of tasks, of which each may be so because their user has logged off."""

_TASKS = "pyinfra-wsl"
_REPLY, _FILES = "reply.json", ("reply.json", "request.json", "agent.ps1", "task.xml")
WAIT, READ = 7, 8
"""Of a task's calls, those that wait for the reply, and read it."""
_CLEANING = len(_FILES) + 2  # calls of `cleaned`: the task, its files, its folder
SYSTEM32 = r"%SystemRoot%\System32"
"""Where Windows' own programs are; each is started by its path: a name alone is looked up in folders that others may write."""
_SCHTASKS = rf"{SYSTEM32}\schtasks.exe"
ICACLS = rf"{SYSTEM32}\icacls.exe"
CMD = rf"{SYSTEM32}\cmd.exe"
POWERSHELL = rf"{SYSTEM32}\WindowsPowerShell\v1.0\powershell.exe"
_REMEDIES = {"disk_full": "free some space on the laptop's system drive, then run again"}
_TASKS_REMEDY = "connect as an administrator of the laptop, on which the service Schedule (Task Scheduler) runs"
_MARGIN = 60.0  # seconds for the task scheduler and the start of PowerShell, beside the calls' own time
_BEGIN = 120.0  # seconds for a slow laptop to start PowerShell
_LARGEST = 8 * 2**20  # bytes of a reply that are taken: it travels in one line, which has its own bound

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
        copied: whether their registry is asked in a copy, which is loaded for that.

    """

    sid: str
    account: str
    profile: str
    logged_on: bool
    connected: bool
    program_files: str = r"C:\Program Files"
    system_root: str = r"C:\Windows"
    copied: bool = field(default=False, metadata=HIDDEN)

    @property
    def hive(self) -> str:
        """The registry key of their ``HKEY_CURRENT_USER``; loaded only while they are logged on, unless it is a copy."""
        return f"HKU\\{HIVE if self.copied else ''}{self.sid}"

    @property
    def within_reach(self) -> bool:
        """Whether something can be run as them now."""
        return self.connected or self.logged_on

    def for_them(self, one: Call) -> Call:
        """Return a call about a file in their profile as we may make it for them: from the profile down no link is followed.

        An administrator's program would follow a link of theirs to what they may neither read nor write.
        """
        return Call(one.verb, {**one.fields, "within": self.profile})

    def ask(self, run: Run, *calls: Call, progress: str = "", keep_going: bool = False) -> Talk[Sequence[Answer]]:
        """Ask as them; raises `StepError` where they are neither connected nor logged on, or their session does not answer."""
        if self.connected:
            return (yield Request(calls, keep_going, progress))
        task = Task.of(self, run, calls, keep_going=keep_going)
        answers = yield Request(task.calls, True, progress)
        return task.answers(answers)


def _task_xml(user: User, folder: str, seconds: float) -> bytes:
    # conhost.exe --headless keeps a console window from flashing on the user's screen; it is not documented by Microsoft.
    system32 = f"{user.system_root}\\System32"
    arguments = (
        f"--headless {system32}\\WindowsPowerShell\\v1.0\\powershell.exe -NoLogo -NoProfile -NonInteractive "
        f'-ExecutionPolicy Bypass -File "{folder}\\agent.ps1" -Request "{folder}\\request.json" -Reply "{folder}\\{_REPLY}"'
    )
    xml = _TASK.format(sid=user.sid, seconds=int(seconds), command=f"{system32}\\conhost.exe", arguments=escape(arguments))
    return b"\xff\xfe" + xml.encode("utf-16-le")


@lru_cache(maxsize=2)
def _encoded(agent: bytes) -> call.Base64:
    return call.Base64(base64.b64encode(agent), "ascii")


def _start(folder: str, task: str) -> Call:
    """Return the call that makes and starts the task if all it needs has arrived; else it removes what is waited for."""
    line = " && ".join([
        f'{ICACLS} "{folder}\\request.json"',
        f'{ICACLS} "{folder}\\agent.ps1"',
        f'{_SCHTASKS} /Create /TN "{task}" /XML "{folder}\\task.xml" /F',
        f'{_SCHTASKS} /Run /TN "{task}"',
    ])  # fmt: skip
    # A quote travels as a variable: the agent would escape it for programs of C, which cmd.exe is not.
    line = f'{line} || del "{folder}\\{_REPLY}"'.replace('"', "%QUOTE%")
    return call.run(CMD, "/d", "/s", "/c", f"{line} ", environment={"QUOTE": '"'}, timeout=60)


def cleaned(name: str, folder: str) -> list[Call]:
    r"""Return the calls that take a task of ours away, whatever is left of it.

    Each file goes by its name and the folder only if it is empty: nothing that a user may write is removed with all below it.

    Args:
        name: the task's.
        folder: its folder, such as ``%ProgramFiles%\pyinfra-wsl\runs\NAME``.

    """
    delete = call.run(_SCHTASKS, "/Delete", "/TN", f"\\{_TASKS}\\{name}", "/F", timeout=30)
    return [delete, *(call.file_remove(f"{folder}\\{file}") for file in _FILES), call.file_remove(folder)]


@dataclass(frozen=True, slots=True)
class Task:
    """Calls to be carried out in another user's session, as the plain calls that bring them there and fetch the answers.

    Args:
        user: in whose session.
        calls: the plain calls, to be sent with `keep_going` so that what was brought is always taken away again.
        asked: what the user's agent is asked.
        seconds: that their answers are waited for.
        patience: seconds of these after which it is looked whether they are still logged on.

    """

    user: User
    calls: Sequence[Call]
    asked: Sequence[Call]
    seconds: float = 0.0
    patience: float = float("inf")

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
        patience: float = float("inf"),
    ) -> Task:
        """Plan a task.

        Args:
            user: in whose session.
            run: this run; its id names the folder and the task.
            calls: what their agent is asked.
            keep_going: whether their agent answers the rest after a failure.
            number: tells tasks of one request apart.
            longest: seconds that their answers are waited for, though the calls together may take more.
            patience: seconds after which it is looked whether they are still logged on; only where nothing of the request goes
                on after a failure.

        """
        name = f"{run.id}-{number}" if number else run.id
        folder = f"{user.program_files}\\pyinfra-wsl\\runs\\{name}"
        reply = f"{folder}\\{_REPLY}"
        seconds = min(sum([float(one.fields.get("timeout", 30.0)) for one in calls]) + _MARGIN, longest)
        request = call.request(calls, keep_going=keep_going)
        plain = [
            call.file_write(f"{folder}\\task.xml", _task_xml(user, folder, seconds)),
            call.run(ICACLS, folder, "/inheritance:r", "/grant:r", *ADMINISTRATORS, f"*{user.sid}:(OI)(CI)RX", timeout=30),
            call.file_write(reply, b""),
            call.run(ICACLS, reply, "/grant", f"*{user.sid}:(WD)", timeout=30),
            Call("file.write", {"path": f"{folder}\\agent.ps1", "data": _encoded(run.agent)}),
            call.file_write(f"{folder}\\request.json", request),
            _start(folder, f"\\{_TASKS}\\{name}"),
            call.file_wait(reply, min(seconds, patience), line=True, begin=_BEGIN),
            call.file_read(reply, limit=_LARGEST, within=folder),
            *cleaned(name, folder),
        ]
        return cls(user, plain, calls, seconds, patience)

    @property
    def cleaning(self) -> Sequence[Call]:
        """Those of the calls that take away what was brought; to be sent again where the others were broken off."""
        return self.calls[-_CLEANING:]

    def still(self, plain: Sequence[Answer], waited: float) -> list[Call]:
        """Return the calls that wait on and then read the reply, where the task is under way; none where nothing is to wait for.

        Args:
            plain: the answers so far.
            waited: seconds that it was waited for.

        """
        if plain[WAIT].kind != "timeout" or waited >= self.seconds:
            return []
        wait = call.file_wait(self._reply, min(self.seconds - waited, self.patience), line=True)
        return [wait, self.calls[READ]]

    @property
    def _reply(self) -> str:
        return str(self.calls[WAIT].fields["path"])

    def gone(self) -> StepError:
        """Return that they have logged off, with which all ends that ran in their session."""
        return StepError(f"{self.user.account} has logged off in the middle", "run again when they are logged on", GONE)

    def answers(self, plain: Sequence[Answer]) -> list[Answer]:
        """Read the user's answers out of the plain ones; they come from their session and are trusted as little as any input.

        Raises:
            StepError: where the task did not get there or the reply is not one.

        """
        task, folder, empty, right, agent, request, start, wait, read, *_cleaned = plain
        for answer in (task, empty, agent, request):
            if not answer.ok:
                raise StepError(
                    f"a task for {self.user.account} cannot be written to the laptop: {answer.message}",
                    _REMEDIES.get(answer.kind, "connect as an administrator of the laptop"),
                    answer.kind,
                )
        for answer, what in ((folder, "icacls.exe"), (right, "icacls.exe"), (start, "schtasks.exe")):
            self._need(answer, what)
        if not wait.ok:
            raise self._silence(wait, start)
        if not read.exists:
            raise self._tampered(read.message or "it is gone")
        return self._parse(read)

    def _silence(self, wait: Answer, start: Answer) -> StepError:
        who = self.user.account
        if wait.kind == "not_found":  # `_start` removed it
            words = _complaint(Output.of(start)) or "it says nothing"
            return StepError(f"schtasks.exe refused a task for {who}: {words}", _TASKS_REMEDY, "task")
        if wait.kind == "not_begun":
            return StepError(
                f"the agent did not begin in the session of {who} within {_BEGIN:.0f} s",
                "look whether that user's desktop is up, and whether an App Control or AppLocker policy allows them the agent",
                "task_refused",
            )
        if wait.kind != "timeout":
            return self._tampered(wait.message)
        cause = f"no answer from the session of {who} ({wait.message})"
        return StepError(cause, "look whether that user's desktop is up, then run again", "task_timeout")

    def _tampered(self, what: str) -> StepError:
        return StepError(
            f"the reply from the session of {self.user.account} was tampered with: {what}",
            "ask that user what they run there, then run again",
            "task_reply",
        )

    def _need(self, answer: Answer, what: str) -> None:
        if not (answer.ok and Output.of(answer).ok):
            cause = f"{what} refused a task for {self.user.account}: {said(answer)}"
            raise StepError(cause, "connect as an administrator of the laptop", "task")

    def _parse(self, read: Answer) -> list[Answer]:
        data = read.data
        if (known := answered.answers(data, 1, self.asked)) is not None:
            return known
        try:
            reply = heard.parse(data)
            results = reply.get("results") if isinstance(reply, dict) else None
            if not isinstance(results, list) or len(results) != len(self.asked):
                raise self._garbage()
            return [shape.answer(one, result) for one, result in zip(self.asked, results, strict=True)]
        except (heard.HeardError, shape.ShapeError) as error:
            raise self._garbage(f": {error}") from error

    def _garbage(self, why: str = "") -> StepError:
        return StepError(
            f"the reply from the session of {self.user.account} is not an agent's{why}", "run again with --debug", "garbage"
        )


def _complaint(output: Output) -> str:
    """Return what the programs of `_start` complain of: those before the one that failed say on their output what they did."""
    return output._replace(stdout=b"").said() or output.said()


def attempt(task: Task | None, plain: Sequence[Answer], wanted: int) -> list[Answer]:
    """Return the task's answers, or as many errors where it failed: for looks, in which not knowing is an answer."""
    try:
        return task.answers(plain) if task else list(plain)
    except StepError as error:
        return [Answer(False, {"remedy": error.remedy}, error.code or "task", error.cause)] * wanted
