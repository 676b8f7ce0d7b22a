"""How a call begins and ends: each way frees everything, and tells the caller where that helps."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest
from pipecat.frames.frames import Frame, OutputTransportMessageUrgentFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines import _session, hang_up
from pipelines.hang_up import HangUp
from pipelines.transports import loopback
from pipelines.transports.loopback import RecordedCaller, ScriptedCaller
from tests.house import settings
from tests.pipelines.quick_line import (
    GREETING,
    WORD_SECS,
    QuickLine,
    Repeat,
    Voice,
    brief,
    call,
    endless,
    loud,
    silent,
)

TOO_LONG, CLOSING, GIVING_UP = _session._TOO_LONG, _session._CLOSING, _session._GIVING_UP


@pytest.fixture(autouse=True)
async def nothing_is_left_running() -> AsyncIterator[None]:
    """Every test here ends with the tasks it began with."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    _, running = await asyncio.wait(left, timeout=2) if left else ((), ())
    assert not running


def secs_of(words: str) -> float:
    """How long the voice takes for them."""
    return len(words.split()) * WORD_SECS


async def test_greets_whoever_joins_at_once():
    ended = await call(silent(0.3))
    assert ended.said == [GREETING]
    first = np.flatnonzero(ended.recording.side("bot"))[0] / ended.recording.rate("bot")
    assert first < 0.3


async def test_the_context_holds_the_greeting_that_was_heard():
    ended = await call(silent(0.3))
    assert [m.get("content") for m in ended.line.context.messages] == [GREETING]  # pyright: ignore


async def test_a_caller_who_hangs_up_in_the_middle_of_a_word_ends_the_call_at_once():
    sound = np.frombuffer(loud(0.4), "<i2")
    ended = await call(RecordedCaller(sound), hang_up_after_secs=0)
    assert ended.secs < 3
    assert ended.recording.secs("caller") == pytest.approx(0.4, abs=0.05)


async def test_a_caller_who_hangs_up_while_the_bot_speaks_hears_no_more_of_it():
    async def hang_up_after_a_moment(line: QuickLine) -> None:
        while not line.voice.asked:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        assert line.way
        await line.way.transport.tell("on_client_disconnected")  # pyright: ignore

    long = " ".join(["word"] * 100)
    ended = await call(silent(20), during=hang_up_after_a_moment, greeting=long)
    assert 0 < ended.heard_secs < secs_of(long) / 2
    assert ended.secs < 4


async def test_a_caller_who_connects_and_vanishes_leaves_nothing_behind():
    ended = await call(RecordedCaller(np.zeros(1, np.int16)), hang_up_after_secs=0)
    assert ended.secs < 3


async def test_a_script_that_fails_is_a_caller_who_hangs_up():
    async def broken() -> AsyncIterator[bytes]:
        yield loud(0.1)
        raise RuntimeError("the script is broken")

    assert (await call(ScriptedCaller(broken()))).secs < 5


async def test_nobody_joins_and_nobody_waits_for_them(monkeypatch):
    async def never_joined(*arguments):
        # Waits for a page to say that it is ready; loopback has none.
        return replace(await loopback.open_way(*arguments), joined_event=None)

    monkeypatch.setattr(_session, "open_way", never_joined)
    ended = await call(silent(10), hang_up_after_secs=None, limits={"join_secs": 0.3})
    assert ended.said == []
    assert ended.secs < 5


async def test_a_silent_caller_is_asked_twice_then_told_goodbye():
    ended = await call(silent(20), hang_up_after_secs=None, idle_secs=0.2)
    assert ended.said == [GREETING, *_session._REMINDERS, GIVING_UP]
    assert ended.heard_secs >= sum(map(secs_of, ended.said)) - 0.1
    assert ended.secs < 15


async def test_a_caller_who_comes_back_is_asked_twice_again():
    async def says_something_late() -> AsyncIterator[bytes]:
        await asyncio.sleep(secs_of(GREETING) + 0.2 + 0.25)
        yield loud(0.2)
        await asyncio.sleep(20)

    line = QuickLine(more=(Repeat("I see."),))
    ended = await call(
        ScriptedCaller(says_something_late()), line=line, hang_up_after_secs=None, idle_secs=0.2
    )
    assert ended.said[-4:] == ["I see.", *_session._REMINDERS, GIVING_UP]


@pytest.mark.parametrize("talks", [False, True])
async def test_a_call_that_is_too_long_ends_with_a_goodbye(talks):
    caller = ScriptedCaller(endless()) if talks else silent(20)
    ended = await call(caller, hang_up_after_secs=None, limits={"max_call_secs": 0.5})
    assert ended.said == [GREETING, TOO_LONG]
    assert ended.heard_secs >= secs_of(TOO_LONG), "nobody talks the goodbye away"
    assert ended.secs < 8


async def test_the_house_may_end_a_call_with_a_goodbye():
    wish = HangUp()
    hang_up.CURRENT.set(wish)

    async def close(line: QuickLine) -> None:
        while not line.voice.asked:
            await asyncio.sleep(0.01)
        wish.ask("drained")

    ended = await call(silent(20), hang_up_after_secs=None, during=close)
    assert ended.said == [GREETING, CLOSING]
    assert ended.heard_secs >= secs_of(CLOSING)


async def test_the_line_that_fails_ends_the_call():
    async def break_it(line: QuickLine) -> None:
        while line.way is None or not line.voice.asked:
            await asyncio.sleep(0.01)
        await failed[0]("the carrier is gone")

    failed = []

    class Failing(QuickLine):
        async def build(self, told, way, settings):
            way.on_failed = lambda call: failed.append(call)
            return await super().build(told, way, settings)

    ended = await call(silent(20), line=Failing(), hang_up_after_secs=None, during=break_it)
    assert ended.secs < 5


class Voiceless(Voice):
    """A voice whose vendor has closed the account."""

    async def run_tts(self, text, context_id):
        self.asked.append(text)
        await self.push_error("account closed", force_treat_as_permanent=True)
        yield None


async def test_a_service_that_is_beyond_repair_ends_the_call():
    ended = await call(silent(20), line=QuickLine(voice=Voiceless()), hang_up_after_secs=None)
    assert ended.secs < 5


class Told(FrameProcessor):
    """Keeps what is sent to the page."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, OutputTransportMessageUrgentFrame):
            self.messages.append(frame.message)
        await self.push_frame(frame, direction)


async def test_the_page_is_told_how_long_an_answer_took_and_where_the_time_went():
    async def asks() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.4)
        yield loud(0.3)
        await asyncio.sleep(0.8)

    told = Told()
    line = QuickLine(more=(Repeat("It is nine."), told))
    ended = await call(ScriptedCaller(asks()), line=line)
    assert ended.said == [GREETING, "It is nine."]
    (latency,) = [
        message["data"]
        for message in told.messages
        if message.get("type") == "server-message" and message["data"]["type"] == "turn-latency"
    ]
    assert latency["turn"] == 1
    assert 0 < latency["total_ms"] < 5000
    assert latency["stages"]


async def test_a_bot_whose_service_is_missing_says_so_before_anything_starts():
    async def build(told, way, settings):
        raise LookupError("no STT is called 'nobody/none'")

    arguments = loopback.LoopbackRunnerArguments(caller=silent(1))
    with pytest.raises(LookupError, match="nobody/none"):
        await _session.run(brief(), build, arguments, settings=settings())


async def test_calls_at_the_same_time_do_not_end_each_other():
    short, long = await asyncio.gather(call(silent(0.2)), call(silent(1.2)))
    assert short.secs < long.secs
    assert long.recording.secs("caller") >= 1.2
