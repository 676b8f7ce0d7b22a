"""Rooms are private, expire, and are never left behind."""

import time

import pytest

from pipelines.services.errors import MissingKeyError
from pipelines.transports.daily.rooms import RoomError, Rooms
from tests import house
from tests.vendors.daily import KEY, DailyApi


def settings(url, **more):
    """A deployment that reaches the double."""
    return house.settings(daily_api_key=KEY, daily_api_url=url, **more)


async def test_a_room_is_private_expires_and_gives_the_caller_a_guests_token():
    async with DailyApi() as daily, Rooms(settings(daily.url, daily_geo="eu-central-1")) as rooms:
        room = await rooms.create()
    made = next(iter(daily.rooms.values()))
    assert made["privacy"] == "private"
    assert made["config"]["geo"] == "eu-central-1"
    assert time.time() < made["config"]["exp"] < time.time() + 1800 + 60 + 5
    assert room.link.endswith("?t=" + room.caller_token)
    assert room.caller_token.startswith("guest")
    assert room.bot_token.startswith("owner")
    assert all(token["room_name"] == made["name"] for token in daily.tokens)


async def test_a_telephone_call_gets_a_sip_room_and_no_callers_token():
    async with DailyApi() as daily, Rooms(settings(daily.url)) as rooms:
        room = await rooms.create(phone="+15550100")
    made = next(iter(daily.rooms.values()))
    assert made["config"]["sip"]["display_name"] == "+15550100"
    assert room.caller_token == ""
    assert not any(token["is_owner"] is False for token in daily.tokens)


@pytest.mark.parametrize("broken", ["/rooms", "/meeting-tokens"])
async def test_no_room_is_left_when_daily_fails(broken):
    async with DailyApi(fail={broken}) as daily, Rooms(settings(daily.url)) as rooms:
        with pytest.raises(RoomError, match="gave no room"):
            await rooms.create()
        assert not daily.rooms


async def test_an_error_tells_neither_key_nor_token():
    async with DailyApi(fail={"/rooms"}) as daily, Rooms(settings(daily.url)) as rooms:
        with pytest.raises(RoomError) as error:
            await rooms.create()
    assert KEY not in str(error.value)


async def test_deleting_a_room_twice_is_no_error():
    async with DailyApi() as daily, Rooms(settings(daily.url)) as rooms:
        room = await rooms.create()
        await rooms.delete(room.url)
        await rooms.delete(room.url)
        assert not daily.rooms


async def test_a_call_is_let_through_by_its_id_and_sip_address():
    async with DailyApi() as daily, Rooms(settings(daily.url)) as rooms:
        await rooms.let_through("c", "d", "sip:x")
    assert daily.let_through == [{"callId": "c", "callDomain": "d", "sipUri": "sip:x"}]


async def test_a_refused_update_is_an_error():
    async with DailyApi(fail={"/pinlessCallUpdate"}) as daily, Rooms(settings(daily.url)) as rooms:
        with pytest.raises(RoomError, match="500"):
            await rooms.let_through("c", "d", "sip:x")


def test_without_a_key_the_error_names_the_variable():
    with pytest.raises(MissingKeyError, match="DAILY_API_KEY"):
        Rooms(house.settings())
