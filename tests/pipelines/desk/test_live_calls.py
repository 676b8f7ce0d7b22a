"""One operator a call, who gives it back by a word, by leaving, or by falling silent."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import pytest
from pipecat.frames.frames import Frame

from pipelines.brief import Brief
from pipelines.desk import live_calls, operator_line
from pipelines.desk.live_calls import DeskError, LiveCall, LiveCalls
from pipelines.desk.tickets import Tickets
from pipelines.transports.second_voice import SecondVoice
from processors.backchannel_filter import PlayOut
from processors.escalation.record import Said
from processors.escalation.wording import table
from tests.house import database
from tests.processors.escalation.line import Call, calling

SAYS = table("en")["says"]
BRIEF = Brief(name="parrot", title="Parrot", persona="", greeting="", stt=())


class Output:
    async def queue_frame(self, frame: Frame) -> None:
        """Swallow what keeps the output awake."""


@dataclass
class Line:
    heard_at: float = 0.0


@dataclass
class AtDesk:
    """A call that is on the desk."""

    line: Call
    call: LiveCall
    calls: LiveCalls


@pytest.fixture
async def at_desk(tmp_path) -> AsyncIterator[AtDesk]:
    calls = LiveCalls(Tickets(database(tmp_path), tmp_path / "tickets.jsonl"))
    async with calling() as line:
        call = calls.add(
            id="c1",
            brief=BRIEF,
            door=line.door,
            second_voice=SecondVoice(PlayOut()),
            output=Output(),
        )
        yield AtDesk(line, call, calls)
        await calls.remove(call)


async def test_two_operators_never_have_one_call(at_desk):
    took = await asyncio.gather(
        *(at_desk.call.take(name) for name in ("kim", "lee", "max")), return_exceptions=True
    )
    refused = [result for result in took if isinstance(result, DeskError)]
    assert len(refused) == 2
    assert str(refused[0]) == f"{at_desk.call.taken_by} has this call"


async def test_only_who_has_the_call_can_hand_it_back(at_desk):
    await at_desk.call.take("kim")
    with pytest.raises(DeskError, match="do not have"):
        await at_desk.call.hand_back("lee")
    await at_desk.call.hand_back("kim")
    await at_desk.line.until(lambda: at_desk.line.spoken[-1:] == [SAYS["handed_back"]])


async def test_a_line_that_falls_silent_gives_the_caller_back(at_desk, monkeypatch):
    monkeypatch.setattr(operator_line, "_COMES_SECS", 0.1)
    monkeypatch.setattr(operator_line, "_LOOK_SECS", 0.02)
    await at_desk.call.take("kim")
    await at_desk.line.until(lambda: at_desk.line.spoken[-1:] == [SAYS["lost"]])
    assert at_desk.call.taken_by == ""
    assert not at_desk.call.second_voice.speaks


async def test_a_call_that_is_over_cannot_be_taken(at_desk):
    await at_desk.calls.remove(at_desk.call)
    with pytest.raises(DeskError, match="over"):
        await at_desk.call.take("kim")


async def test_a_take_over_while_the_caller_hangs_up_leaves_nothing_behind(at_desk):
    await asyncio.gather(
        at_desk.call.take("kim"), at_desk.calls.remove(at_desk.call), return_exceptions=True
    )
    assert at_desk.call.taken_by == ""
    assert [task for task in asyncio.all_tasks() if task.get_name() == "voice c1"] == []


async def test_what_is_said_by_hand_is_spoken_and_not_over_a_person(at_desk):
    await at_desk.call.say("We have found your bill.")
    await at_desk.line.until(lambda: at_desk.line.spoken == ["We have found your bill."])
    await at_desk.call.take("kim")
    with pytest.raises(DeskError, match="kim speaks"):
        await at_desk.call.say("and now?")


async def test_a_whisper_reaches_the_bot_and_not_the_caller(at_desk):
    at_desk.call.whisper("kim", "offer Saturday")
    await at_desk.line.say("which days are there")
    assert "offer Saturday" in str(at_desk.line.bot.contexts[-1])
    assert all("Saturday" not in said for said in at_desk.line.spoken)


async def test_a_caller_who_asks_rings_at_the_desk_with_a_packet(at_desk):
    with at_desk.calls.subscribe() as feed:
        await at_desk.line.say("I want to speak to a person")
        events = []
        while not any(event["type"] == "ring" for event in events):
            events.append(await asyncio.wait_for(feed.get(), 5))
    assert at_desk.call.state == "ringing"
    assert "asks for a person" in events[-1]["packet"]["why"]
    await at_desk.call.take("kim")
    assert at_desk.call.state == "person"


@pytest.mark.parametrize("works", [True, False])
async def test_a_packet_is_there_at_once_and_gets_a_models_summary_when_there_is_one(
    tmp_path, works
):
    async def summarise(lines: list[Said]) -> str:
        if not works:
            raise ConnectionError("the model is down")
        return f"{len(lines)} lines, in short."

    calls = LiveCalls(Tickets(database(tmp_path), tmp_path / "tickets.jsonl"))
    async with calling() as line:
        call = calls.add(
            id="c1",
            brief=BRIEF,
            door=line.door,
            second_voice=SecondVoice(PlayOut()),
            output=Output(),
            summarise=summarise,
        )
        await line.say("let me speak to a human")
        await line.until(lambda: call.state == "ringing")
        assert "asks for a person" in call.whole()["packet"]["why"]
        if works:
            await line.until(lambda: call.packet and call.packet.summary)
            assert call.whole()["packet"]["summary"].endswith("in short.")
        await calls.remove(call)


async def test_a_page_that_does_not_read_is_told_to_begin_anew(at_desk, monkeypatch):
    monkeypatch.setattr(live_calls, "_MOST_WAITING_EVENTS", 3)
    with at_desk.calls.subscribe() as feed:
        for _ in range(5):
            at_desk.calls.publish({"type": "beat"})
        assert [feed.get_nowait() for _ in range(feed.qsize())][-1] is None


async def test_twenty_calls_and_five_operators_who_grab_at_random(tmp_path):
    dice, calls = (
        random.Random(4),
        LiveCalls(Tickets(database(tmp_path), tmp_path / "tickets.jsonl")),
    )
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(calling()) for _ in range(20)]
        live = [
            calls.add(
                id=f"c{number}",
                brief=BRIEF,
                door=line.door,
                second_voice=SecondVoice(PlayOut()),
                output=Output(),
            )
            for number, line in enumerate(lines)
        ]
        held: dict[str, set[str]] = {call.id: set() for call in live}

        async def operate(name: str) -> None:
            for _ in range(100):
                call = dice.choice(live)
                deed = dice.choice(("take", "hand back", "say", "whisper"))
                with suppress(DeskError):
                    if deed == "take":
                        await call.take(name)
                        held[call.id].add(name)
                        assert held[call.id] == {name}, "two operators have one call"
                    elif deed == "hand back":
                        await call.hand_back(name)
                        held[call.id].discard(name)
                    elif deed == "say":
                        await call.say("One moment.")
                    else:
                        call.whisper(name, "be brief")
                await asyncio.sleep(0)

        await asyncio.gather(*(operate(name) for name in ("kim", "lee", "max", "ann", "bob")))
        for call in live:
            if call.taken_by:
                await call.hand_back(call.taken_by)
            assert not call.second_voice or not call.second_voice.speaks
            said = [line.text for line in call.door.record.lines if line.who == "note"]
            turns = [text for text in said if text.endswith(("takes over", "hands back"))]
            for taken, back in zip(turns[::2], turns[1::2], strict=True):
                assert back == taken.removesuffix(" takes over") + " hands back"
            await calls.remove(call)
        assert sum(len(call.door.record.lines) for call in live) > 100
