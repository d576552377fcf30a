"""pyinfra's own file operations on a laptop: they ask and act in the language of POSIX shells.

A fact's command is recognised by making it again with pyinfra's own fact and comparing, so a pyinfra that asks in other words is
not misunderstood. What is recognised is answered, or done, by the agent. What else is meant for a POSIX shell is refused before
cmd.exe sees it, which would make a folder named ``-p`` of ``mkdir -p``.
"""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pyinfra.api.facts import FactBase
from pyinfra.facts.files import File, FileContents, Md5File, Sha1File, Sha256File
from pyinfra.facts.server import TmpDir

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import decode

Ask = Callable[[list[Call]], list[Answer]]

_LARGEST_TEXT = 2**20  # bytes of a file that --diff shows
_KEEP = ".pyinfra-wsl.keep"
_ACTS = {"chmod", "chown", "chgrp", "touch", "ln", "sed", "rm", "mv", "cp", "mkdir -p", "mkdir -m", "mktemp"}
"""What pyinfra's operations do to files; nothing of Windows has such a name, or it does another thing."""
_GUESTS = {"wsl", "docker", "git", "bash", "ssh"}
"""Programs of Windows too, to which signs of a POSIX shell are handed on."""
_SIGNS = re.compile(r"/dev/null|\|\|\s*true\b|\$\(|\btest -[a-zA-Z] |^\s*!\s|<<-? ?'?\w")
_PROGRAM = re.compile(r"(?:^|&&|\|\||[;&|(!])\s*(mkdir -[pm]\b|[\w.+-]+)")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_OWNERS = "leave out user, group and mode, which Windows has not, and change rights with icacls.exe by server.shell"
_WAY = (
    "take files.put, files.template, files.get or files.directory without user, group and mode, or server.shell with a command "
    "of Windows; a program that is really installed there is called by its full path"
)


def answer(command: str, ask: Ask) -> list[str] | None:
    """Return the lines a POSIX shell would print for one of pyinfra's file commands; None for any other command.

    Args:
        command: the shell command, as pyinfra made it.
        ask: sends calls to the agent.

    Raises:
        CallError: the laptop could not tell, or do it.
        StepError: a path that names nothing on Windows.

    """
    words = _words(command)
    if words[:2] == ["mkdir", "-p"] and len(words) == 3 and command == shlex.join(words):
        return _make(words[2], ask)
    if command == TmpDir().command():
        return []  # pyinfra then uses a name that our transfer does not need
    for path in [after for word, after in itertools.pairwise(words) if word == "-e"]:  # each of these facts tests for it first
        for fact, answers in ((File, _state), (Sha256File, _sha256), (FileContents, _contents)):
            if _asked(fact, path) == command:
                # Nothing is at a place that does not exist; what is to be done there is refused with words.
                return answers(path, ask) if _is_usable(path) else _missing(path) if fact is FileContents else []
        # The agent hashes with SHA-256 only; pyinfra goes on to that when the others have no answer.
        if command in (_asked(Sha1File, path), _asked(Md5File, path)):
            return []
    return None


def refusal(command: str) -> StepError | None:
    """Return why cmd.exe must not be given a command that is meant for a POSIX shell; None for any other."""
    programs = [re.sub(r"\s+", " ", one) for one in _PROGRAM.findall(_QUOTED.sub("''", command))]
    act = next((one for one in programs if one in _ACTS), "")
    handed_on = any("." in one or one in _GUESTS for one in programs)
    if not act and (handed_on or not _SIGNS.search(_QUOTED.sub("''", command))):
        return None
    what = act or (programs[0] if programs else command[:40])
    cause = f"{what!r} is for POSIX shells and means nothing, or something else, on Windows: nothing was run"
    return StepError(cause, _OWNERS if act in ("chmod", "chown", "chgrp") else _WAY, "unsupported")


def usable(path: str) -> str:
    """Return a path that names one place on Windows; raises StepError for ``~/x`` and ``/x``."""
    if not _is_usable(path):
        cause = f"{path!r} names no place on Windows"
        raise StepError(
            cause, "write it with its drive, as C:/Users/Public/x, or with a variable, as %USERPROFILE%\\x", "bad_path"
        )
    return path


def _is_usable(path: str) -> bool:
    return not re.match(r"~|[/\\](?![/\\])", path)


def _make(path: str, ask: Ask) -> list[str]:
    """Make a folder with those above it: the agent makes them for a file, which is taken away again."""
    keep = f"{usable(path).rstrip('/' + chr(92))}\\{_KEEP}"
    for answer in ask([call.file_write(keep, b"", expected=""), call.file_remove(keep)]):
        answer.need()
    return []


def _asked(fact: type[FactBase[Any]], path: str) -> str:
    return str(fact().command(path))


def _words(command: str) -> list[str]:
    """Return the words of a POSIX shell; none where it is not one's command."""
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _state(path: str, ask: Ask) -> list[str]:
    state = ask([call.file_state(path)])[0].need()
    if not state["exists"]:
        return []
    kind = "l" if state["link"] else "d" if state["folder"] else "-"
    modified = int(datetime.fromisoformat(str(state["modified"])).timestamp())
    # Owner and mode have no meaning that fits; whoever declares them gets a change that fails, not a silent one.
    mode, size = f"{kind}rw-r--r--", state["size"] or 0
    return [f"user=- group=- mode={mode} atime={modified} mtime={modified} ctime={modified} size={size} '{path}'"]


def _sha256(path: str, ask: Ask) -> list[str]:
    state = ask([call.file_state(path, digest=True)])[0].need()
    return [f"{state['sha256']}  {path}"] if state.get("sha256") else []


def _contents(path: str, ask: Ask) -> list[str]:
    read = ask([call.file_read(path, limit=_LARGEST_TEXT)])[0]
    read.need()
    return decode(read.data).splitlines() if read.exists else _missing(path)


def _missing(path: str) -> list[str]:
    """Return what pyinfra expects without the file: the flag that the command itself carries as its last word."""
    return [shlex.split(_asked(FileContents, path))[-1]]
