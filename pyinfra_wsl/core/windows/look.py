"""One look at a laptop for all resources: two requests as a rule, and what is made of the answers.

The first request asks the machine, as the account that is connected; its answers tell whose WSL is meant, so the second can ask
for what is that person's: their registry and files, and what only their own session can tell. Where that leads to a question
which nobody could foresee, one or two more follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from pyinfra_wsl.core.call import Answer, Call, file_state
from pyinfra_wsl.core.talk import Request, Run, Talk
from pyinfra_wsl.core.windows import machine
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.core.windows.resource import Answers, Calls, WindowsResource
from pyinfra_wsl.core.windows.user import Task, User, attempt
from pyinfra_wsl.core.windows.whose import Nobody, homeless

Raw = dict[str, Answer]
"""Answers by ``resource.name``."""

Resources = Sequence[WindowsResource[Any, Any]]
"""What is looked at, those that others need before these."""

MACHINE_SECONDS = 150.0
PERSON_SECONDS = 300.0
"""Seconds in which a look's two requests must be answered, since a whole fleet waits for its slowest laptop. Each call has a
time of its own, and on a laptop that works none needs it: together they would be more than half an hour."""

_ROUNDS = 2
"""Requests at most for what only answers tell to ask."""

_TASK_SECONDS = PERSON_SECONDS - 60  # what is left is for what goes before and after it
_MACHINE = "windows"  # the part of the answers that tells of the machine itself
_HOME = "home"  # of it, whether the person's profile folder is there; asked where it is known whose
_PATHS = "paths"  # and of the files that are looked for, in the order of the target's


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
    def of(cls, resources: Resources, laptop: Laptop) -> _Mine | None:
        user = laptop.user
        if user is None:
            return None
        own = {name: one for part in resources for name, one in _asked(part, "profile", user).items()}
        others = {name: one for part in resources for name, one in _asked(part, "people", laptop).items()}
        profile = {f"{_MACHINE}.{_HOME}": file_state(user.profile), **own, **others}
        files = {name: one for part in resources for name, one in _asked(part, "files", user).items()}
        paths = _named(_PATHS, {str(number): file_state(path) for number, path in enumerate(laptop.target.paths)})
        if user.within_reach:
            return cls(user, profile, {**files, **_session_calls(resources, laptop), **paths}, _further(resources, laptop))
        return cls(user, profile | {name: user.for_them(one) for name, one in files.items()} | paths, {})

    @property
    def _theirs(self) -> Calls:
        return {**self.session, **self.ahead}

    def task(self, run: Run, number: int = 0) -> Task | None:
        calls = [*self._theirs.values()]
        if self.user.connected or not calls:
            return None
        return Task.of(self.user, run, calls, keep_going=True, number=number, longest=_TASK_SECONDS)

    def calls(self, run: Run, number: int = 0) -> list[Call]:
        task = self.task(run, number)
        return [*self.profile.values(), *(task.calls if task else self._theirs.values())]

    def raw(self, run: Run, answers: Sequence[Answer], number: int = 0) -> Raw:
        known = len(self.profile)
        session = attempt(self.task(run, number), answers[known:], len(self._theirs))
        return _raw(self.profile, answers[:known]) | _raw(self._theirs, session)


def _session_calls(resources: Resources, laptop: Laptop) -> Calls:
    own = {name: one for part in resources for name, one in _asked(part, "session", laptop).items()}
    inside = {
        name: one
        for distro in laptop.target.inside
        for part in resources
        for name, one in _asked(part, "inside", laptop, distro).items()
    }
    return own | inside


def _further(resources: Resources, laptop: Laptop) -> Calls:
    return {name: one for part in resources for name, one in _asked(part, "further", laptop).items()}


def noted(resources: Resources, laptop: Laptop) -> list[Call]:
    """Return what is written down on a laptop for the next run's look; nothing of a resource that fails at it."""
    found: list[Call] = []
    for part in resources:
        with suppress(Exception):  # it may be another distribution's, and do anything
            found += [one for one in part.noted(laptop) if isinstance(one, Call)]
    return found


def _machine_calls(resources: Resources, run: Run) -> Calls:
    own = {name: one for part in resources for name, one in _asked(part, "machine").items()}
    return _named(_MACHINE, machine.probe(run)) | own


def _asked(part: Any, question: str, *about: Any) -> Calls:
    """Return what a resource asks; nothing where it fails: `read` finds out why."""
    try:
        return _named(f"{part.name}.{about[1]}" if question == "inside" else part.name, _calls(part, question, *about))
    except Exception:  # noqa: BLE001 - it may be another distribution's, and do anything
        return {}


def _calls(part: Any, question: str, *about: Any) -> Calls:
    calls: Calls = getattr(part, question)(*about)
    for name, one in calls.items():
        if not isinstance(name, str) or "." in name:
            raise TypeError(f"its {question} asks under {name!r}, which is no name without a dot")
        if not isinstance(one, Call):
            raise TypeError(f"its {question} asks what is no call")
        if why := one.fault:
            raise TypeError(f"its {question} asks {why}")
    return calls


def look_at_machine(resources: Resources, run: Run, before: Sequence[Call] = ()) -> Talk[Raw]:
    """Ask the machine only; arguments and answers are those of `look`."""
    calls = _machine_calls(resources, run)
    answers = yield Request([*before, *calls.values()], True, "looking at the machine", MACHINE_SECONDS)
    return _before(answers, before) | _raw(calls, answers[len(before) :])


class Reader:
    r"""Reads snapshots of one laptop: each once, since reading takes longer than asking.

    Args:
        resources: what is looked at.
        target: whose, and into what.
        account: ``DOMAIN\\name`` as which we are connected.
        culture: the display language, from the agent's greeting.

    """

    def __init__(self, resources: Resources, target: Target, account: str, culture: str) -> None:
        """Begin with nothing read."""
        self._about = resources, target
        self._who = account, culture
        self._told: tuple[Raw, Laptop] | None = None

    def so_far(self, raw: Raw) -> Laptop:
        """Return what answers, which are not changed any more, show of the laptop, to ask more of it."""
        if self._told is None or self._told[0] is not raw:
            self._told = raw, _told(*self._about, raw, *self._who)
        return self._told[1]

    def whole(self, raw: Raw) -> Laptop:
        """Return the laptop that all answers show, with what could not be asked."""
        return _asked_for(self._about[0], self.so_far(raw))


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
    calls = _machine_calls(resources, run)
    guess = _Mine.of(resources, replace(lately, target=target)) if lately else None
    asked = [*before, *calls.values(), *(guess.calls(run) if guess else [])]
    answers = yield Request(asked, True, "looking at the laptop", PERSON_SECONDS if guess else MACHINE_SECONDS)
    known = len(before) + len(calls)
    raw = _before(answers, before) | _raw(calls, answers[len(before) : known])
    rest = answers[known:]
    mine = _Mine.of(resources, reader.so_far(raw))
    if mine is None:
        return raw
    if guess is not None and mine == guess:
        mine = guess  # what was asked ahead with it may be more
    else:
        rest = yield Request(mine.calls(run), True, f"looking at what is {mine.user.account}'s", PERSON_SECONDS)
    return (yield from _rest(resources, run, raw | mine.raw(run, rest), mine, reader))


def _rest(resources: Resources, run: Run, raw: Raw, mine: _Mine, reader: Reader) -> Talk[Raw]:
    """Ask what only answers could tell to ask, unless it was asked ahead."""
    known = dict(mine.ahead)
    for number in range(1, _ROUNDS + 1) if mine.user.within_reach else ():
        wanted = _further(resources, reader.so_far(raw))
        new = {name: one for name, one in wanted.items() if known.get(name) != one}
        if not new:
            break
        more = _Mine(mine.user, {}, new)
        answers = yield Request(more.calls(run, number), True, f"looking at what is {mine.user.account}'s", PERSON_SECONDS)
        raw, known = raw | more.raw(run, answers, number), known | new
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
    return _asked_for(resources, _told(resources, target, raw, account, culture))


def _told(resources: Resources, target: Target, raw: Raw, account: str, culture: str) -> Laptop:
    answers = _Split(raw)
    windows = machine.read(answers.part(_MACHINE), account, culture)
    laptop = _whose(target, windows, answers.part(_MACHINE).get(_HOME))
    for resource in resources:
        try:
            laptop = laptop.having(_state(resource, answers.of(resource.name, target), laptop))
        except Exception as error:  # noqa: BLE001 - it may be another distribution's, and do anything
            laptop = _unread(laptop, resource, error)
    return laptop


def _asked_for(resources: Resources, laptop: Laptop) -> Laptop:
    for resource in resources:
        try:
            _ask_again(resource, laptop)
        except Exception as error:  # noqa: BLE001 - as above
            laptop = _unread(laptop, resource, error)
    return laptop


def _whose(target: Target, windows: machine.Windows, home: Answer | None) -> Laptop:
    """Return the laptop with its person, unless their folder is known to be gone or it is not known whether it is there."""
    person = machine.find_user(windows, target.user)
    if not isinstance(person, Nobody) and home is not None and not (home.exists and home.value.get("folder")):
        person = homeless(person.account, person.profile, person.sid, "" if home.ok else home.message or home.kind)
    if isinstance(person, Nobody):
        return Laptop(target, windows, None, nobody=person)
    return Laptop(target, windows, person)


def _unread(laptop: Laptop, resource: WindowsResource[Any, Any], error: Exception) -> Laptop:
    fault = f"{type(error).__name__}: {error}"
    with suppress(TypeError):  # not every state of ours can be made of nothing; then there is none to be used
        laptop = laptop.having(resource.state())
    return replace(laptop, faults={**laptop.faults, resource.name: fault})


def _state(resource: WindowsResource[Any, Any], own: Answers, laptop: Laptop) -> Any:
    _needed(resource, laptop)
    state = resource.read(own, laptop)
    if not isinstance(state, resource.state):
        raise TypeError(f"its read returns {type(state).__name__}")
    return state


def _needed(resource: WindowsResource[Any, Any], laptop: Laptop) -> None:
    if unread := sorted(resource.needs & laptop.faults.keys()):
        raise LookupError(f"it needs {', '.join(unread)}, which cannot be read")


def _ask_again(resource: WindowsResource[Any, Any], laptop: Laptop) -> None:
    """Raise why a resource was asked nothing, where that is because it cannot be asked: `_asked` left it out."""
    if resource.name in laptop.faults:
        return
    _needed(resource, laptop)
    _calls(resource, "machine")
    if laptop.user:
        _calls(resource, "profile", laptop.user)
        _calls(resource, "files", laptop.user)
        _calls(resource, "people", laptop)
    if laptop.user and laptop.user.within_reach:
        _calls(resource, "session", laptop)
        for distro in laptop.target.inside:
            _calls(resource, "inside", laptop, distro)


def keep(resources: Resources, raw: Raw, laptop: Laptop, before: Raw | None) -> Raw:
    """Return a snapshot with what resources keep from the first look of a run on.

    Args:
        resources: what was looked at.
        raw: the new snapshot.
        laptop: the laptop as it shows it.
        before: the snapshot before it in the same run.

    """
    old, kept = _Split(before or {}), Raw()
    for resource in resources:
        if resource.name in laptop.faults:
            continue
        notes = resource.kept(laptop, old.part(resource.name))
        kept |= {f"{resource.name}.{name}": one for name, one in notes.items()}
    return raw | kept if kept else raw


class _Split:
    """Answers by resource, taken apart once."""

    def __init__(self, raw: Raw) -> None:
        self._parts: dict[str, dict[str, Answer]] = {}
        for name, answer in raw.items():
            part, _, own = name.rpartition(".")
            self._parts.setdefault(part, {})[own] = answer

    def part(self, name: str) -> Mapping[str, Answer]:
        return self._parts.get(name, {})

    def of(self, resource: str, target: Target) -> Answers:
        there = self.part(_PATHS)
        paths = {path: there[str(number)] for number, path in enumerate(target.paths) if str(number) in there}
        return Answers(self.part(resource), {name: self.part(f"{resource}.{name}") for name in target.inside}, paths)


def _before(answers: Sequence[Answer], before: Sequence[Call]) -> Raw:
    return {f"before.{number}": answer for number, answer in enumerate(answers[: len(before)])}


def _named(resource: str, calls: Calls) -> dict[str, Call]:
    return {f"{resource}.{name}": one for name, one in calls.items()}


def _raw(calls: Calls, answers: Sequence[Answer]) -> Raw:
    return dict(zip(calls, answers, strict=True))
