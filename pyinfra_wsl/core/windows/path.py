r"""Paths of Windows: why one cannot be, and how two lie to each other, as far as their texts tell.

Names: Microsoft, "Naming Files, Paths, and Namespaces". Lengths: Microsoft, "Maximum Path Length Limitation"; ``wsl.exe`` itself
opens and makes what it is given, and no manifest of it lifts that limit, as the service's does (src/windows/common/WslClient.cpp,
src/windows/service/exe/application.manifest).
"""

from __future__ import annotations

import ntpath
import re
import unicodedata
from functools import lru_cache

LONGEST_FILE = 259
"""Units of UTF-16 of a path that a program opens by it: ``MAX_PATH`` without its NUL."""
LONGEST_FOLDER = 247
"""Units of UTF-16 of a folder that is made: a name of twelve characters must fit into it (Microsoft, "CreateDirectoryW")."""
LONGEST = 32_766
"""Units of UTF-16 of any path at all, for programs that lift the limit."""

_TWO = "\\\\"
_LONGEST_PART = 255
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, marks of direction, zero width, halves of a character, ends of lines
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DRIVE = re.compile(r"[A-Za-z]:\\")
_SHARE = re.compile(r"\\\\[^\\]+\\[^\\]+(?:\\|\Z)")
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:\.|\Z)", re.IGNORECASE)
_PREFIXED_DRIVE = re.compile(r"\\\\\?\\(?=[A-Za-z]:)")


def fault(path: str, *, longest: int = LONGEST_FILE, share: bool = False, whole: bool = False) -> str:
    r"""Return why nothing on a Windows drive can have a path, as the rest of a sentence that begins with it; empty if it can.

    Args:
        path: with slashes of either kind; without variables.
        longest: units of UTF-16 at most, once it is `normal`.
        share: whether ``\\server\share\path`` is as good. Then what begins with ``\\.\`` or ``\\?\`` is not judged.
        whole: whether a whole drive or share is as good as a folder of it.

    """
    unseen = next((one for one in path if unicodedata.category(one) in _UNSEEN), None)
    if unseen is not None:
        return f"holds U+{ord(unseen):04X}, which nobody sees"
    plain = path.replace("/", "\\")
    if share and plain.startswith(("\\\\.\\", "\\\\?\\")):
        return ""
    root = _DRIVE.match(plain) or (_SHARE.match(plain) if share else None)
    if root is None:
        return _no_root(plain, share=share)
    found = (_wrong(part) for part in plain[root.end() :].split("\\"))
    return next(filter(None, found), "") or _total(normal(plain), longest, whole=whole)


def _no_root(plain: str, *, share: bool) -> str:
    if re.match(r"[A-Za-z]:[^\\]", plain):
        return f"means whatever folder of drive {plain[:2]} a program is in: a \\ belongs behind the colon"
    return "is no path on a Windows drive" + (" or share" if share else "")


def _wrong(part: str) -> str:
    if part in ("", ".", ".."):
        return ""
    if found := _FORBIDDEN.search(part):
        second = "holds a second colon: that names a stream inside another file"
        return second if found[0] == ":" else f"holds {found[0]}, which no name on Windows may have"
    if _DEVICE.match(part):
        return f"holds the name '{part}', which is a device of Windows wherever it stands"
    if part[-1] in ". ":
        return f"holds the name '{part}': Windows takes a dot or space at its end away, and so means another one"
    long = _units(part) > _LONGEST_PART
    return f"holds a name of {_units(part)} characters; Windows has room for {_LONGEST_PART}" if long else ""


def _total(path: str, longest: int, *, whole: bool) -> str:
    if not whole and ntpath.splitdrive(path)[1] in {"", "\\"}:
        return f"is a whole {'share' if path.startswith(_TWO) else 'drive'}, and no file or folder of one"
    if _units(path) > longest:
        return f"has {_units(path)} characters; Windows has room for {longest} here"
    return ""


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def normal(path: str) -> str:
    r"""Return a path as Windows itself writes it: backslashes, no ``.``, ``..`` or doubled ones, none at the end but a root's."""
    return (_once if len(path) <= LONGEST_FILE else _normal)(path)


def _normal(path: str) -> str:
    return ntpath.normpath(path.replace("/", "\\"))


_once = lru_cache(maxsize=512)(_normal)  # laptops have much the same paths, and are asked for them several times


def without_prefix(path: str) -> str:
    r"""Return a path without the ``\\?\`` that lifts the limit of its length, where the same path can be written without it."""
    if path[:8].upper() == "\\\\?\\UNC\\":
        return f"\\\\{path[8:]}"
    return _PREFIXED_DRIVE.sub("", path, count=1)


def plain(path: str) -> str:
    """Return what the spellings of a path have in common that are the `same`."""
    return normal(without_prefix(path)).rstrip("\\").lower()


def same(one: str, other: str) -> bool:
    """Whether two paths are the same, as far as their texts tell."""
    return plain(one) == plain(other)


def is_within(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies below it, as far as their texts tell."""
    return f"{plain(path)}\\".startswith(f"{plain(folder)}\\")


def above(path: str) -> tuple[str, ...]:
    r"""Return the folders above a path, from its root down: ``C:\``, ``C:\Users``."""
    found: list[str] = []
    folder, name = ntpath.split(normal(path))
    while name:
        found.insert(0, folder)
        folder, name = ntpath.split(folder)
    return tuple(one for one in found if one)
