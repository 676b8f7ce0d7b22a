"""Rooms and telephone calls over HTTP, with the real server and a double of Daily."""

import asyncio
import base64
import json
import time

import pytest

from pipelines import hang_up
from pipelines.transports.daily.signature import signature
from tests.house import TestBot, running
from tests.vendors.daily import KEY, DailyApi

SECRET = base64.b64encode(b"a webhook's secret").decode()


class Held:
    """A bot that notes how it was called and stays until it is asked to go."""

    def __init__(self):
        self.calls = []
        self.called = asyncio.Event()

    async def __call__(self, runner_args):
        self.calls.append(runner_args)
        self.called.set()
        await hang_up.of_this_call().asked()


def ring(call_id="c1", **changes):
    """The body and the headers of one ringing telephone."""
    body = json.dumps(
        {"From": "+15550100", "To": "+15550199", "callId": call_id, "callDomain": "d"} | changes
    ).encode()
    timestamp = str(int(time.time()))
    return body, {
        "X-Pinless-Timestamp": timestamp,
        "X-Pinless-Signature": signature(SECRET, timestamp, body),
    }


def house(daily, bot, **values):
    """A server that reaches the double of Daily."""
    return running(
        {"receptionist": TestBot(bot)},
        daily_api_key=KEY,
        daily_api_url=daily.url,
        daily_pinless_hmac=SECRET,
        **values,
    )


async def post(server, body, headers):
    """One webhook."""
    return await server.http.post("/daily-dialin-webhook", content=body, headers=headers)


async def test_start_gives_a_guests_token_and_the_bot_its_own():
    bot = Held()
    async with DailyApi() as daily, house(daily, bot) as server:
        asked = {"bot": "receptionist", "transport": "daily"}
        answer = (await server.http.post("/start", json=asked)).json()
        assert answer["dailyToken"].startswith("guest")
        await asyncio.wait_for(bot.called.wait(), 5)
        assert bot.calls[0].token.startswith("owner")
        assert bot.calls[0].room_url == answer["dailyRoom"]
        assert "owner" not in json.dumps(answer)


async def test_join_leads_a_person_into_the_room():
    async with DailyApi() as daily, house(daily, Held()) as server:
        answer = await server.http.get("/join/receptionist")
        assert answer.status_code == 303
        assert "?t=guest" in answer.headers["location"]


async def test_join_needs_a_key_where_one_is_configured():
    async with DailyApi() as daily, house(daily, Held(), api_keys="secret-key") as server:
        assert (await server.http.get("/join/receptionist")).status_code == 401
        assert (await server.http.get("/join/receptionist?key=secret-key")).status_code == 303


async def test_the_room_is_deleted_with_its_call():
    async with DailyApi() as daily:
        async with house(daily, Held()) as server:
            await server.http.get("/join/receptionist")
            assert len(daily.rooms) == 1
        assert not daily.rooms


async def test_a_telephone_call_starts_the_bot_with_what_it_needs_to_be_let_through():
    bot = Held()
    async with DailyApi() as daily, house(daily, bot) as server:
        answer = await post(server, *ring())
        assert answer.json()["status"] == "answered"
        await asyncio.wait_for(bot.called.wait(), 5)
        assert bot.calls[0].body["dialin_settings"]["call_id"] == "c1"
        assert KEY not in str(bot.calls[0])


async def test_fifty_telephones_that_ring_twice_at_once_are_fifty_calls():
    bot = Held()
    async with DailyApi() as daily, house(daily, bot, max_calls=50) as server:
        rings = [ring(f"c{number}") for number in range(50)] * 2
        answers = await asyncio.gather(*(post(server, *one) for one in rings))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["sessionId"] for answer in answers}) == 50
        assert len(bot.calls) == daily.created == 50


async def test_one_too_many_is_refused_clearly_and_leaves_no_room():
    bot = Held()
    async with DailyApi() as daily, house(daily, bot, max_calls=3) as server:
        answers = await asyncio.gather(*(post(server, *ring(f"c{n}")) for n in range(10)))
        assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 7
        refused = next(answer for answer in answers if answer.status_code == 503)
        assert int(refused.headers["Retry-After"]) > 0
        assert daily.created == len(daily.rooms) == 3


async def test_the_test_ping_has_no_side_effect_and_needs_no_signature():
    async with DailyApi() as daily, house(daily, Held()) as server:
        answer = await post(server, b'{"test": true}', {})
        assert answer.status_code == 200
        assert not daily.created


@pytest.mark.parametrize("change", ["signature", "timestamp", "body", "missing"])
async def test_a_forged_webhook_starts_nothing(change):
    body, headers = ring()
    if change == "signature":
        headers["X-Pinless-Signature"] = "x" * 44
    elif change == "timestamp":
        headers["X-Pinless-Timestamp"] = str(int(time.time()) - 3600)
    elif change == "body":
        body = body.replace(b"c1", b"c2")
    else:
        headers = {}
    async with DailyApi() as daily, house(daily, Held()) as server:
        assert (await post(server, body, headers)).status_code == 401
        assert not daily.created
        assert not server.house.calls.admission.taken


async def test_a_replayed_webhook_starts_no_second_call():
    bot = Held()
    async with DailyApi() as daily, house(daily, bot) as server:
        body, headers = ring()
        first, second = await post(server, body, headers), await post(server, body, headers)
        assert first.json() == second.json()
        assert len(bot.calls) == 1


async def test_a_signed_body_that_is_no_dial_in_is_refused():
    timestamp = str(int(time.time()))
    headers = {
        "X-Pinless-Timestamp": timestamp,
        "X-Pinless-Signature": signature(SECRET, timestamp, b"{}"),
    }
    async with DailyApi() as daily, house(daily, Held()) as server:
        assert (await post(server, b"{}", headers)).status_code == 400


async def test_without_a_secret_no_webhook_is_taken():
    async with (
        DailyApi() as daily,
        running(
            {"receptionist": TestBot(Held())}, daily_api_key=KEY, daily_api_url=daily.url
        ) as server,
    ):
        assert (await post(server, *ring())).status_code == 403


@pytest.mark.parametrize("broken", ["/rooms", "/meeting-tokens"])
async def test_a_failing_daily_gives_the_slot_back(broken):
    async with DailyApi(fail={broken}) as daily, house(daily, Held()) as server:
        assert (await post(server, *ring())).status_code == 502
        assert server.house.calls.admission.taken == 0
        assert not daily.rooms
        daily.fail.clear()
        assert (await post(server, *ring())).status_code == 200


async def test_without_a_key_daily_is_no_way_in():
    async with running() as server:
        answer = await server.http.post("/start", json={"bot": "talk", "transport": "daily"})
        assert answer.status_code == 400
        assert "webrtc" in answer.json()["detail"]
        assert (await server.http.get("/join/talk")).status_code == 404
