"""HTTP/1.1 as http.sys speaks it: what it reads, what it refuses before WinRM sees anything, what it writes.

Sources: Microsoft, "HTTP Server API: error logging" for the texts of its own refusals; reports of WinRM for empty bodies.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

SERVER = "Microsoft-HTTPAPI/2.0"
HEAD = 1 << 16
"""Bytes that the head of a request may have."""
_PAGE = (
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n<HTML><HEAD><TITLE>{0}</TITLE>'
    '\r\n<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n<BODY><h2>{0}</h2>\r\n'
    "<hr><p>HTTP Error {1}. {2}</p>\r\n</BODY></HTML>\r\n"
)
_SAYS = {
    400: ("Bad Request", "The request is badly formed."),
    404: ("Not Found", "The requested resource is not found."),
    405: ("Method Not Allowed", "The method is not allowed."),
    411: ("Length Required", "The request must be chunked or have a content length."),
    503: ("Service Unavailable", "The service is unavailable."),
}


@dataclass
class Request:
    """A request: method, path, its headers by lower-case name, its body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def keeps(self) -> bool:
        """Whether its client wants to keep the connection."""
        return self.headers.get("connection", "").lower() != "close"


@dataclass
class Response:
    """An answer.

    Args:
        status: the HTTP status.
        body: what it holds.
        headers: beside those that every answer has.
        type: of the body.
        close: whether the connection ends with it.

    """

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    type: str = "application/soap+xml;charset=UTF-8"
    close: bool = False

    def written(self, now: datetime) -> bytes:
        """Return its bytes; `now` is the laptop's own time."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase if self.status != 401 else ''}".rstrip()]
        lines += [f"Content-Type: {self.type}"] if self.body else []
        lines += [f"Server: {SERVER}", *(f"{name}: {value}" for name, value in self.headers)]
        lines += [f"Date: {format_datetime(now, usegmt=True)}"]
        lines += ["Connection: close"] if self.close else []
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace") + self.body


class BadRequestError(Exception):
    """http.sys refuses; the answer says why."""

    def __init__(self, response: Response) -> None:
        """Keep the answer."""
        super().__init__(str(response.status))
        self.response = response


def page(status: int, *, close: bool = True) -> Response:
    """Return what http.sys itself says."""
    title, said = _SAYS[status]
    return Response(status, _PAGE.format(title, status, said).encode(), type="text/html; charset=us-ascii", close=close)


async def read(reader: asyncio.StreamReader, seconds: float) -> Request | None:
    """Read the next request.

    Args:
        reader: of the connection.
        seconds: how long it may be idle.

    Returns:
        The request, None where the client hung up or was idle for too long.

    Raises:
        BadRequestError: what came is none that http.sys takes.

    """
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), seconds)
        method, path, headers = _head(head)
        return Request(method, path, headers, await asyncio.wait_for(_body(reader, method, headers), seconds))
    except asyncio.LimitOverrunError:
        raise BadRequestError(page(400)) from None
    except (asyncio.IncompleteReadError, TimeoutError, OSError):
        return None


def _head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError(page(400))
    headers = {}
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequestError(page(400))
        headers[name.strip().lower()] = value.strip()
    return words[0], words[1], headers


async def _body(reader: asyncio.StreamReader, method: str, headers: dict[str, str]) -> bytes:
    length = headers.get("content-length", "0" if method != "POST" else "")
    if not length.isascii() or not length.isdigit():
        raise BadRequestError(page(411 if not length else 400))
    return await reader.readexactly(int(length))
