"""Workers on this machine: processes that hear no Ctrl-C, serve no page, are started again, and end with their control."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
import requests
from support import rollout_engine
from support.rollout_engine import MAKER, events, shard

from pyinfra_wsl.rollout.cluster import crew, engine, link, local
from pyinfra_wsl.rollout.cluster.engine import ClusterEngine
from pyinfra_wsl.rollout.model import Begun, Ended, EngineError, LostError, Shard

THERE = str(Path(rollout_engine.__file__).parent)


@asynccontextmanager
async def workers(count=1, **more):
    async with ClusterEngine(count, maker=MAKER, **more) as engine:
        yield engine


@pytest.fixture(autouse=True)
def _there(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", THERE)


async def until(true, seconds=60):
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)


def test_workers_carry_out_unseen_by_terminal_and_network(tmp_path, monkeypatch, capfd):
    """One of them is killed: it is started again, and its shard is told as lost."""
    monkeypatch.setenv("FLEET_PASSWORD", "x")
    monkeypatch.setenv("FLEET_OTHER", "y")

    async def run():
        async with workers(2, spool=tmp_path / "spool", without=["FLEET_PASSWORD"]) as engine:
            await until(lambda: engine.free == 4)
            processes = [psutil.Process(one.pid) for one in engine.local.processes.values()]
            for one in processes:
                assert os.getsid(one.pid) == one.pid != os.getsid(0)
                assert not [name for name in one.environ() if name.startswith("FLEET_")]  # it is told of it by its pipe
                assert not {"-----BEGIN", "password"} & set(" ".join(one.cmdline()).split())
            mine = [one for process in (psutil.Process(), *processes) for one in process.net_connections("tcp")]
            assert {one.laddr.ip for one in mine if one.status == "LISTEN"} == {"127.0.0.1"}
            found = (await engine._link.workers()).values()
            first = {one["name"]: one["last_seen"] for one in found}
            services = [one["services"]["dashboard"] for one in found]
            for port in (engine.local._scheduler.http_server.port, *services):
                for path in ("/", "/status", "/info/main/workers.html", "/metrics", "/health"):
                    assert (
                        await asyncio.to_thread(requests.get, f"http://127.0.0.1:{port}{path}", timeout=30)
                    ).status_code == 404
            told = await asyncio.gather(*(events(engine, shard(f"s{number}", 3, seconds=0.2)) for number in range(4)))
            assert {one["name"]: one["last_seen"] for one in (await engine._link.workers()).values()} == first  # without a pulse
            assert [[type(one) for one in each] for each in told] == [[Begun, Ended, Ended, Ended]] * 4
            documents = [ended.document for each in told for ended in each[1:]]
            assert {(one.get("FLEET_PASSWORD"), one.get("FLEET_OTHER")) for one in documents} == {(None, "y")}
            assert {each[0].worker.split()[0] for each in told} == {"worker-1", "worker-2"}
            (lost, *_), _ = await asyncio.gather(shot(engine), asyncio.sleep(0))
            assert isinstance(lost, LostError)
            assert re.fullmatch(r"worker-\d \(.+\) is (gone: .+|no longer among the workers of .+)", str(lost))
            await until(lambda: engine.free == 4)
            return processes

    processes = asyncio.run(run())
    assert not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert capfd.readouterr() == ("", "")
    assert len((tmp_path / "spool" / "heard").read_text().split()) == 12


async def shot(engine):
    """Kill the worker that has a shard; return what is told of it after that it began."""
    told = engine.work(shard("k", 1, seconds=30))
    begun = await anext(told)
    os.kill(int(re.search(r"process (\d+)", begun.worker)[1]), signal.SIGKILL)
    since = time.monotonic()
    with pytest.raises(LostError) as error:
        await anext(told)
    assert time.monotonic() - since < 20  # and not as long as one that says nothing is waited for
    return [error.value]


def test_ending_waits_for_what_is_being_changed_tells_of_it_and_begins_nothing_more(tmp_path):
    journal = tmp_path / "journal"

    async def run():
        async with workers() as engine:
            told = asyncio.create_task(events(engine, shard("s", 3, seconds=1, journal=str(journal))))
            await until(journal.exists)
        return await told

    begun, ended, lost = asyncio.run(run())
    assert isinstance(begun, Begun)
    assert ended.host == "s-0"
    assert isinstance(lost, LostError)
    assert [line.rsplit(" ", 1)[0] for line in journal.read_text().splitlines()] == ["s-0 begun", "s-0 ended"]


def test_an_end_that_is_cancelled_waits_for_nothing_and_laptops_come_to_theirs_all_the_same(tmp_path):
    journal = tmp_path / "journal"

    async def run():
        engine = await ClusterEngine(1, maker=MAKER).__aenter__()
        told = engine.work(shard("s", 3, seconds=2, journal=str(journal)))
        await anext(told)
        await until(journal.exists)
        ending = asyncio.create_task(engine.__aexit__(None, None, None))
        await asyncio.sleep(0.1)
        ending.cancel()
        await asyncio.wait([ending])
        assert ending.cancelled()

    asyncio.run(run())
    assert "ended" not in journal.read_text()
    asyncio.run(until(lambda: "s-0 ended" in journal.read_text()))
    assert "s-1" not in journal.read_text()


CONTROL = """
import asyncio, sys
from support.rollout_engine import MAKER, shard
from pyinfra_wsl.rollout.cluster.engine import ClusterEngine
async def run():
    async with ClusterEngine(1, maker=MAKER) as engine:
        async for event in engine.work(shard("s", 3, seconds=1, journal=sys.argv[1])):
            print(engine.local.processes[0].pid, flush=True)
asyncio.run(run())
"""


def test_workers_end_with_a_control_that_is_killed_after_what_they_are_changing(tmp_path):
    journal = tmp_path / "journal"
    environment = os.environ | {"PYTHONPATH": f"{THERE}:{Path(THERE).parent}"}
    control = subprocess.Popen([sys.executable, "-c", CONTROL, journal], stdout=subprocess.PIPE, env=environment)
    with control:
        worker = psutil.Process(int(control.stdout.readline()))
        asyncio.run(until(journal.exists))
        control.kill()
    worker.wait(60)
    assert [line.rsplit(" ", 1)[0] for line in journal.read_text().splitlines()] == ["s-0 begun", "s-0 ended"]


def test_where_no_worker_can_carry_out_nobody_can(monkeypatch):
    monkeypatch.setattr(crew, "_LOOK", 0.1)

    async def run():
        async with workers() as engine:
            (begun, lost) = await events(engine, shard("s", useless="no runner can be started"))
            assert isinstance(begun, Begun)
            assert isinstance(lost, LostError)
            await until(engine._link.broken.done)
            assert engine.free == 1
            (why,) = await events(engine, shard("t"))
            assert isinstance(why, EngineError)
            assert re.fullmatch(r"worker-1 \(.+\): no runner can be started", str(why))

    asyncio.run(run())


def test_workers_that_cannot_begin_are_told_in_their_own_words(monkeypatch, tmp_path):
    monkeypatch.setattr(local, "_AGAIN", 0.01)
    (tmp_path / "distributed.py").write_text("raise ImportError('this is another distributed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def run():
        async with workers():
            pass

    with pytest.raises(EngineError, match=r"workers end before they have begun: ImportError: this is another dist.* Next: look"):
        asyncio.run(run())


def test_one_that_is_stuck_is_ended_and_another_takes_its_place(monkeypatch):
    """Else it would be waited for at the end, without end."""
    for module in (engine, link):
        monkeypatch.setattr(module, "POLL", 0.5)
    monkeypatch.setattr(link, "PATIENCE", 4.0)

    async def run():
        async with workers() as made:
            (stuck,) = made.local.processes.values()
            work = asyncio.create_task(events(made, shard("s", 1, seconds=1)))
            await asyncio.sleep(0.5)
            stuck.send_signal(signal.SIGSTOP)
            assert "nothing was heard for 4 s" in str((await work)[-1])
            await until(lambda: stuck.poll() == -signal.SIGKILL and made.free)
            assert isinstance((await events(made, shard("t")))[-1], Ended)
            (at_the_end,) = made.local.processes.values()
            at_the_end.send_signal(signal.SIGSTOP)

    asyncio.run(asyncio.wait_for(run(), 60))


def test_without_the_extra_it_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)

    async def run():
        async with workers():
            pass

    with pytest.raises(EngineError, match=r"^workers need distributed\. Next: pip install 'pyinfra-wsl\[scale\]'$"):
        asyncio.run(run())


def test_an_empty_shard_comes_to_its_end():
    async def run():
        async with workers() as engine:
            return await events(engine, Shard("s", []))

    assert [type(one) for one in asyncio.run(run())] == [Begun]
