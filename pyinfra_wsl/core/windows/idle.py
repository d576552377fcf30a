"""Whether a WSL VM, a distribution or the package may be ended now: one question, asked in a plan and again right before.

"Nothing runs" is not enough. A distribution that is imported, exported or converted is in no list of running ones, and the end of
its VM makes the import fail, whose disk is then deleted, or cuts the export: ``Shutdown`` does not look at what is locked
(src/windows/service/exe/LxssUserSession.cpp). So idle means: no distribution runs, none is in another state than installed, no
transfer of wsl.exe is under way, and Docker Desktop does not run. Whoever declares ``now`` gives up what runs; what is under way
is waited for all the same, since half a transfer is of use to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.talk import Request, Run, Talk
from pyinfra_wsl.core.windows import work
from pyinfra_wsl.core.windows.machine import desktops, objects, sids
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.work import Work

Does = Callable[[Run], Talk[Deferred | None]]

CODE = "vm idle"
"""The code of the failure of a step that would have ended something."""

_LOOKING = "looking whether anybody would be disturbed"
_NOBODY = User("", "", "", logged_on=True, connected=False)


class Distros(Protocol):
    """A person's distributions, as far as they may be ended."""

    @property
    def running(self) -> tuple[str, ...] | None:
        """The names of those that run and were not woken by us; None while unknown."""

    @property
    def woken(self) -> tuple[str, ...]:
        """The names, in lower case, of those that run only because we looked into them."""

    @property
    def busy(self) -> Mapping[str, str]:
        """By name, what is done to those that neither run nor are stopped: ``exporting``."""

    @property
    def guids(self) -> Mapping[str, str]:
        """The names of their keys, by name."""

    @property
    def default(self) -> str | None:
        """The name of the default one."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How distributions are looked at.

    Args:
        session: what is asked of wsl.exe, by its path.
        lxss: the key of the registrations, below a person's hive.
        read: makes distributions of the answers, for a person.

    """

    session: Callable[[str], Mapping[str, Call]]
    lxss: str
    read: Callable[[Mapping[str, Answer], User], Distros]

    def look(self, sid: str) -> Call:
        """Return the call that reads a person's registrations."""
        return call.registry_read(rf"HKU\{sid}\{self.lxss}", depth=1)

    def distros(self, user: User, lxss: Answer, **session: Answer) -> Distros:
        """Make distributions of the registrations and of what wsl.exe said."""
        return self.read({**session, "lxss": lxss, "hive": Answer(True, {"exists": True})}, user)

    def now(self, owner: Owner, lately: Distros, lxss: Answer, session: Sequence[Answer]) -> Distros:
        """Read what was asked right before; who runs because we looked into them is known from the look."""
        woken = Answer(True, {"names": lately.woken})
        return self.distros(owner.user, lxss, woken=woken, **dict(zip(self.session(owner.wsl), session, strict=True)))


@dataclass(frozen=True, slots=True)
class Idle:
    """What is known of whether something of one person's may be ended.

    Args:
        user: whose; None while unknown, which may be anybody.
        distros: their distributions.
        work: what is under way, of anybody; None while unknown.

    """

    user: User | None
    distros: Distros
    work: tuple[Work, ...] | None

    def hindrance(self, only: str = "", *, consent: bool = False) -> str:
        """Say what would be ended or broken off; empty where nothing would.

        Args:
            only: a distribution which alone is ended; empty for the VM with all of them.
            consent: whether what merely runs may be ended.

        """
        mine = tuple(one for one in self.work or () if one.of(self.user.sid if self.user else None))
        under_way = _under_way(self.work, mine, {"": self.distros.busy}, only)
        return next(iter(under_way if consent else (*under_way, *self._in_use(mine, only))), "")

    def _in_use(self, mine: tuple[Work, ...], only: str) -> Iterator[str]:
        running = self.distros.running
        if running is None:
            yield f"it could not be seen whether {only or 'a distribution'} runs"
        elif only and only.lower() in (name.lower() for name in running):
            yield f"{only} runs"
        elif running and not only:
            yield f"running: {', '.join(running)}"
        if not only and any(one.docker for one in mine):
            yield f"Docker Desktop{f' of {self.user.account}' if self.user else ''} runs"
        clients, default = [one for one in mine if one.client], (self.distros.default or "").lower()
        for name, guid in self.distros.guids.items() if clients else ():
            meant = only.lower() in ("", name.lower())
            if meant and any(one.uses(name, guid, default=default == name.lower()) for one in clients):
                yield f"somebody works in {name}"


@dataclass(frozen=True, slots=True)
class Everybody:
    """What is known of whether the package may be replaced, which ends what runs of WSL, of everybody.

    Args:
        user: the person whose distributions can be seen; None for nobody's.
        distros: theirs.
        work: what is under way, of anybody; None while unknown.
        vm: whether the VM of anybody runs; None while unknown.
        others: accounts that are logged on besides, by SID.
        others_known: whether these are all.
        reader: how distributions are looked at.
        busy: what is done to the distributions of others, by account.

    """

    user: User | None
    distros: Distros
    work: tuple[Work, ...] | None
    vm: bool | None
    others: Mapping[str, str]
    reader: Reader
    others_known: bool = True
    busy: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def hindrance(self, *, consent: bool = False) -> str:
        """Say what would be ended or broken off; empty where nothing would."""
        under_way = _under_way(self.work, self.work or (), {"": self.distros.busy, **self.busy})
        return next(iter(under_way if consent else (*under_way, *self._in_use())), "")

    def _in_use(self) -> Iterator[str]:
        running = self.distros.running
        if running:
            account = self.user.account if self.user else "the user"
            yield f"{', '.join(running)} of {account} {'run' if len(running) > 1 else 'runs'}"
        # Who is logged off has no VM (LxssUserSessionFactory.cpp).
        if self.vm and (running is None or self.others or not self.others_known):
            yield "a WSL VM runs, of somebody whose distributions cannot be seen from here"
        if self.vm is None and running is None:
            yield "it could not be seen whether a WSL VM runs"
        if any(one.docker for one in self.work or ()):
            yield "Docker Desktop runs"
        if any(one.client for one in self.work or ()):
            yield "somebody works in WSL"

    def ask(self, owner: Owner | None, run: Run, doing: str, *, consent: bool) -> Talk[None]:
        """Ask once more, right before the package is replaced.

        Args:
            owner: the person whose distributions can be seen, who can be asked; None for nobody.
            run: this run.
            doing: what is not done otherwise: ``wsl.msi was not installed``.
            consent: as of `hindrance`.

        Raises:
            StepError: something would be ended or broken off.

        """
        reader, distros = self.reader, self.distros
        machine = [work.probe(), work.vm(), desktops(), *(reader.look(sid) for sid in self.others)]
        if owner is None:
            answers = yield Request(machine, True, _LOOKING)
        else:
            calls = reader.session(owner.wsl).values()
            round_ = yield from owner.ask(run, *calls, after=[reader.look(owner.user.sid), *machine], progress=_LOOKING)
            lxss, *answers = round_.after
            distros = reader.now(owner, self.distros, lxss, round_.answers)
        processes, vm, seated, *lists = answers
        found = yield from _processes(processes)
        busy = {account: reader.distros(_NOBODY, one).busy for account, one in zip(self.others.values(), lists, strict=True)}
        now = replace(self._with(sids(seated)), distros=distros, work=found, vm=bool(objects(vm)) if vm.ok else None, busy=busy)
        _refuse(now.hindrance(consent=consent), doing)

    def _with(self, seated: tuple[str, ...] | None) -> Everybody:
        """Return this with who has logged on since; None while unknown."""
        came = {sid: sid for sid in seated or () if sid != (self.user.sid if self.user else "")}
        return replace(self, others={**came, **self.others}, others_known=seated is not None)


@dataclass(frozen=True, slots=True)
class Question:
    """The question to the laptop right before something of one person's is ended.

    Args:
        owner: whose.
        lately: their distributions when it was planned: which ones run because we looked into them.
        reader: how distributions are looked at.
        only, consent: as of `Idle.hindrance`.

    """

    owner: Owner
    lately: Distros
    reader: Reader
    only: str = ""
    consent: bool = False

    @property
    def session(self) -> Sequence[Call]:
        """What is asked of the person's own session."""
        return [*self.reader.session(self.owner.wsl).values()]

    @property
    def machine(self) -> Sequence[Call]:
        """What is asked of the machine."""
        return [work.probe(), self.reader.look(self.owner.user.sid)]

    def judge(self, session: Sequence[Answer], machine: Sequence[Answer], doing: str) -> Talk[None]:
        """Read the answers; arguments and what is raised as of `ask`."""
        found = yield from _processes(machine[0])
        now = self.reader.now(self.owner, self.lately, machine[1], session)
        _refuse(Idle(self.owner.user, now, found).hindrance(self.only, consent=self.consent), doing)

    def ask(self, run: Run, doing: str, *more: Call) -> Talk[Sequence[Answer]]:
        """Ask, and return the answers: to `more`, and before them to what reads the registrations.

        Args:
            run: this run.
            doing: what is not done otherwise: ``the WSL VM was not stopped``.
            more: what the machine is asked besides.

        Raises:
            StepError: something would be ended or broken off.

        """
        round_ = yield from self.owner.ask(run, *self.session, after=[*self.machine, *more], progress=_LOOKING)
        yield from self.judge(round_.answers, round_.after, doing)
        return round_.after[1:]

    def before(self, does: Does, doing: str) -> Does:
        """Return what a step does, with the question right before it."""

        def talk(run: Run) -> Talk[Deferred | None]:
            yield from self.ask(run, doing)
            return (yield from does(run))

        return talk


def _under_way(
    found: tuple[Work, ...] | None, mine: tuple[Work, ...], busy: Mapping[str, Mapping[str, str]], only: str = ""
) -> Iterator[str]:
    if found is None:
        yield "it could not be seen what is under way"
    for one in mine:
        if one.transfer and (not only or one.about(only)):
            yield f"{one.transfer} is under way"
    for account, states in busy.items():
        whose = f" of {account}" if account else ""
        yield from (f"{name}{whose} is {state}" for name, state in states.items() if only.lower() in ("", name.lower()))


def _processes(answer: Answer) -> Talk[tuple[Work, ...] | None]:
    """Read the processes; asked once more where that failed, since one may end while its owner is looked up."""
    if not answer.ok:
        (answer,) = yield Request([work.probe()], True)
    return work.read(answer)


def _refuse(reason: str, doing: str) -> None:
    if reason:
        raise StepError(f"{doing}: {reason}", "run again when that has ended; nothing was ended now", CODE)
