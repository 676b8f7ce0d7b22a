"""Uvicorn that goes on answering while calls finish.

::

    SIGTERM ─▶ no new call, /ready says 503 ─▶ calls finish or time is up ─▶ stop
    SIGINT, or a second signal ─▶ stop at once
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn


class DrainingServer(uvicorn.Server):
    """A server whose SIGTERM first awaits `drain`.

    Args:
        config: What to serve and where.
        drain: Returns when the server may stop.
    """

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]]) -> None:
        """Not serving yet."""
        super().__init__(config)
        self._drain = drain
        self._draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal; uvicorn calls this from its signal handler."""
        if sig == signal.SIGINT or self._draining:
            super().handle_exit(sig, frame)
            return
        asyncio.get_running_loop().call_soon_threadsafe(self._begin_draining, sig)

    def _begin_draining(self, sig: int) -> None:
        self._draining = asyncio.create_task(self._drain_and_stop(sig), name="drain")

    async def _drain_and_stop(self, sig: int) -> None:
        try:
            await self._drain()
        finally:
            super().handle_exit(sig, None)
