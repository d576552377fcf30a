"""HTTP to one laptop: pypsrp's own, with deadlines, bounds and connections of ours.

pypsrp waits up to 294 s for a laptop that is gone, goes on with keys that a closed connection has made worthless, reads answers
of any size and follows wherever an answer leads.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import gevent
import requests
from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.wsman import _TransportHTTP
from requests import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict
from typing_extensions import override

from pyinfra_wsl.connectors.logs import Debug
from pyinfra_wsl.connectors.winrm import aside
from pyinfra_wsl.connectors.winrm.options import Options

LARGEST = 2 * 2**20
"""Bytes of an answer: a message may have 500 KiB, as we say in each request."""

_IDLE = 100.0  # seconds, after which a connection is not used again: http.sys closes it after 120 (TimeoutManager.IdleConnection)
_LOGON = 65536  # bytes of an answer that asks for a logon; Windows' has none
_SLACK = 10.0  # seconds beside those of the operation, in which a laptop that is there has answered
_PIECE = 65536
_WMI_CODE = re.compile(r"<(?:\w+:)?error_Code\b[^>]{0,200}>(\d{1,12})<")
_WMI_WORDS = re.compile(r"<(?:\w+:)?Message\b[^>]{0,200}>([^<]{0,2000})<")


class TooLarge(OSError):  # noqa: N818 - named as `faults` reads it
    """An answer holds more than a message may."""


class Late(OSError):  # noqa: N818 - named as `faults` reads it
    """An answer has not come to its end in its time, although it goes on."""


@cache
def listen() -> None:
    """Keep what the libraries log from everybody's terminal; its details hold tokens, and are not kept."""
    for name in ("pypsrp", "spnego", "urllib3"):
        log = logging.getLogger(name)
        log.addHandler(Debug())
        log.propagate = False
        log.setLevel(logging.WARNING)


class Transport(_TransportHTTP):
    """The HTTP connection to one laptop.

    Args:
        options: where, and how to log on.

    """

    def __init__(self, options: Options) -> None:
        """Connect to nothing yet."""
        aside.take_hold()
        super().__init__(
            options.host,
            options.port,
            options.user,
            options.password if options.auth != "certificate" else None,
            ssl=options.scheme == "https",
            auth=options.auth,
            cert_validation=options.trusted,  # type: ignore[arg-type]  # a path is as good, as its documentation says
            encryption="auto",
            proxy=options.proxy,
            no_proxy=options.proxy is None,
            certificate_pem=options.certificate,
            certificate_key_pem=options.certificate_key,
            certificate_key_password=options.password if options.auth == "certificate" else None,
        )
        self._connect = float(options.seconds)
        self._used = 0.0
        self.operation = 60.0
        """Seconds in which the laptop has to answer an operation."""

    def begin_anew(self) -> None:
        """Forget the connection, and with it the keys that are bound to it; the next request logs on again."""
        session, self.session, self.encryption = self.session, None, None
        if session is not None:
            session.close()

    @property
    def idle(self) -> float:
        """Seconds since the laptop answered last."""
        return time.monotonic() - self._used

    @override
    def send(self, message: bytes, *, retries_on_read_timeout: int = 0, timeout: Any = None) -> bytes:
        """Send a message and return the answer.

        Where a request that asks for what is there (`retries_on_read_timeout`) meets silence, it is asked once more on a new
        connection: Windows says the same again to the same request, as pypsrp's author found. Nothing else is sent twice, since
        it may have been done, but for what the laptop could not decrypt.
        """
        if self.session is not None and self.idle > _IDLE:
            self.begin_anew()
        sealed = self.encryption is not None
        try:
            return self._exchange(message)
        except WinRMTransportError as error:
            if error.code != 400 or not sealed:
                raise
            self.begin_anew()
        except requests.ReadTimeout:
            if not retries_on_read_timeout:
                raise
        return self._exchange(message)

    def _exchange(self, message: bytes) -> bytes:
        patience = self.operation + _SLACK
        try:
            with gevent.Timeout(2 * patience + self._connect, Late("the answer does not come to its end")):
                answer: bytes = super().send(message, timeout=(self._connect, patience))
        except WinRMTransportError as error:
            self._used = time.monotonic()
            raise _wmi_fault(error) or error from error
        except BaseException:  # whoever is killed in the middle too: what would be answered next belongs to what was asked here
            self.begin_anew()
            raise
        self._used = time.monotonic()
        return answer

    @override
    def _build_session(self) -> requests.Session:
        session = super()._build_session()
        vars(session)["prepare_request"] = lambda request: _prepared(session, request)
        session.trust_env = False  # neither a proxy nor a ~/.netrc of whoever runs this
        session.max_redirects = 0
        for adapter in session.adapters.values():
            vars(adapter)["send"] = _bounded(adapter.send)
        return session


def _prepared(session: requests.Session, request: requests.Request) -> PreparedRequest:
    """Return a request as it goes over; requests itself looks for cookies, forms, files and accounts first, which there are not.

    A tenth of all that a laptop costs would be that.
    """
    body = request.data or None
    prepared = PreparedRequest()
    prepared.method, prepared.url, prepared.body = "POST", request.url, body
    prepared.headers = CaseInsensitiveDict({**session.headers, **request.headers, "Content-Length": str(len(body or b""))})
    prepared.hooks = {"response": []}
    vars(prepared)["_cookies"] = session.cookies
    if session.auth is not None:
        prepared.prepare_auth(session.auth)
    return prepared


def _bounded(send: Callable[..., Response]) -> Callable[..., Response]:
    """Return what sends a request and reads its answer only as far as one may be long."""

    def sent(request: PreparedRequest, **arguments: Any) -> Response:
        response = send(request, **{**arguments, "stream": True})
        if response.status_code == 401:  # left to who logs on: its certificate is looked at while its connection is there
            length = response.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > _LOGON:
                raise TooLarge("an answer that asks for a logon has a text without an end")
            return response
        _read(response)
        return response

    return sent


def _read(response: Response) -> None:
    pieces, size = [], 0
    for piece in response.iter_content(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            response.close()
            raise TooLarge(f"an answer of more than {LARGEST // 2**20} MiB")
    vars(response)["_content"] = b"".join(pieces)


def _wmi_fault(error: WinRMTransportError) -> WSManFaultError | None:
    """Return the fault of a quota, whose number stands where pypsrp does not look (``MSFT_WmiError``)."""
    text = error.response_text[:20000] if error.code == 500 else ""
    if not (found := _WMI_CODE.search(text)):
        return None
    words = _WMI_WORDS.search(text)
    return WSManFaultError(int(found[1]), None, words[1] if words else None, None, None, None)
