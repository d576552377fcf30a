"""SOAP messages of WS-Management as Windows reads and writes them (MS-WSMV; texts as in recordings of real servers)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
POWERSHELL = "http://schemas.microsoft.com/powershell"
CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
NAMES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "x": TRANSFER,
    "n": ENUMERATION,
    "w": f"{WSMAN}.xsd",
    "rsp": SHELL,
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "pwsh": POWERSHELL,
    "wsmid": IDENTITY,
}
_SPACES = " ".join(f'xmlns:{name}="{NAMES[name]}"' for name in ("s", "a", "x", "n", "w", "rsp", "p"))
_ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?")


class MalformedError(ValueError):
    """A body is no message of WS-Management."""


@dataclass(frozen=True)
class Message:
    """A request.

    Args:
        action: the last word of its action: ``Create``, ``Receive``; ``Identify`` for that question.
        uri: the whole action.
        id: its message id.
        resource: what it is about.
        timeout: seconds that it may take, None where nothing is said.
        bad_timeout: what stands there where it is no time.
        envelope: the longest reply that its client takes, in bytes.
        session: the client's session.
        selectors: which shell is meant.
        options: the option set.
        body: the body.

    """

    action: str
    uri: str
    id: str
    resource: str
    timeout: float | None
    bad_timeout: str
    envelope: int
    session: str
    selectors: dict[str, str]
    options: dict[str, str]
    body: ElementTree.Element

    def find(self, path: str) -> ElementTree.Element | None:
        """Return an element of the body."""
        return self.body.find(path, NAMES)

    def text(self, path: str, default: str = "") -> str:
        """Return the text of an element of the body."""
        return self.body.findtext(path, default, NAMES) or default


def read(data: bytes) -> Message:
    """Read a request; raises MalformedError."""
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - of a client on this machine, for tests
    except (ElementTree.ParseError, ValueError) as problem:
        raise MalformedError(str(problem)) from None
    body = root.find("s:Body", NAMES)
    if root.tag != f"{{{NAMES['s']}}}Envelope" or body is None:
        raise MalformedError("no SOAP envelope with a body")
    header = root.find("s:Header", NAMES)
    header = header if header is not None else ElementTree.Element("none")

    def said(path: str) -> str:
        return (header.findtext(path, "", NAMES) or "").strip()

    uri, wait = said("a:Action"), said("w:OperationTimeout")
    identify = body.find("wsmid:Identify", NAMES) is not None
    seconds, size = duration(wait) if wait else None, said("w:MaxEnvelopeSize") or "153600"
    if not (size.isascii() and size.isdigit()):
        raise MalformedError("MaxEnvelopeSize is no number")
    return Message(
        action="Identify" if identify else uri.rpartition("/")[2],
        uri=uri,
        id=said("a:MessageID"),
        resource=said("w:ResourceURI"),
        timeout=seconds,
        bad_timeout=wait if wait and seconds is None else "",
        envelope=int(size),
        session=said("p:SessionId"),
        selectors=_named(header, "w:SelectorSet/w:Selector"),
        options=_named(header, "w:OptionSet/w:Option"),
        body=body,
    )


def _named(header: ElementTree.Element, path: str) -> dict[str, str]:
    return {one.get("Name", ""): one.text or "" for one in header.findall(path, NAMES)}


def duration(text: str) -> float | None:
    """Return the seconds of an XML duration, None for what is none."""
    match = _DURATION.fullmatch(text)
    if match is None or len(text) < 3:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def write(action: str, relates_to: str, body: str) -> bytes:
    """Return an answer; `body` is XML with the prefixes of `NAMES`."""
    relates = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xml:lang="en-US" {_SPACES}><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{_ANONYMOUS}</a:To>{relates}</s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def element(name: str, text: str | float, **attributes: str) -> str:
    """Return an element with text as XML."""
    told = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{told}>{escape(str(text))}</{name}>"


def span(seconds: float) -> str:
    """Return a time as the shells' fields have it: ``P0DT0H1M2S``."""
    whole = int(seconds)
    return f"P{whole // 86400}DT{whole % 86400 // 3600}H{whole % 3600 // 60}M{whole % 60}S"
