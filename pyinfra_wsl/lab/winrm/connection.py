"""One connection to WinRM: from http.sys to the service and back."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

import spnego

from pyinfra_wsl.lab.winrm import faults, http, sealing, soap
from pyinfra_wsl.lab.winrm.http import Request, Response
from pyinfra_wsl.lab.winrm.login import Login
from pyinfra_wsl.lab.winrm.service import Service
from pyinfra_wsl.lab.winrm.settings import Happening, Settings

log = logging.getLogger(__name__)
IDLE = 120.0
"""Seconds after which http.sys closes a connection on which nothing is asked (Microsoft, HttpListenerTimeoutManager)."""
PATHS = ("/wsman", "/wsman-anon/identify")
HTML = b"<html><head><title>Server Error</title></head><body>The server has encountered an error.</body></html>"
REFUSALS = {
    "busy": http.page(503),
    "not-found": http.page(404),
    "garbage": Response(500, HTML, type="text/html"),
}
"""What happens before the service sees a request."""
Asked = Callable[[str], Awaitable[Happening | None]]
"""Told the action of each request that arrives whole; returns what is to happen to its answer."""


class CutError(Exception):
    """The connection is to be cut, after these bytes."""

    def __init__(self, data: bytes = b"") -> None:
        """Keep the bytes."""
        super().__init__(len(data))
        self.data = data


class Connection:
    """A connection, served until its end.

    Args:
        service: the service as it is now; None where it does not run.
        settings: of the laptop.
        asked: is told of each request.
        own: the listener's certificate, DER; nothing over plain HTTP.

    """

    def __init__(
        self, service: Callable[[], Service | None], settings: Settings, asked: Asked, own: bytes,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:  # fmt: skip
        """Keep what it needs."""
        self._service, self._settings, self._asked, self._own = service, settings, asked, own
        self._reader, self._writer = streams
        self._login: Login | None = None
        self._task: asyncio.Task[None] | None = None
        self._frozen = False

    @property
    def secure(self) -> bool:
        """Whether it goes over TLS."""
        return bool(self._own)

    @property
    def certificate(self) -> bytes:
        """The client's certificate."""
        tls = self._writer.get_extra_info("ssl_object")
        return (tls.getpeercert(binary_form=True) or b"") if isinstance(tls, ssl.SSLObject) else b""

    @property
    def binding(self) -> bytes:
        """What a login can be bound to."""
        return b"tls-server-end-point:" + hashlib.sha256(self._own).digest() if self._own else b""

    def abort(self) -> None:
        """Cut it."""
        self._writer.transport.abort()

    def freeze(self) -> None:
        """Say nothing more and hear nothing more, with the connection as it is."""
        self._frozen = True
        if self._task is not None:
            self._task.cancel()

    async def serve(self) -> None:
        """Answer requests until the end."""
        self._task = asyncio.current_task()
        try:
            while await self._one():
                continue
        except CutError as cut:
            self._writer.write(cut.data)
            with suppress(OSError):
                await self._writer.drain()
            self.abort()
        except (OSError, asyncio.CancelledError):  # who called is gone
            if not self._frozen:
                self.abort()
        finally:
            if not self._frozen:
                self._writer.close()

    async def _one(self) -> bool:
        """Answer one request; returns whether the connection goes on."""
        try:
            request = await http.read(self._reader, IDLE * self._settings.pace)
            if request is None:
                return False
            response = await self._answer(request)
            response.close = response.close or not request.keeps
        except http.BadRequestError as refused:
            response = refused.response
        service = self._service()
        if service is None:
            return False
        self._writer.write(response.written(service.machine.clock()))
        await self._writer.drain()
        return not response.close

    async def _answer(self, request: Request) -> Response:
        service = self._service()
        if service is None:
            return http.page(503)
        if request.path.partition("?")[0].rstrip("/").lower() not in PATHS:
            return http.page(404, close=False)
        if request.method != "POST":
            return http.page(405, close=False)
        return await self._let_in(request, service)

    async def _let_in(self, request: Request, service: Service) -> Response:
        if request.headers.get("wsmanidentify", "").lower() == "unauthenticated":
            return self._identified(request, service)
        self._login = self._login or Login(service.machine, self._settings, self)
        refused = self._login.attempt(request)
        if refused is not None:
            return refused
        if not request.body:
            return Response(200, headers=self._login.said)
        response = await self._opened(request, service, self._login)
        response.headers += self._login.said
        return response

    def _identified(self, request: Request, service: Service) -> Response:
        try:
            asked = soap.read(request.body)
        except soap.MalformedError:
            return Response(400)
        return Response(200, soap.write("", asked.id, service.identify(known=False)))

    async def _opened(self, request: Request, service: Service, login: Login) -> Response:
        """Open what is sealed, and have it answered in the same way."""
        kind = request.headers.get("content-type", "")
        if not sealing.is_sealed(kind):
            if not self.secure and not self._settings.allow_unencrypted:
                return login.refused() if self._settings.plain_refusal == 401 else Response(500, close=True)
            return await self._carried_out(request.body, service, login)
        context = login.context
        try:
            body = sealing.unseal(request.body, context) if context is not None else b""
        except sealing.UnsealError:
            body = b""
        if not body or context is None:
            return Response(400)
        return self._sealed(await self._carried_out(body, service, login), context)

    def _sealed(self, response: Response, context: spnego.ContextProxy) -> Response:
        if response.body and response.type.startswith("application/soap"):
            response.type, response.body = sealing.seal(response.body, context)
        return response

    async def _carried_out(self, body: bytes, service: Service, login: Login) -> Response:
        if len(body) > self._settings.quotas.MaxEnvelopeSizekb << 10:
            return Response(413)
        try:
            message = soap.read(body)
        except soap.MalformedError:
            return _fault(faults.malformed(), "", service)
        happening = await self._asked(message.action)
        if happening is not None and happening.do in REFUSALS:
            refusal = REFUSALS[happening.do]
            return Response(refusal.status, refusal.body, type=refusal.type, close=refusal.close)
        response = await self._done(message, service, login)
        if happening is not None and happening.do == "timed-out":  # it is done all the same (Ansible's ``winrm.py`` met it)
            service.busy_for(message, happening.seconds)
            return _fault(faults.timed_out(), message.id, service)
        if happening is not None and happening.do == "silence":
            await asyncio.sleep(happening.seconds)
        if happening is not None and happening.do == "reset":
            raise CutError
        if happening is not None and happening.do == "cut-body":
            raise CutError(response.written(service.machine.clock())[: -len(response.body) // 2 or None])
        return response

    async def _done(self, message: soap.Message, service: Service, login: Login) -> Response:
        if message.action == "Identify":
            return Response(200, soap.write("", message.id, service.identify(known=True)))
        assert login.account is not None  # noqa: S101 - who gets here has logged in
        try:
            body = await service.answer(message, login.account)
            answer = soap.write(f"{message.uri}Response", message.id, body)
            if len(answer) > message.envelope:
                raise faults.too_long()
        except faults.Fault as fault:
            return _fault(fault, message.id, service)
        except Exception as problem:
            log.exception("the lab failed at %s", message.uri)
            service.machine.complaints.append(f"WinRM: {problem!r}")
            return _fault(faults.of_the_lab(problem), message.id, service)
        return Response(200, answer)


def _fault(fault: faults.Fault, relates_to: str, service: Service) -> Response:
    return Response(500, soap.write(faults.ACTION, relates_to, fault.xml(service.machine.name)))
