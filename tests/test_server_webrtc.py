"""A browser's signalling against the server, with a real peer connection on the other side."""

import asyncio
from typing import Any

from aiortc import RTCSessionDescription
from pipecat.runner.types import RunnerArguments, SmallWebRTCRunnerArguments

from pipelines import hang_up
from tests.house import Browser, Running, TestBot, running


async def holding(runner_args: RunnerArguments) -> None:
    """A bot that answers the line and stays until it closes or is asked to hang up."""
    assert isinstance(runner_args, SmallWebRTCRunnerArguments)
    connection = runner_args.webrtc_connection
    closed = asyncio.Event()

    @connection.event_handler("closed")
    async def on_closed(_: Any) -> None:
        closed.set()

    await connection.connect()
    waits = [
        asyncio.create_task(closed.wait()),
        asyncio.create_task(hang_up.of_this_call().asked()),
    ]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


HOLD = {"talk": TestBot(holding)}


async def session(server: Running) -> str:
    return f"/sessions/{(await server.start()).json()['sessionId']}/api/offer"


async def connected(server: Running, browser: Browser) -> str:
    """Call and wait until the peer connection stands; the path of the call."""
    path = await session(server)
    answer = (await server.http.post(path, json=await browser.offer())).json()
    await browser.peer.setRemoteDescription(
        RTCSessionDescription(sdp=answer["sdp"], type=answer["type"])
    )
    browser.pc_id = answer["pc_id"]
    async with asyncio.timeout(10):
        while browser.peer.connectionState != "connected":
            await asyncio.sleep(0.01)
    return path


async def test_an_offer_is_answered_and_a_call_begins():
    async with running(HOLD) as server:
        browser = Browser()
        await connected(server, browser)
        assert len(server.house.calls) == 1
        await browser.close()


async def test_a_caller_who_leaves_frees_everything():
    async with running(HOLD) as server:
        browser = Browser()
        await connected(server, browser)
        await browser.close()
        await server.until_empty()


async def test_a_closing_server_ends_a_running_call():
    browser = Browser()
    async with running(HOLD) as server:
        await connected(server, browser)
        await server.house.calls.drain(0)
        assert server.house.calls.admission.taken == 0
    async with asyncio.timeout(10):
        while browser.peer.connectionState != "closed" and browser.channel.readyState != "closed":
            await asyncio.sleep(0.01)
    await browser.close()


async def test_garbage_instead_of_an_offer_is_refused_and_leaves_nothing_running():
    async with running(HOLD) as server:
        path = await session(server)
        answer = await server.http.post(path, json={"sdp": "hello", "type": "offer"})
        assert answer.status_code == 400
        assert "offer" in answer.json()["detail"]
        await server.until_empty()
        assert (await server.http.post(path, json={"sdp": "x", "type": "offer"})).status_code == 404


async def test_an_offer_that_reads_well_but_cannot_be_answered_leaves_nothing_running():
    async with running(HOLD) as server:
        path, browser = await session(server), Browser()
        offer = await browser.offer()
        offer["sdp"] = offer["sdp"].replace("opus/48000/2", "klingon/48000/2")
        offer["sdp"] = offer["sdp"].replace("PCMU/8000", "x/1").replace("PCMA/8000", "y/1")
        offer["sdp"] = offer["sdp"].replace("G722/8000", "z/1")
        answer = await server.http.post(path, json=offer)
        assert answer.status_code == 400
        await server.until_empty()
        await browser.close()


async def test_a_second_browser_cannot_take_over_a_call():
    async with running(HOLD) as server:
        browser, thief = Browser(), Browser()
        path = await connected(server, browser)
        answer = await server.http.post(path, json=await thief.offer())
        assert answer.status_code == 400
        assert len(server.house.calls) == 1
        await browser.close()
        await thief.close()


async def test_a_later_offer_of_the_same_browser_is_answered_on_the_same_connection():
    async with running(HOLD) as server:
        browser = Browser()
        path = await connected(server, browser)
        again = {**await browser.offer(), "pc_id": browser.pc_id}
        answer = await server.http.post(path, json=again)
        assert (answer.status_code, answer.json()["pc_id"]) == (200, browser.pc_id)
        await browser.close()


async def test_candidates_are_taken_for_the_own_connection_only():
    async with running(HOLD) as server:
        browser = Browser()
        path = await connected(server, browser)
        one = {"candidate": "candidate:1 1 udp 1 192.0.2.7 9 typ host", "sdpMid": "0"}
        own = {"pc_id": browser.pc_id, "candidates": [one]}
        assert (await server.http.patch(path, json=own)).json() == {"status": "success"}
        other = {"pc_id": "other", "candidates": [one]}
        assert (await server.http.patch(path, json=other)).status_code == 404
        bad = {"pc_id": browser.pc_id, "candidates": [{"candidate": "nonsense"}]}
        assert (await server.http.patch(path, json=bad)).status_code == 400
        nowhere = {"pc_id": browser.pc_id, "candidates": [{"candidate": one["candidate"]}]}
        assert (await server.http.patch(path, json=nowhere)).status_code == 400
        await browser.close()


async def test_more_candidates_than_a_call_needs_are_refused():
    async with running(HOLD) as server:
        browser = Browser()
        path = await connected(server, browser)
        ends = {"pc_id": browser.pc_id, "candidates": [{"candidate": ""}] * 40}
        assert (await server.http.patch(path, json=ends)).status_code == 200
        assert (await server.http.patch(path, json=ends)).status_code == 400
        await browser.close()


async def test_a_bot_that_raises_at_once_leaves_nothing_running():
    async def broken(_: RunnerArguments) -> None:
        raise RuntimeError("no key")

    async with running({"talk": TestBot(broken)}) as server:
        path, browser = await session(server), Browser()
        await server.http.post(path, json=await browser.offer())
        await server.until_empty()
        await browser.close()
