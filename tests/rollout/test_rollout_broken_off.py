"""Runners whose answers break off, or are too long: what they told before is taken, and nobody waits for the rest."""

import asyncio
import sys
import textwrap

import pytest

from pyinfra_wsl.rollout import local
from pyinfra_wsl.rollout.model import Ended, LostError, Shard

BEGINS = """
    import os, signal, sys

    def say(text):
        sys.stdout.write(text)
        sys.stdout.flush()

    def ended(host, text):
        return '{"id":"s","event":"ended","host":"%s","kept":"s.1.ended.told","document":{"text":"%s"}}\\n' % (host, text)

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
            found = []
            async with local.LocalEngine(1, tmp_path / "spool") as engine:
                try:
                    async for one in engine.work(Shard("s", [])):
                        found.append(one)
                except LostError as error:
                    found.append(error)
            return found

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
