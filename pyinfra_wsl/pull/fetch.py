"""Fetching what is published, from a web server, a share or a folder: bounded in time and size, each failure with its cause."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from pyinfra_wsl.core import show
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.settings import Settings, is_web

SECONDS = 60.0
"""For one small file, all together; an image has more."""
_SILENT = 20.0  # seconds in which nothing arrives
_PIECE = 65536
_SLOW = "look at the server or share, at network, proxy and firewall"
_GONE = (404, 410)
_OK = (200, 201, 204)
_LATER, _BROKEN = 429, 500  # and above
_TAKES = "application/json, */*"  # a server that lists folders for people lists them for programs too where it is asked to
_PAGE = 200  # who has taken a file says 201 or 204 (RFC 9110, section 9.3.4)
_WRONG = {
    401: ("the server wants a login", "let it hand out what is published without one, or take another address"),
    403: ("the server forbids it", "let it hand out what is published to everybody"),
    407: ("the proxy wants a login", "let the proxy pass this server for computers, which have no login"),
    413: ("the server takes nothing of this size", "let it take more"),
    429: ("the server is asked too often", "nothing: the next pull asks again"),
    503: ("the server is not ready", "nothing: the next pull asks again"),
}


class FetchError(StepError):
    """Nothing could be fetched; what was there before stays."""


class AwayError(FetchError):
    """The place does not answer, or is not ready: whatever else it is asked for does not come either."""


class NotThereError(FetchError):
    """The place answers, and has no such file."""


@dataclass
class Place:
    """One place from which is fetched.

    Args:
        address: ``https://…``, a share's path, or a folder.
        settings: how to get there.
        seconds: for one file.
        clock: what the server's clock said last; None where it has none.

    """

    address: str
    settings: Settings
    seconds: float = SECONDS
    clock: datetime | None = None

    @property
    def shown(self) -> str:
        """The address without what may be secret in it."""
        return show.address(self.address)

    def get(self, path: str, largest: int) -> bytes:
        """Return a file.

        Args:
            path: relative to the place, with ``/``.
            largest: bytes that are taken.

        Raises:
            NotThereError: there is none.
            FetchError: the place does not answer, or with something else.

        """
        work = self._asked if is_web(self.address) else self._read
        found: bytes = _in_time(lambda: work(path, largest), self.seconds, self.address)
        return found

    def put(self, path: str, data: bytes) -> None:
        """Hand a file over; a second time it replaces the same. Raises FetchError."""
        work = self._put if is_web(self.address) else self._write
        _in_time(lambda: work(path, data), self.seconds, self.address)

    def full(self, path: str) -> str:
        """Return where a file is, for programs that fetch by themselves."""
        if is_web(self.address):
            base, question, query = self.address.partition("?")
            return f"{base.rstrip('/')}/{path}{question}{query}"
        if self.address.startswith("\\\\") or PureWindowsPath(self.address).drive:
            return str(PureWindowsPath(self.address, *path.split("/")))
        return str(Path(self.address, *path.split("/")))

    def _read(self, path: str, largest: int) -> bytes:
        try:
            with Path(self.full(path)).open("rb") as file:
                data = file.read(largest + 1)
        except FileNotFoundError:
            if Path(self.address).is_dir():
                raise NotThereError(f"{path} is not there", "publish it: pyinfra-wsl bundle", "not_there") from None
            raise self._error("there is no such folder", "look at the share, and whether computers may read it") from None
        except OSError as error:
            raise self._error(error.strerror or str(error), "look at the share, and whether computers may read it") from None
        return self._small(data, largest)

    def _write(self, path: str, data: bytes) -> None:
        place = Path(self.full(path))
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if files.is_link(place.parent) or files.is_link(place):
                raise self._error(
                    f"{place.name} would go through a link", "let the laptop's folder be one, with its rights alone"
                )
            place.write_bytes(data)
        except OSError as error:
            raise self._error(error.strerror or str(error), "look at the share, and whether computers may write there") from None

    def _small(self, data: bytes, largest: int) -> bytes:
        if len(data) > largest:
            raise self._error(f"it answers with more than {largest >> 10} KiB", "look what stands at that address")
        return data

    def _put(self, path: str, data: bytes) -> None:
        self._asked(path, _PIECE, data)

    def _asked(self, path: str, largest: int, data: bytes | None = None) -> bytes:
        deadline = time.monotonic() + self.seconds
        parts = urlsplit(self.full(path))
        connection: http.client.HTTPConnection | None = None
        try:
            connection = _connection(parts, self.settings, min(_SILENT, self.seconds))
            headers = {
                "Host": parts.netloc.rpartition("@")[2],
                "User-Agent": "pyinfra-wsl",
                "Connection": "close",
                "Accept": _TAKES,
            }
            connection.request(
                "GET" if data is None else "PUT", f"{parts.path}{f'?{parts.query}' if parts.query else ''}", data, headers
            )
            answer = connection.getresponse()
            self._note_clock(answer)
            self._need(answer, path)
            if data is None:
                return self._body(answer, largest, deadline)
            self._need_taken(answer)
            return b""
        except ssl.SSLError as error:
            words = getattr(error, "verify_message", "") or error.reason or str(error)
            remedy = "look at the laptop's clock, and at ca in pull.yml where a proxy opens connections"
            raise self._error(f"no encrypted connection: {words}", remedy, AwayError) from None
        except TimeoutError:
            raise self._error(f"no answer within {self.seconds:.0f} s", _SLOW, AwayError) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._error(str(error) or type(error).__name__, "look at network, proxy and firewall", AwayError) from None
        finally:
            if connection is not None:
                connection.close()

    def _note_clock(self, answer: http.client.HTTPResponse) -> None:
        try:
            self.clock = parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            self.clock = None

    def _need(self, answer: http.client.HTTPResponse, path: str) -> None:
        if answer.status in _OK:
            return
        if answer.status in _GONE:
            raise NotThereError(f"{path} is not there", "publish it: pyinfra-wsl bundle", "not_there")
        if 300 <= answer.status < 400:
            to = urlsplit(answer.headers.get("Location", "")).netloc or "elsewhere"
            raise self._error(f"it sends on to {show.name(to)}", "write the address itself: no other is followed")
        cause, remedy = _WRONG.get(answer.status, (f"it answers with {answer.status}", "ask who runs the server"))
        again = answer.headers.get("Retry-After")
        later = f" (again after {escape(again, 40)})" if again else ""
        kind = AwayError if answer.status == _LATER or answer.status >= _BROKEN else FetchError
        raise self._error(f"{cause}{later}", remedy, kind)

    def _need_taken(self, answer: http.client.HTTPResponse) -> None:
        """Refuse a page for people: a portal, or a server that answers whatever it is asked with one, has taken nothing."""
        if answer.status == _PAGE and answer.headers.get_content_type() == "text/html":
            raise self._error("it answers with a page, and takes nothing", "let it take PUT, or name another place")

    def _body(self, answer: http.client.HTTPResponse, largest: int, deadline: float) -> bytes:
        data = bytearray()
        while piece := answer.read1(_PIECE):
            data += piece
            if len(data) > largest:
                break
            if time.monotonic() > deadline:
                raise TimeoutError
        announced = answer.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > len(data) <= largest:
            raise self._error(f"it broke off after {len(data)} of {announced} bytes", "nothing: the next pull asks again")
        return self._small(bytes(data), largest)

    def _error(self, cause: str, remedy: str, kind: type[FetchError] = FetchError) -> FetchError:
        return kind(f"{show.address(self.address)}: {cause}", remedy, "unreachable")


def _connection(parts: SplitResult, settings: Settings, seconds: float) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    context = _context(settings.ca)
    proxy = _proxy(settings.proxy, host)
    if proxy is None:
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)
    connection = http.client.HTTPSConnection(proxy.hostname or "", proxy.port or 80, timeout=seconds, context=context)
    headers = {}
    if proxy.username:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    connection.set_tunnel(host, port, headers)
    return connection


def _proxy(setting: str, host: str) -> SplitResult | None:
    """Return through which proxy a host is reached; ``system`` means this account's own, never that of who is signed in."""
    if setting == "none":
        return None
    address = setting
    if setting == "system":
        if urllib.request.proxy_bypass(host):
            return None
        address = urllib.request.getproxies().get("https", "")
    if not address:
        return None
    return urlsplit(address if "://" in address else f"http://{address}")


def _context(ca: str) -> ssl.SSLContext:
    """Return how a server proves itself; Windows itself is asked where ``truststore`` is there: it fetches roots on demand."""
    if ca != "system":
        try:
            return ssl.create_default_context(cafile=ca)
        except OSError as error:  # an ssl.SSLError too
            cause = f"the certificate authorities in {ca} cannot be used: {error.strerror or error}"
            raise FetchError(cause, "let ca name a file of certificates (PEM) that is there", "ca") from None
    try:
        import truststore  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 - the package of enroll brings it
    except ImportError:
        return ssl.create_default_context()
    made: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return made


def _in_time(work: Any, seconds: float, place: str) -> Any:
    """Return what a function returns, or give it up after so many seconds.

    A share that is gone lets who reads it wait for minutes, and a server that sends a letter now and then, or that it goes on for
    ever before it has begun, for days: no time limit of a socket ends that.
    """
    done: list[Any] = []
    failed: list[BaseException] = []

    def worked() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            failed.append(error)

    thread = threading.Thread(target=worked, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise AwayError(f"{show.address(place)}: no answer within {seconds:.0f} s", _SLOW, "unreachable")
    return done[0]
