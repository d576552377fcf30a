"""What keeps the hosts of a shard apart: a stage for each, a place for each that is not held by whoever takes long."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from pyinfra_wsl.connectors import descriptors


def checked(text):
    """Run a program in a process of its own: pyinfra's command line would turn this one into greenlets."""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stderr, done.returncode) == ("", 0)


STAGES = """
import pyinfra_cli, gevent
from pyinfra.api.state import StateStage
from pyinfra_wsl.rollout.runner.state import ShardState
state, seen = ShardState(), {}
def one(name, stage):
    assert state.current_stage == StateStage.Setup and not state.is_executing
    state.set_stage(stage); state.is_executing = stage == StateStage.Execute; state.current_deploy_filename = name
    gevent.sleep(0.01)
    seen[name] = state.current_stage, state.is_executing, state.current_deploy_filename
gevent.joinall([gevent.spawn(one, "a", StateStage.Execute), gevent.spawn(one, "b", StateStage.Prepare)])
assert seen == {"a": (StateStage.Execute, True, "a"), "b": (StateStage.Prepare, False, "b")}, seen
state.failed_hosts, state.active_hosts = set(), {"x"}
state.fail_hosts({"x"})  # with its last host pyinfra's own would end the work of all
assert state.failed_hosts == {"x"} and not state.active_hosts
"""


def test_each_host_has_a_stage_of_its_own():
    checked(STAGES)


PLACES = """
import pyinfra_cli, gevent, time
from gevent.lock import Semaphore
from pyinfra_wsl.rollout.model import Shard
from pyinfra_wsl.rollout.runner import carry
carry._LONG = 0.1
work, order = carry.Carrying(Shard("s", []), lambda *_told: None, 1), []
work._room = Semaphore(2)
def one(name, seconds):
    with work._place():
        order.append(f"{name} begins")
        gevent.sleep(seconds)
        order.append(f"{name} ends")
gevent.joinall([gevent.spawn(one, *each) for each in (("slow", 0.5), ("quick", 0), ("other", 0))])
assert order == ["slow begins", "quick begins", "quick ends", "other begins", "other ends", "slow ends"], order
assert work._turn.counter == 1 and work._room.counter == 2
"""


def test_who_takes_long_gives_the_place_to_another_and_goes_on():
    checked(PLACES)


@pytest.mark.parametrize(("limit", "opened", "room"), [(1024, 24, 484), (100, 24, 22), (60, 50, 1), (-1, 24, 201)])
def test_there_is_room_for_as_many_hosts_as_there_are_files(monkeypatch, limit, opened, room):
    monkeypatch.setattr(descriptors, "use", lambda: limit)
    monkeypatch.setattr(descriptors, "_open", lambda: opened)
    state = SimpleNamespace(inventory=range(200))
    assert descriptors.room(state) == room
    descriptors.check(state)  # which would end a plain run over so many
