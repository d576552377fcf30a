"""A runner as its control process has it, for tests: asked by lines, heard by a thread."""

import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import cache

from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.members import load
from pyinfra_wsl.rollout.model import Shard

SECONDS = 60


class Runner:
    """A runner process.

    Args:
        folder: in which it is called; its spool is there.
        children: so many shards at once.
        at_once: so many hosts of each.
        environment: more of its variables.

    """

    def __init__(self, folder, children=1, at_once=60, **environment):
        self.spool = folder / "spool"
        command = [sys.executable, "-P", "-m", "pyinfra_wsl.rollout.runner"]
        environment = os.environ | environment
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        about = {"spool": str(self.spool), "children": children, "at_once": at_once, "environment": environment}
        self.process.stdin.write(wire.line(about))
        self.process.stdin.flush()
        self.told, self.kept = queue.Queue(), []
        threading.Thread(target=self._listen, daemon=True).start()
        self.number = self.next()["ready"]

    def _listen(self):
        for line in self.process.stdout:
            self.told.put(wire.read(line))
        self.told.put(None)

    def next(self, seconds=SECONDS):
        """Return what is told next; None at the end."""
        told = self.told.get(timeout=seconds)
        self.kept.append(told)
        return told

    def ask(self, shard):
        """Ask for a shard."""
        self.process.stdin.write(wire.request(shard))
        self.process.stdin.flush()

    def until(self, name, *ends, seconds=SECONDS):
        """Return all that is told of a shard until an event of these comes, with it."""
        found, until = [], time.monotonic() + seconds
        while not found or found[-1] is None or found[-1]["event"] not in ends:
            told = self.next(until - time.monotonic())
            if told is None or told["id"] == name:
                found.append(told)
            if told is None:
                break
        return found

    def work(self, shard, *ends):
        """Ask for a shard, and return what is told of it until its end."""
        self.ask(shard)
        return self.until(shard.name, "done", "lost", *ends)

    def children(self):
        """Return the processes that it has forked."""
        path = f"/proc/{self.number}/task/{self.number}/children"
        with open(path) as file:  # noqa: PTH123 - of the system
            return [int(one) for one in file.read().split()]

    def end(self):
        """Let it come to its end; return its exit code."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        return self.process.wait(SECONDS)


def documents(told):
    """Return the documents that were told, by host."""
    return {one["host"]: one["document"] for one in told if one and one.get("event") == "ended"}


def shard(folder, name, *hosts, inventory="inventory/lab.py", members=None, **more):
    """Return a shard of hosts of an inventory, of all where none is named."""
    found = _members(folder, inventory) if members is None else members
    return Shard(name, [replace(one) for one in found if not hosts or one.name in hosts], **more)


@cache
def _members(folder, inventory):
    before = os.getcwd()  # noqa: PTH109
    os.chdir(folder)
    try:
        return load(inventory).members
    finally:
        os.chdir(before)


def elsewhere(made, port, *hosts):
    """Return a shard in which hosts are looked for at another port."""
    moved = [replace(one, data={**one.data, "ssh_port": port}) if one.name in hosts else one for one in made.members]
    return replace(made, members=moved)
