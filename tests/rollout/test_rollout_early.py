"""Workers of this machine that are started while the inventory is read."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from stage import BIN
from support import rollout_engine
from support.rollout_engine import MAKER, events, shard

from pyinfra_wsl.rollout.cluster.early import Early
from pyinfra_wsl.rollout.cluster.engine import ClusterEngine

THERE = str(Path(rollout_engine.__file__).parent)
MODULE = "pyinfra_wsl.rollout.cluster.process"


@pytest.fixture(autouse=True)
def _there(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", THERE)


def of(folder):
    """Return the workers' processes that were started in a folder and are there."""
    found = []
    for one in psutil.process_iter(["cmdline", "cwd", "status"]):
        told = one.info
        if MODULE in (told["cmdline"] or ()) and told["cwd"] == str(folder) and told["status"] != psutil.STATUS_ZOMBIE:
            found.append(one)
    return found


def gone(processes, seconds=30):
    end = time.monotonic() + seconds
    while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes):
        assert time.monotonic() < end, processes
        time.sleep(0.05)
    return True


def worked(early, folder, without=()):
    """Carry two shards out; return the workers' processes, their environments, and what those who carried out know of FLEET_."""

    async def run():
        async with ClusterEngine(2, maker=MAKER, spool=folder / "spool", early=early, without=without) as engine:
            while engine.free < 4:
                await asyncio.sleep(0.05)
            told = await asyncio.gather(*(events(engine, shard(f"s{number}", 1, seconds=0.2)) for number in range(2)))
            processes = [one.pid for one in engine.local.processes.values()]
            known = [{name for name in each[1].document if name.startswith("FLEET_")} for each in told]
            return set(processes), [psutil.Process(one).environ() for one in processes], known

    return asyncio.run(run())


def test_those_who_were_started_early_work_and_are_told_the_rest_later(tmp_path, monkeypatch):
    monkeypatch.setenv("FLEET_PASSWORD", "x")
    monkeypatch.setenv("FLEET_OTHER", "y" * (1 << 17))  # more than a pipe holds
    with Early(2, runner=False) as early:
        early.start()
        started = set(early.processes)
        assert len(started) == 2
        processes, environments, known = worked(early, tmp_path, ["FLEET_PASSWORD"])
        assert early.processes == []
    assert processes == started
    assert not [name for one in environments for name in one if name.startswith("FLEET_")]
    assert known == [{"FLEET_OTHER"}] * 2


def test_none_that_was_started_with_a_password_is_taken(tmp_path, monkeypatch):
    """Of whatever name it is."""
    monkeypatch.setenv("PYTHON_FLEET", "x")
    with Early(2, runner=False) as early:
        early.start()
        started = [psutil.Process(one) for one in early.processes]
        assert all(one.environ()["PYTHON_FLEET"] == "x" for one in started)
        processes, environments, _known = worked(early, tmp_path, ["PYTHON_FLEET"])
    assert not processes & {one.pid for one in started}
    assert not [one for one in environments if "PYTHON_FLEET" in one]
    assert gone(started)


def test_those_who_are_not_needed_end_with_the_block(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LookupError), Early(2, runner=False) as early:  # noqa: PT012
        early.start()
        started = [psutil.Process(one) for one in early.processes]
        started[0].suspend()  # one that is stuck is waited for no longer than the other
        raise LookupError
    assert gone(started, 0)
    assert of(tmp_path) == []


def test_one_that_has_ended_meanwhile_is_replaced(tmp_path):
    with Early(2, runner=False) as early:
        early.start()
        lost = early.processes[0]
        os.kill(lost, signal.SIGKILL)
        processes, _environments, _known = worked(early, tmp_path)
    assert lost not in processes
    assert len(processes) == 2


def test_they_end_with_a_control_that_is_killed(tmp_path):
    text = "from pyinfra_wsl.rollout.cluster.early import Early; early = Early(2); early.start(); print('.', flush=True); input()"
    control = subprocess.Popen([sys.executable, "-c", text], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with control:
        assert control.stdout.read(1) == b"."
        started = of(tmp_path)
        assert len(started) == 2
        control.kill()
    assert gone(started)


@pytest.mark.parametrize(("inventory", "code", "said"), [("nobody.py", 2, "nobody.py"), ("broken.py", 1, "broken.py")])
def test_an_inventory_that_cannot_be_used_leaves_nobody(tmp_path, inventory, code, said):
    (tmp_path / "broken.py").write_text("hosts = [\n")
    done = subprocess.run(
        [BIN / "pyinfra-wsl", "rollout", inventory, "--workers", "2"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert of(tmp_path) == []
