r"""What is made for a person outside of their profile, a distribution's folder or an export: theirs alone, as if it were within.

By default whoever has an account on a laptop may read, change and rename what anybody makes in a new folder of ``C:\``, and all
of another drive: ``icacls C:\`` shows ``Authenticated Users:(OI)(CI)(IO)(M)``. So a disk there would be everybody's, and so would
a backup. What we make gets the rights of a profile: its person, administrators and LocalSystem. What was there keeps its own.
"""

from __future__ import annotations

import ntpath
from collections.abc import Sequence

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.path import above, is_within
from pyinfra_wsl.core.windows.user import CMD, ICACLS, User

_DENIED, _OPEN = 3, 4  # exit codes: a folder could not be made, or not be kept from others


def make_folder(folder: str, owner: Owner) -> list[Call]:
    """Return the calls that make a folder with all above it.

    Args:
        folder: which one.
        owner: whose it is, and who makes it.

    Returns:
        Calls, one of which fails where a folder is not there then, so that nothing comes after it. `not_made` says why.

    """
    user = owner.user
    if is_within(folder, user.profile):
        return [_line('if not exist "%PLACE%\\" mkdir "%PLACE%"', folder), call.file_wait(folder, 0.0)]
    shut = f'{ICACLS} "%PLACE%" {_rights(user, "(OI)(CI)")}'
    line = f'if not exist "%PLACE%\\" mkdir "%PLACE%" || exit {_DENIED} & {shut} && exit 0 & rmdir "%PLACE%" & exit {_OPEN}'
    wanted = [one for one in (*above(folder), folder) if ntpath.splitdrive(one)[1] not in {"", "\\"}]
    return [made for one in wanted for made in (_line(line, one), call.file_wait(one, 0.0))]


def make_room(folder: str, owner: Owner) -> list[Call]:
    """Return the calls that make what wsl.exe does not make for a distribution: all above its folder, which it makes itself.

    Outside of the profile also the folder, which would be everybody's (src/windows/service/exe/LxssUserSession.cpp).
    """
    return make_folder(folder if not is_within(folder, owner.user.profile) else folder.rpartition("\\")[0], owner)


def make_file(path: str, owner: Owner) -> list[Call]:
    """Return the calls that make an empty file in a folder that is there: outside of the profile, so that it is theirs alone.

    Args:
        path: a file that is not there; wsl.exe empties what it exports to, and so keeps its rights.
        owner: whose it is, and who makes it.

    """
    user = owner.user
    if is_within(path, user.profile):
        return []
    shut = _line(f'{ICACLS} "%PLACE%" {_rights(user)} || del "%PLACE%" & exit {_OPEN}', path)
    return [call.file_write(path, b"", expected=""), shut, call.file_wait(path, 0.0)]


def not_made(answers: Sequence[Answer], what: str, owner: Owner, field: str) -> Failure | None:
    """Return why what was to be made is not there or not theirs; None where it is.

    Args:
        answers: those to the calls of `make_folder` and `make_file`.
        what: the folder or file.
        owner: whose it is.
        field: where it is declared: ``location``.

    """
    if not answers or answers[-1].ok:
        return None
    account, culture = owner.user.account, owner.windows.culture
    for answer in answers:
        if not answer.ok:
            return _denied(what, account, field, answer.message, answer.kind)
        output = Output.of(answer) if "exit_code" in answer.value else None
        if output is not None and output.exit_code == _OPEN:
            cause = f"{what} cannot be made so that it is {account}'s alone: {output.said(culture)}"
            return Failure(cause, f"declare {field} on a drive that keeps rights (NTFS), or make that folder by hand", "rights")
        if output is not None and not output.ok:
            return _denied(what, account, field, output.said(culture), "folder")
    return None


def _denied(what: str, account: str, field: str, why: str, code: str) -> Failure:
    remedy = f"declare {field} on a drive that is there, in a folder that they may write to"
    return Failure(f"{account} cannot make {what}: {why}", remedy, code)


def _rights(user: User, inherited: str = "") -> str:
    who = ("S-1-5-32-544", "S-1-5-18", user.sid)
    return " ".join(["/inheritance:r", "/grant:r", *(f"*{sid}:{inherited}F" for sid in who)])


def _line(line: str, path: str) -> Call:
    # Quotes travel as a variable: the agent would escape them for programs of C, which cmd.exe is not. So does the path.
    line = line.replace('"', "%QUOTE%")
    return call.run(CMD, "/d", "/s", "/c", f"{line} ", environment={"QUOTE": '"', "PLACE": path}, timeout=60)
