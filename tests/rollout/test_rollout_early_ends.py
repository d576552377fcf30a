"""What goes wrong while workers and runners are started before anybody knows them: nothing stays, nobody waits without end."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from distributed.security import Security
from support.rollout_engine import MAKER, events, shard
from test_rollout_early import THERE

from pyinfra_wsl.rollout import local as runners
from pyinfra_wsl.rollout import members
from pyinfra_wsl.rollout.cluster import early as cluster_early
from pyinfra_wsl.rollout.cluster import local
from pyinfra_wsl.rollout.cluster.early import Early, Process
from pyinfra_wsl.rollout.cluster.engine import ClusterEngine
from pyinfra_wsl.rollout.model import Ended, EngineError


@pytest.fixture(autouse=True)
def _there(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", THERE)


def test_a_control_that_is_killed_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Early(1, runner=False) as early:
        early.start()
        assert early.processes
        assert list(tmp_path.iterdir()) == []


def test_what_a_worker_said_is_there_once_it_has_ended(monkeypatch):
    monkeypatch.setattr(cluster_early, "_MODULE", "nobody")
    process = Process(runner=False)
    process.popen.wait()
    assert process.said[-1].endswith("No module named nobody")


def test_those_that_know_a_password_end_as_soon_as_that_is_known(monkeypatch):
    """And not with the rollout, which may take days."""
    monkeypatch.setenv("SSL_FLEET", "x")
    with Early(2, runner=False) as early:
        early.start()
        made = list(early._made)
        assert early.take(["SSL_FLEET"]) is None
        assert early.processes == []
        assert [one.popen.returncode for one in made] == [-signal.SIGKILL] * 2


def test_an_inventory_ends_that_nobody_hears_any_more(tmp_path, capfd):
    """It says more than a pipe holds."""
    (tmp_path / "big.py").write_text("laptops = [(f'lt-{n}', {'x': 'y' * 1000}) for n in range(1000)]\n")

    def meanwhile():
        raise LookupError

    with pytest.raises(LookupError):
        members.load(str(tmp_path / "big.py"), meanwhile)
    assert "Traceback" not in capfd.readouterr().err


def test_distributed_that_cannot_be_loaded_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "distributed.py").write_text("raise ImportError('msgpack is too old')\n")
    monkeypatch.delitem(sys.modules, "distributed", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EngineError, match=r"^workers cannot be had: msgpack is too old\. Next: pip install"):
        cluster_early.load()


def test_another_runner_is_begun_for_one_that_ended_while_it_waited(tmp_path):
    """For a password at the terminal it may have waited long."""

    async def run():
        await runners.ahead()
        (lost,) = runners._AHEAD
        lost.kill()
        runner = runners.Runner(tmp_path / "spool")
        await runner.start()
        found = runner._process.pid
        await runner.end()
        return lost.pid, found

    lost, found = asyncio.run(run())
    assert lost != found
    assert runners._AHEAD == []


def test_a_runner_that_never_hears_its_environment_is_not_ready(tmp_path, monkeypatch):
    monkeypatch.setattr(runners, "meant", lambda _without: {f"FLEET_{number}": "y" * (1 << 16) for number in range(32)})
    monkeypatch.setattr(runners, "_START", 0.3)
    begun = []

    async def deaf(_environment):
        pipe = asyncio.subprocess.PIPE
        begun.append(await asyncio.create_subprocess_exec("sleep", "60", stdin=pipe, stdout=pipe, stderr=pipe))
        return begun[-1]

    monkeypatch.setattr(runners, "_begun", deaf)

    async def run():
        with pytest.raises(EngineError, match="a runner is not ready after 0 s"):
            await asyncio.wait_for(runners.Runner(tmp_path / "spool").start(), 20)
        return await begun[0].wait()

    assert asyncio.run(run()) == -signal.SIGKILL


def test_one_that_does_not_hear_a_large_environment_keeps_no_other_from_work(tmp_path, monkeypatch):
    monkeypatch.setenv("FLEET_OTHER", "y" * (1 << 16))
    monkeypatch.setenv("FLEET_MORE", "y" * (1 << 16))

    async def run(early):
        stuck = early.processes[-1]  # which is told first
        os.kill(stuck, signal.SIGSTOP)
        goes_on = threading.Timer(20, os.kill, (stuck, signal.SIGCONT))
        goes_on.start()
        async with ClusterEngine(2, maker=MAKER, spool=tmp_path / "spool", early=early) as engine:
            told = await events(engine, shard("s"))
            assert goes_on.is_alive()
            goes_on.cancel()
            os.kill(stuck, signal.SIGCONT)
        return told

    with Early(2, runner=False) as early:
        early.start()
        told = asyncio.run(run(early))
    assert isinstance(told[-1], Ended)
    assert len(told[-1].document["FLEET_MORE"]) == 1 << 16


def test_one_that_is_stuck_before_it_is_there_is_not_waited_for_at_the_end(tmp_path):
    async def run(early):
        stuck = early.processes[-1]
        os.kill(stuck, signal.SIGSTOP)
        async with ClusterEngine(2, maker=MAKER, spool=tmp_path / "spool", early=early) as engine:
            return stuck, await events(engine, shard("s"))

    with Early(2, runner=False) as early:
        early.start()
        stuck, told = asyncio.run(asyncio.wait_for(run(early), 60))
    assert isinstance(told[-1], Ended)
    with pytest.raises(ProcessLookupError):
        os.kill(stuck, 0)


def test_where_no_process_can_be_started_it_is_one_sentence(tmp_path, monkeypatch):
    def none(*_arguments, **_words):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(local, "Process", none)
    monkeypatch.setattr(local, "_AGAIN", 0.01)

    async def run():
        async with ClusterEngine(1, maker=MAKER, spool=tmp_path / "spool"):
            pass

    begun = time.monotonic()
    with pytest.raises(EngineError, match=r"workers end before they have begun: .*temporarily unavailable"):
        asyncio.run(asyncio.wait_for(run(), 60))
    assert time.monotonic() - begun < 30


def test_a_variable_without_a_name_stays_behind():
    """It can be had, and cannot be set."""
    text = "import os; from pyinfra_wsl.rollout.surroundings import meant; print('' in os.environ, '' in meant())"
    environment = {**os.environ, "": "x"}
    done = subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "True False\n", done.stderr


def test_a_worker_ends_with_a_control_that_is_killed_while_it_registers(tmp_path):
    """It would try for a minute, and its runner would stay as long."""
    security = Security.temporary()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = Process(runner=False)
        about = {
            "scheduler": f"tls://127.0.0.1:{silent.getsockname()[1]}", "name": "worker-1", "threads": 1, "folder": str(tmp_path),
            "ca": security.tls_ca_file, "certificate": security.tls_worker_cert, "key": security.tls_worker_key,
            "environment": dict(os.environ),
        }  # fmt: skip
        process.pipe.write(json.dumps(about).encode() + b"\n")
        silent.settimeout(60)
        heard, _ = silent.accept()
        with heard:
            process.pipe.close()
            assert process.popen.wait(20) == 0
