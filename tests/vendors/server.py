"""What all stand-ins share: a port, a key, faults, counts and a timeline.

::

    request ─▶ a fault at the door? ─▶ the key? ─▶ the vendor's handler ─▶ Outlet ─▶ socket
               Status, Silent, Slow                Hang, Cut, Garbage, VendorError
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Self

from aiohttp import web

from tests.vendors.faults import (
    FAULTS,
    Cut,
    Fault,
    Garbage,
    Hang,
    Silent,
    Slow,
    Status,
    VendorError,
)

STATE_PATH, FAULT_PATH = "/stand-in/state", "/stand-in/fault"
_FAULT = web.RequestKey("fault", object)


@dataclass(frozen=True)
class Moment:
    """Something that happened at `secs` of `time.monotonic`."""

    secs: float
    what: str
    detail: str = ""


class ConnectionCut(ConnectionError):
    """A fault has broken the connection: the handler has nothing left to do."""


class Outlet:
    """What a stand-in sends over one connection, with the fault of that connection.

    Args:
        write: Sends one message.
        fault: What goes wrong, if anything.
        abort: Breaks the connection without a goodbye.
        garbage: A message nobody can parse.
        error: Makes the vendor's own error message of a kind, in place of a message.
        hang_up: What the vendor does after it.
    """

    def __init__(
        self,
        write: Callable[[Any], Awaitable[None]],
        *,
        fault: Fault | None,
        abort: Callable[[], None],
        garbage: Any,
        error: Callable[[str, Any], Any],
        hang_up: Callable[[], Awaitable[None]] | None = None,
    ):
        self._write = write
        self._fault = fault
        self._abort = abort
        self._garbage = garbage
        self._error = error
        self._hang_up = hang_up
        self._sent = 0

    @property
    def stuck(self) -> bool:
        """Whether nothing will be sent any more although the connection is open."""
        return isinstance(self._fault, Hang) and self._sent >= self._fault.after

    async def send(self, message: Any) -> None:
        """Send `message`, or what the fault makes of it; raises ConnectionCut."""
        if self.stuck:
            return
        match self._fault:
            case Cut(after) if self._sent >= after:
                self._abort()
                raise ConnectionCut("cut by a fault")
            case Garbage(after) if self._sent >= after:
                message = self._garbage
            case VendorError(after, kind) if self._sent >= after:
                await self._write(self._error(kind, message))
                if self._hang_up:
                    await self._hang_up()
                raise ConnectionCut(f"ended with {kind} by a fault")
        self._sent += 1
        await self._write(message)


class StandIn:
    """A vendor's server on a loopback port of its own; use it as an async context manager.

    Args:
        key: The API key it accepts; every other one gets a 401.
        counts: A dataclass of counters, kept up to date by the vendor's handlers.
    """

    scheme = "http"

    def __init__(self, *, key: str, counts: Any):
        self.counts = counts
        self.timeline: list[Moment] = []
        self._key = key
        self._fault: Fault | None = None
        self._fault_times: int | None = None
        self._live: list[web.Request] = []
        self._port = 0
        self._site: web.SockSite | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base address to give to the real service."""
        return f"{self.scheme}://127.0.0.1:{self._port}"

    def fail(self, fault: Fault, *, times: int | None = None) -> None:
        """Let every new request fail this way; only the next `times` where that is given."""
        self._fault, self._fault_times = fault, times

    def heal(self) -> None:
        """Let new requests succeed again."""
        self._fault = self._fault_times = None

    async def refuse(self) -> None:
        """Close the port: new connections are refused by the operating system."""
        if self._site:
            await self._site.stop()
            self._site = None

    async def accept(self) -> None:
        """Open the port again, the same one."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        assert self._runner
        self._site = web.SockSite(self._runner, listener)
        await self._site.start()

    def cut(self) -> None:
        """Break every open connection without a goodbye."""
        for request in tuple(self._live):
            _abort(request)

    def note(self, what: str, detail: str = "") -> None:
        """Put a moment on the timeline."""
        self.timeline.append(Moment(time.monotonic(), what, detail))

    def state(self) -> dict[str, Any]:
        """Counts and timeline as JSON has them."""
        return {
            "counts": asdict(self.counts),
            "timeline": [asdict(moment) for moment in self.timeline],
        }

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._door])
        app.add_routes(self.routes())
        app.router.add_get(STATE_PATH, self._answer_state)
        app.router.add_post(FAULT_PATH, self._take_fault)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
        await self._runner.setup()
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        assert self._runner
        await self._runner.cleanup()

    def routes(self) -> list[web.RouteDef]:
        """The vendor's endpoints."""
        raise NotImplementedError

    def key_of(self, request: web.Request) -> str:
        """The API key a request carries."""
        raise NotImplementedError

    def refusal(self, status: int) -> web.Response:
        """The vendor's answer to a request it refuses with `status`."""
        raise NotImplementedError

    async def _answer_state(self, _: web.Request) -> web.Response:
        return web.json_response(self.state())

    async def _take_fault(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        self.fail(FAULTS[wanted["fault"]](**wanted["about"]), times=wanted["times"])
        return web.json_response({})

    @web.middleware
    async def _door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path in (STATE_PATH, FAULT_PATH):
            return await handler(request)
        fault = request[_FAULT] = self._next_fault()
        self._live.append(request)
        try:
            match fault:
                case Status(code, retry_after_secs):
                    response = self.refusal(code)
                    if retry_after_secs is not None:
                        response.headers["Retry-After"] = f"{retry_after_secs:g}"
                    return response
                case Silent():
                    await forever()
                case Slow(secs):
                    await asyncio.sleep(secs)
            if self.key_of(request) != self._key:
                return self.refusal(401)
            return await handler(request)
        finally:
            self._live.remove(request)

    def _next_fault(self) -> Fault | None:
        fault = self._fault
        if fault and self._fault_times is not None:
            self._fault_times -= 1
            if self._fault_times <= 0:
                self.heal()
        return fault

    async def websocket(
        self,
        request: web.Request,
        *,
        error: Callable[[str, Any], str],
        hangs_up: bool = True,
    ) -> tuple[web.WebSocketResponse, Outlet]:
        """Accept a websocket; returns it and the way out through the fault of this connection.

        Args:
            request: The handshake.
            error: The vendor's error message of a kind, in place of another one.
            hangs_up: Whether the vendor closes the connection after an error.
        """
        ws = web.WebSocketResponse(compress=False, max_msg_size=0)
        await ws.prepare(request)

        async def write(message: str | bytes) -> None:
            # The client may have left between two messages: what is still said goes nowhere.
            with contextlib.suppress(ConnectionError):
                await (ws.send_str(message) if isinstance(message, str) else ws.send_bytes(message))

        async def hang_up() -> None:
            await ws.close(code=1011)

        return ws, Outlet(
            write,
            hang_up=hang_up if hangs_up else None,
            fault=_fault_of(request),
            abort=lambda: _abort(request),
            garbage="\x00 }{ not JSON",
            error=error,
        )

    async def events(
        self, request: web.Request, *, error: Callable[[str, Any], str]
    ) -> tuple[web.StreamResponse, Outlet]:
        """Begin a stream of server-sent events; an event is sent as its whole text."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)

        async def write(message: str) -> None:
            await response.write(message.encode())

        return response, Outlet(
            write,
            fault=_fault_of(request),
            abort=lambda: _abort(request),
            garbage="event: content_block_delta\ndata: }{ not JSON\n\n",
            error=error,
        )


def _abort(request: web.Request) -> None:
    if request.transport:
        request.transport.abort()


async def forever() -> None:
    """Wait until the client has left, which cancels the handler."""
    await asyncio.Event().wait()


def _fault_of(request: web.Request) -> Fault | None:
    fault = request[_FAULT]
    return fault if isinstance(fault, Fault) else None
