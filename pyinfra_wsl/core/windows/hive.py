r"""The registry of a person who is logged off, read and left as it was.

Windows loads ``NTUSER.DAT`` with its person's session only. A load writes into the file's logs, and keeps the person from their
own profile should they log on meanwhile; so a copy is loaded, from a folder that only administrators may enter, which is gone
with it again. The copy fails where anybody holds the file (a sharing violation): then nothing is known of what is in it. A key
that is open keeps a hive loaded (Microsoft, "RegUnLoadKeyW"): the agent closes each key that it reads. Whatever a run that was
broken off has left loaded is unloaded before anything is loaded again. A load makes an empty hive where there is no file
(Microsoft, "RegLoadKeyW"), and Windows repairs a damaged one by leaving parts out; each person's has a key ``Software``, and
where that is not read at the end, nothing of what was read before is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import Output, said
from pyinfra_wsl.core.talk import Request, Talk
from pyinfra_wsl.core.windows.account_names import is_person
from pyinfra_wsl.core.windows.user import ADMINISTRATORS, HIVE, ICACLS, SYSTEM32, User

FILE = "NTUSER.DAT"
_FILES = (FILE, f"{FILE}.LOG1", f"{FILE}.LOG2")
_REG, _ROBOCOPY = rf"{SYSTEM32}\reg.exe", rf"{SYSTEM32}\robocopy.exe"
_COPIED = 8  # from here on robocopy's exit codes are failures (Microsoft, "robocopy")
_TRIES = 3
_ALWAYS = "Software"


def key(sid: str) -> str:
    """Return the registry key as which a person's hive is loaded."""
    return f"HKU\\{HIVE}{sid}"


def header(profile: str) -> Call:
    """Return the call that tells whether a profile's hive is a plain file that nobody holds, as one of nobody's session is."""
    return call.file_read(rf"{profile}\{FILE}", limit=4, within=profile)


def opening(sid: str, profile: str, program_files: str) -> dict[str, Call]:
    """Return the calls that load a copy of a person's hive, in order; those of `closing` go after all that reads it."""
    place = _folder(sid, program_files)
    own = call.run(ICACLS, place, "/inheritance:r", "/grant:r", *ADMINISTRATORS, timeout=60)
    switches = ("/R:0", "/W:0", "/SL", "/XJ", "/NJH", "/NJS", "/NP")  # nothing that is a link is followed
    return {
        "left": _unload(key(sid)),
        "swept": call.file_remove(place, tree=True),
        "folder": call.file_write(rf"{place}\.keep", b""),
        "rights": own,
        "copy": call.run(_ROBOCOPY, profile, place, *_FILES, *switches, timeout=120),
        "load": call.run(_REG, "load", key(sid), rf"{place}\{FILE}", timeout=60),
    }


def closing(sid: str, program_files: str) -> dict[str, Call]:
    """Return the calls that tell whether it was there to the end, unload it and take the copy away."""
    return {"whole": call.registry_read(rf"{key(sid)}\{_ALWAYS}"), **taking_away(sid, program_files)}


def taking_away(sid: str, program_files: str) -> dict[str, Call]:
    """Return the calls that unload a copy and remove it, whatever is left of it."""
    return {"unload": _unload(key(sid)), "gone": call.file_remove(_folder(sid, program_files), tree=True)}


def why_not(answers: Mapping[str, Answer]) -> str:
    """Return why it is not known what a hive holds; empty where what was read in between is so.

    Args:
        answers: by the names of `opening` and `closing`.

    """
    if not _succeeded(answers["rights"]):
        return f"no folder for a copy of it could be made: {_said(answers['rights'])}"
    if not _ended(answers["copy"], range(_COPIED)):
        return f"it cannot be copied: {_said(answers['copy'])}"
    if not loaded(answers):
        return f"it cannot be loaded: {_said(answers['load'])}"
    return "" if answers["whole"].exists else f"what was loaded holds no key {_ALWAYS}, or was unloaded by another run meanwhile"


def loaded(answers: Mapping[str, Answer]) -> bool:
    """Whether a copy was loaded, also one that is no use, so that it has to be unloaded again."""
    return _succeeded(answers["load"])


def closed(sid: str, program_files: str, answer: Answer) -> Talk[str]:
    """Unload what was loaded, again where that failed, and return why it still is loaded; empty where it is not.

    Args:
        sid: whose.
        program_files: the laptop's folder of programs.
        answer: to the ``unload`` of `closing`.

    """
    for _again in range(_TRIES - 1):
        if _succeeded(answer):
            return ""
        answer, *_gone = yield Request([*taking_away(sid, program_files).values()], True)
    return "" if _succeeded(answer) else _said(answer)


def within(user: User, calls: Sequence[Call]) -> Talk[Sequence[Answer] | str]:
    """Ask something of a copy of a person's hive, and return the answers, or why it is not known what it holds.

    Args:
        user: somebody whose own hive is not loaded.
        calls: what is asked below `key`.

    """
    before, after = opening(user.sid, user.profile, user.program_files), closing(user.sid, user.program_files)
    answers = yield Request([*before.values(), *calls, *after.values()], True)
    told = dict(zip([*before, *after], [*answers[: len(before)], *answers[len(before) + len(calls) :]], strict=True))
    why = why_not(told)
    if loaded(told) and (still := (yield from closed(user.sid, user.program_files, told["unload"]))):
        why = why or f"a copy of it is loaded still: {still}"
    return why or answers[len(before) : len(before) + len(calls)]


def left(answer: Answer) -> tuple[str, ...]:
    """Return whose hives earlier runs have left loaded, by SID.

    Args:
        answer: to a read of ``HKU`` with its keys.

    """
    keys = answer.value.get("keys") if answer.exists else None
    names: Iterable[str] = keys if isinstance(keys, Mapping) else ()
    sids = (name[len(HIVE) :] for name in names if name.lower().startswith(HIVE))
    return tuple(sid for sid in sids if is_person(sid))


def _folder(sid: str, program_files: str) -> str:
    return rf"{program_files}\pyinfra-wsl\hives\{sid}"


def _unload(name: str) -> Call:
    return call.run(_REG, "unload", name, timeout=60)


def _succeeded(answer: Answer) -> bool:
    return _ended(answer, range(1))


def _ended(answer: Answer, codes: range) -> bool:
    return answer.ok and Output.of(answer).exit_code in codes


def _said(answer: Answer) -> str:
    return said(answer) or answer.kind
