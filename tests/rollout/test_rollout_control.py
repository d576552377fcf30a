"""The loop of a rollout, over an engine that does as it is told: order, gates, wishes, and every way to be interrupted."""

import asyncio
import os
import resource
import shutil
import signal
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support import rollouts
from support.rollouts import HOUR, NOW, Engine, Setting, Watched, document, laptops, two_rings

from pyinfra_wsl.report import reading
from pyinfra_wsl.rollout import control, store
from pyinfra_wsl.rollout.database import Database, StoreError
from pyinfra_wsl.rollout.model import EngineError, Gate, Retry, Ring, Rollout

MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(control, "_GATHER", 0)
    monkeypatch.setattr(control, "_TICK", 0.005)


@pytest.fixture
def setting(tmp_path):
    return Setting(tmp_path, two_rings(), laptops(6))


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


def test_the_newest_try_is_the_result_and_an_older_one_leaves_nothing(tmp_path):
    setting = Setting(tmp_path, replace(two_rings(), retry=Retry(first=HOUR, until=30 * HOUR)), laptops(3))
    worker = engine(setting, {"LT-0": ["offline", "deferred", "converged"]})
    assert setting.run(worker, Watched(setting.time.pass_while_idle)) == 0
    found = {one["host"]: one["outcome"] for one in reading.read(setting.folder / "results").documents}
    assert found == dict.fromkeys(("LT-0", "LT-1", "LT-2"), "converged")
    assert sorted(one.name for one in (setting.folder / "results").iterdir()) == ["LT-0.json", "LT-1.json", "LT-2.json"]


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


# interrupted


def killed_at(setting, step, script=None):
    """Run a control in a process of its own that is killed at a step; return whether it came so far."""
    if (child := os.fork()) == 0:
        left = [step]

        def counted(original):
            def call(*arguments, **named):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return original(*arguments, **named)

            return call

        Database.run = counted(Database.run)
        rollouts.Documents.put = counted(rollouts.Documents.put)
        Engine.leave = counted(Engine.leave)
        try:
            code = setting.run(engine(setting, script))
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.fixture
def memory(tmp_path):
    """Return a folder in memory, where there is one: what a kill leaves there is the same, and nobody waits for a disk."""
    folder = tempfile.mkdtemp(dir=MEMORY) if os.access(MEMORY, os.W_OK) else str(tmp_path)
    yield Path(folder)
    shutil.rmtree(folder)


def test_a_control_that_is_killed_at_any_point_is_gone_on_with(memory):
    """At each statement that it writes, before each result, and before each word that a worker leaves."""
    step, killed = 0, True
    while killed:
        setting = Setting(memory, two_rings(), laptops(3))
        killed = killed_at(setting, step)
        assert setting.run(engine(setting)) == 0, step
        assert set(setting.states().values()) == {"converged"}
        assert sorted(setting.done()) == ["LT-0", "LT-1", "LT-2"], f"{step}: something is done twice, or never"
        for one in (setting.path, setting.journal, *setting.spool.iterdir(), *setting.folder.glob("rollout.db*")):
            one.unlink(missing_ok=True)
        step += 1
    assert step > 45


def test_a_control_that_is_killed_again_and_again_comes_to_the_end(tmp_path):
    setting = Setting(tmp_path, two_rings(), laptops(8))
    kills = 0
    while killed_at(setting, 17 + kills):
        kills += 1
    assert kills > 2
    assert setting.run(engine(setting)) == 0
    assert sorted(setting.done()) == [f"LT-{n}" for n in range(8)]


def test_what_a_worker_left_of_another_shard_is_not_believed(setting):
    setting.run(engine(setting, {"LT-0": ["failed"]}))
    for one in setting.spool.iterdir():
        one.write_text(one.read_text().replace("c0ffee01-", "c0ffee01-9"))
    before = setting.states()
    setting.run(engine(setting, {"LT-0": ["failed"]}))
    assert setting.states() == before


async def _event():
    return asyncio.Event()


def interrupted(setting, times, told=signal.SIGINT):
    """Run until laptops are at work, send signals, and let those at work go on after the first."""
    worker = engine(setting, hold_back=asyncio.run(_event()))
    sent = []

    def look(watched):
        if len(sent) < times and any(one.state == "at work" for one in watched.snapshot.laptops.values()):
            sent.append(os.kill(os.getpid(), told))
        elif times == 1 and sent:
            worker.hold_back.set()

    return setting.run(worker, Watched(look)), worker


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_begins_nobody_and_waits_for_those_at_work(tmp_path, told):
    setting = Setting(tmp_path, Rollout((Ring("all"),), shard=2), laptops(8))
    code, _worker = interrupted(setting, 1, told)
    assert code == 130
    assert not setting.control.hurried
    assert len(setting.done("begin")) == len(setting.done("end")) == 2  # one of each shard; the others were not begun
    assert sorted(setting.states().values()) == ["converged"] * 2 + ["due"] * 6
    assert setting.run(engine(setting)) == 0
    assert len(setting.done()) == 8


def test_ctrl_c_twice_waits_for_nobody(tmp_path):
    setting = Setting(tmp_path, Rollout((Ring("all"),), shard=2), laptops(8))
    code, _worker = interrupted(setting, 2)
    assert code == 130
    assert setting.control.hurried
    assert setting.done() == []
    assert sorted(setting.states().values()) == ["at work"] * 4 + ["due"] * 4
    assert setting.run(engine(setting), holder="bert, pid 2") == 0
    assert "holder" in setting.kinds()


# what can go wrong


def test_where_nobody_can_work_any_more_all_are_due_and_it_says_why(setting):
    class Broken(Engine):
        async def work(self, _shard):
            raise EngineError("the scheduler is gone")
            yield

    with pytest.raises(EngineError, match="the scheduler is gone"):
        setting.run(Broken())
    assert set(setting.states().values()) == {"due", "waiting"}
    assert setting.run(engine(setting)) == 0


def test_a_disk_that_fills_up_ends_it_in_a_sentence_and_what_was_done_is_not_repeated(tmp_path):
    setting = Setting(tmp_path, Rollout((Ring("all"),), shard=5), laptops(40))
    setting.begin()
    _soft, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def look(watched):
        if sum(one.state == "converged" for one in watched.snapshot.laptops.values()) > 4:
            size = setting.path.with_name("rollout.db-wal").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    try:
        with pytest.raises(StoreError, match=r"rollout\.db .*disk.* Next: free space or raise the limit"):
            setting.run(engine(setting), Watched(look))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    done = setting.done()
    assert 4 < len(done) < 40
    assert setting.run(engine(setting)) == 0
    assert sorted(setting.done()) == sorted(f"LT-{n}" for n in range(40))


@pytest.mark.parametrize("by", [-3 * HOUR, 3 * HOUR])
def test_a_clock_that_is_set_shortens_no_wait_and_lengthens_none(tmp_path, by):
    setting = Setting(tmp_path, replace(two_rings(), retry=Retry(first=HOUR, until=30 * HOUR)), laptops(2))
    worker = engine(setting, {"LT-0": ["offline", "converged"]})
    moments = []

    def look(watched):
        one = watched.snapshot.laptops["LT-0"]
        if one.state == "offline" and not moments:
            moments.append(one.again)
            setting.time.set += by.total_seconds()
        elif len(moments) == 1 and one.again != moments[0]:
            moments.append(one.again)
            assert worker.tries["LT-0"] == 1
            setting.time.passed += HOUR.total_seconds() + 1

    assert setting.run(worker, Watched(look)) == 0
    assert abs(moments[1] - moments[0] - by) < timedelta(seconds=5)
    assert worker.tries["LT-0"] == 2
    assert "clock" in setting.kinds()


def test_a_clock_that_was_set_back_while_nobody_looked_holds_nothing_up(tmp_path):
    setting = Setting(tmp_path, two_rings(wait=HOUR), laptops(3))
    assert setting.run(engine(setting), once=True) == 3
    with store.Store(setting.path) as opened:
        opened.note("seen", (NOW + 50 * HOUR).isoformat())
        opened.ring(0, replace(opened.snapshot(mine=True).rings[0], ready=NOW + 50 * HOUR, opened=NOW + 50 * HOUR))
    assert setting.run(engine(setting), once=True) == 3
    assert setting.snapshot().rings[0].ready <= NOW + timedelta(minutes=1)


def test_a_gate_that_can_never_open_is_told_with_the_next_step(tmp_path):
    setting = Setting(tmp_path, Rollout((Ring("pilot", groups=("it",), gate=Gate(share=1.0)), Ring("rest"))), laptops(3))
    assert setting.run(engine(setting, {"LT-1": ["failed"]})) == 1
    why = setting.snapshot().why
    assert "pilot" in why
    assert "LT-1" in why
    assert "rollout resume tries them again" in why
    assert setting.run(engine(setting), wish=("resume", "bert", "")) == 0
