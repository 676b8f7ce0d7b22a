"""The child process that all calls share."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.services.embedded.process import (
    Message,
    Worker,
    WorkerDied,
    pack,
    shared_worker,
    stop_workers,
)

MODULE = "tests.pipelines.services.embedded.echo_worker"


@pytest.fixture
async def worker(monkeypatch):
    """A worker that runs the echo child, ended with the test."""
    monkeypatch.chdir(Path(__file__).parents[4])
    worker = Worker(MODULE)
    yield worker
    await worker.stop()


async def next_message(channel):
    """The next message of a channel."""
    return await asyncio.wait_for(anext(aiter(channel)), 20)


async def test_a_message_comes_back_with_its_fields_and_bytes(worker):
    channel = await worker.open("echo", greeting="hello")
    assert (await next_message(channel)).fields == {"text": "hello"}
    channel.send("sound", b"\x00\xff", rate=16_000)
    assert await next_message(channel) == Message("sound", {"rate": 16_000}, b"\x00\xff")


async def test_two_calls_hear_only_their_own_messages(worker):
    one, two = await worker.open("echo"), await worker.open("echo")
    for number in range(20):
        one.send("one", number=number)
        two.send("two", number=number)
    assert [(await next_message(one)).fields["number"] for _ in range(20)] == list(range(20))
    assert {(await next_message(two)).name for _ in range(20)} == {"two"}


async def test_a_handler_that_raises_loses_its_message_and_nothing_else(worker):
    channel = await worker.open("echo")
    channel.send("fail")
    channel.send("still there")
    assert (await next_message(channel)).fields == {"text": "ValueError: told to fail"}
    assert (await next_message(channel)).name == "still there"


async def test_what_a_library_prints_does_not_disturb_the_messages(worker):
    channel = await worker.open("echo")
    channel.send("print")
    assert (await next_message(channel)).name == "print"


async def test_a_child_that_dies_ends_the_call_with_an_error_and_is_started_again(worker):
    channel = await worker.open("echo")
    channel.send("die")
    with pytest.raises(WorkerDied):
        await next_message(channel)
    again = await worker.open("echo", greeting="back")
    assert (await next_message(again)).fields == {"text": "back"}


async def test_a_closed_channel_ends_its_iteration(worker):
    channel = await worker.open("echo")
    channel.close()
    assert [message async for message in channel] == []


async def test_sending_without_a_child_is_an_error(worker):
    channel = await worker.open("echo")
    await worker.stop()
    with pytest.raises(WorkerDied):
        channel.send("too late")


async def test_one_worker_serves_the_whole_event_loop():
    assert shared_worker(MODULE) is shared_worker(MODULE)
    await stop_workers()


@given(st.integers(0, 2**31), st.text(), st.binary(max_size=2000))
def test_a_packed_message_says_how_long_it_is(channel, name, blob):
    packed = pack(channel, Message(name, {}, blob))
    header, body = int.from_bytes(packed[:4]), int.from_bytes(packed[4:8])
    assert len(packed) == 8 + header + body
    assert body == len(blob)
