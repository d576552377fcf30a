"""The loop of a rollout, over an engine that does as it is told: order, gates, wishes, and every way to be interrupted."""

import asyncio
from dataclasses import replace

import pytest
from support.rollouts import HOUR, Engine, Setting, Watched, document, laptops, two_rings

from pyinfra_wsl.report import reading
from pyinfra_wsl.rollout.documents import Documents
from pyinfra_wsl.rollout.model import Gate, Retry, Ring, Rollout

pytestmark = pytest.mark.usefixtures("quick")


def engine(setting, script=None, **more):
    return Engine(script, setting.journal, setting.spool, **more)


def test_rings_follow_each_other_and_each_laptop_is_done_once(setting):
    assert setting.run(engine(setting)) == 0
    assert sorted(setting.done()[:2]) == ["LT-0", "LT-1"]
    assert sorted(setting.done()) == [f"LT-{n}" for n in range(6)]
    found = setting.snapshot()
    assert found.stage == "ended"
    assert all(one.verified and one.state == "converged" and one.tries == 1 for one in found.laptops.values())
    kinds = [kind for kind in setting.kinds() if kind != "ready"]
    assert kinds == ["begun", "opened", "passed", "opened", "passed", "ended"]
    assert {one["host"] for one in reading.read(setting.folder / "results").documents} == set(found.laptops)


def test_a_second_call_after_the_end_begins_nobody(setting):
    setting.run(engine(setting))
    again = engine(setting)
    assert setting.run(again) == 0
    assert not again.tries
    assert len(setting.done()) == 6


BROKEN = document("LT-0", "failed", "the connection broke off", "connection")


@pytest.mark.parametrize(
    ("ends", "state", "code"),
    [
        (["failed"], "failed", 1),
        (["converged wrong"], "failed", 1),
        (["lost", "converged"], "converged", 0),
        (["lost", "lost", "converged"], "converged", 0),
        (["offline", "converged"], "converged", 0),
        (["deferred", "converged"], "converged", 0),
        ([document("LT-0", "failed", "bert is at work", "locked"), "converged"], "converged", 0),
        ([BROKEN, "converged"], "converged", 0),
        ([BROKEN, BROKEN, "converged"], "converged", 0),
        ([BROKEN], "failed", 1),
        ([document("LT-0", "failed", "the key is refused", "connection", resource="connection"), "converged"], "failed", 1),
        ([document("LT-1", "converged"), "converged"], "converged", 0),
        ([{"host": "LT-0"}, "converged"], "converged", 0),
        (["unfinished", "converged"], "converged", 0),
        (["lost"], "given up", 1),
        (["offline"], "given up", 1),
    ],
)
def test_how_a_laptop_ends_is_what_becomes_of_it(tmp_path, ends, state, code):
    setting = Setting(tmp_path, replace(two_rings(), retry=Retry(first=HOUR, until=3 * HOUR)), laptops(3))
    assert setting.run(engine(setting, {"LT-0": ends}), Watched(setting.time.pass_while_idle)) == code
    assert setting.states()["LT-0"] == state
    if code:
        assert setting.snapshot().stage == "stuck"
        assert "LT-2" not in setting.done()  # whose ring did not open


def test_until_a_laptop_comes_through_whose_connection_broke_off_its_gate_is_shut(tmp_path):
    """It may be what is rolled out that cuts laptops off: such as a new network for WSL."""
    setting = Setting(tmp_path, two_rings(share=0.5, verify=False), laptops(3))
    assert setting.run(engine(setting, {"LT-0": [BROKEN]}), once=True) == 3
    one = setting.snapshot().laptops["LT-0"]
    assert (one.state, one.kinds) == ("deferred", ("wsl: the connection broke off",))
    (two := tmp_path / "two").mkdir()
    declared = Rollout((Ring("a", hosts=("LT-1",)), Ring("b", hosts=("LT-0",), gate=Gate(share=0.0)), Ring("c")))
    setting = Setting(two, declared, laptops(3))
    assert setting.run(engine(setting, {"LT-0": [BROKEN]}), once=True) == 3
    assert setting.snapshot().rings[1].passed is None
    assert setting.states()["LT-2"] == "waiting"


def test_the_newest_try_is_the_result_and_an_older_one_leaves_nothing(tmp_path):
    setting = Setting(tmp_path, replace(two_rings(), retry=Retry(first=HOUR, until=30 * HOUR)), laptops(3))
    worker = engine(setting, {"LT-0": ["offline", "deferred", "converged"]})
    assert setting.run(worker, Watched(setting.time.pass_while_idle)) == 0
    found = {one["host"]: one["outcome"] for one in reading.read(setting.folder / "results").documents}
    assert found == dict.fromkeys(("LT-0", "LT-1", "LT-2"), "converged")
    assert sorted(one.name for one in (setting.folder / "results").iterdir()) == ["LT-0.json", "LT-1.json", "LT-2.json"]


def test_what_several_tries_have_changed_is_told_as_of_one_run_and_once(tmp_path):
    kept = Documents(tmp_path / "results", ["LT-0"])
    first = document("LT-0", "deferred", changes=["one"]) | {"before": {"wsl": "first"}}
    second = document("LT-0", "converged", changes=["two"]) | {"before": {"wsl": "second"}}
    for one in (first, first, second, second, document("LT-0", "converged")):
        assert kept.put("LT-0", one) == ""
    (found,) = reading.read(tmp_path / "results").documents
    assert found["outcome"] == "converged"
    assert [one["sentence"] for one in found["changes"]] == ["one", "two"]
    assert found["before"] == {"wsl": "first"}


def test_laptops_whose_names_differ_in_case_alone_have_a_file_each(tmp_path):
    kept = Documents(tmp_path / "results", ["lt-0", "LT-0", "a/b", "a_b"])
    for name in ("LT-0", "a_b", "lt-0", "a/b"):
        assert kept.put(name, document(name, "converged")) == ""
    assert {one["host"] for one in reading.read(tmp_path / "results").documents} == {"lt-0", "LT-0", "a/b", "a_b"}


def test_no_more_shards_are_at_work_than_there_are_workers(tmp_path):
    setting = Setting(tmp_path, Rollout((Ring("all"),), shard=1), laptops(20))
    worker = engine(setting, slots=3)
    assert setting.run(worker) == 0
    assert worker.most == 3


# what persons ask


def when(kind, act):
    """Act once a row of a kind is there."""
    seen = []

    def look(watched):
        if not seen and any(one.kind == kind for one in watched.events):
            seen.append(1)
            act()

    return Watched(look)


def test_a_gate_waits_for_a_persons_word(tmp_path):
    setting = Setting(tmp_path, two_rings(approve=True), laptops(4))
    watch = when("ready", lambda: setting.ask("approve", "bert", "pilot"))
    assert setting.run(engine(setting), watch) == 0
    assert setting.snapshot().rings[0].approved == "bert"
    assert [kind for kind in setting.kinds() if kind in ("ready", "approved", "passed")][:3] == ["ready", "approved", "passed"]


def test_where_it_only_does_what_can_be_done_now_it_ends_as_waiting(tmp_path):
    setting = Setting(tmp_path, two_rings(approve=True), laptops(4))
    assert setting.run(engine(setting), once=True) == 3
    assert setting.states()["LT-3"] == "waiting"
    assert setting.run(engine(setting), wish=("approve", "bert", "pilot"), once=True) == 0


def test_pause_begins_nobody_until_it_is_resumed(setting):
    asked = []

    def look(watched):
        if watched.snapshot.stage == "paused" and not asked:
            asked.append(setting.done())
            setting.ask("resume", "bert", "")

    assert setting.run(engine(setting), Watched(look), wish=("pause", "bert", "lunch")) == 0
    assert asked == [[]]
    assert setting.kinds()[1:3] == ["paused", "resumed"]


def test_a_paused_rollout_ends_as_waiting_where_it_is_not_waited_for(setting):
    assert setting.run(engine(setting), wish=("pause", "bert", "lunch"), once=True) == 3
    assert setting.snapshot().why == "paused by bert: lunch"
    assert setting.done("begin") == []


def test_a_wish_that_nobody_knows_does_nothing_and_is_told(setting):
    assert setting.run(engine(setting, {"LT-0": ["failed"]}), wish=("dance", "bert", "LT-0")) == 1
    assert setting.run(engine(setting, {"LT-0": ["converged"]}), wish=("dance", "bert", "")) == 1
    assert setting.states()["LT-0"] == "failed"
    assert setting.kinds().count("note") == 2


def test_abort_ends_it_and_resume_goes_on(setting):
    assert setting.run(engine(setting), wish=("abort", "bert", "it burns")) == 1
    assert (setting.snapshot().stage, setting.snapshot().why) == ("aborted", "aborted by bert: it burns")
    assert setting.run(engine(setting)) == 1
    assert setting.done("begin") == []
    assert setting.run(engine(setting), wish=("resume", "bert", "")) == 0


def test_abort_lets_those_at_work_come_to_their_end(tmp_path):
    setting = Setting(tmp_path, Rollout((Ring("all"),), shard=1), laptops(4))
    begun = []

    def look(watched):
        working = [one for one in watched.snapshot.laptops.values() if one.state == "at work"]
        if working and not begun:
            begun.extend(working)
            setting.ask("abort", "bert", "")
        elif watched.snapshot.stage == "aborted":
            worker.hold_back.set()

    async def held():
        return asyncio.Event()

    worker = engine(setting, hold_back=asyncio.run(held()))
    assert setting.run(worker, Watched(look)) == 1
    assert sorted(setting.done()) == sorted(one.laptop.name for one in begun)
    assert sorted(setting.states().values()) == ["converged", "converged", "due", "due"]


def test_stuck_says_what_to_do_and_who_failed_is_tried_again_by_a_persons_word(setting):
    script = {"LT-0": ["failed", "converged"]}
    worker = engine(setting, script)
    assert setting.run(worker) == 1
    assert setting.snapshot().stage == "stuck"
    assert "pilot" in setting.snapshot().why
    assert setting.run(worker) == 1  # nothing has changed, and nobody is tried
    assert worker.tries["LT-0"] == 1
    assert setting.run(worker, wish=("retry", "bert", "")) == 0
    assert worker.tries["LT-0"] == 2
    assert worker.tries["LT-1"] == 1


def test_who_was_given_up_has_their_time_anew(tmp_path):
    setting = Setting(tmp_path, replace(two_rings(), retry=Retry(first=HOUR, until=3 * HOUR)), laptops(3))
    worker = engine(setting, {"LT-0": ["offline"]})
    assert setting.run(worker, Watched(setting.time.pass_while_idle)) == 1
    assert setting.states()["LT-0"] == "given up"
    tries = worker.tries["LT-0"]
    worker.script["LT-0"] = ["offline"] * (tries + 1) + ["converged"]
    assert setting.run(worker, Watched(setting.time.pass_while_idle), ("retry", "bert", "LT-0")) == 0
    assert worker.tries["LT-0"] == tries + 2


def test_no_ring_is_opened_that_was_not_asked_for(setting):
    assert setting.run(engine(setting), until=0) == 0
    assert sorted(setting.done()) == ["LT-0", "LT-1"]
    assert setting.states()["LT-5"] == "waiting"
    assert setting.run(engine(setting)) == 0
    assert len(setting.done()) == 6


def test_a_ring_of_which_all_are_offline_waits_tells_and_is_given_up_at_its_deadline(tmp_path):
    setting = Setting(tmp_path, replace(two_rings(), retry=Retry(first=HOUR, longest=2 * HOUR, until=8 * HOUR)), laptops(4))
    worker = engine(setting, {"LT-0": ["offline"], "LT-1": ["offline"]})
    assert setting.run(worker, Watched(setting.time.pass_while_idle)) == 1
    found = setting.snapshot()
    assert (found.stage, found.laptops["LT-0"].state, found.laptops["LT-0"].outcome) == ("stuck", "given up", "offline")
    assert found.laptops["LT-0"].why == "no answer. Next: turn it on"
    assert 3 < worker.tries["LT-0"] < 8
    assert found.laptops["LT-3"].state == "waiting"
