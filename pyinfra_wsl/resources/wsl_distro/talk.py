"""What the steps on a distribution have in common: asked as its owner, answered by wsl.exe, proved by the registry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Later, Request, Run, StepError, Talk
from pyinfra_wsl.core.windows import errors, wsl_exe
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.user import Errand, User
from pyinfra_wsl.resources.wsl_distro import state as registry

_VARIABLE = re.compile(r"%([A-Za-z_()0-9]+)%")


class Round(NamedTuple):
    """The answers of one request: what the machine was asked, what the owner was asked, what the machine was asked afterwards."""

    before: Sequence[Answer]
    answers: Sequence[Answer]
    after: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Owner:
    """The person whose distributions are changed, and with what.

    Args:
        user: the person.
        wsl: path of wsl.exe.
        windows: his laptop.

    """

    user: User
    wsl: str
    windows: Windows

    @property
    def lxss(self) -> str:
        """The registry key of his registrations."""
        return rf"{self.user.hive}\{registry.LXSS}"

    def command(self, *arguments: str, timeout: float = 300.0, live: bool = False) -> Call:
        """Return a call of wsl.exe."""
        return wsl_exe.command(self.wsl, *arguments, timeout=timeout, live=live)

    def ask(
        self, run: Run, *calls: Call, before: Sequence[Call] = (), after: Sequence[Call] = (), progress: str = ""
    ) -> Talk[Round]:
        """Ask him, and the machine before and after, in one request; all of it is asked even where a part fails."""
        errand = None if self.user.connected else Errand.of(self.user, run, calls)
        middle = list(errand.calls if errand else calls)
        plain = yield Request([*before, *middle, *after], keep_going=True, progress=progress)
        end = len(before) + len(middle)
        asked = plain[len(before) : end]
        return Round(plain[: len(before)], errand.answers(asked) if errand else asked, plain[end:])

    def read(self, lxss: Answer, ours: Answer | None = None) -> registry.State:
        """Read his registrations from the answer to a read of `lxss`, one level deep."""
        loaded = Answer(True, {"exists": True})
        return registry.read({"hive": loaded, "lxss": lxss, "ours": ours or Answer(False)}, self.user)

    def look(self) -> Call:
        """Return the call whose answer `read` reads."""
        return call.registry_read(self.lxss, depth=1)

    def said(self, answer: Answer) -> Output:
        """Return what a program answered; raises `StepError` where it could not be started."""
        if not answer.ok:
            raise StepError(f"wsl.exe did not start: {answer.message}", "look whether WSL is installed", answer.kind)
        return Output.of(answer)

    def need(self, answer: Answer, doing: str, fine: Sequence[str] = ()) -> None:
        """Raise `StepError` unless wsl.exe succeeded.

        Args:
            answer: its answer.
            doing: what it was to do: ``Ubuntu could not be moved``.
            fine: error names that mean the thing is as wanted.

        """
        output = self.said(answer)
        if output.ok or any(name in output.text(self.windows.culture) for name in fine):
            return
        cause, remedy, code = errors.explain(output, self.windows.culture)
        raise StepError(f"{doing}: {cause}", remedy, code)


def expand(path: str, user: User) -> str | None:
    """Return a folder of a user's with his variables filled in, as wsl.exe and the registry have it; None where it is none."""
    known = {
        "userprofile": user.profile,
        "localappdata": rf"{user.profile}\AppData\Local",
        "systemdrive": user.system_root[:2],
    }
    full = _VARIABLE.sub(lambda found: known.get(found[1].lower(), found[0]), path).replace("/", "\\").rstrip("\\")
    sound = re.match(r"[A-Za-z]:\\", full) and not re.search(r'["<>|?*%\x00-\x1f]', full)
    return full if sound else None


def make_folder(folder: str) -> list[Call]:
    """Return the calls that make a folder with all above it: wsl.exe makes only the last one (LxssUserSession.cpp)."""
    file = f"{folder}\\.pyinfra-wsl"
    return [call.file_write(file, b""), call.file_remove(file)]


def same_folder(one: str, other: str) -> bool:
    """Whether two paths are the same folder, as far as their texts tell."""
    return one.removeprefix("\\\\?\\").rstrip("\\").lower() == other.removeprefix("\\\\?\\").rstrip("\\").lower()


def write_record(guid: str, values: Mapping[str, str | int], after: Sequence[Call] = ()) -> Talk[None]:
    """Keep what we know of a distribution; where that gets lost, the next run does what it records once more.

    Args:
        guid: its key's name.
        values: ``Sha256``, ``Source``, ``DefaultUser``, …
        after: calls that are made once that is written.

    """
    key = rf"{registry.OURS}\Distros\{guid}"
    calls = [
        call.registry_write(key, name, "DWord" if isinstance(value, int) else "String", value) for name, value in values.items()
    ]
    yield Later([*calls, *after])
