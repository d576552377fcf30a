"""A JSON file of Docker's in a person's profile, read and written: the one way for settings and engines' configurations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats.docker_settings import DamagedSettingsError
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.core.windows.owner import Owner

Merge = Callable[[bytes | None], bytes]
"""Makes the new file of the old one, None for none; raises `DamagedSettingsError`."""

_WRITES = 3
NOTHING = Answer(True, {"exists": False})
"""A file that is not there."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a file.

    Args:
        problem: why it was not written, as a value: what was stopped for it is to be started again first.
        after: the answers to what was asked right after; none where nothing had to be written.
        before: what was there; None for no file, and where nothing had to be written.
        data: what was written; None for nothing.

    """

    problem: StepError | None = None
    after: Sequence[Answer] = ()
    before: bytes | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """A file to be changed.

    Args:
        owner: in whose profile.
        path: where.
        merge: how.

    """

    owner: Owner
    path: str
    merge: Merge

    @property
    def reading(self) -> Call:
        """The call that reads the file."""
        return call.file_read(self.path)

    def read(self, run: Run) -> Talk[Answer]:
        """Read the file."""
        round_ = yield from self.owner.touch(run, self.reading)
        return round_.answers[0]

    def write(self, run: Run, file: Answer, *, after: Sequence[Call] = ()) -> Talk[Written]:
        """Merge and write; where somebody else wrote meanwhile, merge again with what they wrote.

        Args:
            run: this run.
            file: the file as it was read.
            after: what the machine is asked right after it was written, in the same request.

        """
        for _ in range(_WRITES):
            if not file.ok:
                cause = f"{self.path} could not be read: {file.message}"
                return Written(StepError(cause, "look at the file's permissions", file.kind))
            data = file.data if file.exists else None
            try:
                merged = self.merge(data)
            except DamagedSettingsError as error:
                return Written(damaged(self.path, str(error)))
            if merged == data:
                return Written()
            backup = f"{self.path}.{run.id}.bak" if file.exists else None
            write = call.file_write(self.path, merged, expected=file.sha256, backup=backup)
            round_ = yield from self.owner.touch(run, write, self.reading, after=after)
            written, file = round_.answers
            if written.kind != "changed":
                return Written(self._unwritten(written, right=file.data == merged), round_.after, data, merged)
        remedy = "close Docker Desktop's settings there, then run again"
        return Written(StepError(f"{self.path} keeps changing while it is merged", remedy, "changed"))

    def take_back(self, run: Run, written: Written) -> Talk[None]:
        """Put back what was there, unless somebody has written since."""
        if written.before is None or written.data is None:
            return
        ours = hashlib.sha256(written.data).hexdigest()
        yield from self.owner.touch(run, call.file_write(self.path, written.before, expected=ours))

    def _unwritten(self, written: Answer, *, right: bool) -> StepError | None:
        if written.ok:
            # A Docker Desktop that was started meanwhile may have written already, with what is wanted in it.
            return None if right else StepError(f"{self.path} is not as it was written", "run again", "changed")
        remedy = (
            "let that user log on: in their session links are followed"
            if written.kind == "link"
            else "look at the drive and the file"
        )
        return StepError(f"{self.path} could not be written: {written.message}", remedy, written.kind)


def damaged(path: str, problem: str) -> StepError:
    """Return the error for a file that cannot be merged with."""
    remedy = (
        "repair it, put back a copy (those of earlier runs are beside it, with .bak), or move it away so that Docker Desktop "
        "begins with its defaults, then run again"
    )
    return StepError(f"{path} {problem}", remedy, "settings")
