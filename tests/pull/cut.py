"""A laptop without a lab, on which a run can be ended at any write: what it was changed to, and how often."""

import errno
import os
from collections import Counter
from types import SimpleNamespace

from pyinfra_wsl.pull import converge, files, work
from pyinfra_wsl.report.journal import Journal

STEPS = ("make a folder", "install WSL", "write a file")


class KilledError(BaseException):
    """As SIGKILL: nothing is caught, nothing is tidied up."""


class Laptop:
    """A laptop whose changes are counted; it stands in for pyinfra and the agent."""

    def __init__(self, at, monkeypatch):
        self.at, self.patch, self.done = at, monkeypatch, Counter()
        monkeypatch.setattr(converge, "run", self.run)

    def run(self, _settings, _data, begun, *, carry_out, visit=True):
        assert visit
        notes = Journal(left=("wsl",))
        session = SimpleNamespace(processes=1, requests=2, restarts=0, seen=None, gone=False)
        made = converge.Run(notes, session)
        begun(made)
        notes.begun = notes.seen = True
        for step in STEPS if carry_out else ():
            if step not in self.done:
                notes.begins("wsl", "WSL", step)
                self.done[step] += 1
                notes.changed("wsl", "WSL", step)
        notes.left = ()
        return made

    def pull(self):
        self.at.wait(seconds=1)  # as each is a process of its own
        return work.pull(self.at.home, self.at.clock)

    def told(self):
        """Return the steps that some document on the disk tells as done, or as begun."""
        found = set()
        for one in self.at.documents():
            found |= {change["sentence"] for change in one["changes"]}
            found |= {text["text"].partition("not seen: ")[2] for text in one["warnings"] if "not seen: " in text["text"]}
        return found & set(STEPS)


def killing(which, when):
    """Return a `files.write` that kills at the write of a number: ``before`` it, in its ``middle``, or ``after`` it."""
    real, seen = files.write, []

    def write(path, data):
        seen.append(path)
        if len(seen) != which:
            real(path, data)
            return
        if when == "middle":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.0123abcd").write_bytes(data[: len(data) // 2])
        elif when == "after":
            real(path, data)
        raise KilledError

    return write, seen


def filling(which):
    """Return a `files.write` to which the disk is full from the write of a number on."""
    real, seen = files.write, []

    def write(path, data):
        seen.append(path)
        if len(seen) >= which:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(path, data)

    return write, seen
