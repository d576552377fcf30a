"""When a runner begins a shard beside others: in the places of those who have ended, or are only waited for."""

import os
from types import SimpleNamespace

import pytest

from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import Member, Shard
from pyinfra_wsl.rollout.runner import serve


@pytest.mark.parametrize(
    ("wanted", "others", "room"),
    [
        (50, [], True),
        (60, [], True),
        (90, [], True),  # whoever is alone waits for nobody
        (50, [(50, 0.0)], False),
        (50, [(11, 0.9)], False),
        (50, [(10, 0.9)], True),
        (5, [(50, 0.9)], True),
        (50, [(50, 1.0)], True),
        (50, [(50, 60.0), (50, 0.5)], False),
        (50, [(50, 60.0), (0, 0.5)], True),
        (60, [(0, 0.5)], True),
    ],
)
def test_what_fits_beside_others(wanted, others, room):
    assert serve.fits(wanted, others, 60) is room


class Server(serve.Server):
    """One that forks nobody, and says which shards it would have forked for."""

    def __init__(self, folder, children=2):
        super().__init__({}, folder, children, 60)
        self.forked, self.pipes = [], []

    def _fork(self, name, job, verifies=None):
        answers, tells = os.pipe()
        os.set_blocking(answers, False)
        self.forked.append(name)
        self.pipes += [answers, tells]
        self._children[len(self.forked)] = serve.Child(name, answers, -1, verifies)
        job.at_work.add(len(self.forked))

    def ask(self, name, count):
        self._asked(wire.request(Shard(name, [Member(f"{name}-{number}", {}) for number in range(count)])))
        self._begin()

    def tell(self, number, lines):
        os.write(self.pipes[2 * number - 1], lines)
        while self._hear(self._children[number]):
            pass
        self._begin()


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setattr(serve, "time", SimpleNamespace(monotonic=lambda: 100.0))
    made = Server(tmp_path)
    yield made
    for pipe in made.pipes:
        os.close(pipe)


def test_a_shard_waits_until_another_has_few_left(server):
    server.ask("a", 50)
    server.ask("b", 50)
    assert server.forked == ["a"]
    server.tell(1, b'{"id":"a","event":"ended"}\n' * 39 + b"+1\n")
    assert server.forked == ["a"]
    server.tell(1, b'{"id":"a","event":"ended"}\n')
    assert server.forked == ["a", "b"]
    server.ask("c", 1)
    assert server.forked == ["a", "b"]  # two at most


def test_a_shard_waits_no_longer_than_others_are_busy(server):
    server.ask("a", 50)
    server.ask("b", 50)
    server._jobs["a"].since -= serve._ONLY_WAITS
    server._begin()
    assert server.forked == ["a", "b"]


def test_one_that_waits_is_ended_before_it_has_begun(server):
    server.ask("a", 50)
    server.ask("b", 50)
    server._out.clear()
    server._end("b")
    server._begin()
    assert wire.read(bytes(server._out)) == {"id": "b", "event": "done"}
    assert server.forked == ["a"]


def test_a_document_in_many_pieces_is_not_copied_for_each_of_them(server):
    """One of 60 MB kept the runner from all others for half a minute."""
    server.ask("a", 50)
    server._out.clear()
    child = server._children[1]
    held = child.left
    for _ in range(3):
        server.tell(1, b"x" * 1000)
        assert child.left is held
    server.tell(1, b"y\nz\nw")
    assert bytes(server._out) == b"x" * 3000 + b"y\nz\n"
    assert bytes(child.left) == b"w"
    assert server._jobs["a"].left == 48
