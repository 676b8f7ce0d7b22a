"""Read a language model's answer on a task of its own, so that nothing goes uncounted.

::

    vendor ─▶ Reading ─▶ queue ─▶ Pipecat's service, which may be cancelled at any moment
                 └─────▶ Bill: what the prompt cost, what has been sent

A cancelled service would lose what has arrived and was not read yet, and everything of a request
whose answer had not begun: the vendor bills its prompt all the same. So a reading that is let go
goes on until the bill is known, which is one message, and no further.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Protocol

# So many rounds of the event loop with nothing new: what had arrived has been read.
_IDLE_ROUNDS = 8


class Bill(Protocol):
    """What a vendor bills of one answer."""

    @property
    def known(self) -> bool:
        """Whether the vendor has said what the prompt cost, or never says it of half an answer."""
        ...

    def take(self, event: Any) -> None:
        """Count what an event says or brings."""
        ...


class Reading:
    """One answer as it comes in.

    Args:
        ask: Asks for the answer; gives the vendor's stream, an async context manager.
        bill: Counts.
        run: Makes a task, e.g. a processor's `create_task`.

    `asked_ns` is when it was asked for, of `time.monotonic_ns`; `refused` says that the vendor or
    the connection has failed.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[Any]],
        bill: Bill,
        run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        """Ask."""
        self.bill = bill
        self.asked_ns = time.monotonic_ns()
        self.refused = False
        self._ask = ask
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self._count = 0
        self._known = asyncio.Event()
        self._task = run(self._read())

    async def events(self) -> AsyncIterator[Any]:
        """The vendor's events; raises what the vendor's client has raised."""
        while (event := await self._events.get()) is not _END:
            if isinstance(event, Exception):
                raise event
            yield event

    @property
    def settled(self) -> bool:
        """Whether the bill is known, or nothing more will come that could tell it."""
        return self._known.is_set()

    async def let_go(self, within_secs: float = 0.0) -> None:
        """Nobody wants more of it: end the connection once the bill is known.

        Args:
            within_secs: How long to wait for that; afterwards it is ended all the same.
        """
        if not self.settled and within_secs > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._known.wait(), within_secs)
        await self._catch_up()
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _catch_up(self) -> None:
        """Read what has arrived: the vendor has generated it."""
        seen, idle = self._count, 0
        while idle < _IDLE_ROUNDS and not self._task.done():
            await asyncio.sleep(0)
            idle = idle + 1 if self._count == seen else 0
            seen = self._count

    async def _read(self) -> None:
        try:
            async with await self._ask() as stream:
                async for event in stream:
                    self._count += 1
                    self.bill.take(event)
                    if self.bill.known:
                        self._known.set()
                    self._events.put_nowait(event)
        except Exception as error:
            self.refused = True
            self._events.put_nowait(error)
        finally:
            self._known.set()
            self._events.put_nowait(_END)


_END = object()
