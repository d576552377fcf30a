"""A worker that is asked again for what it has told to its end: nothing of that is lost, nor anything else that it works on."""

import asyncio

import pytest
from support.rollout_engine import answer, events, shard

from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.cluster import worker
from pyinfra_wsl.rollout.cluster.crew import Hand
from pyinfra_wsl.rollout.cluster.engine import ClusterEngine
from pyinfra_wsl.rollout.cluster.sealing import Letters, Reader
from pyinfra_wsl.rollout.model import Begun, Ended, LostError


def told(**end):
    """Return what control is told of a shard of one host whose worker then knows it no more, and whether that is lost."""
    reader, letters = Reader(), []

    async def call(_hand, function, *arguments):
        if function is worker.begin:
            name, sealed = arguments
            letters.append(Letters(bytes.fromhex(wire.read(reader.open(sealed, name))["key"])))
            return {}
        if arguments[1] == 0:
            return {"letters": [letters[0].seal(1, answer(Ended("s-0", {})).line)], **end}
        return worker._UNKNOWN

    class Engine(ClusterEngine):
        _call = staticmethod(call)

    class OneHand:
        def __init__(self, engine, hand):
            self._engine, self._hand = engine, hand

        def work(self, one):
            return self._engine._worked(self._hand, one)

    async def run():
        hand = Hand("tls://x", "x", 1, "desk", reader.public)
        return await events(OneHand(Engine(1), hand), shard("s")), hand.gone.done()

    return asyncio.run(run())


def test_a_shard_that_was_told_to_its_end_is_not_lost_by_being_asked_for_again():
    found, lost = told(ended=True)
    assert [type(one) for one in found] == [Begun, Ended]
    assert not lost


@pytest.mark.parametrize("end", [{}, {"lost": "its process was killed"}])
def test_one_that_was_not_is_lost(end):
    found, lost = told(**end)
    assert isinstance(found[-1], LostError)
    assert lost
