"""Results read again: of one run, or of all of them, whoever has written, damaged or changed them since."""

from __future__ import annotations

import glob
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NoReturn

from pyinfra_wsl.report import file_name
from pyinfra_wsl.report.results import Document

FOLDER = "results"
RESULTS = "PYINFRA_WSL_RESULTS"
"""Environment variable that names another folder than ``results``."""

OUTCOMES = ("converged", "deferred", "failed", "offline", "unfinished", "not looked at")

_RUN = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]+")
_SECOND = 19  # letters of it that tell the second
_LARGEST = 64 * 2**20  # bytes of one file; what is written holds bounded values and is far smaller
_MOST = 10**15  # of a number: beyond, it is none that a run has counted

_KEYS: Mapping[str, tuple[type, ...]] = {
    "host": (str,), "seconds": (int, float), "requests": (int, type(None)), "restarts": (int, type(None)),
    "changes": (list,), "deferred": (list,), "failures": (list,), "warnings": (list,), "not_proved": (list,),
    "not_reached": (list,), "left_out": (list,), "groups": (list,), "resources": (dict,), "run": (dict,),
}  # fmt: skip
_ITEMS: Mapping[str, tuple[str, ...]] = {
    "changes": ("words", "sentence"), "deferred": ("sentence", "waits_for", "reason"), "failures": ("cause", "remedy"),
    "warnings": ("text",), "not_proved": ("text",),
}  # fmt: skip
"""What a document must have to be shown: the kinds of its values, and the texts of each item of its lists."""
_LATER: Mapping[str, Any] = {"not_proved": [], "not_reached": [], "left_out": [], "groups": [], "resources": {}, "run": {}}
"""What results of earlier versions lack."""
_OPTIONAL = ("resource", "code", "person")
"""Texts of an item that may be missing."""


@dataclass
class Found:
    """What was read.

    Args:
        documents: the results, by host name.
        problems: what could not be used, one sentence for each file.

    """

    documents: list[Document] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def root() -> Path:
    """Return the folder in which runs leave their results."""
    return Path(os.environ.get(RESULTS) or FOLDER)


def runs(folder: Path) -> list[Path]:
    """Return the folders of the runs below one, the oldest first; empty where there are none."""
    found = [one for one in folder.glob("*/") if next(one.glob("*.json"), None)]
    of_a_second = Counter(map(started, found))

    def order(one: Path) -> tuple[bool, str, float, str]:  # one with another name is somebody's copy
        when = started(one)
        return bool(_RUN.fullmatch(one.name)), one.name[:_SECOND], _moment(one) if when and of_a_second[when] > 1 else 0, one.name

    return sorted(found, key=order)


def _moment(folder: Path) -> float:
    """Return when a run ended, in seconds since 1970: its name tells the second, in which others may have ended too."""
    for path in sorted(folder.glob("*.json")):
        try:
            when = ended(_read(path))
        except ValueError:
            continue
        if when is not None:
            return when.timestamp()
    return 0


def newest(folder: Path) -> Path | None:
    """Return the folder of the newest run below one; None where there is none."""
    return next(reversed(runs(folder)), None)


def read(folder: Path) -> Found:
    """Return the results of one run; what is none is left out and named, since the others are good nevertheless."""
    found, seen = Found(), dict[str, str]()
    for path in sorted(folder.glob("*.json")):
        try:
            one = _read(path)
        except ValueError as error:
            found.problems.append(f"{folder.name}/{path.name}: {error}")
            continue
        first = seen.setdefault(one["host"], path.name)
        if first == path.name:
            found.documents.append(one)
        else:
            found.problems.append(f"{folder.name}/{path.name}: {first} is of the same host")
    return found


def of_host(folder: Path, host: str) -> Document | None:
    """Return a host's document of one run; None where there is none, or none that can be read.

    Args:
        folder: of the run.
        host: the host's name in the inventory.

    """
    name = file_name.of(host)
    for path in (folder / f"{name}.json", *sorted(folder.glob(f"{glob.escape(name)}_*.json"))):
        try:
            found = _read(path) if path.is_file() else None
        except ValueError:
            continue
        if found is not None and found["host"] == host:
            return found
    return None


def ended(document: Document) -> datetime | None:
    """Return when the run of a result ended; None where it does not tell."""
    try:
        return moment(document["run"]["ended"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def moment(text: str) -> datetime:
    """Return a date or time in ISO 8601, UTC unless it says another zone; raises ValueError or OverflowError where it is none."""
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def started(folder: Path) -> datetime | None:
    """Return when the run of a folder ended, as its name tells; None where it has another name."""
    if not _RUN.fullmatch(folder.name):
        return None
    try:
        return datetime.strptime(folder.name[:_SECOND], "%Y-%m-%dT%H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _read(path: Path) -> Document:
    return document(whole(path, _LARGEST))


def whole(path: Path, largest: int) -> Any:
    """Return the JSON of a file.

    Args:
        path: the file.
        largest: bytes that are taken.

    Raises:
        ValueError: it is no file, cannot be read, or holds none; one sentence.

    """
    try:
        there = path.stat()
        if not S_ISREG(there.st_mode) and not S_ISDIR(there.st_mode):  # a pipe or a device may never end
            raise ValueError("it is no file")
        if there.st_size > largest:
            raise ValueError(f"it is larger than {largest >> 20} MiB")
        return json.loads(path.read_bytes().decode("utf-8"), parse_constant=_no_number)
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError("it is no UTF-8 text") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def document(found: Any) -> Document:
    """Return what was read as a result that can be shown, with what earlier versions lack; raises ValueError where it is none."""
    if not isinstance(found, dict):
        raise ValueError("it has no host")
    whole: Document = {**_LATER, **found}
    if why := next(_wrong(whole), ""):
        raise ValueError(f"it has no {why}")
    return whole


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _wrong(found: Document) -> Iterator[str]:
    """Yield what a document lacks to be shown, or has in another form."""
    for name, kinds in _KEYS.items():
        if not isinstance(value := found.get(name, ...), kinds) or not _counted(value):
            yield name
            return
    if found.get("outcome") not in OUTCOMES:
        yield f"outcome that is known: {', '.join(OUTCOMES)}"
    for name, texts in _ITEMS.items():
        if not all(_has(item, texts) for item in found[name]):
            yield f"right {name}: each needs {' and '.join(texts)}, all of them texts"
    if not all(_counted(one.get("seconds", 0)) and isinstance(one.get("seconds", 0), (int, float)) for one in found["changes"]):
        yield "right changes: seconds are a number"
    for name in ("not_reached", "groups", "left_out"):
        if not _names(found.get(name, [])):
            yield f"right {name}: it is a list of names"
    if not all(isinstance(one, dict) and isinstance(one.get("words"), str) for one in found["resources"].values()):
        yield "right resources: each needs words"
    elif not all(_names(one.get("settings", [])) for one in found["resources"].values()):
        yield "right resources: settings are a list of names"
    people = found.get("people", {})
    if not isinstance(people, dict) or not all(
        isinstance(one, dict) and one.get("outcome") in OUTCOMES for one in people.values()
    ):
        yield f"right people: each needs an outcome that is known: {', '.join(OUTCOMES)}"
    if not isinstance(found["run"].get("ended", ""), str):
        yield "right run: its end is a text"


def _has(item: Any, texts: tuple[str, ...]) -> bool:
    """Whether an item is a mapping with these texts, and what else is a text in it is one."""
    if not isinstance(item, dict):
        return False
    return all(isinstance(item.get(text), str) for text in texts) and all(
        isinstance(item.get(text, ""), str) for text in _OPTIONAL
    )


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _counted(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return not isinstance(value, (int, float)) or abs(value) < _MOST  # which is false of what is no number
