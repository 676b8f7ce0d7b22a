"""Read a language model's answer on a task of its own, so that nothing goes uncounted.

::

    vendor ─▶ Reading ─▶ queue ─▶ Pipecat's service, which may be cancelled at any moment
                 └─────▶ Bill: what the prompt cost, what has been sent

A cancelled service would lose what it has not read yet, and everything of a request whose answer
had not begun: the vendor bills its prompt all the same. So a reading that is let go goes on until
the bill of the prompt is known, which is one message; then it hangs up as a telephone does, by no
longer speaking, and hears out what the vendor had sent before it noticed.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Protocol

# How long a vendor that has been hung up on may go on. One that ends connections promptly needs a
# round trip; behind a proxy that does not, the connection is closed then.
_LAST_WORDS_SECS = 0.3


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
        self._stream: Any = None
        self._known = asyncio.Event()
        self._task = run(self._read())

    async def events(self) -> AsyncIterator[Any]:
        """The vendor's events; raises what the vendor's client has raised."""
        while (event := await self._events.get()) is not _END:
            if isinstance(event, Exception):
                raise event
            yield event

    @property
    def over(self) -> bool:
        """Whether everything has been read that will ever come."""
        return self._task.done()

    def hang_up(self) -> None:
        """Have the vendor stop, if the bill is known; returns at once."""
        if self.bill.known and not self.over:
            _stop_sending(self._stream)

    async def let_go(self, within_secs: float) -> None:
        """Nobody wants more of it: end the connection once the bill is known.

        Args:
            within_secs: How long to wait for that; afterwards it is ended all the same.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._known.wait(), within_secs)
        if self.bill.known and _stop_sending(self._stream):
            await asyncio.wait([self._task], timeout=_LAST_WORDS_SECS)
        if not self.over:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _read(self) -> None:
        try:
            async with await self._ask() as self._stream:
                async for event in self._stream:
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


def _stop_sending(stream: Any) -> bool:
    """Close our half of the connection of an HTTP stream; returns whether that is possible."""
    network = stream.response.extensions.get("network_stream")
    connection = network.get_extra_info("socket") if network else None
    if connection is None:
        return False
    # One that the other side has closed is as good. The event loops' own sockets cannot be shut
    # down, in uvloop at least; one more for the same connection can.
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as ours:
        ours.shutdown(socket.SHUT_WR)
    return True
