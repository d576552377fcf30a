"""Documents that laptops have handed back, as results of this fleet: input from outside, of which nothing is believed unseen.

Each laptop hands back into a folder of its own name, so that who may write there speaks for that laptop alone.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from pyinfra_wsl.core import heard, show
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files, handed
from pyinfra_wsl.pull.fetch import FetchError
from pyinfra_wsl.pull.form.fields import is_name
from pyinfra_wsl.pull.handed import LARGEST, Name, One
from pyinfra_wsl.report import reading, results
from pyinfra_wsl.report.plain import plain
from pyinfra_wsl.report.results import Document

_AHEAD = timedelta(hours=1)
_KNOWN = ".collected"
_OF_A_RUN = re.compile(r"/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{6}-[0-9a-f]{8}\.json\Z")
_LAYERS = 256
_ROOM = 8 * 2**20  # bytes of one laptop
_LONGEST = 240  # characters of a laptop's name: with what results add to it, disks take 255 bytes
_PROBLEMS, _PROBLEMS_EACH = 200, 10


@dataclass
class Collected:
    """What was collected.

    Args:
        documents: new ones, the oldest first.
        known: so many were collected before.
        problems: what could not be used, a sentence each.
        seen: the names of all that lie at each place.

    """

    documents: list[Document] = field(default_factory=list)
    known: int = 0
    problems: list[str] = field(default_factory=list)
    seen: dict[str, list[str]] = field(default_factory=dict)
    _of: dict[str, int] = field(default_factory=dict)

    def problem(self, text: str, host: str) -> None:
        """Note one of a laptop, unless there are too many to read: those of one laptop hide no other's."""
        self._of[host] = self._of.get(host, 0) + 1
        if self._of[host] > _PROBLEMS_EACH:
            if self._of[host] == _PROBLEMS_EACH + 1:
                self.problems.append(f"{host}: and more of that kind")
        elif len(self.problems) < _PROBLEMS:
            self.problems.append(text)
        elif len(self.problems) == _PROBLEMS:
            self.problems.append("and more of that kind")


def collect(
    places: Iterable[str], root: Path, hosts: Collection[str] | None, now: datetime, run_id: str, *, ca: str = "system"
) -> Collected:
    """Take what is new at some places into the folder of results.

    Args:
        places: folders, shares, or addresses, as of `listing`.
        root: the folder of results.
        hosts: the fleet's machines; None where all are taken.
        now: the time.
        run_id: of this collection, hexadecimal digits.
        ca: ``system``, or a file of certificate authorities.

    Raises:
        StepError: a place cannot be read at all.
        OSError: the results cannot be written.

    """
    found, known = Collected(), _known(root)
    names = None if hosts is None else {one.casefold(): one for one in hosts}
    left, several = Left(), list(dict.fromkeys(map(handed.whole, places)))
    for place in several:
        before = set(known.get(show.address(place), ())) | _elsewhere([*known.values(), *found.seen.values()])
        seen = found.seen.setdefault(show.address(place), [])
        try:
            there = list(handed.there(place, ca))
            if not there:  # a list that was made in the wrong folder, or by a stranger: nothing is taken twice later
                seen += known.get(show.address(place), ())
            new = list(_unknown(found, seen, before, _own(found, there, names or {})))
        except StepError as error:
            if len(several) == 1:
                raise
            found.problem(error.cause, place)
            seen[:] = known.get(show.address(place), ())
            continue
        away = f"{show.address(place)} does not answer: the rest is left for the next time"
        for name, read in handed.read_all(left.of(new), partial(found.problem, away, place)):
            try:
                data = read()
                if left.too_much(name[0], len(data)):
                    continue
                found.documents.append(_taken(name, data, names, now))
                seen.append("/".join(name))
            except (ValueError, FetchError, OSError) as error:
                found.problem(f"{'/'.join(name)}: {getattr(error, 'cause', None) or error}", name[0])
    for host, count in left.count.items():
        found.problem(f"{host}: {count} older documents are left for the next time: pyinfra-wsl collect", host)
    found.documents.sort(key=lambda one: str(one["run"]["ended"]))
    with _or_nothing(root, run_id):
        _write(found.documents, root, run_id)
        files.write(root / _KNOWN, json.dumps({**known, **found.seen}).encode())
    return found


@contextmanager
def _or_nothing(root: Path, run_id: str) -> Iterator[None]:
    """Take away what was written of a collection that could not be written down as one: the next takes all of it again."""
    try:
        yield
    except OSError:
        for folder in root.glob(f"*-{run_id}??"):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _own(found: Collected, there: list[One], names: dict[str, str]) -> Iterator[One]:
    """Yield what lies in laptops' own folders: of two that differ in case only, that which is spelled as in the fleet file."""
    spelled, told = {name[0] for name, _ in there}, set()
    for one in there:
        host = one[0][0]
        own = names.get(host.casefold(), host)
        if own == host or own not in spelled:
            yield one
        elif host not in told:
            told.add(host)
            found.problem(f"{host}: {own} is there too, and is the laptop's: look who has made the other", host)


def _elsewhere(lists: Iterable[list[str]]) -> set[str]:
    """Return the names by which a document is the same wherever it lies: those that hold its time and its run."""
    return {name for names in lists for name in names if _OF_A_RUN.search(name)}


def _unknown(found: Collected, seen: list[str], before: set[str], there: Iterable[One]) -> Iterator[One]:
    """Yield what was not collected before; of a laptop whose folder cannot be listed, what was stays known."""
    of: dict[str, list[str]] = {}
    for one in before:
        of.setdefault(one.partition("/")[0], []).append(one)
    for name, read in there:
        told = "/".join(name)
        if told in before:
            found.known += 1
            seen.append(told)
        else:
            yield name, read
            if not name[1]:
                seen += of.get(name[0], [])


@dataclass
class Left:
    """What is left for the next time, so that one laptop with very many is no burden to the others; none of it is lost.

    Args:
        count: how many documents of each laptop.
        taken: how many of each are taken.
        room: how many bytes of each.

    """

    count: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    room: dict[str, int] = field(default_factory=dict)

    def too_much(self, host: str, size: int) -> bool:
        """Whether a laptop's documents are more than is kept in memory of one; then this one is left."""
        known = host.casefold()
        self.room[known] = self.room.get(known, 0) + size
        if self.room[known] <= _ROOM:
            return False
        self.count[host] = self.count.get(host, 0) + 1
        return True

    def of(self, new: list[One]) -> Iterator[One]:
        """Yield what is taken this time: of each laptop the newest, which are so named."""
        newest_first = sorted(new, key=lambda one: one[0], reverse=True)
        for one in sorted(newest_first, key=lambda one: one[0][0]):
            host = one[0][0].casefold()
            if self.taken.get(host, 0) < _LAYERS:
                self.taken[host] = self.taken.get(host, 0) + 1
                yield one
            else:
                self.count[one[0][0]] = self.count.get(one[0][0], 0) + 1


def _taken(name: Name, data: bytes, names: dict[str, str] | None, now: datetime) -> Document:
    """Return a document that can be used; raises ValueError that says why another cannot."""
    host, _file = name
    if not is_name(host) or len(host) > _LONGEST:
        raise ValueError("no laptop that pulls is called so")
    try:
        document = reading.document(plain(heard.parse(data, LARGEST)))
    except heard.HeardError as error:
        raise ValueError(f"it is no JSON that a laptop writes ({error})") from None
    if document["host"].casefold() != host.casefold():
        raise ValueError("it is of another host than its folder")
    if names is not None:
        if host.casefold() not in names:
            raise ValueError("the fleet has no such host")
        document["host"] = names[host.casefold()]
    told = document.get("pull")
    if not (isinstance(told, dict) and all(isinstance(told.get(key), str) for key in ("outcome", "chain", "source"))):
        raise ValueError("it does not say how the pull ended")
    if not (told.get("serial") is None or type(told["serial"]) is int):
        raise ValueError("its serial is no number")
    ended = reading.ended(document)
    if ended is None:
        raise ValueError("it does not say when it ended")
    if ended > now + _AHEAD:
        text = f"the laptop's clock is ahead: it says {ended:%Y-%m-%d %H:%M} UTC"
        document["warnings"] = [*document["warnings"], {"resource": "clock", "text": text}]
        document["run"] = {**document["run"], "ended": now.isoformat()}
    return document


def _known(root: Path) -> dict[str, list[str]]:
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((root / _KNOWN).read_bytes())
        lists = {place: names for place, names in found.items() if isinstance(names, list)} if isinstance(found, dict) else {}
        return {place: [one for one in names if isinstance(one, str)] for place, names in lists.items()}
    return {}


def _write(documents: list[Document], root: Path, run_id: str) -> None:
    """Write documents as runs: of each host the newest in the last, the one before it in the run before, and so on."""
    layers: list[list[Document]] = []
    count: dict[str, int] = {}
    for one in reversed(documents):
        depth = count.setdefault(one["host"], 0)
        count[one["host"]] += 1
        if depth == len(layers):
            layers.append([])
        layers[depth].append(one)
    for depth, layer in enumerate(layers):
        ended = max(filter(None, map(reading.ended, layer)))
        folder = root / f"{ended:%Y-%m-%dT%H-%M-%S}-{run_id}{_LAYERS - 1 - depth:02x}"
        if problems := results.write(layer, folder):
            raise OSError(problems[0])
