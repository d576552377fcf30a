"""Runners whose answers break off, or are too long: what they told before is taken, and nobody waits for the rest."""

import asyncio
import sys
import textwrap

import pytest
from support.rollout_engine import events

from pyinfra_wsl.rollout import local
from pyinfra_wsl.rollout.model import Ended, LostError, Shard

BEGINS = """
    import os, signal, sys, time

    def say(text):
        sys.stdout.write(text)
        sys.stdout.flush()

    def ended(host, text):
        return '{"id":"s","event":"ended","host":"%s","kept":"s.1.ended.told","document":{"text":"%s"}}\\n' % (host, text)

    sys.stdin.readline()  # what it needs to know
    say('{"ready":1}\\n')
    sys.stdin.readline()
    say(ended("a", "x"))
"""
KILLED = """
    say(ended("b", "x" * 100)[:-30])
    os.kill(os.getpid(), signal.SIGKILL)
"""
LONG = """
    say(ended("b", "x" * 500_000))
    say(ended("c", "x"))
    say('{"id":"s","event":"done"}\\n')
    sys.stdin.read()
"""
WRONG = """
    say(ended("b", "x").replace("}", ""))
    sys.stdin.read()
"""
DEAF = """
    os.close(1)
    while not os.path.exists("asked"):
        time.sleep(0.01)
"""
NEXT = """
    import os, sys, time
    sys.stdin.readline()
    print('{"ready":2}', flush=True)
    sys.stdin.readline()
    open("asked", "w").close()
    while not os.path.exists("over"):
        time.sleep(0.01)
    print('{"id":"t","event":"ended","host":"c","document":{}}', '{"id":"t","event":"done"}', sep="\\n", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Return what an engine tells of a shard whose runner is a program; an error is the last of it."""
    start = asyncio.create_subprocess_exec

    def work(program):
        async def started(_python, *_words, **streams):
            streams["limit"] = 100_000
            return await start(sys.executable, "-c", textwrap.dedent(BEGINS) + textwrap.dedent(program), **streams)

        monkeypatch.setattr(asyncio, "create_subprocess_exec", started)

        async def run():
            async with local.LocalEngine(1, tmp_path / "spool") as engine:
                return await events(engine, Shard("s", []))

        return asyncio.run(asyncio.wait_for(run(), 30))

    return work


def test_an_answer_that_breaks_off_with_its_runner_is_a_lost_shard_and_no_broken_rollout(told):
    first, found = told(KILLED)
    assert first.host == "a"
    assert isinstance(found, LostError)
    assert "was ended by signal 9" in str(found)


def test_an_answer_whose_document_is_none_is_a_lost_shard_and_no_broken_rollout(told):
    first, found = told(WRONG)
    assert first.host == "a"
    assert isinstance(found, LostError)


def test_an_answer_that_is_too_long_is_left_out_and_nobody_waits_for_ever(told):
    assert [one.host for one in told(LONG) if isinstance(one, Ended)] == ["a", "c"]


def test_a_shard_of_the_next_runner_is_not_lost_with_the_last_one(tmp_path, monkeypatch):
    """The last may take its time to end; who is asked meanwhile works on, and the same laptops would be given to others."""
    monkeypatch.chdir(tmp_path)
    start, programs = (
        asyncio.create_subprocess_exec,
        iter((textwrap.dedent(BEGINS) + textwrap.dedent(DEAF), textwrap.dedent(NEXT))),
    )

    async def started(_python, *_words, **streams):
        return await start(sys.executable, "-c", next(programs), **streams)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)

    async def run():
        async with local.LocalEngine(2, tmp_path / "spool") as engine:
            first = asyncio.create_task(events(engine, Shard("s", [])))
            while engine._runner._process is not None:
                await asyncio.sleep(0.01)
            second = asyncio.create_task(events(engine, Shard("t", [])))
            found = await first
            (tmp_path / "over").touch()
            return found, await second

    found, others = asyncio.run(asyncio.wait_for(run(), 30))
    assert isinstance(found[-1], LostError)
    assert [one.host for one in others] == ["c"]
