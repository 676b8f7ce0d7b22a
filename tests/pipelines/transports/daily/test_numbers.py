"""A colleague at a number: reached or not, the caller is never lost.

The real DailyTransport runs against the double of the client library.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pipecat.frames.frames import UserAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.runner.types import DailyRunnerArguments
from pipecat.workers.runner import WorkerRunner

from pipelines.desk.live_calls import LiveCall, LiveCalls
from pipelines.desk.number_line import HERE
from pipelines.desk.tickets import Tickets
from pipelines.transports import open_way
from processors.escalation import Handover, Hours
from processors.escalation.caller_words import Hearing
from processors.escalation.conduct import Mode
from processors.escalation.door import PersonDoor
from processors.escalation.wording import table
from processors.turn_taking import Drafts
from tests import house
from tests.browser.desk_bot import BRIEF
from tests.house import database
from tests.pipelines.transports.daily.test_way import Catch
from tests.processors.escalation.line import Voice
from tests.vendors.daily import KEY, Room, daily_python

URL = "https://example.daily.co/downbeat-test"
NUMBER = "+15550100"
SAYS = table("en")["says"]


class Telephone:
    """A telephone call in a room, with a desk at which nobody sits."""

    def __init__(
        self, room: Room, call: LiveCall, voice: Voice, catch: Catch, caller: str, tickets: Tickets
    ) -> None:
        self.room, self.call, self.voice, self.catch = room, call, voice, catch
        self.caller, self.door, self.tickets = caller, call.door, tickets

    async def until(self, so: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not so():
                await asyncio.sleep(0.01)

    async def told(self, words: str) -> None:
        await self.until(lambda: words in self.voice.spoken)

    async def dialled(self) -> str:
        await self.until(lambda: self.room.dialled)
        return self.room.dialled[-1]

    def happens(self, name: str, session: str, **about: str) -> None:
        self.room.event(f"on_dialout_{name}", {"sessionId": session, **about})


@asynccontextmanager
async def telephone(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *, dials_out: bool = True, **policy: Any
) -> AsyncIterator[Telephone]:
    """A telephone call that is held until the block ends."""
    rooms = daily_python(monkeypatch)
    settings = house.settings(daily_api_key=KEY, daily_dialout=dials_out)
    body = {"dialin_settings": {"call_id": "c", "call_domain": "d"}}
    way = await open_way(DailyRunnerArguments(room_url=URL, token="t", body=body), settings)
    policy = {"to": (NUMBER,), "patience_secs": 20} | policy
    door = PersonDoor(Handover(**policy), LLMContext(), Hearing(), Drafts())
    desk, voice, catch = (
        LiveCalls(Tickets(database(folder), folder / "tickets.jsonl")),
        Voice(),
        Catch(),
    )
    call = desk.add(
        id="call",
        brief=BRIEF,
        door=door,
        second_voice=way.second_voice,
        output=way.transport.output(),
        numbers=way.numbers,
        room_url=way.room_url,
    )
    way.on_operator(call.come_in, call.go)
    worker = PipelineWorker(
        Pipeline([way.transport.input(), *way.guards, catch, door, voice, way.transport.output()]),
        enable_rtvi=False,
        idle_timeout_secs=None,
    )
    joined = asyncio.Event()
    way.on_joined(worker, lambda: _set(joined))
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    room = rooms.room(URL)
    try:
        async with asyncio.timeout(10):
            while not room.clients:
                await asyncio.sleep(0.01)
        room.event("on_dialin_connected", {"sessionId": "dial-in"})
        caller = room.join("caller")
        async with asyncio.timeout(10):
            await joined.wait()
        yield Telephone(room, call, voice, catch, caller, desk.tickets)
    finally:
        await desk.remove(call)
        await desk.tickets.close()
        await runner.cancel()
        await running


async def _set(event: asyncio.Event) -> None:
    event.set()


async def test_a_number_that_answers_has_the_caller_and_gives_them_back(monkeypatch, tmp_path):
    async with telephone(monkeypatch, tmp_path) as line:
        assert await line.door.escalate("asks for a person")
        session = await line.dialled()
        assert line.room.asked("start_dialout") == [{"phoneNumber": NUMBER}]
        assert line.door.conduct.mode is Mode.WAITING
        line.happens("answered", session)
        await line.until(lambda: line.call.taken_by == HERE and line.voice.spoken)
        assert line.voice.spoken[-1].startswith("A colleague is on the line now.")
        assert line.door.conduct.mode is Mode.PERSON
        line.happens("stopped", session)
        await line.told(SAYS["handed_back"])
        assert line.call.taken_by == ""
        assert line.door.conduct.mode is Mode.BOT


@pytest.mark.parametrize(
    ("event", "about"),
    [("error", {"errorMsg": "busy"}), ("error", {"errorMsg": "declined"}), ("stopped", {})],
)
async def test_a_number_that_is_busy_refuses_or_does_not_answer_leaves_the_caller_with_the_bot(
    monkeypatch, tmp_path, event, about
):
    async with telephone(monkeypatch, tmp_path) as line:
        await line.door.escalate("asks for a person")
        line.happens(event, await line.dialled(), **about)
        await line.told(SAYS["nobody"])
        assert line.door.conduct.mode is Mode.BOT
        [ticket] = await line.tickets.listed()
        assert ticket["why"] == "asks for a person"


async def test_a_number_that_cannot_even_be_dialled_leaves_the_caller_with_the_bot(
    monkeypatch, tmp_path
):
    async with telephone(monkeypatch, tmp_path) as line:
        line.room.refuses["start_dialout"] = "dial-out is not enabled"
        await line.door.escalate("asks for a person")
        await line.told(SAYS["nobody"])


async def test_after_a_number_in_vain_the_next_is_rung_up(monkeypatch, tmp_path):
    async with telephone(monkeypatch, tmp_path, to=(NUMBER, "sip:desk@example")) as line:
        await line.door.escalate("asks for a person")
        line.happens("error", await line.dialled(), errorMsg="busy")
        await line.until(lambda: len(line.room.dialled) == 2)
        assert line.room.asked("start_dialout")[1] == {"sipUri": "sip:desk@example"}
        line.happens("answered", line.room.dialled[1])
        await line.until(lambda: line.call.taken_by == HERE)


async def test_after_a_number_in_vain_the_desk_is_asked_and_may_take_the_call(
    monkeypatch, tmp_path
):
    async with telephone(monkeypatch, tmp_path, to=(NUMBER, "desk")) as line:
        await line.door.escalate("asks for a person")
        line.happens("error", await line.dialled(), errorMsg="busy")
        await line.until(lambda: line.call.state == "ringing")
        await line.call.take("Kim")
        assert line.call.taken_by == "Kim"


async def test_an_operator_who_takes_the_call_ends_the_ringing(monkeypatch, tmp_path):
    async with telephone(monkeypatch, tmp_path, to=("desk", NUMBER), patience_secs=0.3) as line:
        await line.door.escalate("asks for a person")
        session = await line.dialled()
        await line.call.take("Kim")
        await line.until(lambda: line.room.asked("stop_dialout") == [session])
        line.happens("answered", session)
        assert line.call.taken_by == "Kim"


async def test_the_colleague_on_the_telephone_is_not_transcribed_as_the_caller(
    monkeypatch, tmp_path
):
    async with telephone(monkeypatch, tmp_path) as line:
        await line.door.escalate("asks for a person")
        session = await line.dialled()
        line.room.people[session] = {"id": session, "info": {"isOwner": False}, "media": {}}
        line.room.event("on_participant_joined", line.room.people[session])
        line.happens("answered", session)
        await line.until(lambda: line.call.taken_by == HERE)
        await line.until(lambda: (session, "microphone") in line.room.clients[0].renderers)
        line.room.speak(session, bytes(3200))
        line.room.speak(line.caller, bytes(3200))
        heard = await line.catch.until(UserAudioRawFrame)
        assert heard.user_id == line.caller
        voices = {f.user_id for f in line.catch.frames if isinstance(f, UserAudioRawFrame)}
        assert voices == {line.caller}


async def test_without_dialling_out_the_caller_is_sent_to_the_number(monkeypatch, tmp_path):
    async with telephone(monkeypatch, tmp_path, dials_out=False) as line:
        await line.door.escalate("asks for a person")
        await line.until(lambda: line.room.asked("sip_call_transfer"))
        assert line.room.asked("sip_call_transfer") == [
            {"toEndPoint": NUMBER, "sessionId": "dial-in"}
        ]
        assert line.room.dialled == []


async def test_a_cold_transfer_that_is_refused_leaves_the_caller_with_the_bot(
    monkeypatch, tmp_path
):
    async with telephone(monkeypatch, tmp_path, to=(f"cold:{NUMBER}",)) as line:
        line.room.refuses["sip_call_transfer"] = "no such number"
        await line.door.escalate("asks for a person")
        await line.told(SAYS["nobody"])
        assert line.room.asked("sip_call_transfer")[0]["toEndPoint"] == NUMBER


async def test_out_of_office_hours_no_number_is_rung_up(monkeypatch, tmp_path):
    async with telephone(monkeypatch, tmp_path, hours=Hours(days=frozenset())) as line:
        assert not await line.door.escalate("asks for a person")
        assert [ticket["why"] for ticket in await line.tickets.listed()] == ["asks for a person"]
        assert line.room.dialled == []


async def test_a_caller_who_hangs_up_takes_the_colleague_with_them(monkeypatch, tmp_path):
    async with telephone(monkeypatch, tmp_path) as line:
        await line.door.escalate("asks for a person")
        session = await line.dialled()
        line.happens("answered", session)
        await line.until(lambda: line.call.taken_by == HERE)
        await line.call.end()
        assert line.room.asked("stop_dialout") == [session]


async def test_an_operator_who_joins_the_room_has_the_call_until_they_leave(monkeypatch, tmp_path):
    async with telephone(monkeypatch, tmp_path) as line:
        operator = line.room.join("Kim", owner=True)
        await line.until(lambda: line.call.taken_by == "Kim")
        assert line.door.conduct.mode is Mode.PERSON
        line.room.leave(operator)
        await line.told(SAYS["handed_back"])
        assert line.call.taken_by == ""
        assert not line.call.over


async def test_of_two_operators_in_a_room_the_first_has_the_call(monkeypatch, tmp_path):
    async with telephone(monkeypatch, tmp_path) as line:
        first = line.room.join("Kim", owner=True)
        await line.until(lambda: line.call.taken_by == "Kim")
        second = line.room.join("Lee", owner=True)
        line.room.leave(second)
        line.room.leave(first)
        await line.told(SAYS["handed_back"])
        notes = [said.text for said in line.door.record.lines if said.who == "note"]
        assert notes == ["Kim takes over", "Kim hands back"]
