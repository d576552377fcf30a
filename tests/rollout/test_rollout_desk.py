"""What a worker answers a control: each thing once, again where it was not heard, and nothing of another's."""

import asyncio
import re

import pytest
from support.rollout_engine import shard

from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.cluster import versions, worker
from pyinfra_wsl.rollout.cluster.sealing import Letters, seal
from pyinfra_wsl.rollout.model import Member, Shard

MAKER = "support.rollout_engine:Carrier"


@pytest.fixture(autouse=True)
def _no_desks(monkeypatch):
    monkeypatch.setattr(worker, "_DESKS", {})
    monkeypatch.setattr(worker, "_TOGETHER", 0.01)
    monkeypatch.setattr(worker, "_LETTER", 1)  # each answer in a letter of its own


class Control:
    """A control at a desk of this very process."""

    def __init__(self, name="c", maker=MAKER):
        self.name, self.maker, self.letters = name, maker, Letters()

    async def greet(self):
        self.hello = await worker.greet(self.name, self.maker, 2)
        return self

    async def begin(self, one, key=None):
        text = wire.line({"request": wire.request(one).decode(), "key": self.letters.key.hex()})
        sealed = seal(text, key or self.hello["key"], one.name)
        return await worker.begin(self.name, self.hello["desk"], one.name, sealed)

    async def more(self, name, after, seconds=1.0):
        told = await worker.more(self.name, self.hello["desk"], name, after, seconds)
        self.got = told.get("letters", ())
        opened = [self.letters.open(after + number, one) for number, one in enumerate(self.got, start=1)]
        lines = [wire.read(line) for one in opened for line in one.splitlines()]
        return lines, {key: one for key, one in told.items() if key != "letters"}


def test_what_was_not_heard_is_told_again_and_what_was_is_forgotten():
    async def run():
        control = await Control().greet()
        assert await control.begin(shard("s", 3, password=Secret("x"))) == {}
        await asyncio.sleep(0.05)
        first, end = await control.more("s", 0)
        again, _ = await control.more("s", 0)
        assert first == again
        assert [one["host"] for one in first] == ["s-0", "s-1", "s-2"]
        assert end == {"ended": True}
        rest, end = await control.more("s", 2)
        assert [one["host"] for one in rest] == ["s-2"]
        spool = worker._DESKS["c"]._spool
        assert (spool / "heard").read_text().split() == ["s-0", "s-1"]
        assert await control.more("s", 3) == ([], {"ended": True})
        assert (spool / "heard").read_text().split() == ["s-0", "s-1", "s-2"]
        assert (await control.more("s", 3))[1]["unknown"]  # it was heard to its end

    asyncio.run(run())


def test_what_is_told_together_is_one_letter_and_each_letter_is_sealed_once(monkeypatch):
    """What is sealed by a number is the same whenever it is asked for, though more was told meanwhile."""
    monkeypatch.setattr(worker, "_LETTER", 1 << 20)

    async def run():
        control = await Control().greet()
        await control.begin(shard("s", 5, seconds=0.1, text="\r\n\u2028"))
        await asyncio.sleep(0.25)
        first, _ = await control.more("s", 0)
        sealed = list(control.got)
        assert len(sealed) == 1
        assert len(first) >= 2
        await asyncio.sleep(0.5)
        again, end = await control.more("s", 0)
        assert control.got[:1] == sealed
        assert [one["host"] for one in again] == [f"s-{number}" for number in range(5)]
        assert end == {"ended": True}
        heard = worker._DESKS["c"]._spool / "heard"
        rest, _ = await control.more("s", 1)
        assert rest == again[len(first) :]
        assert heard.read_text().split() == [one["host"] for one in first]
        assert await control.more("s", 2) == ([], {"ended": True})
        assert len(heard.read_text().split()) == 5

    asyncio.run(run())


def test_a_letter_is_not_made_longer_than_need_be(monkeypatch):
    monkeypatch.setattr(worker, "_LETTER", 1000)

    async def run():
        control = await Control().greet()
        await control.begin(shard("s", 7, text="x" * 450))
        await asyncio.sleep(0.05)
        told, end = await control.more("s", 0)
        assert [one["host"] for one in told] == [f"s-{number}" for number in range(7)]
        assert len(control.got) == 4
        assert end == {"ended": True}

    asyncio.run(run())


def test_an_answer_that_no_letter_holds_takes_no_other_with_it(monkeypatch):
    """Control opens no longer letter; of that laptop it hears nothing, of all others what became of them."""
    monkeypatch.setattr(worker, "_LETTER", 1 << 20)
    monkeypatch.setattr(worker, "LONGEST", 2000)

    async def run():
        control = await Control().greet()
        mixed = [Member(f"s-{number}", {"text": "x" * size}) for number, size in enumerate((10, 1700, 3000, 10, 1700))]
        await control.begin(Shard("s", mixed))
        await asyncio.sleep(0.05)
        told, end = await control.more("s", 0)
        assert [one["host"] for one in told] == ["s-0", "s-1", "s-3", "s-4"]
        assert end == {"ended": True}
        opened = [control.letters.open(number, one) for number, one in enumerate(control.got, start=1)]
        assert max(map(len, opened)) <= 2000

    asyncio.run(run())


def test_more_waits_for_news_and_no_longer_than_asked():
    async def run():
        control = await Control().greet()
        await control.begin(shard("s", 1, seconds=0.3))
        assert await control.more("s", 0, seconds=0.05) == ([], {})
        told, _ = await control.more("s", 0, seconds=5)
        assert [one["host"] for one in told] == ["s-0"]

    asyncio.run(run())


def test_a_shard_that_is_given_twice_is_begun_once(tmp_path):
    async def run():
        control, one = await Control().greet(), shard("s", 1, journal=str(tmp_path / "journal"))
        assert await control.begin(one) == await control.begin(one) == {}
        await control.more("s", 0)

    asyncio.run(run())
    assert len((tmp_path / "journal").read_text().splitlines()) == 2


def test_a_desk_of_another_process_begins_nothing():
    async def run():
        control = await Control().greet()
        control.hello["desk"] = "another"
        told = await control.begin(shard("s"))
        assert told["unknown"]
        assert "knows nothing of the shard" in told["lost"]
        nobody = Control("nobody")
        nobody.hello = control.hello
        assert (await nobody.begin(shard("s")))["unknown"]

    asyncio.run(run())


def test_a_shard_that_was_sealed_for_somebody_else_is_not_begun():
    async def run():
        one, other = await Control("one").greet(), await Control("other").greet()
        assert one.hello["key"] != other.hello["key"]
        assert "was not sealed for this process" in (await one.begin(shard("s"), key=other.hello["key"]))["lost"]

    asyncio.run(run())


def test_what_is_lost_and_who_is_useless_is_told_after_what_came_before():
    async def run():
        control = await Control().greet()
        lost = shard("l", 2)
        lost.members[1].data["lost"] = "its process was killed"
        await control.begin(lost)
        await asyncio.sleep(0.05)
        told, end = await control.more("l", 0)
        assert [one["host"] for one in told] == ["l-0"]
        assert end == {"lost": "its process was killed", "useless": False}
        assert await control.more("l", 1) == ([], end)
        await control.begin(shard("u", useless="no Python"))
        assert await control.more("u", 0) == ([], {"lost": "no Python", "useless": True})

    asyncio.run(run())


def test_a_control_that_greets_again_has_given_up_what_was_at_work(tmp_path):
    """It lost this worker, and has given its laptops to another: none of them is begun here any more."""
    journal = tmp_path / "journal"

    async def run():
        control = await Control().greet()
        await control.begin(shard("s", 5, seconds=0.1, journal=str(journal)))
        await asyncio.sleep(0.15)
        before = control.hello
        await control.greet()
        assert control.hello == before
        assert (await control.more("s", 0))[1]["unknown"]
        begun = journal.read_text().count("begun")
        await asyncio.sleep(0.3)
        assert journal.read_text().count("begun") == begun < 5
        assert await control.begin(shard("s")) == {}

    asyncio.run(run())


@pytest.mark.parametrize("maker", ["no_such_module:x", "support.rollout_engine:Nothing"])
def test_a_worker_that_cannot_carry_out_says_why(maker):
    async def run():
        control = await Control(maker=maker).greet()
        told = await control.begin(shard("s"))
        assert told["useless"]
        assert "no_such_module" in told["lost"] or "Nothing" in told["lost"]

    asyncio.run(run())


def test_a_control_that_asks_for_nothing_any_more_is_gone(monkeypatch, tmp_path):
    """Its runner is ended: the laptop that is being changed comes to its end, and no other is begun."""
    monkeypatch.setattr(worker, "GONE", 0.2)
    journal = tmp_path / "journal"

    async def run():
        control = await Control().greet()
        await control.begin(shard("s", 2, seconds=0.6, journal=str(journal)))
        async with asyncio.timeout(10):
            while "c" in worker._DESKS:
                await asyncio.sleep(0.05)

    asyncio.run(run())
    assert [line.rsplit(" ", 1)[0] for line in journal.read_text().splitlines()] == ["s-0 begun", "s-0 ended"]


def test_a_control_that_asks_is_not_gone(monkeypatch):
    monkeypatch.setattr(worker, "GONE", 0.3)

    async def run():
        control = await Control().greet()
        await control.begin(shard("s", 1, seconds=1))
        while not (await control.more("s", 0, seconds=0.1))[0]:
            pass

    asyncio.run(run())


def test_leaving_waits_for_what_is_being_changed_and_what_came_of_it_is_told():
    async def run():
        control = await Control().greet()
        await control.begin(shard("s", 2, seconds=0.4))
        await asyncio.sleep(0.05)
        assert not await worker.leave("c", 0.05)
        assert await worker.leave("c", 5)
        assert await worker.leave("c", 5)
        assert await worker.leave("nobody", 0)
        told, _ = await control.more("s", 0)
        assert [one["host"] for one in told] == ["s-0"]
        assert await control.more("s", 1) == ([], {"lost": "the runner was ended", "useless": False})
        assert (await control.begin(shard("t")))["unknown"]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({}, ""),
        (
            {"pyinfra-wsl": "0.0.1"},
            r"^it has pyinfra-wsl 0\.0\.1 there, \S+ here\. Next, where it runs: pip install pyinfra-wsl==",
        ),
        (
            {"distributed": None, "dask": "1"},
            r"^it has distributed none there, \S+ here; dask 1 there, .*pip install distributed==\S+ dask==\S+$",
        ),
        ({"Python": "3.9"}, r"^it has Python 3\.9 there, 3\.\d+ here\. Next, where it runs: start it with Python 3\.\d+$"),
        ({"pyinfra": "\x1b[31m"}, r"^it has pyinfra \\x1b"),
    ],
)
def test_versions_that_differ_are_one_sentence(there, said):
    found = {name: one for name, one in (versions.installed() | there).items() if one is not None}
    told = versions.differing(found)
    if said:
        assert re.search(said, told), told
    else:
        assert told == ""
    assert "\n" not in told


def test_a_scheduler_needs_nothing_of_ours_but_the_same_distributed():
    here = versions.installed()
    there = {name: one for name, one in here.items() if not name.startswith("pyinfra")}
    assert versions.other_scheduler({**there, "python": here["Python"] + ".7.final.0"}) == ""
    assert "distributed 1 there" in versions.other_scheduler({**there, "python": "3.11.1", "distributed": "1"})
    assert "Python 2.7 there" in versions.other_scheduler({**there, "python": "2.7.18"})
