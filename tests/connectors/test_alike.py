"""What was read of one laptop and is known of the next: the lab's laptops of all scenarios, one after another in any order."""

import asyncio
import gc
import json
import random
import weakref

import pytest

from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.core import answered, heard, shape
from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.windows import path
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.core.windows.reading import Reader
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.lab.agent import Agent
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.scenarios import SCENARIOS, Wish
from pyinfra_wsl.report import results

TARGET = Target("console", ("Ubuntu-24.04",), (), ("Ubuntu-24.04", "old-ubuntu"))
PLACES = (answered, "_known"), (heard, "_known"), (results, "_entry_once"), (path, "_once"), (version, "_once")
KNOWN = [getattr(*one) for one in PLACES]
"""What keeps something of one laptop for the next."""


class LabWire:
    """The wire to the agent of a lab's laptop, which keeps its lines."""

    def __init__(self, machine):
        token = windows.administrator_token(machine)
        process = machine.processes.add(r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", token)
        self.agent = Agent(machine, token, process, None, token.account.profile, machine.environment(token))
        self.lines, self.loop, self.asked = [], asyncio.new_event_loop(), []

    def write(self, data):
        self.asked.append(data)
        said = self.agent.hello() if len(self.asked) == 1 else self.loop.run_until_complete(self.agent.answer(data.decode()))
        self.lines.append(json.dumps(said, separators=(",", ":")).encode())

    def read_line(self, _timeout):
        return self.lines[len(self.asked) - 1]

    def close(self):
        self.loop.close()


class Told:
    """The same lines once more."""

    def __init__(self, lines):
        self.lines = iter(lines)

    def write(self, data):
        pass

    def read_line(self, _timeout):
        return next(self.lines)

    def close(self):
        pass


def look(wire):
    session = Session(lambda: Channel(wire), lambda: None, "7f3a", "ada@control", lambda _line: None)
    laptop = session.look(resources(), TARGET, None, executing=False)
    shown = "".join(results.found(resources(), laptop).parts)
    return shown, repr(sorted((kind.__module__, repr(one)) for kind, one in laptop.states.items())), session


@pytest.fixture(scope="module")
def laptops():
    """Return the lines of a look at each of the lab's laptops, and what they show where nothing is known of another."""
    found = {}
    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        if not scenario.offline and name != "constrained-language":  # where no agent begins
            wire = LabWire(scenario.build(Wish(f"LT-{number}", number, {}, pace=0.0005)))
            for one in KNOWN:
                one.cache_clear()
            found[name] = (*look(wire)[:2], wire.lines)
            wire.close()
    return found


@pytest.mark.parametrize("seed", range(3))
def test_what_is_known_of_other_laptops_changes_nothing(laptops, seed):
    for one in KNOWN:
        one.cache_clear()
    order = [*laptops, *laptops]
    random.Random(seed).shuffle(order)  # noqa: S311 - a test's order
    for name in order:
        shown, states, lines = laptops[name]
        assert look(Told(lines))[:2] == (shown, states), name
    assert all(one.cache_info().hits for one in KNOWN)


def test_where_nothing_is_kept_at_all_each_laptop_is_the_same(laptops, monkeypatch):
    """Nor is anything of a laptop's own that was read twice, as two programs that answer alike."""
    for module, name in PLACES:
        monkeypatch.setattr(module, name, getattr(module, name).__wrapped__)
    for name, (shown, states, lines) in laptops.items():
        assert look(Told(lines))[:2] == (shown, states), name
    assert [getattr(*one) for one in PLACES] != KNOWN


def test_nobody_changes_an_answer_that_several_laptops_share(laptops):
    """Each line still means what it says, after all of them were looked at, with what is known by then."""
    asked = {}
    ask = Channel.ask

    def noting(self, calls, **more):
        found = ask(self, calls, **more)
        asked.setdefault(self._wire, []).append((self._last, calls, found))
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Channel, "ask", noting)
        for _shown, _states, lines in laptops.values():
            look(Told(lines))
    for number, calls, found in (one for talk in asked.values() for one in talk):
        assert number
        assert len(calls) == len(found)
    for (_shown, _states, lines), talk in zip(laptops.values(), asked.values(), strict=True):
        for line, (_number, calls, found) in zip(lines[1:], talk, strict=True):
            whole = [shape.answer(call, one) for call, one in zip(calls, heard.part(line, 0)["results"], strict=True)]
            assert whole == found


def test_what_was_read_on_the_way_is_gone_with_the_look(laptops, monkeypatch):
    """Without Python's search for circles: it holds all answers of a laptop until that comes."""
    made, begin = [], Reader.so_far

    def noting(self, raw):
        found = begin(self, raw)
        made.append(weakref.ref(found))
        return found

    monkeypatch.setattr(Reader, "so_far", noting)
    gc.collect()
    gc.disable()
    try:
        *_shown, session = look(Told(laptops["converged"][2]))
        assert made
        assert [one for one in made if one() is not None and one() is not session.seen] == []
    finally:
        gc.enable()
