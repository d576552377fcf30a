r"""WSL's containers as they are: whether ``wslc`` is there, and its settings in ``%LOCALAPPDATA%\wslc\settings.yaml``.

It is part of the package since 2.9.3, for testing (Microsoft, "WSL containers"), and has a VM of its own: ``.wslconfig`` does
not count for it. Whoever starts it reads the file; a session that runs keeps what it began with
(src/windows/common/WSLCUserSettings.cpp).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wslc import document
from pyinfra_wsl.resources.wslc.keys import KEYS

NAME = "wslc"
SINCE = "2.9.3"
"""The package that brings it."""


@dataclass(frozen=True, slots=True)
class State:
    """The containers of one user.

    Args:
        there: whether the package brings ``wslc``; None while unknown.
        exists: whether there is a file; None while unknown, and then `problem` says why.
        values: what it sets, by ``section.key``, as text.
        ignored: names in it that ``wslc`` does not know.
        problem: why it could not be read.
        link: what was said of a link that was not followed, since its user is away.
        text: its text.
        sha256: of its bytes; empty where there is none.

    """

    there: bool | None = None
    exists: bool | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    problem: str = ""
    link: str = ""
    remedy: str = field(default="", metadata=HIDDEN)
    text: str = field(default="", metadata=HIDDEN)
    sha256: str = field(default="", metadata=HIDDEN)


def path(user: User) -> str:
    """Return where a user's file is."""
    return rf"{user.profile}\AppData\Local\wslc\settings.yaml"


def probe_files(user: User) -> dict[str, Call]:
    """Return what has to be asked of the profile folder."""
    return {"file": call.file_read(path(user))}


def probe_session(exe: str | None) -> dict[str, Call]:
    """Return what has to be asked of the folder of wsl.exe, which is guessed rightly where the package is only to come."""
    if exe is None:
        return {}
    folder = exe.rpartition("\\")[0]
    return {"program": call.file_state(rf"{folder}\wslc.exe")}


def read(answers: Mapping[str, Answer], package: bool | None) -> State:
    """Read the answers by the names of the probes.

    Args:
        answers: those.
        package: whether there is a package; None while unknown.

    """
    program, file = answers.get("program"), answers.get("file", Answer(False, message="it was not asked for"))
    there = program.exists if program is not None and program.ok else False if package is False else None
    if not file.ok:
        link = file.message if file.kind == "link" else ""
        return State(there, problem=f"settings.yaml could not be read: {file.message}", link=link, remedy=file.remedy)
    if not file.exists:
        return State(there, exists=False)
    if int(file.value.get("size") or 0) > document.LONGEST:
        return State(there, problem=f"settings.yaml has {file.value['size']} bytes, which is no settings file")
    try:
        text = file.data.decode("utf-8-sig")
        found = document.values(text)
    except (UnicodeDecodeError, document.DocumentError) as error:
        why = "it is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        return State(there, file.exists, problem=f"settings.yaml cannot be changed: {why}", sha256=file.sha256)
    known = {name: escape(value) for name, value in found.items() if name in KEYS}
    ignored = tuple(escape(name) for name in found if name not in KEYS)
    return State(there, file.exists, known, ignored, text=text, sha256=file.sha256)
