"""How a runner ends: nothing is begun any more, what is being changed comes to its end, nothing that was done is lost, no process
stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stage import ROOT
from support.shards import Runner, documents, shard

from pyinfra_wsl.rollout.spool import Spool

DEPLOY = (str(ROOT / "deploy.py"),)
CHANGING = """
from pyinfra.operations import python
def work():
    import pathlib, time
    from pyinfra import host
    pathlib.Path(host.name + ".begun").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.02)
python.call(name="a change", function=work)
python.call(name="another", function=lambda: None)
"""
LOOKING = "import time\nfrom pyinfra import host\n" + "open(host.name + '.looks', 'w').close()\ntime.sleep(60)\n"


@pytest.fixture(scope="module")
def lab(make_stage):
    """Return a lab, with deploy files of our own in its folder."""
    made = make_stage(LT_A="converged", LT_B="converged", LT_C="converged")
    (made.folder / "changing.py").write_text(CHANGING)
    (made.folder / "looking.py").write_text(LOOKING)
    return made


@pytest.fixture
def folder(lab):
    """Return its folder, without what the tests before have left there."""
    for path in (lab.folder / "go", *lab.folder.glob("LT-*.*"), *lab.folder.glob("spool/*.told")):
        path.unlink(missing_ok=True)
    return lab.folder


def wait_for(what, seconds=30):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def begun(folder, deploy, ending=".begun", hosts=3, **words):
    """Return a runner that works on a shard, of which the first hosts have begun; and all its processes."""
    runner = Runner(folder, **words)
    runner.ask(shard(folder, "s", deploy=(str(folder / deploy),)))
    wait_for(lambda: len(list(folder.glob(f"LT-*{ending}"))) == hosts)
    return runner, [runner.number, *runner.children()]


def close(runner):
    runner.process.stdin.close()


def terminate(runner):
    os.kill(runner.number, signal.SIGTERM)


def terminate_all(runner):
    """Do as a system that ends a service: each of its processes is told."""
    for one in (*runner.children(), runner.number):
        os.kill(one, signal.SIGTERM)


@pytest.mark.parametrize("end", [close, terminate, terminate_all])
def test_who_is_being_changed_comes_to_the_end_and_nobody_else_is_begun(folder, end):
    runner, processes = begun(folder, "changing.py", hosts=2, at_once=2)
    end(runner)
    time.sleep(0.2)
    assert not list(folder.glob("spool/*.told"))
    (folder / "go").touch()
    assert runner.process.wait(20) == 0
    told = runner.until("s", "done", "lost")
    assert {name: one["outcome"] for name, one in documents(told).items()} == dict.fromkeys(
        (path.stem for path in folder.glob("LT-*.begun")), "converged"
    )
    assert len(documents(told)) == 2
    left = list(Spool(folder / "spool").left())
    assert {event.host: event.document["outcome"] for _name, _shard, event in left} == dict.fromkeys(documents(told), "converged")
    assert not any(map(alive, processes))


def test_who_is_only_looked_at_is_broken_off(folder):
    runner, processes = begun(folder, "looking.py", ending=".looks")
    close(runner)
    assert runner.process.wait(20) == 0
    assert documents(runner.until("s", "done", "lost")) == {}
    assert not any(map(alive, processes))


def test_one_shard_alone_can_be_ended(folder):
    runner, _processes = begun(folder, "changing.py", hosts=2, at_once=2, children=2)
    other = shard(folder, "other", "LT-C", deploy=DEPLOY)
    runner.process.stdin.write(b'{"id":"s","end":true}\n')
    runner.process.stdin.flush()
    assert documents(runner.work(other)).keys() == {"LT-C"}
    (folder / "go").touch()
    wait_for(lambda: len(list(folder.glob("spool/s.*.told"))) == 2)
    assert runner.end() == 0


def test_who_kills_the_runner_kills_its_children(folder):
    runner, processes = begun(folder, "changing.py")
    assert len(processes) == 2
    os.kill(runner.number, signal.SIGKILL)
    runner.process.wait(10)
    wait_for(lambda: not any(map(alive, processes)))
    assert Spool(folder / "spool").is_idle()


CONTROL = """
import asyncio, sys
from pathlib import Path
from pyinfra_wsl.rollout import members
from pyinfra_wsl.rollout.local import LocalEngine
from pyinfra_wsl.rollout.model import Shard

async def main():
    found = members.load("inventory/lab.py").members
    async with LocalEngine(spool=Path("spool")) as engine:
        async for one in engine.work(Shard("s", found, (str(Path("changing.py").resolve()),))):
            print(type(one).__name__, flush=True)

asyncio.run(main())
"""


def test_what_a_control_process_that_was_killed_has_not_heard_is_there_for_the_next(folder):
    control = subprocess.Popen([sys.executable, "-c", CONTROL], cwd=folder, stdout=subprocess.PIPE)
    assert control.stdout.readline() == b"Begun\n"
    wait_for(lambda: len(list(folder.glob("LT-*.begun"))) == 3)
    control.kill()
    control.communicate()
    spool = Spool(folder / "spool")
    assert not spool.is_idle()
    (runner,) = spool.writers()
    assert b"pyinfra_wsl.rollout.runner" in Path(f"/proc/{runner}/cmdline").read_bytes()
    assert not list(spool.left())
    (folder / "go").touch()
    assert spool.is_idle(20)
    left = list(spool.left())
    assert {(shard, event.host, event.document["outcome"]) for _name, shard, event in left} == {
        ("s", name, "converged") for name in ("LT-A", "LT-B", "LT-C")
    }
    for name, _shard, _event in left:
        spool.drop(name)
    assert not list(spool.left())
    assert not spool.writers()


def test_a_child_that_is_killed_is_told_and_the_next_shard_is_carried_out(folder):
    runner, (_number, child) = begun(folder, "changing.py")
    os.kill(child, signal.SIGKILL)
    lost = runner.until("s", "done", "lost")[-1]
    assert lost["event"] == "lost"
    assert "SIGKILL" in lost["why"]
    assert documents(runner.work(shard(folder, "next", "LT-A", deploy=DEPLOY)))["LT-A"]["outcome"] == "converged"
    assert runner.end() == 0


def test_a_disk_that_is_full_keeps_no_document_from_whoever_listens(folder):
    runner, spool = Runner(folder), folder / "spool"
    spool.rename(folder / "spool.gone")
    spool.write_text("a file")
    try:
        told = runner.work(shard(folder, "s", "LT-A", deploy=DEPLOY))
        assert documents(told).keys() == {"LT-A"}
        assert runner.end() == 0
    finally:
        spool.unlink()
        (folder / "spool.gone").rename(spool)
