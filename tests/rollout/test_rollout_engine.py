"""The engine of this machine: one runner, started where it is not there, and lost where somebody ends it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stage import ROOT
from support.shards import shard

from pyinfra_wsl.rollout import local
from pyinfra_wsl.rollout.local import LocalEngine, Runner
from pyinfra_wsl.rollout.model import Begun, Ended, EngineError, LostError
from pyinfra_wsl.rollout.spool import Spool

DEPLOY = (str(ROOT / "deploy.py"),)
WAITING = """
from pyinfra.operations import python
def work():
    import pathlib, time
    from pyinfra import host
    pathlib.Path(host.name + ".begun").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.02)
python.call(name="a change", function=work)
"""


@pytest.fixture(scope="module")
def lab(make_stage):
    made = make_stage(LT_A="converged", LT_B="converged")
    (made.folder / "waiting.py").write_text(WAITING)
    return made


@pytest.fixture
def folder(lab, monkeypatch):
    monkeypatch.chdir(lab.folder)
    for path in (lab.folder / "go", *lab.folder.glob("*.begun")):
        path.unlink(missing_ok=True)
    return lab.folder


async def heard(engine, made):
    return [one async for one in engine.work(made)]


async def begun(folder, count):
    while len(list(folder.glob("*.begun"))) < count:
        await asyncio.sleep(0.02)


def test_what_was_taken_is_forgotten_by_the_spool(folder):
    async def work():
        async with LocalEngine(spool=folder / "spool") as engine:
            assert engine.free == 1
            left = []
            async for one in engine.work(shard(folder, "s", deploy=DEPLOY, verify=True)):
                left.append((type(one), engine.free))
                if not isinstance(one, Begun):
                    assert one in [event for _name, _shard, event in Spool(folder / "spool").left()]
            return left, list(Spool(folder / "spool").left()), engine.free

    steps, left, free = asyncio.run(work())
    assert sorted(kind.__name__ for kind, _free in steps) == ["Begun", "Ended", "Ended", "Verified", "Verified"]
    assert {free for _kind, free in steps} == {0}
    assert (left, free) == ([], 1)


def test_a_runner_that_is_killed_is_lost_and_the_next_shard_has_a_new_one(folder):
    async def work():
        async with LocalEngine(spool=folder / "spool") as engine:
            made = shard(folder, "s", deploy=(str(folder / "waiting.py"),))
            job = asyncio.create_task(heard(engine, made))
            await begun(folder, 2)
            os.kill(engine._runner._process.pid, signal.SIGKILL)
            with pytest.raises(LostError, match="the runner on this machine was ended by signal 9"):
                await job
            assert engine.free == 1
            return await heard(engine, shard(folder, "t", "LT-A", deploy=DEPLOY))

    told = asyncio.run(work())
    assert [type(one) for one in told] == [Begun, Ended]


def test_who_ends_it_at_once_leaves_no_process(folder):
    async def work():
        engine = LocalEngine(spool=folder / "spool")
        async with engine:
            job = asyncio.create_task(heard(engine, shard(folder, "s", deploy=(str(folder / "waiting.py"),))))
            await begun(folder, 2)
            number = engine._runner._process.pid
            with open(f"/proc/{number}/task/{number}/children") as file:  # noqa: PTH123 - of the system
                children = [int(one) for one in file.read().split()]
            engine.kill()
            with pytest.raises(LostError):
                await job
        return children

    children = asyncio.run(work())
    assert children
    until = time.monotonic() + 10
    while any(Path(f"/proc/{one}/fd").exists() and os.listdir(f"/proc/{one}/fd") for one in children):  # noqa: PTH208
        assert time.monotonic() < until


def test_who_listens_no_more_ends_the_shard_after_what_is_being_changed(folder):
    async def work():
        async with LocalEngine(spool=folder / "spool") as engine:
            told = engine.work(shard(folder, "s", deploy=(str(folder / "waiting.py"),)))
            assert isinstance(await anext(told), Begun)
            await begun(folder, 2)
            await told.aclose()
            assert engine.free == 1
            (folder / "go").touch()
        return list(Spool(folder / "spool").left())

    left = asyncio.run(work())
    assert {event.host for _name, _shard, event in left} == {"LT-A", "LT-B"}


def test_two_shards_at_once(folder):
    async def work():
        async with LocalEngine(2, folder / "other") as engine:
            shards = [
                shard(folder, name, host, deploy=(str(folder / "waiting.py"),)) for name, host in (("s", "LT-A"), ("t", "LT-B"))
            ]
            jobs = [asyncio.create_task(heard(engine, one)) for one in shards]
            await begun(folder, 2)
            assert engine.free == 0
            with pytest.raises(EngineError, match="two shards are called s"):
                await heard(engine, shards[0])
            (folder / "go").touch()
            return await asyncio.gather(*jobs)

    assert [[type(one) for one in told] for told in asyncio.run(work())] == [[Begun, Ended]] * 2


def test_a_runner_that_cannot_start_says_why(tmp_path, monkeypatch):
    (tmp_path / "pyinfra_cli.py").write_text("raise ImportError('it is broken here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(EngineError, match="it is broken here") as told:
        asyncio.run(Runner(tmp_path / "spool").start())
    done = subprocess.run(str(told.value).split("Next: ")[1], shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    assert "it is broken here" in done.stderr


def test_one_that_nobody_needs_ends():
    async def run():
        await local.ahead()
        (process,) = local._AHEAD
        await local.left()
        return process.returncode

    assert asyncio.run(run()) == -signal.SIGKILL


def test_a_python_that_is_not_there_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(EngineError, match="cannot be started: No such file"):
        asyncio.run(Runner(tmp_path / "spool").start())


def test_a_spool_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "spool").write_text("a file")
    with pytest.raises(EngineError, match="spool"):
        asyncio.run(Runner(tmp_path / "spool").start())
