"""An answer is read as far as its bill needs it, whoever stops listening."""

import asyncio
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.services.reading import Reading


class Stream:
    """A vendor's answer, event by event as the test wants it.

    Where there is a connection, the vendor says its last words once it is hung up on.
    """

    def __init__(self, last_words: tuple[Any, ...] | None = None) -> None:
        self.coming: asyncio.Queue[Any] = asyncio.Queue()
        self.closed = False
        self._last_words = last_words or ()
        self._ours: socket.socket | None = None
        network = self if last_words is not None else None
        self.response = SimpleNamespace(extensions={"network_stream": network})

    def get_extra_info(self, _: str) -> socket.socket:
        self._ours, vendors = socket.socketpair()
        vendors.setblocking(False)
        asyncio.get_running_loop().add_reader(vendors, self._hung_up, vendors)
        return self._ours

    def _hung_up(self, vendors: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(vendors)
        assert vendors.recv(1) == b""
        vendors.close()
        for event in self._last_words:
            self.coming.put_nowait(event)

    async def __aenter__(self) -> "Stream":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closed = True
        if self._ours:
            self._ours.close()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Any:
        event = await self.coming.get()
        if event is None:
            raise StopAsyncIteration
        if isinstance(event, Exception):
            raise event
        return event


class Bill:
    """Knows the price with the event "price"."""

    def __init__(self) -> None:
        self.known = False
        self.taken: list[Any] = []

    def take(self, event: Any) -> None:
        self.taken.append(event)
        self.known = self.known or event == "price"


def reading(*last_words: Any) -> Any:
    """A reading, its stream and its bill."""
    stream, bill = Stream(last_words or None), Bill()

    async def ask() -> Stream:
        return stream

    return SimpleNamespace(
        it=Reading(ask, bill, asyncio.create_task), stream=stream, bill=bill, put=stream.coming.put
    )


async def test_all_events_arrive_in_order_and_the_stream_is_closed():
    here = reading()
    for event in ("price", "a", "b", None):
        await here.put(event)
    assert [event async for event in here.it.events()] == ["price", "a", "b"]
    assert here.stream.closed


async def test_what_the_client_raises_is_raised_where_it_is_read():
    here = reading()
    await here.put("price")
    await here.put(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        [event async for event in here.it.events()]
    assert here.it.refused


async def test_what_the_vendor_sends_until_it_notices_is_counted():
    here = reading("a", "b", OSError("the connection is closed"))
    await here.put("price")
    events = here.it.events()
    assert await anext(events) == "price"
    here.it.hang_up()
    await here.it.let_go(within_secs=60)
    assert here.bill.taken[:3] == ["price", "a", "b"]
    assert here.stream.closed


async def test_nobody_hangs_up_before_the_price_is_told():
    here = reading("a", None)
    here.it.hang_up()
    assert here.stream.coming.empty()
    await here.put("price")
    await here.it.let_go(within_secs=60)
    assert here.bill.taken == ["price", "a"]


async def test_a_vendor_that_does_not_notice_is_cut_off():
    here = reading("a")
    await here.put("price")
    await here.it.let_go(within_secs=60)
    assert here.it.over
    assert here.stream.closed


async def test_a_reading_let_go_before_the_price_is_told_waits_for_it_and_no_longer():
    here = reading()
    letting_go = asyncio.create_task(here.it.let_go(within_secs=60))
    await asyncio.sleep(0)
    assert not here.it.over
    await here.put("price")
    await letting_go
    assert (here.bill.known, here.it.over, here.stream.closed) == (True, True, True)


async def test_a_price_that_never_comes_is_not_waited_for_for_ever():
    here = reading()
    await here.it.let_go(within_secs=0.01)
    assert (here.bill.known, here.it.over, here.it.refused) == (False, True, False)


async def test_a_refusal_ends_a_reading():
    here = reading()
    await here.put(OSError("refused"))
    await here.it.let_go(within_secs=60)
    assert (here.bill.known, here.it.refused) == (False, True)
