"""A call in a Daily room: who the caller is, when it begins, and every way in which it ends.

The real DailyTransport runs against the double of the client library.
"""

import asyncio
from contextlib import asynccontextmanager

import pytest
from pipecat.frames.frames import InputDTMFFrame, UserAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.runner.types import DailyRunnerArguments
from pipecat.workers.runner import WorkerRunner

from pipelines.transports import open_way
from tests import house
from tests.vendors.daily import KEY, DailyApi, Rooms, daily_python

URL = "https://example.daily.co/downbeat-test"
DIALIN = {"dialin_settings": {"call_id": "c", "call_domain": "d"}}


class Catch(FrameProcessor):
    """Keeps what arrives behind the transport's input."""

    def __init__(self):
        super().__init__()
        self.frames = []
        self.came = asyncio.Condition()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        self.frames.append(frame)
        async with self.came:
            self.came.notify_all()
        await self.push_frame(frame, direction)

    async def until(self, kind):
        """Wait for a frame of `kind`; gives it."""
        async with asyncio.timeout(5), self.came:
            await self.came.wait_for(lambda: any(isinstance(f, kind) for f in self.frames))
        return next(f for f in self.frames if isinstance(f, kind))


class Held:
    """A call that is held: what the session was told, as queues."""

    def __init__(self):
        self.joined, self.left, self.failed = asyncio.Queue(), asyncio.Queue(), asyncio.Queue()
        self.catch = Catch()
        self.worker: PipelineWorker

    async def next(self, queue):
        """What was told next."""
        return await asyncio.wait_for(queue.get(), 5)


@asynccontextmanager
async def held(monkeypatch, *, api=None, body=None, join_error=None):
    """Hold a call in a room until the block ends."""
    rooms = daily_python(monkeypatch, Rooms(join_error))
    url = api.url if api else "http://127.0.0.1:9/v1"
    settings = house.settings(daily_api_key=KEY, daily_api_url=url)
    way = await open_way(DailyRunnerArguments(room_url=URL, token="t", body=body), settings)
    call = Held()
    call.worker = PipelineWorker(
        Pipeline([way.transport.input(), *way.guards, call.catch, way.transport.output()])
    )
    way.on_joined(call.worker, lambda: call.joined.put(True))
    way.on_left(call.left.put)
    way.on_failed(call.failed.put)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(call.worker)
    running = asyncio.create_task(runner.run())
    try:
        yield call, rooms.room(URL)
    finally:
        await runner.cancel()
        await running


async def bot_in(room):
    """Wait until the bot is in the room."""
    async with asyncio.timeout(5):
        while not room.clients:
            await asyncio.sleep(0)


async def test_the_call_begins_with_the_caller_and_not_with_an_operator(monkeypatch):
    async with held(monkeypatch) as (call, room):
        await bot_in(room)
        room.join("operator", owner=True)
        room.join("caller")
        assert await call.next(call.joined)
        assert call.joined.empty()


async def test_the_call_ends_with_the_caller_and_not_with_an_operator(monkeypatch):
    async with held(monkeypatch) as (call, room):
        await bot_in(room)
        operator, caller = room.join("operator", owner=True), room.join("caller")
        await call.next(call.joined)
        room.leave(operator)
        room.leave(caller)
        assert await call.next(call.left) == "the caller left (leftCall)"
        assert call.left.empty()


async def test_an_operators_voice_is_not_the_callers(monkeypatch):
    async with held(monkeypatch) as (call, room):
        await bot_in(room)
        operator, caller = room.join("operator", owner=True), room.join("caller")
        await call.next(call.joined)
        async with asyncio.timeout(5):
            while len(room.clients[0].renderers) < 2:
                await asyncio.sleep(0.01)
        room.speak(operator, b"\x01\x00" * 3200)
        room.speak(caller, b"\x02\x00" * 320)
        await call.catch.until(UserAudioRawFrame)
        heard = [f.user_id for f in call.catch.frames if isinstance(f, UserAudioRawFrame)]
        assert heard == [caller]


async def test_a_telephone_call_is_let_through_when_the_bot_is_ready(monkeypatch):
    async with DailyApi() as api, held(monkeypatch, api=api, body=DIALIN) as (_call, room):
        await bot_in(room)
        room.event("on_dialin_ready", "sip:room@daily")
        async with asyncio.timeout(5):
            while not api.let_through:
                await asyncio.sleep(0.01)
        assert api.let_through == [{"callId": "c", "callDomain": "d", "sipUri": "sip:room@daily"}]


async def test_a_failing_update_fails_the_call(monkeypatch):
    async with (
        DailyApi(fail={"/pinlessCallUpdate"}) as api,
        held(monkeypatch, api=api, body=DIALIN) as (call, room),
    ):
        await bot_in(room)
        room.event("on_dialin_ready", "sip:room@daily")
        assert "status 500" in await call.next(call.failed)


async def test_a_room_link_never_touches_the_telephone(monkeypatch):
    async with DailyApi() as api, held(monkeypatch, api=api) as (call, room):
        await bot_in(room)
        room.event("on_dialin_ready", "sip:room@daily")
        room.join("caller")
        await call.next(call.joined)
        assert api.let_through == []


async def test_a_caller_who_hangs_up_the_telephone_ends_the_call(monkeypatch):
    async with held(monkeypatch, body=DIALIN) as (call, room):
        await bot_in(room)
        room.event("on_dialin_stopped", {"sessionId": "s"})
        assert await call.next(call.left) == "the caller hung up"


async def test_a_bot_that_cannot_join_fails_the_call(monkeypatch):
    async with held(monkeypatch, join_error="no such room") as (call, _room):
        assert "no such room" in await call.next(call.failed)


async def test_a_bot_that_is_thrown_out_fails_the_call(monkeypatch):
    async with held(monkeypatch) as (call, room):
        await bot_in(room)
        room.join("caller")
        await call.next(call.joined)
        room.event("on_call_state_updated", "left")
        assert await call.next(call.failed) == "the bot is out of the room"


async def test_a_carrier_error_fails_the_call(monkeypatch):
    async with held(monkeypatch, body=DIALIN) as (call, room):
        await bot_in(room)
        room.event("on_dialin_error", {"sessionId": "s"})
        assert await call.next(call.failed) == "the carrier reported an error"


async def test_a_key_pressed_reaches_the_bot(monkeypatch):
    async with held(monkeypatch) as (call, room):
        await bot_in(room)
        room.event("on_dtmf_event", {"tone": "5", "sessionId": "s"})
        assert (await call.catch.until(InputDTMFFrame)).button.value == "5"


async def test_arguments_that_name_no_way_in_are_an_error():
    with pytest.raises(ValueError, match="no way in takes int"):
        await open_way(3, house.settings())  # type: ignore[arg-type]
