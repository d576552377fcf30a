r"""Whose laptop it is: from the declared user and what is known of a laptop to one account, by its SID, or why there is none.

A name means an account, and a profile folder's name says nothing certain of one: Windows takes ``name.DOMAIN`` where another
account owns ``name``, and keeps the folder of an account that is renamed (microsoft/WSL #4528, #3720). So an account counts only
where its own name is known and fits; where names are missing it is waited for, and what fits twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pyinfra_wsl.core.windows.account_names import is_person
from pyinfra_wsl.core.windows.profile_list import Unfit

Why = Literal["away", "unknown", "homeless", "temporary", "ambiguous", "shared", "no_profile", "profile", "system"]
Folded = tuple[str, str]
CONSOLE = "console"
EVERY = "every"
"""Each person who uses WSL or Docker Desktop; where one account is asked for, whoever is at the screen."""
_SHOWN = 4  # candidates that are named
_SYSTEM_SID = "S-1-5-18"
_SYSTEM = frozenset({"SYSTEM", "LOCALSYSTEM", "SYSTÈME", "SISTEMA"})  # as translated Windows names it
_AUTHORITY = re.compile(r"(NT[ -]AUTHORITY|NT-AUTORITÄT|AUTORITE NT)$", re.IGNORECASE)
_REFUSED = "whom WSL refuses (WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED): distributions and Docker Desktop belong to people"


@dataclass(frozen=True, slots=True)
class Known:
    r"""What is known of the people of a laptop.

    Args:
        computer: the laptop's own name, the domain of its own accounts.
        console: ``DOMAIN\name`` of who is at the screen; empty for nobody.
        connected: SID of the account as which we are connected; None while unknown.
        desktops: SIDs of who is logged on to a desktop.
        now: ``DOMAIN\name`` by SID, as LSA says them now.
        local: names of the laptop's own accounts by SID, all of them; None while unknown.
        cached: names by SID that were written down earlier: ``DOMAIN\name``, ``name``, ``name@domain``.
        profiles: profile folders by SID.
        unfit: profiles into which nothing may be written, by SID.
        profiles_known: whether the list of profiles could be read.

    """

    computer: str = ""
    console: str = ""
    connected: str | None = None
    desktops: frozenset[str] = frozenset()
    now: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, str] | None = None
    cached: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)
    unfit: Mapping[str, Unfit] = field(default_factory=dict)
    profiles_known: bool = True


@dataclass(frozen=True, slots=True)
class Nobody:
    """That a declared user is no account into whose profile something may be written.

    Args:
        why: ``away``, ``unknown`` and ``homeless`` (a profile without its folder) wait for a logon, ``temporary`` for another
            one; ``ambiguous``, ``shared`` (a folder of two accounts), ``no_profile``, ``profile`` (nothing stays in it, or it
            is not known) and ``system`` (no person) are no matter of time.
        reason: in a sentence.
        sids: the accounts that it is about.

    """

    why: Why
    reason: str
    sids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Name:
    r"""A name taken apart: ``DOMAIN\name``, ``name`` alone (domain None), or a UPN as a whole."""

    name: Folded
    domain: Folded | None = None
    upn: bool = False


def fold(text: str) -> Folded:
    """Return what two names have in common that are the same to Windows, which compares letter by letter, in any case.

    Python's own folding makes one of ß and ss, of ı and i; equal is here only what is so in capitals and in small letters.
    """
    if text.isascii():
        return text.upper(), text.lower()
    upper = "".join(one.upper() if len(one.upper()) == 1 else one for one in text)
    return upper, "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


_ENTRA, _DOT = fold("AzureAD"), fold(".")


def _parse(text: str) -> _Name:
    domain, slash, name = text.rpartition("\\")
    domain = domain.rstrip("\\")  # escaped once too often; no name has one
    if "@" in name:  # AzureAD\name@domain, MicrosoftAccount\name@domain
        return _Name(fold(name), upn=True)
    return _Name(fold(name), fold(domain) if slash else None)


def resolve(wanted: str | None, known: Known) -> str | Nobody:
    r"""Return the SID of the one account that is meant and has a profile of its own, or why there is none.

    Args:
        wanted: ``console`` for whoever is at the screen (and so ``every``, of whom that one is asked for the machine),
            ``DOMAIN\name``, ``.\name`` or ``COMPUTER\name`` for an account of the laptop, ``name@domain`` (UPN), ``name`` alone,
            or a SID; None for the account as which we are connected.
        known: what is known of the laptop.

    """
    if wanted is not None and (refused := localsystem(wanted)):
        return Nobody("system", f"{wanted} {refused}")
    if not known.profiles_known:
        return Nobody("profile", "the list of profiles on this laptop could not be read")
    people = _People(known)
    if wanted is not None:
        found = people.at_screen() if wanted in {CONSOLE, EVERY} else people.named(wanted)
        return found if isinstance(found, Nobody) else people.at_home(found, wanted)
    own, who = known.connected or "", "the account as which we are connected"
    if own.upper() == _SYSTEM_SID:
        return Nobody("no_profile", f"{who} is LocalSystem, {_REFUSED}")
    if not is_person(own):
        name = people.called(own)
        return Nobody("no_profile", f"{who}{f', {name},' if name else ''} has no profile on this laptop")
    return people.at_home(own, who)


def localsystem(name: str) -> str:
    r"""Return why a name is refused that is LocalSystem's: ``SYSTEM``, ``NT AUTHORITY\SYSTEM``, its SID; empty for another."""
    domain, _, own = name.rpartition("\\")
    local = domain in {"", "."} or _AUTHORITY.match(domain) is not None
    meant = name.upper() == _SYSTEM_SID or (local and own.upper() in _SYSTEM)
    return f"is LocalSystem, {_REFUSED}" if meant else ""


def called(sid: str, known: Known) -> str:
    r"""Return an account's name as it is known best, ``DOMAIN\name``; empty while unknown."""
    if now := known.now.get(sid):
        return now
    if known.local and sid in known.local:
        return f"{known.computer}\\{known.local[sid]}"
    names = known.cached.get(sid, ())
    full = (name for name in names if "\\" in name and not name.startswith(".\\"))
    return next(iter([*full, *names]), "")


def is_deleted(sid: str, known: Known) -> bool:
    """Whether an account of the laptop itself was deleted and its profile left: nobody logs on with it any more."""
    return _People(known).is_deleted(sid)


def homeless(account: str, folder: str, sid: str, fault: str = "") -> Nobody:
    """Return that an account's profile folder is not there: made by anybody but Windows, it would be no profile.

    Args:
        account: its name.
        folder: where its profile is said to be.
        sid: of the account.
        fault: why it is not known whether the folder is there; empty where it is not.

    """
    if fault:
        return Nobody("profile", f"it is not known whether the profile folder of {account}, {folder}, is there: {fault}", (sid,))
    return Nobody(
        "homeless", f"the profile folder of {account}, {folder}, is not there; Windows makes it when they log on", (sid,)
    )


class _People:
    """What is known of the people of a laptop, and how a name fits each of them."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.here = fold(known.computer or ".")
        prefixes = {_prefix(sid) for sid in known.local or ()}
        self._own = prefixes.pop() if len(prefixes) == 1 else None  # all of a laptop's own accounts share it
        self._domains: dict[str, Folded | None] = {}

    def at_screen(self) -> str | Nobody:
        """Return who is at the screen; for a remote desktop Windows names nobody, and the only desktop counts."""
        known, desktops = self.known, sorted(self.known.desktops)
        if known.console:
            found = [sid for sid in desktops if self.fits(sid, self.parse(known.console)) is True]
            if len(found) == 1:
                return found[0]
            return Nobody("away", f"{known.console} is at the screen, and which desktop is theirs is not known")
        if len(desktops) == 1:
            return desktops[0]
        return Nobody("away", "several people are logged on, none at the screen" if desktops else "nobody is at the screen")

    def named(self, wanted: str) -> str | Nobody:
        """Return the only account that a name fits; a SID is one itself."""
        if is_person(wanted) and wanted.upper() in self._everybody():
            return wanted.upper()
        name = self.parse(wanted)
        verdicts = {sid: self.fits(sid, name) for sid in self._everybody()}
        fitting = [sid for sid, verdict in verdicts.items() if verdict is True]
        open_ = sorted((sid for sid, verdict in verdicts.items() if verdict is None), key=lambda sid: self._likeness(sid, name))
        if len(fitting) == 1 and name.domain is None and not name.upn:
            fitting += [sid for sid in open_ if self._likeness(sid, name) < _UNLIKE]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return Nobody("ambiguous", f"{wanted} may be any of {self._listed(fitting)}", tuple(fitting))
        if open_:
            reason = f"which account is {wanted} shows only when they log on; it may be one of {self._listed(open_)}"
            return Nobody("unknown", reason, tuple(open_))
        others = self._listed([sid for sid in self._everybody() if sid in self.known.profiles])
        return Nobody("no_profile", f"{wanted} has no profile on this laptop; those of {others} are here" if others else
                      f"{wanted} has no profile on this laptop")  # fmt: skip

    def at_home(self, sid: str, who: str) -> str | Nobody:
        """Return the account if it has a profile of its own, in which what is written stays."""
        known, name = self.known, self.called(sid) or who
        unfit, place = known.unfit.get(sid), known.profiles.get(sid)
        if unfit is not None:
            return _unfit(unfit, name, sid)
        if place is None:
            return Nobody("no_profile", f"{name} has no profile on this laptop", (sid,))
        folders = {**known.profiles, **{other: one.folder for other, one in known.unfit.items()}}
        sharing = [other for other, path in folders.items() if other != sid and fold(path) == fold(place)]
        inside = known.desktops | ({known.connected} if known.connected else set())
        if sharing and (sid not in inside or not inside.isdisjoint(sharing)):
            return Nobody("shared", f"{place} is the profile folder of {self._listed([sid, *sharing])}", (sid, *sharing))
        return sid

    def parse(self, text: str) -> _Name:
        """Take a name apart; a dot is the laptop itself."""
        name = _parse(text)
        return _Name(name.name, self.here) if name.domain == _DOT else name

    def fits(self, sid: str, wanted: _Name) -> bool | None:
        """Whether an account has a name; None while that is not known."""
        own = self._is_local(sid)
        if self.is_deleted(sid):
            return False
        names = list(self._names(sid))
        if wanted.upn:
            found = _agreed(name.name == wanted.name for name in names if name.upn)
            return False if found is None and own else found
        domain = self._domain(sid)
        if wanted.domain == self.here and own is False:
            return False
        if wanted.domain and (domain or wanted.domain) != wanted.domain:
            return False
        if wanted.domain == _ENTRA and domain is None and not sid.startswith("S-1-12-1-"):
            return False
        return _agreed(self._same(sid, name, wanted) for name in names if not name.upn)

    def is_deleted(self, sid: str) -> bool:
        """Whether Windows names all accounts of the laptop, and this one of them not any more."""
        return bool(self._is_local(sid)) and self.known.local is not None and sid not in self.known.local

    def called(self, sid: str) -> str:
        return called(sid, self.known)

    def _same(self, sid: str, have: _Name, wanted: _Name) -> bool | None:
        if have.name != wanted.name:
            return False
        if wanted.domain is None:
            return True
        domain = self._domain(sid) or have.domain
        if domain is None and self._likeness(sid, wanted) == _LIKEST:
            return True  # the name is the account's, and its folder's name bears witness to the domain
        return None if domain is None else domain == wanted.domain

    def _names(self, sid: str) -> Iterator[_Name]:
        """Yield an account's names; what LSA says now counts alone, but for UPNs."""
        known = self.known
        sure = known.now.get(sid) or (known.local or {}).get(sid)
        if sure:
            yield self.parse(sure)
        for text in known.cached.get(sid, ()):
            name = self.parse(text)
            stray = name.domain == self.here and self._is_local(sid) is False
            if name.upn or not (sure or stray):
                yield name

    def _is_local(self, sid: str) -> bool | None:
        if self._own:
            return _prefix(sid) == self._own
        domain = self._domain(sid)
        return None if domain is None else domain == self.here

    def _domain(self, sid: str) -> Folded | None:
        if sid.startswith("S-1-12-1-"):
            return _ENTRA
        prefix = _prefix(sid)
        if prefix == self._own:
            return self.here
        if prefix not in self._domains:
            self._domains[prefix] = self._domain_of_all(prefix)
        return self._domains[prefix]

    def _domain_of_all(self, prefix: str) -> Folded | None:
        """Return the domain of accounts, none of them the laptop's own, whose SIDs begin alike; None where names disagree."""
        known = self.known
        texts = [text for sid, text in known.now.items() if _prefix(sid) == prefix]
        for sid, names in known.cached.items():
            texts += names if _prefix(sid) == prefix else ()
        found = {self.parse(text).domain for text in texts} - {None}
        if self._own is not None:
            found.discard(self.here)  # whose accounts begin otherwise
        return found.pop() if len(found) == 1 else None

    def _everybody(self) -> list[str]:
        known = self.known
        parts = (known.profiles, known.unfit, known.now, known.local or (), known.cached, known.desktops)
        return sorted({sid for part in parts for sid in part if is_person(sid)})

    def _likeness(self, sid: str, wanted: _Name) -> int:
        """Return how much a folder's name is like a name: name.DOMAIN is more than name, and nothing else is like it."""
        unfit = self.known.unfit.get(sid)
        leaf = self.known.profiles.get(sid, unfit.folder if unfit else "").rpartition("\\")[2]
        parts = [fold(part) for part in (leaf, *_stems(leaf))]
        name, _, domain = leaf.removesuffix(f".{leaf[-3:]}" if leaf[-3:].isdigit() else "").rpartition(".")
        if wanted.domain and (fold(name), fold(domain)) == (wanted.name, wanted.domain):
            return _LIKEST
        return _LIKE if wanted.name in parts else _UNLIKE

    def _listed(self, sids: Iterable[str]) -> str:
        every = list(sids)
        shown = [self._described(sid) for sid in every[:_SHOWN]]
        return ", ".join(shown) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")

    def _described(self, sid: str) -> str:
        unfit = self.known.unfit.get(sid)
        place = self.known.profiles.get(sid) or (unfit.folder if unfit else "")
        name = self.called(sid)
        return f"{name or sid} ({place})" if place else name or sid


_LIKEST, _LIKE, _UNLIKE = range(3)


def _stems(leaf: str) -> Iterator[str]:
    while "." in leaf:
        leaf = leaf.rpartition(".")[0]
        yield leaf


def _agreed(verdicts: Iterable[bool | None]) -> bool | None:
    """Return what all that is known says; None where nothing is known, or it contradicts itself."""
    found = set(verdicts)
    if True in found:
        return None if False in found else True
    return False if found == {False} else None


def _prefix(sid: str) -> str:
    return sid.rpartition("-")[0]


def _unfit(unfit: Unfit, name: str, sid: str) -> Nobody:
    place = unfit.folder or "a folder that is not known"
    if unfit.why == "temporary":
        return Nobody("temporary", f"{name} has a temporary profile, {place}, which Windows deletes when they log off", (sid,))
    if unfit.why == "aside":
        return Nobody("temporary", f"Windows could not load the profile of {name}, {place}, and has put it aside", (sid,))
    if unfit.why == "mandatory":
        return Nobody("profile", f"the profile of {name}, {place}, is mandatory: what is written there is lost", (sid,))
    if unfit.why == "deleted":
        return Nobody("profile", f"Windows deletes the profile of {name}, {place}, when they log off", (sid,))
    return Nobody("profile", f"the profile folder of {name} is not known: {unfit.folder or 'it cannot be read'}", (sid,))
