"""Messages that are due later, sent in the order in which they were put."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Self

from tests.vendors.server import ConnectionCut


class Outbox:
    """Runs each sending at its time, one after the other; use it as an async context manager."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[float, Callable[[], Awaitable[None]]]] = asyncio.Queue()
        self._postman: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._postman = asyncio.create_task(self._deliver())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._postman:
            self._postman.cancel()
            await asyncio.gather(self._postman, return_exceptions=True)

    def put(self, delay_secs: float, send: Callable[[], Awaitable[None]]) -> None:
        """Send in `delay_secs`, but never before what was put before."""
        self._queue.put_nowait((time.monotonic() + delay_secs, send))

    async def emptied(self) -> None:
        """Wait until everything has been sent."""
        await self._queue.join()

    async def _deliver(self) -> None:
        while True:
            due, send = await self._queue.get()
            try:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                # A broken connection takes no more; what is left goes nowhere.
                with contextlib.suppress(ConnectionCut):
                    await send()
            finally:
                self._queue.task_done()
