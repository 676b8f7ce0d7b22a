"""A call is freed once, whatever the bot, the caller or the server does."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pipecat.runner.types import RunnerArguments

from pipelines import hang_up
from pipelines.admission import Admission, Refused
from pipelines.calls import Call, Calls, Limits


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Talk:
    """A bot that talks until it is asked to end, or for ever."""

    def __init__(self, *, stubborn: bool = False) -> None:
        self.stubborn = stubborn
        self.heard: str | None = None
        self.started = asyncio.Event()

    async def __call__(self, _: RunnerArguments) -> None:
        self.started.set()
        if self.stubborn:
            await asyncio.Event().wait()
        self.heard = await hang_up.of_this_call().asked()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def calls(clock: Clock) -> AsyncIterator[Calls]:
    limits = Limits(goodbye_secs=0.05, cancel_secs=0.5)
    made = Calls(Admission(2), limits, clock)
    yield made
    await made.drain(0)


async def over(calls: Calls, call: Call) -> None:
    """Wait until nothing of the call is left."""
    async with asyncio.timeout(5):
        while calls.get(call.id):
            await asyncio.sleep(0)


async def test_a_bot_that_is_done_frees_its_slot(calls: Calls):
    async def bot(_: RunnerArguments) -> None:
        pass

    call = calls.reserve("short", bot)
    calls.begin(call, RunnerArguments())
    await over(calls, call)
    assert calls.admission.taken == 0


async def test_a_bot_that_raises_frees_its_slot_and_its_line(calls: Calls):
    closed = asyncio.Event()

    async def bot(_: RunnerArguments) -> None:
        raise RuntimeError("sk-secret")

    async def close() -> None:
        closed.set()

    call = calls.reserve("broken", bot)
    calls.begin(call, RunnerArguments(), close=close)
    await over(calls, call)
    assert closed.is_set()
    assert calls.admission.taken == 0


async def test_a_line_that_does_not_close_does_not_keep_the_slot(calls: Calls):
    async def close() -> None:
        raise OSError("gone")

    talk = Talk()
    call = calls.reserve("talk", talk)
    calls.begin(call, RunnerArguments(), close=close)
    await calls.end(call, "drained")
    assert calls.admission.taken == 0


async def test_a_bot_is_told_why_the_call_ends(calls: Calls):
    talk = Talk()
    call = calls.reserve("talk", talk)
    calls.begin(call, RunnerArguments())
    await talk.started.wait()
    await calls.end(call, "drained")
    assert talk.heard == "drained"


async def test_a_bot_that_does_not_end_when_asked_is_cancelled(calls: Calls):
    talk = Talk(stubborn=True)
    call = calls.reserve("stubborn", talk)
    calls.begin(call, RunnerArguments())
    await talk.started.wait()
    await calls.end(call, "drained")
    assert call.task is not None
    assert call.task.done()
    assert calls.admission.taken == 0


async def test_a_call_that_is_ended_twice_at_once_is_freed_once(calls: Calls):
    call = calls.reserve("talk", Talk())
    calls.begin(call, RunnerArguments())
    await asyncio.gather(calls.end(call, "drained"), calls.end(call, "too_long"))
    assert calls.admission.taken == 0


async def test_a_reservation_that_nobody_uses_is_due_after_a_while(calls: Calls, clock: Clock):
    call = calls.reserve("talk", Talk())
    clock.now += 29
    assert calls.due() == []
    clock.now += 2
    assert calls.due() == [(call, "abandoned")]


async def test_a_call_whose_caller_is_gone_is_due_after_a_while(calls: Calls, clock: Clock):
    there = True
    call = calls.reserve("talk", Talk())
    calls.begin(call, RunnerArguments(), alive=lambda: there)
    clock.now += 100
    assert calls.due() == []
    there = False
    clock.now += 9
    assert calls.due() == []
    clock.now += 2
    assert calls.due() == [(call, "caller_gone")]


async def test_a_call_whose_caller_never_connects_is_due_after_a_while(calls: Calls, clock: Clock):
    call = calls.reserve("talk", Talk())
    calls.begin(call, RunnerArguments(), alive=lambda: False)
    clock.now += 29
    assert calls.due() == []
    clock.now += 2
    assert calls.due() == [(call, "never_connected")]


async def test_a_call_over_the_limit_is_due(calls: Calls, clock: Clock):
    call = calls.reserve("talk", Talk())
    calls.begin(call, RunnerArguments())
    clock.now += 1801
    assert calls.due() == [(call, "too_long")]


async def test_the_reaper_ends_what_is_due(calls: Calls, clock: Clock):
    call = calls.reserve("talk", Talk())
    clock.now += 31
    reaper = asyncio.create_task(calls.reap(period_secs=0.01))
    await over(calls, call)
    reaper.cancel()
    assert calls.admission.taken == 0


async def test_a_call_begins_once(calls: Calls):
    call = calls.reserve("talk", Talk())
    calls.begin(call, RunnerArguments())
    with pytest.raises(ValueError, match="begun before"):
        calls.begin(call, RunnerArguments())


async def test_draining_refuses_new_calls_and_waits_for_the_running_one(calls: Calls):
    done = asyncio.Event()

    async def bot(_: RunnerArguments) -> None:
        await done.wait()

    call = calls.reserve("talk", bot)
    waiting = calls.reserve("talk", bot)
    calls.begin(call, RunnerArguments())
    draining = asyncio.create_task(calls.drain(60))
    await over(calls, waiting)
    with pytest.raises(Refused, match="closing"):
        calls.reserve("talk", bot)
    assert calls.get(call.id) is call
    done.set()
    await draining
    assert calls.admission.taken == 0


async def test_draining_ends_the_running_call_when_time_is_up(calls: Calls):
    talk = Talk()
    call = calls.reserve("talk", talk)
    calls.begin(call, RunnerArguments())
    await talk.started.wait()
    await calls.drain(0)
    assert talk.heard == "drained"


async def test_outside_the_server_nobody_ever_asks_a_bot_to_hang_up():
    asked = asyncio.create_task(hang_up.of_this_call().asked())
    await asyncio.sleep(0)
    assert not asked.done()
    asked.cancel()


async def test_the_first_reason_to_hang_up_stands():
    wish = hang_up.HangUp()
    wish.ask("drained")
    wish.ask("too_long")
    assert await wish.asked() == "drained"
