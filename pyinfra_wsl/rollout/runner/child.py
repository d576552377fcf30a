"""A forked child of the runner: it carries one shard out, tells of it, and is gone with all that it held."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import gevent
import pyinfra
from gevent.os import make_nonblocking, nb_read, nb_write
from gevent.queue import Queue

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.report import results
from pyinfra_wsl.report import run as this_run
from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import Verified
from pyinfra_wsl.rollout.runner.carry import Carrying
from pyinfra_wsl.rollout.spool import Spool


class Mouth:
    """What a child says to the runner, line by line; who says something does not wait until it was heard.

    Args:
        pipe: its end of a pipe.

    """

    def __init__(self, pipe: int) -> None:
        """Begin to speak."""
        make_nonblocking(pipe)
        self._pipe, self._lines = pipe, Queue()
        self._speaks = gevent.spawn(self._speak)

    def say(self, line: bytes) -> None:
        """Say a line."""
        self._lines.put(line)

    def end(self) -> None:
        """Wait until all was heard."""
        self._lines.put(b"")
        self._speaks.join()

    def _speak(self) -> None:
        while line := self._lines.get():
            while line:
                line = line[nb_write(self._pipe, line) :]


def ended(shard: str, number: int, document: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the name under which a document is kept until it was heard, and the line that tells it."""
    name = Spool.name(shard, number, "ended")
    head = wire.line({"id": shard, "event": "ended", "host": document["host"], "kept": name})
    return name, head[:-2] + b',"document":' + results.written(document).replace(b"\n", b"") + b"}\n"


def verified(shard: str, number: int, told: Verified) -> tuple[str, bytes]:
    """Return the same of what was looked up."""
    name = Spool.name(shard, number, "verified")
    return name, wire.line({"id": shard, "kept": name, **wire.event(told)})


def main(request: bytes, answers: int, orders: int, spool: Spool, at_once: int) -> NoReturn:
    """Carry a shard out and end this process.

    Args:
        request: the line that asked for it.
        answers: a pipe to tell by.
        orders: a pipe that says when to end; where it ends, nobody is there any more.
        spool: where what was told is kept.
        at_once: so many hosts are at work at once.

    """
    code = 1
    try:
        mouth = Mouth(answers)
        try:
            _carry_out(request, mouth, orders, spool, at_once)
            code = 0
        except Exception as error:  # noqa: BLE001 - whoever waits for this shard must hear why
            mouth.say(b"-" + _line(f"{type(error).__name__}: {error}"))
        mouth.end()
    finally:
        os._exit(code)


def _line(text: str) -> bytes:
    return escape(" ".join(text.split())).encode() + b"\n"


def _carry_out(request: bytes, mouth: Mouth, orders: int, spool: Spool, at_once: int) -> None:
    become_a_run()
    shard = wire.shard_of(wire.read(request)["shard"])
    del request

    def tell(number: int, document: Mapping[str, Any]) -> None:
        name, line = ended(shard.name, number, document)
        with suppress(OSError):  # a full disk: it is told all the same
            spool.keep(name, line)
        mouth.say(line)
        if shard.verify and document["outcome"] == "converged":
            mouth.say(b"+%d\n" % number)

    work = Carrying(shard, tell, at_once)
    gevent.signal_handler(signal.SIGTERM, work.stop)
    gevent.spawn(_listen, orders, work)
    work.run()


def look_up(request: bytes, number: int, answers: int, orders: int, spool: Spool) -> NoReturn:
    """Look up what is declared for one host of a shard, and end this process; arguments as of `main`.

    Args:
        request: as there.
        number: of the host.
        answers: as there.
        orders: as there.
        spool: as there.

    """
    from pyinfra_wsl.rollout.runner import verify  # noqa: PLC0415 - it needs an extra

    code = 1
    try:
        become_a_run()
        shard = wire.shard_of(wire.read(request)["shard"])
        mouth = Mouth(answers)
        gevent.spawn(_leave, orders)
        name, line = verified(shard.name, number, verify.look_up(shard.members[number]))
        with suppress(OSError):  # as `main`
            spool.keep(name, line)
        mouth.say(line)
        mouth.end()
        code = 0
    finally:
        os._exit(code)


def _leave(orders: int) -> None:
    make_nonblocking(orders)
    nb_read(orders, 1)
    os._exit(0)  # a look changes nothing, and can be broken off


def _listen(orders: int, work: Carrying) -> None:
    make_nonblocking(orders)
    while nb_read(orders, 1):
        work.stop()
    os._exit(1)  # the runner was killed


def become_a_run() -> None:
    """Give this process what a start of pyinfra's command line has of its own."""
    this_run.begin_anew()
    pyinfra.is_cli = True
    sys.dont_write_bytecode = True
    sys.path.append(str(Path.cwd()))
