"""What every request passes before it reaches a route: a bounded body, and headers on the way out.

::

    request ─▶ body ≤ max_bytes, whole within max_secs ─▶ own origin ─▶ routes ─▶ headers ─▶ answer
"""

import asyncio
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; media-src 'self' blob:; font-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class SecurityHeaders:
    """Add `HEADERS` to every answer that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and the answer back, with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BoundedBody:
    """Read the whole body before the route runs, or refuse it: 413 too large, 408 too slow.

    Args:
        app: What stands behind.
        max_bytes: The largest body.
        max_secs: How long a body may take to arrive.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = 64 * 1024, max_secs: float = 10) -> None:
        """Stand before `app`."""
        self._app = app
        self._max_bytes = max_bytes
        self._max_secs = max_secs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on once its body is here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._max_secs):
                body = await self._read(receive)
        except TimeoutError:
            await _refuse(408, "the body did not arrive in time", scope, receive, send)
            return
        if body is None:
            problem = f"the body is larger than {self._max_bytes} bytes"
            await _refuse(413, problem, scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> bytes | None:
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                return None
            if message["type"] != "http.request" or not message.get("more_body"):
                return bytes(body)


class OwnOrigin:
    """Refuse what another site's page sends through a visitor's browser: 403.

    Without it any page could start calls on a server that only the visitor can reach.

    Args:
        app: What stands behind.
        allowed: Origins of other sites that may call, e.g. `https://example.com`.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        """Stand before `app`."""
        self._app = app
        self._allowed = frozenset(origin.rstrip("/") for origin in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it comes from no page, an own page or an allowed one."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin and not self._welcome(origin, headers.get("host", "")):
                problem = "this origin may not call; see ALLOWED_ORIGINS"
                await _refuse(403, problem, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _welcome(self, origin: str, host: str) -> bool:
        return origin in self._allowed or origin.partition("://")[2] == host


async def _refuse(status: int, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"detail": detail}, status)(scope, receive, send)
