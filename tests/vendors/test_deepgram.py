"""What Deepgram's stand-in says on the wire beyond what Pipecat's services read."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.vendors import DeepgramStandIn, Said

SAID = [Said(0.0, 0.4, "I need", goes_on=True), Said(1.0, 1.5, "a doctor.")]
HEADERS = {"Authorization": "Token test"}


class Client:
    """A websocket whose messages are JSON."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse):
        self.ws = ws

    async def hear(self, secs: float) -> None:
        """Send so much audio."""
        await self.ws.send_bytes(bytes(2 * round(secs * 16_000)))

    async def tell(self, kind: str) -> None:
        """Send a command."""
        await self.ws.send_str(json.dumps({"type": kind}))

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """The messages up to the first of this type or event."""
        messages = []
        while True:
            message = json.loads(await self.ws.receive_str(timeout=5))
            messages.append(message)
            if kind in (message["type"], message.get("event")):
                return messages


@asynccontextmanager
async def listening(deepgram: DeepgramStandIn, path: str) -> AsyncIterator[Client]:
    """A connection to the stand-in."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(deepgram.url + path, headers=HEADERS) as ws,
    ):
        yield Client(ws)


async def test_nova_tells_starts_and_ends_of_utterances_where_it_is_asked_to():
    path = "/v1/listen?vad_events=true&utterance_end_ms=10&interim_results=true"
    async with DeepgramStandIn(SAID) as deepgram, listening(deepgram, path) as client:
        await client.hear(0.6)
        kinds = [message["type"] for message in await client.until("UtteranceEnd")]
    assert kinds == ["SpeechStarted", "Results", "Results", "Results", "UtteranceEnd"]


async def test_nova_answers_a_finalize_that_has_nothing_left_with_an_empty_result():
    async with DeepgramStandIn(SAID) as deepgram, listening(deepgram, "/v1/listen") as client:
        await client.hear(0.5)
        [final] = await client.until("Results")
        await client.tell("Finalize")
        [empty] = await client.until("Results")
    assert final["channel"]["alternatives"][0]["transcript"] == "I need"
    assert (final["speech_final"], final["from_finalize"]) == (True, False)
    assert empty["channel"]["alternatives"][0]["transcript"] == ""
    assert empty["from_finalize"] is True


async def test_nova_closes_a_stream_with_what_it_has_and_the_metadata():
    async with DeepgramStandIn(SAID) as deepgram, listening(deepgram, "/v1/listen") as client:
        await client.hear(0.2)
        await client.tell("CloseStream")
        result, metadata = await client.until("Metadata")
        assert (await client.ws.receive()).type is aiohttp.WSMsgType.CLOSE
    assert result["channel"]["alternatives"][0]["words"][0]["punctuated_word"] == "I"
    assert metadata["duration"] == pytest.approx(0.2)


async def test_a_stream_without_audio_and_keepalive_is_ended():
    async with (
        DeepgramStandIn(idle_secs=0.05) as deepgram,
        listening(deepgram, "/v1/listen") as client,
    ):
        ended = await client.ws.receive(timeout=5)
    assert (ended.data, ended.extra) == (1011, "NET-0001")


async def test_flux_predicts_an_end_and_takes_it_back_where_it_is_asked_to_predict():
    path = "/v2/listen?eager_eot_threshold=0.4"
    async with DeepgramStandIn(SAID) as deepgram, listening(deepgram, path) as client:
        await client.hear(1.6)
        events = [message.get("event") for message in await client.until("EndOfTurn")]
    assert events == [
        None,  # Connected
        "StartOfTurn",
        "Update",
        "EagerEndOfTurn",
        "TurnResumed",
        "Update",
        "EagerEndOfTurn",
        "EndOfTurn",
    ]


async def test_a_cleared_voice_says_nothing_more_of_what_it_was_given():
    async with (
        DeepgramStandIn(first_audio=0.05) as deepgram,
        listening(deepgram, "/v1/speak") as client,
    ):
        await client.ws.send_str(json.dumps({"type": "Speak", "text": "We are open."}))
        await client.tell("Flush")
        await client.tell("Clear")
        kinds = [message["type"] for message in await client.until("Cleared")]
    assert kinds == ["Metadata", "Cleared"]
    assert (deepgram.counts.characters, deepgram.counts.spoken_secs) == (12, 0)
