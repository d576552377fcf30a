"""What tests of a control need: a folder with a state, a loop that does not wait, a folder in memory."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from gevent import monkey
from support.rollouts import Setting, laptops, two_rings

from pyinfra_wsl.rollout import control

with pytest.MonkeyPatch.context() as without:  # a test that reads an inventory in this process must leave its threads to the lab
    without.setattr(monkey, "patch_all", lambda: None)
    import pyinfra_cli.inventory  # noqa: F401

MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it


@pytest.fixture(scope="session", autouse=True)
def heard():
    """Let Ctrl-C be heard, as at a terminal, here and in what is started here: a shell's background job is started without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(control, "_GATHER", 0)
    monkeypatch.setattr(control, "_TICK", 0.005)


@pytest.fixture
def setting(tmp_path):
    return Setting(tmp_path, two_rings(), laptops(6))


@pytest.fixture
def memory(tmp_path):
    """Return a folder in memory, where there is one: what a kill leaves there is the same, and nobody waits for a disk."""
    folder = tempfile.mkdtemp(dir=MEMORY) if os.access(MEMORY, os.W_OK) else str(tmp_path)
    yield Path(folder)
    shutil.rmtree(folder)
