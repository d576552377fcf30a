r"""``.wslconfig`` as it is: the settings of a user's WSL VM, in ``<profile>\.wslconfig``."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.formats.ini import parse as ini
from pyinfra_wsl.core.formats.ini.files import WSLCONFIG as FILE
from pyinfra_wsl.core.formats.ini.merge import shown
from pyinfra_wsl.core.formats.ini.parse import Parsed
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.windows import pending
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wslconfig import live
from pyinfra_wsl.resources.wslconfig.live import Live

NAME = "wslconfig"


@dataclass(frozen=True, slots=True)
class State:
    """The file as it is.

    Args:
        exists: whether it is there; None while unknown, and then `problem` says why.
        sha256: of its bytes; empty where there is none.
        data: its bytes, in base64.
        values: what is in force, by ``section.key``, as text.
        problems: what is wrong with it, line by line.
        marks: what was written by us and was not live then, here and in ``wsl.conf``; None while unknown.
        problem: why it could not be read.
        remedy: the next step then, where it is known; empty elsewhere.
        link: what was said of a link that was not followed, since its user is away.
        there: whether the files are there that a declaration names, by their paths; without those of which that is unknown.
        live: what the VM has that runs; None where nobody looked into one.
        parsed: every line of it, as WSL reads it.

    """

    exists: bool | None
    sha256: str = ""
    data: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    marks: Mapping[str, str] | None = None
    problem: str = ""
    remedy: str = field(default="", metadata=HIDDEN)
    link: str = ""
    there: Mapping[str, bool] = field(default_factory=dict)
    live: Live | None = None
    parsed: Parsed = field(default_factory=lambda: parse(b""), repr=False, metadata=HIDDEN)


def parse(data: bytes) -> Parsed:
    """Read a ``.wslconfig`` as WSL does: every line's effect and the values in force."""
    return _parsed(data)


@lru_cache(maxsize=64)  # a fleet manages the file, so that many laptops have the same
def _parsed(data: bytes) -> Parsed:
    return ini.parse(data, FILE)


def path(user: User) -> str:
    """Return where a user's file is: in their profile folder, whatever %USERPROFILE% says (src/windows/common/helpers.cpp)."""
    return rf"{user.profile}\.wslconfig"


def probe(user: User) -> dict[str, Call]:
    """Return what has to be asked of the registry."""
    return {"marks": pending.probe(user.sid)}


def probe_file(user: User) -> dict[str, Call]:
    """Return what has to be asked of the profile folder."""
    return {"file": call.file_read(path(user))}


def read(
    answers: Mapping[str, Answer],
    paths: Mapping[str, Answer] | None = None,
    inside: Mapping[str, Mapping[str, Answer]] | None = None,
) -> State:
    """Read the file, the marker of what is not yet live, whether the files are there that a declaration names, and what runs."""
    running = live.read(inside or {}, answers.get("running"))
    file, marker = (answers.get(name, Answer(False, message="it was not asked for")) for name in ("file", "marks"))
    if not file.ok:
        link = file.message if file.kind == "link" else ""
        return State(None, problem=f".wslconfig could not be read: {file.message}", remedy=file.remedy, link=link, live=running)
    if int(file.value.get("size") or 0) > len(file.data):
        return State(None, problem=f".wslconfig has {file.value['size']} bytes, which is no settings file", live=running)
    parsed = parse(file.data)
    return State(
        exists=file.exists,
        sha256=file.sha256,
        data=base64.b64encode(file.data).decode(),
        values=shown(parsed, FILE),
        problems=parsed.problems,
        marks=pending.read(marker),
        there={path: one.exists and one.value.get("folder") is not True for path, one in (paths or {}).items() if one.ok},
        live=running,
        parsed=parsed,
    )
