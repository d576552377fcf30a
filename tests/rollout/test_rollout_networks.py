"""A scheduler and workers on machines of their own: each has its network, and control reaches the scheduler alone."""

import asyncio

import pytest
from support import network, rollout_journal
from support.rollout_cluster import Cluster
from support.rollout_control import Control

from pyinfra_wsl.lab.range import range as lab_range
from pyinfra_wsl.lab.range import server
from pyinfra_wsl.lab.scenarios import SCENARIOS
from pyinfra_wsl.rollout import members
from pyinfra_wsl.rollout.cluster import engine, link
from pyinfra_wsl.rollout.cluster.engine import ClusterEngine
from pyinfra_wsl.rollout.model import Begun

MIX = {
    "LT_1": "fresh-en", "LT_2": "converged", "LT_3": "fresh-en", "LT_4": "drifted", "LT_5": "user-logged-off",
    "LT_6": "converged",
}  # fmt: skip


async def until(met, seconds=60):
    """Wait until something is so, but not without end: that would hold up all other tests."""
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.01)


@pytest.fixture
def apart(tmp_path):
    """Return a cluster of a scheduler and two workers in networks of their own, and these."""
    with network.networks("s", "w1", "w2") as made:
        made.link("", "s", 1)
        for number, name in enumerate(("w1", "w2"), start=2):
            made.link("s", name, number)
            made.link("", name, number + 10)
            made.route(name, network.LAPTOPS, f"10.77.{number + 10}.1")
        own = Cluster(tmp_path / "cluster")
        try:
            own.begin(host="10.77.1.2", before=made.within("s"))
            for number, name in enumerate(("w1", "w2"), start=2):
                made.route(name, "10.77.1.2", f"10.77.{number}.1")
                where = f"tls://10.77.{number}.2:9000"
                own.worker("--name", name, "--host", where, before=made.within(name))
            yield own, made
        finally:
            own.end()


def test_workers_elsewhere_bring_about_what_is_declared_and_one_loses_its_cables(apart, make_stage, monkeypatch):
    """Its shard is carried out by the other, or by itself once it is back; nobody works on a laptop while it still does."""
    own, networks = apart
    for module in (lab_range, server):
        monkeypatch.setattr(module, "HOST", network.LAPTOPS)
    for module in (engine, link):
        monkeypatch.setattr(module, "POLL", 1.0)
    monkeypatch.setattr(link, "PATIENCE", 2.0)
    rehearsal = make_stage(**MIX)
    monkeypatch.chdir(rehearsal.folder)
    hosts = members.load("inventory/lab.py").members

    async def run(journal):
        async with ClusterEngine(scheduler=own.address, files=own.files) as engine:
            await until(lambda: engine.free == 4)  # both are there, each with two threads
            work = engine.work

            async def watched(shard):
                async for event in work(shard):
                    if isinstance(event, Begun) and event.worker.startswith("w1 ") and not pulled:
                        pulled.append(asyncio.create_task(out_and_in({one.name for one in shard.members})))
                    yield event

            async def out_and_in(names):
                await until(lambda: any(one.laptop in names for one in journal.works))
                networks.cables("w1", "down")
                try:
                    await until(lambda: any(one.startswith("w1 ") for one in control.found.lost))
                finally:
                    networks.cables("w1", "up")

            pulled, engine.work = [], watched
            control = Control(engine, hosts, 2)
            found = await asyncio.wait_for(control.run(), 200)
            await pulled[0]
            return found

    with rollout_journal.kept() as journal:
        found = asyncio.run(run(journal))
    ended = {name: one["outcome"] for name, one in found.documents.items()}
    assert ended == {name.replace("_", "-"): SCENARIOS[one].expect.result for name, one in MIX.items()}
    assert journal.at_once() == []
    assert any(one.startswith("w1 ") and one.endswith("is gone: nothing was heard for 3 s") for one in found.lost), found.lost
