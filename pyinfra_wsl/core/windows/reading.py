"""What is made of the answers of a look: the machine, the person, and the state of each resource.

A resource's answers are read once. While a look is still under way only what its next questions rest on is read.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from weakref import ref

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.windows import machine
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.core.windows.resource import Answers, Calls, WindowsResource
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.whose import Nobody, homeless

Raw = dict[str, Answer]
"""Answers by ``resource.name``."""

Resources = Sequence[WindowsResource[Any, Any]]
"""What is looked at, those that others need before these."""

MACHINE = "windows"
"""The part of the answers that tells of the machine itself."""
HOME = "home"
"""Of that part, whether the person's profile folder is there; asked where it is known whose."""
PATHS = "paths"
"""The part that tells of the files that are looked for, in the order of the target's."""


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
        self._resources, self._target = resources, target
        self._who = account, culture
        self._told: tuple[Raw, _States, Laptop] | None = None
        self._machine: tuple[Mapping[str, Answer], machine.Windows, User | Nobody] | None = None
        self.left_out: set[str] | None = None
        """Names of the resources of which a question could not be made in this look; None where that is not known."""

    def so_far(self, raw: Raw) -> Laptop:
        """Return what answers, which are not changed any more, show of the laptop; a state is read when it is asked for."""
        if self._told is None or self._told[0] is not raw:
            parts = by_part(raw)
            states = _States(self._resources, parts, self._whose(parts.get(MACHINE, {})))
            self._told = raw, states, states.laptop
        return self._told[2]

    def whole(self, raw: Raw) -> Laptop:
        """Return the laptop that all answers show, with what could not be asked."""
        self.so_far(raw)
        assert self._told  # noqa: S101 - it was just read
        return self._asked_for(self._told[1].whole())

    def again(self, laptop: Laptop, raw: Raw, kept: Raw) -> Laptop:
        """Return a laptop with those resources read again, and what needs them, to whose answers something was added.

        Args:
            laptop: as all answers show it.
            raw: these answers.
            kept: the same and more.

        """
        new = (name for name, one in kept.items() if (old := raw.get(name)) is not one and old != one)
        changed = {name.rpartition(".")[0] for name in new}
        for resource in self._resources:
            changed |= {resource.name} if resource.needs & changed else set()
        return self._asked_for(_States(self._resources, by_part(kept), laptop, changed).whole())

    def _whose(self, part: Mapping[str, Answer]) -> Laptop:
        """Return the laptop with its person, unless their folder is known to be gone or it is not known whether it is there."""
        asked = {name: one for name, one in part.items() if name != HOME}
        if self._machine is None or self._machine[0] != asked:
            windows = machine.read(asked, *self._who)
            self._machine = asked, windows, machine.find_user(windows, self._target.user)
        _asked, windows, person = self._machine
        home = part.get(HOME)
        if not isinstance(person, Nobody) and home is not None and not (home.exists and home.value.get("folder")):
            person = homeless(person.account, person.profile, person.sid, "" if home.ok else home.message or home.kind)
        if isinstance(person, Nobody):
            return Laptop(self._target, windows, None, nobody=person)
        if not self._target.visit:
            person = replace(person, logged_on=False)
        return Laptop(self._target, windows, person)

    def _asked_for(self, laptop: Laptop) -> Laptop:
        if self.left_out is not None and not self.left_out:
            return laptop
        for resource in self._resources:
            try:
                if resource.name not in laptop.faults:
                    _needed(resource, laptop.faults)
                    self._ask_again(resource, laptop)
            except Exception as error:  # noqa: BLE001 - it may be another distribution's, and do anything
                states, faults = dict(laptop.states), {**laptop.faults, resource.name: _fault(error)}
                states.pop(resource.state, None)
                laptop = replace(laptop, states=states | _unread(resource), faults=faults)
        return laptop

    def _ask_again(self, resource: WindowsResource[Any, Any], laptop: Laptop) -> None:
        """Raise why a resource was asked nothing, where that is because it cannot be asked: the look left it out."""
        if self.left_out is not None and resource.name not in self.left_out:
            return
        calls(resource, "machine")
        if laptop.user:
            calls(resource, "profile", laptop.user)
            calls(resource, "files", laptop.user)
            calls(resource, "people", laptop)
        if laptop.user and laptop.user.within_reach:
            calls(resource, "session", laptop)
            for distro in laptop.target.inside:
                calls(resource, "inside", laptop, distro)


def calls(part: Any, question: str, *about: Any) -> Calls:
    """Return what a resource asks.

    Args:
        part: the resource.
        question: the name of its function.
        *about: what that is given.

    Raises:
        Exception: it fails, in any way, or asks what cannot be asked.

    """
    found: Calls = getattr(part, question)(*about)
    for name, one in found.items():
        if not isinstance(name, str) or "." in name:
            raise TypeError(f"its {question} asks under {name!r}, which is no name without a dot")
        if not isinstance(one, Call):
            raise TypeError(f"its {question} asks what is no call")
        if why := one.fault:
            raise TypeError(f"its {question} asks {why}")
    return found


class Packed:
    """Answers that are asked for again only where something changes, as bytes: a quarter of what they take as objects.

    Args:
        raw: the answers; what a resource keeps beside them may be of any kind, and then stays as it is.

    """

    def __init__(self, raw: Raw) -> None:
        """Pack them."""
        self._packed: bytes | Raw = raw
        with suppress(ValueError):
            self._packed = marshal.dumps({name: (one.ok, one.value, one.kind, one.message) for name, one in raw.items()})

    @property
    def raw(self) -> Raw:
        """The answers."""
        if isinstance(self._packed, dict):
            return self._packed
        return {name: Answer(*one) for name, one in marshal.loads(self._packed).items()}  # noqa: S302 - packed in this process


def by_part(raw: Raw) -> dict[str, dict[str, Answer]]:
    """Return answers by the part of the laptop that they tell of, and in it by their own names.

    A part is a resource, one distribution of a resource (``RESOURCE.NAME``), `MACHINE` or `PATHS`.
    """
    parts: dict[str, dict[str, Answer]] = {}
    for name, answer in raw.items():
        part, _dot, own = name.rpartition(".")
        if part not in parts:
            parts[part] = {}
        parts[part][own] = answer
    return parts


class _States(Mapping[type[Any], Any]):
    """The states of a laptop, each read when somebody asks for it; what cannot be read is a fault of its resource.

    Args:
        resources: which.
        parts: the answers, as of `by_part`.
        laptop: whose; what it knows already is not read again.
        stale: names of those resources that are read all the same.

    """

    def __init__(
        self, resources: Resources, parts: dict[str, dict[str, Answer]], laptop: Laptop, stale: set[str] | None = None
    ) -> None:
        self._resources, self._parts = resources, parts
        self._turn = {one.state: number for number, one in enumerate(resources)}
        self._under_way = [len(resources)]
        fresh = [one for one in resources if one.name not in (stale or ())]
        self._read = {one.state: laptop.states[one.state] for one in fresh if one.state in laptop.states}
        self._faults = {one.name: laptop.faults[one.name] for one in fresh if one.name in laptop.faults}
        self._glimpses: dict[type[Any], Any] = {}
        self._given = laptop
        there = parts.get(PATHS, {})
        self._paths = {path: there[f"{number}"] for number, path in enumerate(laptop.target.paths) if f"{number}" in there}
        self._laptop: Callable[[], Laptop | None] = lambda: None

    @property
    def laptop(self) -> Laptop:
        """The laptop that has these states; held by who looks at it, since in a circle all of it would be garbage for long."""
        if (found := self._laptop()) is None:
            found = replace(self._given, states=self, faults=self._faults)
            self._laptop = ref(found)
        return found

    def __getitem__(self, state: type[Any]) -> Any:
        if self._turn[state] >= self._under_way[-1]:
            raise KeyError(state)  # who is read rests on those before it alone
        if state not in self._read:
            resource = self._resources[self._turn[state]]
            if resource.name not in self._faults:
                self._look_at(resource)
        return self._read[state]

    def first(self, state: type[Any]) -> Any:
        """Return what questions rest on of a state, as of `Laptop.first`."""
        resource = self._resources[self._turn[state]]
        if resource.first is None or HOME in self._parts.get(MACHINE, {}):
            return self[state]
        if state not in self._glimpses:
            laptop = self.laptop
            self._glimpses[state] = resource.first(self._answers(resource.name, laptop.target.inside), laptop)
        return self._glimpses[state]

    def __iter__(self) -> Iterator[type[Any]]:
        return iter(self._turn)

    def __len__(self) -> int:
        return len(self._turn)

    def whole(self) -> Laptop:
        """Return the laptop with all states, and without those that rest on what cannot be read."""
        laptop = self.laptop  # for all of them
        for resource in self._resources:
            try:
                _needed(resource, self._faults)
            except LookupError as error:
                self._give_up(resource, error)
            if resource.state not in self._read and resource.name not in self._faults:
                self._look_at(resource)
        return replace(laptop, states=self._read)

    def _look_at(self, resource: WindowsResource[Any, Any]) -> None:
        self._under_way.append(self._turn[resource.state])
        laptop = self.laptop
        try:
            state = resource.read(self._answers(resource.name, laptop.target.inside), laptop)
            if not isinstance(state, resource.state):
                raise TypeError(f"its read returns {type(state).__name__}")
            self._read[resource.state] = state
        except Exception as error:  # noqa: BLE001 - it may be another distribution's, and do anything
            self._give_up(resource, error)
        finally:
            self._under_way.pop()

    def _answers(self, resource: str, inside: Sequence[str]) -> Answers:
        parts = self._parts
        return Answers(parts.get(resource, {}), {name: parts.get(f"{resource}.{name}", {}) for name in inside}, self._paths)

    def _give_up(self, resource: WindowsResource[Any, Any], error: Exception) -> None:
        self._faults.setdefault(resource.name, _fault(error))
        self._read.pop(resource.state, None)
        self._read |= _unread(resource)


def _needed(resource: WindowsResource[Any, Any], faults: Mapping[str, str]) -> None:
    if faults and (unread := sorted(resource.needs & faults.keys())):
        raise LookupError(f"it needs {', '.join(unread)}, which cannot be read")


def _fault(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _unread(resource: WindowsResource[Any, Any]) -> dict[type[Any], Any]:
    """Return the state of a resource that cannot be read: not every one of ours can be made of nothing, then there is none."""
    with suppress(TypeError):
        return {resource.state: resource.state()}
    return {}
