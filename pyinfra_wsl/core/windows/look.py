"""One look at a laptop for all resources: two requests as a rule, and what is made of the answers.

The first request asks the machine, as the account that is connected; its answers tell whose WSL is meant, so the second can ask
for what is that person's: their registry and files, and what only their own session can tell. Where that leads to a question
which nobody could foresee, one or two more follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from pyinfra_wsl.core.call import Answer, Call, file_state
from pyinfra_wsl.core.talk import Request, Run, Talk
from pyinfra_wsl.core.windows import hive, machine
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.core.windows.reading import HOME, MACHINE, PATHS, Raw, Reader, Resources, by_part, calls
from pyinfra_wsl.core.windows.resource import Calls, WindowsResource, having
from pyinfra_wsl.core.windows.user import Task, User, attempt

MACHINE_SECONDS = 150.0
PERSON_SECONDS = 300.0
"""Seconds in which a look's two requests must be answered, since a whole fleet waits for its slowest laptop. Each call has a
time of its own, and on a laptop that works none needs it: together they would be more than half an hour."""

_HIVE = "hive"  # the part of the answers that tells of a copy of the person's registry

_ROUNDS = 2
"""Requests at most for what only answers tell to ask."""

_LOOKS = frozenset({"registry.read", "file.state", "file.list", "file.read", "cim.get"})
"""Verbs whose answer is as good for all who ask the same."""

_TASK_SECONDS = PERSON_SECONDS - 60  # what is left is for what goes before and after it


@dataclass(frozen=True, slots=True)
class _Mine:
    """What is asked about one user's own: by us of their registry, and by themselves in their session.

    Their files they are asked for while they can be; else we read them, and follow no link. So it is with files that the
    declaration names, of which we ask only whether they are there. What further answers would lead to is asked `ahead` as far as
    it is known already; whether that was the right thing to ask is seen from the answers.
    """

    user: User
    profile: Calls
    session: Calls
    ahead: Calls = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, questions: _Questions, laptop: Laptop) -> _Mine | None:
        user = laptop.user
        if user is None:
            return None
        copied = laptop.target.copied and not user.within_reach
        asked = replace(user, copied=True) if copied else user
        own = {**questions.of("profile", asked), **questions.of("people", laptop)}
        profile = {f"{MACHINE}.{HOME}": file_state(user.profile), **own}
        files = questions.of("files", user)
        paths = _named(PATHS, {str(number): file_state(path) for number, path in enumerate(laptop.target.paths)})
        if user.within_reach:
            session = {**files, **questions.of("session", laptop), **questions.inside(laptop), **paths}
            return cls(user, profile, session, questions.of("further", laptop))
        return cls(asked, profile | {name: user.for_them(one) for name, one in files.items()} | paths, {})


class _Sent:
    """What is asked about one user's own as it travels: by a task where it is their session that must answer.

    Args:
        mine: what is asked.
        run: this run.
        number: tells the requests of one look apart.

    """

    def __init__(self, mine: _Mine, run: Run, number: int = 0) -> None:
        self.mine, user = mine, mine.user
        self._theirs = {**mine.session, **mine.ahead}
        self._before: Calls = {}
        self._after: Calls = {}
        if user.copied:  # before their registry is asked a copy of it is loaded, and after that unloaded
            self._before = hive.opening(user.sid, user.profile, user.program_files)
            self._after = hive.closing(user.sid, user.program_files)
        self._task: Task | None = None
        if self._theirs and not user.connected:
            asked = [*self._theirs.values()]
            self._task = Task.of(user, run, asked, keep_going=True, number=number, longest=_TASK_SECONDS)

    @property
    def calls(self) -> list[Call]:
        """All of it, in the order in which it is answered."""
        theirs = self._task.calls if self._task else self._theirs.values()
        return [*self._before.values(), *self.mine.profile.values(), *self._after.values(), *theirs]

    def raw(self, answers: Sequence[Answer]) -> Raw:
        """Return the answers by what was asked."""
        user, own = self.mine.user, self.mine.profile
        start, known = len(self._before), len(self._before) + len(own)
        end = known + len(self._after)
        after, profile = self._after, _raw(own, answers[start:known])
        opened = _raw({**self._before, **after}, [*answers[:start], *answers[known:end]])
        if opened and (why := hive.why_not(opened)):  # what is below the key then is an older copy, if anything
            unread = Answer(False, {}, "hive", f"the registry of {user.account} is not known: {why}")
            profile |= {name: unread for name, one in own.items() if _reads(one, user.hive)}
            after = after if hive.loaded(opened) else {}
        closed = {f"{_HIVE}.{name}": one for name, one in zip(after, answers[known:], strict=False)}
        return profile | closed | _raw(self._theirs, attempt(self._task, answers[end:], len(self._theirs)))


@dataclass(frozen=True, slots=True)
class _Questions:
    """What resources ask; nothing where one fails at it, which is noted: what is read of it tells why."""

    resources: tuple[WindowsResource[Any, Any], ...]
    left_out: set[str] = field(default_factory=set)

    def machine(self, run: Run) -> Calls:
        own, _same, left_out = _of_machines(self.resources)
        self.left_out.update(left_out)
        return {**_named(MACHINE, machine.probe(run)), **own}

    def of_machine(self, asked: Calls, answers: Sequence[Answer]) -> Raw:
        """Return what was answered to `machine`, also to whom asks what others ask."""
        _own, same, _left_out = _of_machines(self.resources)
        raw = _raw(asked, answers)
        return raw | {name: raw[one] for name, one in same.items()}

    def inside(self, laptop: Laptop) -> Calls:
        parts = (self.of("inside", laptop, distro, below=f".{distro}") for distro in laptop.target.inside)
        return {name: one for part in parts for name, one in part.items()}

    def of(self, question: str, *about: Any, below: str = "") -> Calls:
        found: dict[str, Call] = {}
        for part in having(self.resources, question):
            try:
                found |= _named(f"{part.name}{below}", calls(part, question, *about))
            except Exception:  # noqa: BLE001 - it may be another distribution's, and do anything
                self.left_out.add(part.name)
        return found


@lru_cache(maxsize=8)
def _of_machines(resources: tuple[Any, ...]) -> tuple[Calls, Mapping[str, str], frozenset[str]]:
    """Return what resources ask of every machine, which knows nothing of it yet.

    Returns:
        The calls, each once; by the names of those that others ask too, under which name it is asked; and who fails at that.

    """
    questions = _Questions(resources)
    asked = {one.text: f"{MACHINE}.{name}" for name, one in machine.always().items()}
    own: dict[str, Call] = {}
    same: dict[str, str] = {}
    for name, one in questions.of("machine").items():
        if (first := asked.setdefault(one.text, name)) != name and one.verb in _LOOKS:
            same[name] = first
        else:
            own[name] = one
    return own, same, frozenset(questions.left_out)


def noted(resources: Resources, laptop: Laptop) -> list[Call]:
    """Return what is written down on a laptop for the next run's look; nothing of a resource that fails at it."""
    found: list[Call] = []
    for part in having(tuple(resources), "noted"):
        with suppress(Exception):  # it may be another distribution's, and do anything
            found += [one for one in part.noted(laptop) if isinstance(one, Call)]
    return found


def look_at_machine(resources: Resources, run: Run, before: Sequence[Call] = ()) -> Talk[Raw]:
    """Ask the machine only; arguments and answers are those of `look`."""
    questions = _Questions(tuple(resources))
    asked = questions.machine(run)
    answers = yield Request([*before, *asked.values()], True, "looking at the machine", MACHINE_SECONDS)
    return _before(answers, before) | questions.of_machine(asked, answers[len(before) :])


def look(
    resources: Resources,
    run: Run,
    target: Target,
    before: Sequence[Call] = (),
    *,
    lately: Laptop | None = None,
    reader: Reader | None = None,
) -> Talk[Raw]:
    """Ask for everything; the answers are returned raw, to be read by `read`.

    Args:
        resources: what is looked at.
        run: this run.
        target: whose, and into what.
        before: calls that go before all others in the first request; the lock. Their failures are the caller's to see.
        lately: the laptop as it was seen before: if its user and what is asked of them are the same, one request is enough.
        reader: reads what the answers lead to; it has read what is returned where that needs no further question.

    """
    reader = reader or Reader(resources, target, run.account, "")
    questions = _Questions(tuple(resources))
    reader.left_out = questions.left_out
    first = questions.machine(run)
    guess = _Mine.of(questions, replace(lately, target=target)) if lately else None
    sent = _Sent(guess, run) if guess else None
    asked = [*before, *first.values(), *(sent.calls if sent else [])]
    answers = yield Request(asked, True, "looking at the laptop", PERSON_SECONDS if guess else MACHINE_SECONDS)
    known = len(before) + len(first)
    raw = _before(answers, before) | questions.of_machine(first, answers[len(before) : known])
    rest = answers[known:]
    mine = _Mine.of(questions, reader.so_far(raw))
    if mine is None:
        return raw
    if sent is None or sent.mine != mine:  # what was asked ahead is not compared
        sent = _Sent(mine, run)
        rest = yield Request(sent.calls, True, f"looking at what is {mine.user.account}'s", PERSON_SECONDS)
    raw = yield from _unloaded(raw | sent.raw(rest), mine.user)
    return (yield from _rest(questions, run, raw, sent.mine, reader))


def still_loaded(raw: Raw) -> str:
    """Return why a copy of a person's registry that was loaded for a look is loaded still; empty where it is not."""
    return raw[name].message if (name := f"{_HIVE}.unload") in raw and not raw[name].ok else ""


def _unloaded(raw: Raw, user: User) -> Talk[Raw]:
    """See to it that what was loaded for a look is not left."""
    name = f"{_HIVE}.unload"
    if name not in raw:
        return raw
    why = yield from hive.closed(user.sid, user.program_files, raw[name])
    return raw | {name: Answer(not why, {}, "hive", why)}


def _rest(questions: _Questions, run: Run, raw: Raw, mine: _Mine, reader: Reader) -> Talk[Raw]:
    """Ask what only answers could tell to ask, unless it was asked ahead."""
    known = dict(mine.ahead)
    for number in range(1, _ROUNDS + 1) if mine.user.within_reach else ():
        wanted = questions.of("further", reader.so_far(raw))
        new = {name: one for name, one in wanted.items() if known.get(name) != one}
        if not new:
            break
        more = _Sent(_Mine(mine.user, {}, new), run, number)
        answers = yield Request(more.calls, True, f"looking at what is {mine.user.account}'s", PERSON_SECONDS)
        raw, known = raw | more.raw(answers), known | new
    return raw


def read(resources: Resources, target: Target, raw: Raw, account: str, culture: str) -> Laptop:
    r"""Read a snapshot.

    Args:
        resources: what was looked at.
        target: whose, and into what.
        raw: what `look` returned.
        account: ``DOMAIN\name`` as which we are connected.
        culture: the display language, from the agent's greeting.

    """
    return Reader(resources, target, account, culture).whole(raw)


def keep(resources: Resources, raw: Raw, laptop: Laptop, before: Raw | None) -> Raw:
    """Return a snapshot with what resources keep from the first look of a run on.

    Args:
        resources: what was looked at.
        raw: the new snapshot.
        laptop: the laptop as it shows it.
        before: the snapshot before it in the same run.

    """
    old, kept = by_part(before or {}), Raw()
    for resource in having(tuple(resources), "kept"):
        if resource.name in laptop.faults:
            continue
        notes = resource.kept(laptop, old.get(resource.name, {}))
        kept |= {f"{resource.name}.{name}": one for name, one in notes.items()}
    return raw | kept if kept else raw


def _reads(one: Call, key: str) -> bool:
    """Whether a call reads what is below a registry key: itself, or by a program that is given it."""
    words = (one.fields.get("key"), *(one.fields.get("arguments") or ()))
    return any(isinstance(word, str) and word.lower().startswith(key.lower()) for word in words)


def _before(answers: Sequence[Answer], before: Sequence[Call]) -> Raw:
    return {f"before.{number}": answer for number, answer in enumerate(answers[: len(before)])}


def _named(resource: str, calls: Calls) -> dict[str, Call]:
    return {f"{resource}.{name}": one for name, one in calls.items()}


def _raw(calls: Calls, answers: Sequence[Answer]) -> Raw:
    return dict(zip(calls, answers, strict=True))
