"""Passwords reach a shard's processes by pipe alone: none stands in what others can look at, or in what stays."""

import os
import time
from pathlib import Path

import pytest
from support.shards import Runner, documents, shard

from pyinfra_wsl.rollout import members

SECRET = "correct-h0rse-battery"
PASSWORD = "FLEET_PW_ROLLOUT"
DEPLOY = """
import time
from pathlib import Path
from pyinfra import host
from pyinfra.operations import python
def wait():
    Path(host.name + ".begun").touch()
    while not Path("go").exists():
        time.sleep(0.02)
    print(host.data.ssh_password, host.data.ssh_password.reveal())
    raise ValueError(f"{host.data.ssh_password!r} {host.data.ssh_password.reveal()}")
python.call(name="wait", function=wait)
"""


def declare(fleet):
    for name, source in (("LT-A", {"env": PASSWORD}), ("LT-B", {"command": ["echo", SECRET]})):
        fleet["hosts"][name]["connection"] = {"password_from": source}


@pytest.fixture(scope="module")
def lab(make_stage):
    made = make_stage(declare, LT_A="converged", LT_B="converged")
    (made.folder / "tells.py").write_text(DEPLOY)
    return made


def seen(number):
    """Return all that the system shows of a process."""
    folder = Path(f"/proc/{number}")
    return b"".join((folder / name).read_bytes() for name in ("cmdline", "environ", "comm", "status"))


def test_no_secret_is_to_be_seen(lab, monkeypatch):
    monkeypatch.setenv(PASSWORD, SECRET)
    monkeypatch.chdir(lab.folder)
    found = members.load("inventory/lab.py")
    assert [one.data["ssh_password"].reveal() for one in found.members] == [SECRET, SECRET]
    assert found.passwords_from == (PASSWORD,)
    monkeypatch.delenv(PASSWORD)  # as the engine does with what is named there
    runner = Runner(lab.folder)
    made = shard(lab.folder, "s", deploy=(str(lab.folder / "tells.py"),), members=found.members)
    runner.ask(made)
    until = time.monotonic() + 30
    while len(list(lab.folder.glob("*.begun"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    processes = [runner.number, *runner.children()]
    assert len(processes) == 2
    shown = b"".join(map(seen, processes))
    (lab.folder / "go").touch()
    told = runner.until("s", "done", "lost")
    assert runner.end() == 0
    kept = b"".join(path.read_bytes() for path in runner.spool.iterdir())
    assert len(documents(told)) == 2
    assert all(one["outcome"] == "failed" for one in documents(told).values())
    for text in (shown, kept, str(told).encode(), repr(made).encode()):
        assert SECRET.encode() not in text
    written = [path for path in lab.folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert [path.name for path in written] == ["fleet.yml"]  # where this test has written it


def test_an_engine_gives_no_runner_what_passwords_are_read_from(lab, monkeypatch):
    import asyncio  # noqa: PLC0415

    from pyinfra_wsl.rollout.local import LocalEngine  # noqa: PLC0415

    monkeypatch.setenv(PASSWORD, SECRET)

    async def look():
        async with LocalEngine(spool=lab.folder / "other", without=[PASSWORD]) as engine:
            number = engine._runner._process.pid
            return seen(number), os.getsid(number)

    shown, session = asyncio.run(look())
    assert SECRET.encode() not in shown
    assert PASSWORD.encode() not in shown
    assert session != os.getsid(0)  # Ctrl-C is for the control process
