"""A rollout that is killed, interrupted, without room, and at a clock that is set: nothing is done twice, and nothing lost."""

import asyncio
import os
import resource
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from support import rollouts
from support.rollouts import HOUR, NOW, Engine, Setting, Watched, laptops, two_rings

from pyinfra_wsl.rollout import store
from pyinfra_wsl.rollout.database import Database, GoneError, StoreError
from pyinfra_wsl.rollout.model import EngineError, Gate, Retry, Ring, Rollout

pytestmark = pytest.mark.usefixtures("quick")


def engine(setting, script=None, **more):
    return Engine(script, setting.journal, setting.spool, **more)


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


def test_who_wants_to_stop_does_not_wait_for_workers_that_do_not_begin(setting):
    class Slow(Engine):
        async def __aenter__(self):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)

    assert setting.run(Slow()) == 130
    assert set(setting.states().values()) == {"due", "waiting"}


def test_what_a_worker_tells_and_nobody_understands_ends_it_in_a_sentence(setting):
    class Odd(Engine):
        async def _one(self, shard, name):
            raise UnicodeError(name)
            yield shard

    with pytest.raises(EngineError, match=r"cannot be used \(UnicodeError\)\. Next: call it again"):
        setting.run(Odd())
    assert set(setting.states().values()) == {"due", "waiting"}
    assert setting.run(engine(setting)) == 0


def removed(path):
    path.unlink()


def replaced(path):
    """As a copy from yesterday, or of another machine."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


@pytest.mark.parametrize("happens", [removed, replaced])
@pytest.mark.parametrize("name", ["rollout.db", "rollout.db.lock"])
def test_a_state_or_lock_that_is_taken_away_ends_it_before_another_runs_beside_it(setting, name, happens):
    """``rm -r results`` of a tired hand: a second control would find no lock, and begin all anew."""
    at = []

    def look(watched):
        if not at and sum(one.state == "converged" for one in watched.snapshot.laptops.values()) > 1:
            happens(setting.path.with_name(name))
            at.append(len(setting.done()))

    with pytest.raises(GoneError, match=rf"{name}.* was removed.*Next: "):
        setting.run(engine(setting, slots=1), Watched(look))
    assert len(setting.done()) <= at[0] + setting.declared.shard, "it begins nobody any more"


def test_what_is_asked_of_a_state_that_was_replaced_is_not_lost_in_it(setting):
    setting.begin()
    with store.Store(setting.path) as opened:
        replaced(setting.path)
        with pytest.raises(GoneError, match="removed or replaced"):
            opened.wish("pause", "anna", "", NOW)
