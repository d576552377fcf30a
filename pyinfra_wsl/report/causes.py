"""The same thing said by many hosts, said once: what failed, what waits, what is open, with the hosts of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pyinfra_wsl.core.plan import WHAT_FAILED
from pyinfra_wsl.report.once import once
from pyinfra_wsl.report.results import Document

_LONGEST = 2000  # characters by which two texts are compared
NO_RESOURCES = ("", "connection", "report", "operation")
"""What stands in the place of a resource where it is none."""

_SHORT = 2  # characters of a host's name that may as well be a part of any other word
_HOST = "\0"
"""What stands for a host's own name in the words of several."""
_NAME = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|0x[0-9A-Fa-f]{4,}|-?\d{3,}")
"""What others call an error, and not we: its symbol or its number."""
_VARIES = re.compile(
    r"""
      '[^']*' | "[^"]*" | “[^”]*” | „[^“]*“ | «[^»]*»      # names in quotes
    | \{[0-9A-Fa-f-]{36}\} | \bS-1-[0-9-]+                  # identifiers of Windows
    | \b[A-Za-z]:\\[^\s,;:()]* | \\\\[^\s,;:()]+            # its paths
    | (?<![\w/])~?/[^\s,;:()]+                              # those of Linux
    | \b(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{8,}\b                 # sums
    | \d+(?:[.,:]\d+)*                                      # numbers, times, versions, addresses
    """,
    re.VERBOSE,
)


@dataclass
class Cause:
    """One thing that is so on several hosts.

    Args:
        resource: of what; empty where it is of the host as a whole.
        code: how others call the error, its symbol or number; empty where it has none.
        waits_for: for what it waits; empty where it does not.
        texts: how often it was said in which words, which may differ in names and numbers.
        remedies: how often which next step was told.
        abouts: how often it was said of what.
        hosts: the hosts, in their order.

    """

    resource: str = ""
    code: str = ""
    waits_for: str = ""
    texts: Counter[str] = field(default_factory=Counter)
    remedies: Counter[str] = field(default_factory=Counter)
    abouts: Counter[str] = field(default_factory=Counter)
    hosts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words in which most hosts say it; of several, their own names are not told in it."""
        return self._said(self.texts)

    @property
    def remedy(self) -> str:
        """The next step that most of them are told."""
        return self._said(self.remedies)

    def _said(self, counted: Counter[str]) -> str:
        text = counted.most_common(1)[0][0] if counted else ""
        return text.replace(_HOST, self.hosts[0] if len(self.hosts) == 1 else "HOST")

    @property
    def others(self) -> int:
        """How many other words there are for it."""
        return max(len(self.texts) - 1, 0)

    @property
    def name(self) -> str:
        """The error's own name, where the words do not hold it: WSL's is the last part of where it came from."""
        name = self.code.rpartition("/")[2]
        return "" if name in self.text else name

    @property
    def title(self) -> str:
        """The words, after the error's own name where they do not hold it."""
        return f"{self.name}: {self.text}" if self.name else self.text

    @property
    def label(self) -> str:
        """All of it in a line."""
        return f"waits for {self.waits_for}: {self.text}" if self.waits_for else self.title

    def add(self, host: str, text: str, remedy: str = "", about: str = "") -> None:
        """Add what one host says; a host counts once, whatever it says."""
        if not self.hosts or self.hosts[-1] != host:
            self.hosts.append(host)
        self.texts[_without(text, host)] += 1
        if remedy:
            self.remedies[_without(remedy, host)] += 1
        if about:
            self.abouts[about] += 1


class Causes(dict[tuple[str, ...], Cause]):
    """Causes by what makes two of them the same."""

    def of(self, *key: str, resource: str = "", code: str = "", waits_for: str = "") -> Cause:
        """Return the cause of a key, begun where it is new."""
        if key not in self:
            self[key] = Cause(resource, code, waits_for)
        return self[key]

    def most_first(self) -> list[Cause]:
        """Return them, those of most hosts first."""
        return sorted(self.values(), key=lambda one: -len(one.hosts))


def shape(text: str, host: str) -> str:
    """Return what is left of a text without what differs from host to host: names in quotes, paths, numbers, its own name."""
    return _VARIES.sub("#", _without(text[:_LONGEST], host))


def _without(text: str, host: str) -> str:
    return text.replace(host, _HOST) if len(host) > _SHORT else text


def failures(documents: Iterable[Document]) -> list[Cause]:
    """Return what failed: by resource and the error's own name, and where it has none by the words."""
    found = Causes()
    for one in documents:
        for told in once(one["failures"]):
            entry = told.entry
            of, code = entry.get("resource", ""), entry.get("code", "")
            named = bool(_NAME.search(code))
            key = (of, code) if named else (of, code, shape(entry["cause"], one["host"]))
            cause = found.of(*key, resource=of, code=code if named else "")
            cause.add(one["host"], entry["cause"], entry["remedy"])
            cause.abouts.update(filter(None, (_words(one, resource) for resource in told.resources)))
    return found.most_first()


def kinds(document: Document) -> list[str]:
    """Return what kinds of failure a host had: by resource and the error's own name, and where it has none by the words."""
    host, found = document["host"], []
    for one in document["failures"]:
        named = _NAME.search(one.get("code", ""))
        words = one["code"] if named else shape(one["cause"], host).replace(_HOST, "HOST")
        found.append(f"{one.get('resource', '')}: {words}")
    return list(dict.fromkeys(found))


def waits(documents: Iterable[Document]) -> list[Cause]:
    """Return what waits, by what it waits for and why; not what was left since it needs what failed."""
    found = Causes()
    for one in documents:
        for entry in one["deferred"]:
            for_what = entry["waits_for"]
            if for_what != WHAT_FAILED:
                cause = found.of(for_what, shape(entry["reason"], one["host"]), waits_for=for_what)
                cause.add(one["host"], entry["reason"], about=_words(one, entry.get("resource", "")))
    return found.most_first()


def held(documents: Iterable[Document]) -> list[Cause]:
    """Return what was not tried since it needs what failed, as one; empty where nothing was left for that."""
    found = Causes()
    for one in documents:
        for entry in one["deferred"]:
            if entry["waits_for"] == WHAT_FAILED:
                found.of(WHAT_FAILED, waits_for=WHAT_FAILED).add(
                    one["host"], WHAT_FAILED, about=_words(one, entry.get("resource", ""))
                )
    return found.most_first()


def unfinished(documents: Iterable[Document]) -> list[Cause]:
    """Return what the run did not come to, by how the hosts ended."""
    found = Causes()
    for one in documents:
        if one["outcome"] in ("unfinished", "not looked at"):
            cause = found.of(one["outcome"])
            left = one["not_reached"]
            cause.add(one["host"], "the run ended before all was reached" if left else "nothing was carried out", "run again")
            cause.abouts.update(left)
    return found.most_first()


def unproved(documents: Iterable[Document]) -> list[Cause]:
    """Return what is set as declared, and could not be seen to work."""
    return _texts(documents, "not_proved")


def notes(documents: Iterable[Document]) -> list[Cause]:
    """Return what a person should know although nothing is wrong yet."""
    return _texts(documents, "warnings")


def _texts(documents: Iterable[Document], name: str) -> list[Cause]:
    found = Causes()
    for one in documents:
        for entry in one[name]:
            of = entry.get("resource", "")
            found.of(of, shape(entry["text"], one["host"]), resource=of).add(one["host"], entry["text"])
    return found.most_first()


def _words(document: Document, resource: str) -> str:
    """Return what people call a resource, as far as a result tells; nothing of what is none."""
    if resource in NO_RESOURCES:
        return ""
    return str(document["resources"].get(resource, {}).get("words") or resource)
