"""A telephone call from the first ring to the deleted room, with the front desk answering.

Real are the server, the signed webhook, DailyTransport, the line and the embedded services; Daily
is a double. Takes as long as the caller speaks.
"""

import asyncio

import pytest

from bots import BOTS
from tests.house import running
from tests.pipelines.transports.daily.test_routes import SECRET, post, ring
from tests.speech import RATE, VoiceMissing, pause, say
from tests.vendors.daily import KEY, DailyApi, daily_python

SECS = 40


async def until(true):
    """Wait for something to become true in the double."""
    async with asyncio.timeout(SECS):
        while not true():
            await asyncio.sleep(0.02)


def said(room, word):
    """Whether the captions that go to the room hold `word`."""
    return any(word in str(message) for message in room.asked("send_app_message"))


async def speak(room, caller, samples):
    """Say something at the speed of speech."""
    step = RATE // 50
    for start in range(0, len(samples), step):
        room.speak(caller, samples[start : start + step].tobytes())
        await asyncio.sleep(0.02)


@pytest.mark.realtime
async def test_the_front_desk_answers_the_telephone_and_the_room_is_gone_afterwards(monkeypatch):
    try:
        question = say("What are your opening hours?")
    except VoiceMissing as missing:
        pytest.skip(str(missing))
    rooms = daily_python(monkeypatch)
    async with DailyApi() as daily:
        monkeypatch.setenv("DAILY_API_KEY", KEY)
        monkeypatch.setenv("DAILY_API_URL", daily.url)
        reached = {"daily_api_key": KEY, "daily_api_url": daily.url, "daily_pinless_hmac": SECRET}
        async with running(dict(BOTS), **reached) as server:
            assert (await post(server, *ring())).status_code == 200
            room = rooms.room(next(iter(daily.rooms.values()))["url"])
            await until(lambda: room.clients)
            room.event("on_dialin_ready", "sip:room@daily")
            await until(lambda: daily.let_through)
            caller = room.join("+15550100")
            await until(lambda: len(room.clients[0].renderers) == 1 and len(room.heard) > RATE)
            await speak(room, caller, question)
            for _ in range(SECS):
                await speak(room, caller, pause(0.5))
                if said(room, "Monday"):
                    break
            assert said(room, "Monday"), "the bot did not answer"
            room.leave(caller)
            await server.until_empty()
        assert not daily.rooms
        assert not room.clients
