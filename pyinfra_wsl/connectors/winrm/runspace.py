"""One session of PowerShell on a laptop: opened, deleted for certain, and whatever goes wrong told in words of ours."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import SignalCode
from pypsrp.wsman import NAMESPACES, SelectorSet, WSMan

from pyinfra_wsl.connectors.command import trace
from pyinfra_wsl.connectors.winrm import faults, transport
from pyinfra_wsl.connectors.winrm.faults import Told
from pyinfra_wsl.connectors.winrm.messages import Quick
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.connectors.winrm.remembered import Left
from pyinfra_wsl.connectors.winrm.told import GONE, TIMED_OUT
from pyinfra_wsl.core.failure import LostError

IDLE = 900
"""Seconds after which Windows ends a session that nobody asks: so long at most is a laptop locked by a run that died."""

_OPEN = 60.0  # seconds for PowerShell to start, the most that WinRM grants an operation (MaxTimeoutms)
_OPENED = 180.0  # seconds for all of it: pypsrp asks for ever what answers each question and never says that it is open
_SHORT = 20.0  # seconds of any other operation
_END = 5.0
_LAST = 15.0  # seconds at the end of a run in which left sessions are ended: other laptops' people wait for that end
_ENVELOPE = 500 * 1024  # bytes of an answer that is taken
_CAREFUL = 150 * 1024  # bytes of a message that any WinRM takes
_MOST = 2 * 2**20
_USED = 0.9  # of what a message may have; headers are longer than one thinks
_NAME = "pyinfra-wsl"
_BUSY, _PAUSE = 170, 0.25


class Runspace:
    """One session.

    Args:
        options: where, and how to log on.

    Raises:
        BrokenError: it cannot be opened.

    """

    def __init__(self, options: Options) -> None:
        """Open it."""
        transport.listen()
        self.options = options
        self.failed: Told | None = None
        self._late = self._at_work = False
        self.closed = False
        self._asked_for_size = False
        with self.talk():
            self.http = transport.Transport(options)
            self.wsman = _wsman(self.http, options)
            self.pool = RunspacePool(self.wsman, configuration_name=options.configuration, idle_timeout=IDLE)
            self.pool.shell.name = _NAME
            self.pool._serializer = self.pool._fragmenter.serializer = Quick()
            self._take(_CAREFUL)
        try:
            late = transport.Late("PowerShell does not say that it is open")
            with self.talk(), self._within(_OPEN), gevent.Timeout(_OPENED, late):
                self.pool.open()
        except BaseException:
            self.close()
            raise
        self._patience(_SHORT)

    @contextmanager
    def talk(self) -> Iterator[None]:
        """Raise whatever is raised as an `OSError` with a cause and a next step, as pyinfra contains no other to its host."""
        try:
            yield
        except LostError:
            raise
        except Exception as error:
            trace(error)
            self.failed = faults.told(error, self.options)
            self._late = isinstance(error, WSManFaultError) and error.code == TIMED_OUT
            raise faults.broken(self.failed) from error

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        self._patience(seconds)
        try:
            yield
        finally:
            self._patience(_SHORT)

    def _patience(self, seconds: float) -> None:
        self.http.operation, self.wsman.operation_timeout = seconds, int(seconds)

    # --- messages ---------------------------------------------------------------------------------------------------

    def _take(self, envelope: int) -> None:
        """Cut messages so that each fits, in base64 and with its headers, into so many bytes."""
        self.wsman.max_payload_size = int((envelope * _USED - 4096) * 3 / 4)
        self.pool._fragmenter.max_size = self.wsman.max_payload_size - 21  # the header of a fragment (MS-PSRP 2.2.4)

    def make_room(self, size: int) -> None:
        """Ask, once and only where it matters, how large a message may be: it saves round trips with large ones.

        Args:
            size: bytes that are to be sent.

        """
        if self._asked_for_size or size <= _CAREFUL:
            return
        self._asked_for_size = True
        with self.talk():
            try:
                found = self.wsman.get_server_config().find("cfg:Config/cfg:MaxEnvelopeSizekb", namespaces=NAMESPACES)
                told = int(found.text or 0) * 1024 if found is not None else 0
            except (WSManFaultError, ValueError):  # who is no administrator is not told
                return
            if told:
                self._take(min(told, _MOST))

    def send(self, pipeline: PowerShell, messages: list[Any]) -> None:
        """Send messages to a pipeline, each piece once; raises LostError."""
        with self.talk():
            for data in self.pool._fragmenter.fragment_multiple(messages, self.pool.id, pipeline.id):
                self._at_work = self._send_once(pipeline, data)

    def _send_once(self, pipeline: PowerShell, data: bytes) -> bool:
        """Send a piece, and return whether the laptop may be at work on it still.

        Windows takes a piece of which it says that it was not done in its time (Ansible's ``winrm.py``), and refuses the next
        while it is at work on it. So that one is never sent again, and the next until it is taken; whether the first has come
        shows by the answer, for which there is a deadline.
        """
        deadline = time.monotonic() + _SHORT
        while True:
            try:
                self.pool.shell.send("stdin", data, command_id=pipeline._command_id)
            except WSManFaultError as error:
                if error.code == TIMED_OUT:
                    return True
                if error.code != _BUSY or not self._at_work or time.monotonic() > deadline:
                    raise
                gevent.sleep(_PAUSE)
            else:
                return False

    def poll(self, pipeline: PowerShell, seconds: float) -> None:
        """Take what a pipeline has said, or wait so many seconds for it; raises LostError."""
        wait = max(1, int(min(_SHORT, seconds)))
        with self.talk(), self._within(wait):
            pipeline.poll_invoke(timeout=wait)

    @property
    def unfinished(self) -> int:
        """Bytes that came of what is not whole yet."""
        return sum(len(one["data"]) for one in self.pool._fragmenter.incoming_buffer.values())

    # --- its end ----------------------------------------------------------------------------------------------------

    def close(self, pipeline: PowerShell | None = None) -> None:
        """End a pipeline and the session, as far as the laptop answers; `left` says whether it may live on.

        Args:
            pipeline: what runs in it.

        """
        if self.closed:
            return
        self.closed = True
        there = self.failed is None or (self.failed.answered and not self.failed.closed)
        made_late = self._late and not self.pool.shell.opened  # what is not done in its time may be done all the same
        if there and (self.pool.shell.opened or made_late):
            try:
                with self.talk(), self._within(_END):
                    if pipeline is not None and pipeline.id in self.pool.pipelines:
                        self.end(pipeline)
                    if made_late:
                        _delete(self.wsman, Left(str(self.pool.shell.id), self.pool.shell.resource_uri))
                    self.pool.shell.close()
            except LostError as error:
                trace(error)
        self.http.begin_anew()

    def end(self, pipeline: PowerShell) -> None:
        """End a pipeline, whether it runs or not: the laptop keeps what it has of one that nobody has ended."""
        with self.talk():
            self.pool.shell.signal(SignalCode.TERMINATE, pipeline._command_id or pipeline.id)
        self.pool.pipelines.pop(pipeline.id, None)

    @property
    def left(self) -> Left | None:
        """What may live on: a session that was not deleted, and of which the laptop has not said that it is gone."""
        if not self.pool.shell.opened:
            return None
        return Left(str(self.pool.shell.id), self.pool.shell.resource_uri)

    def delete(self, left: Left) -> None:
        """End a session that a broken connection has left behind, so that what runs in it does not go on beside us."""
        try:
            with self.talk(), self._within(_SHORT):
                _delete(self.wsman, left)
        except LostError as error:
            if self.failed is not None and not self.failed.answered:
                raise
            trace(error)  # it is gone, or Windows ends it by itself after a while
            self.failed = None


def _wsman(http: transport.Transport, options: Options) -> WSMan:
    wsman = WSMan(
        options.host, max_envelope_size=_ENVELOPE, operation_timeout=int(_OPEN), username="", password="", auth="negotiate"
    )
    wsman.transport = http
    return wsman


def _delete(wsman: WSMan, left: Left) -> None:
    selectors = SelectorSet()
    selectors.add_option("ShellId", left.identity)
    wsman.delete(left.resource, selector_set=selectors)


def end(options: Options, left: Iterable[Left]) -> list[Left]:
    """End sessions that broken connections have left behind, where no other will be opened; as far as the laptop answers.

    What is not ended holds the laptop's lock until Windows ends it (`IDLE`), or the next run from this machine does.

    Args:
        options: where, and how to log on.
        left: what may live on.

    Returns:
        Those that are gone.

    """
    gone: list[Left] = []
    http = transport.Transport(options)
    http.operation = _END
    wsman = _wsman(http, options)
    wsman.operation_timeout = int(_END)
    try:
        with gevent.Timeout(_LAST, transport.Late("it does not answer")):
            for one in left:
                try:
                    _delete(wsman, one)
                except WSManFaultError as error:
                    trace(error)
                    if error.code != GONE:
                        continue
                gone.append(one)
    except Exception as error:  # noqa: BLE001 - the run is over: whatever it is, what is left ends by itself
        trace(error)
    finally:
        http.begin_anew()
    return gone
