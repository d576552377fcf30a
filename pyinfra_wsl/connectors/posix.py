"""pyinfra's own file facts on a laptop: ``files.put`` and ``files.get`` ask them in the language of POSIX shells.

A command is recognised by making it again with pyinfra's own fact and comparing, so a pyinfra that asks in other words is not
misunderstood: its command goes to cmd.exe and fails loudly.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pyinfra.api.facts import FactBase
from pyinfra.facts.files import File, FileContents, Md5File, Sha1File, Sha256File
from pyinfra.facts.server import TmpDir

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import decode

Ask = Callable[[list[Call]], list[Answer]]

_LARGEST_TEXT = 2**20  # bytes of a file that --diff shows


def answer(command: str, ask: Ask) -> list[str] | None:
    """Return the lines a POSIX shell would print for one of pyinfra's file facts; None for any other command.

    Args:
        command: the shell command, as pyinfra made it.
        ask: sends calls to the agent.

    Raises:
        CallError: the laptop could not tell.

    """
    if command == TmpDir().command():
        return []  # pyinfra then uses a name that our transfer does not need
    for path in _paths(command):
        for fact, answers in ((File, _state), (Sha256File, _sha256), (FileContents, _contents)):
            if _asked(fact, path) == command:
                return answers(path, ask)
        # The agent hashes with SHA-256 only; pyinfra goes on to that when the others have no answer.
        if command in (_asked(Sha1File, path), _asked(Md5File, path)):
            return []
    return None


def _asked(fact: type[FactBase[Any]], path: str) -> str:
    return str(fact().command(path))


def _paths(command: str) -> list[str]:
    """Return the words that may be the path: each of these facts tests for it first, behind ``-e``."""
    try:
        words = shlex.split(command)
    except ValueError:
        return []
    return [after for word, after in itertools.pairwise(words) if word == "-e"]


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
    # Without the file pyinfra expects the flag that the command itself carries as its last word.
    return decode(read.data).splitlines() if read.exists else [shlex.split(_asked(FileContents, path))[-1]]
