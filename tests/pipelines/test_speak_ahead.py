"""A bot's answers are spoken once, ahead of time, and found again by its calls."""

import base64
import json
from pathlib import Path

import httpx
import pytest
from cartesia import AsyncCartesia
from pydantic import SecretStr

from pipelines.brief import Brief
from pipelines.knowledge import Fact, Knowledge
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from pipelines.speak_ahead import NotSpokenError, speak_ahead, spoken_answers, texts_of

ANSWER = "From eight to five."
BRIEF = Brief(
    name="desk",
    title="Desk",
    persona="",
    greeting="Hello!",
    knowledge=Knowledge(facts=(Fact(topic="hours", ask=("When?",), answer=ANSWER),)),
)
KEYLESS = Settings(cartesia_api_key=None, deepgram_api_key=None)
KEYED = Settings(cartesia_api_key=SecretStr("a key"), deepgram_api_key=None)


def vendor(*events: dict) -> tuple[AsyncCartesia, list[dict]]:
    """The vendor's client on a stand-in that answers every text with `events`."""
    asked: list[dict] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        lines = "".join(f"event: {it['type']}\ndata: {json.dumps(it)}\n\n" for it in events)
        return httpx.Response(200, text=lines, headers={"content-type": "text/event-stream"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return AsyncCartesia(api_key="a key", http_client=http), asked


SPOKEN = (
    {
        "type": "chunk",
        "data": base64.b64encode(b"\x01\x00" * 2_400).decode(),
        "done": False,
        "status_code": 206,
        "step_time": 1.0,
    },
    {
        "type": "timestamps",
        "done": False,
        "status_code": 206,
        "word_timestamps": {"words": ["From", "eight"], "start": [0.0, 0.05], "end": [0.05, 0.1]},
    },
    {"type": "done", "done": True, "status_code": 200},
)


def test_greeting_and_answers_are_spoken_each_once():
    assert texts_of(BRIEF) == ["Hello!", ANSWER]


async def test_the_vendor_is_asked_once_for_each_text(tmp_path: Path):
    client, asked = vendor(*SPOKEN)
    steps: list[tuple[int, int]] = []
    done = lambda kept, of: steps.append((kept, of))  # noqa: E731
    assert await speak_ahead(BRIEF, KEYED, folder=tmp_path, done=done, cartesia=client) == 2
    assert [each["transcript"] for each in asked] == ["Hello!", ANSWER]
    assert steps == [(0, 2), (1, 2), (2, 2)]
    assert await speak_ahead(BRIEF, KEYED, folder=tmp_path, cartesia=client) == 0
    sound = spoken_answers(BRIEF, KEYED, tmp_path).find(ANSWER)
    assert sound is not None
    assert sound.words == (("From", 0.0), ("eight", 0.05))
    assert len(sound.pcm) == 4_800


async def test_a_vendor_that_makes_no_sound_is_reported(tmp_path: Path):
    client, _ = vendor(SPOKEN[2])
    with pytest.raises(NotSpokenError, match="no sound"):
        await speak_ahead(BRIEF, KEYED, folder=tmp_path, cartesia=client)


async def test_without_a_key_the_embedded_voice_speaks(tmp_path: Path):
    try:
        assert await speak_ahead(BRIEF, KEYLESS, folder=tmp_path) == 2
    finally:
        await stop_workers()
    sound = spoken_answers(BRIEF, KEYLESS, tmp_path).find(ANSWER)
    assert sound is not None
    assert [word for word, _ in sound.words][:2] == ["From", "eight"]
    assert len(sound.pcm) > 24_000
