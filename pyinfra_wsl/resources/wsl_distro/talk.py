"""What the steps on a distribution have in common: proved by the registry, folders made, what we know kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.talk import Later, Talk
from pyinfra_wsl.core.windows import path as windows_path
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.path import normal
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wsl_distro import state as registry
from pyinfra_wsl.resources.wsl_distro.state import State

VARIABLES = {"userprofile": "USERPROFILE", "localappdata": "LOCALAPPDATA", "systemdrive": "SystemDrive"}
"""The variables that a path may have, by their names in lower case."""

_VARIABLE = re.compile(r"%([A-Za-z_()0-9]+)%")


def look(owner: Owner) -> Call:
    """Return the call whose answer `read` reads."""
    return call.registry_read(rf"{owner.user.hive}\{registry.LXSS}", depth=1)


def read(owner: Owner, lxss: Answer) -> State:
    """Read a person's registrations from the answer to `look`."""
    return registry.read({"hive": Answer(True, {"exists": True}), "lxss": lxss, "ours": Answer(False)}, owner.user)


def expand(path: str, user: User) -> str:
    """Return a path with a user's variables filled in, as wsl.exe and the registry have it; whether it can be, `fault` says."""
    known = {
        "userprofile": user.profile,
        "localappdata": rf"{user.profile}\AppData\Local",
        "systemdrive": user.system_root[:2],
    }
    return normal(_VARIABLE.sub(lambda found: known.get(found[1].lower(), found[0]), path))


def fault(path: str, longest: int) -> str:
    """Return why a path of ours cannot be, as `pyinfra_wsl.core.windows.path.fault` does; no variable may be left in it."""
    return "holds %, which is no part of a path here" if "%" in path else windows_path.fault(path, longest=longest)


def standing(path: str) -> str:
    """Return a path with the shortest that its variables can stand for: what is wrong with that is wrong for everybody."""
    known = {"userprofile": r"C:\a", "localappdata": r"C:\a\AppData\Local", "systemdrive": "C:"}
    return _VARIABLE.sub(lambda found: known.get(found[1].lower(), found[0]), path)


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
