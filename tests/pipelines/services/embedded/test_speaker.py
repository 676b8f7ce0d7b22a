"""The speaker process, asked as the service asks it."""

import asyncio
import os

import pytest

from pipelines.services.embedded.process import Message, Worker

MODULE = "pipelines.services.embedded.speaker"


@pytest.fixture
async def worker():
    worker = Worker(MODULE)
    yield worker
    await worker.stop()


async def ask(worker: Worker, text: str, **manner) -> list[Message]:
    """All that the speaker sends for a text, to the last word."""
    fields = {"voice": "en-us", "words_per_minute": 165, "pitch": 50, "sample_rate": 16_000}
    channel = await worker.open("speak", text=text, **{**fields, **manner})
    received: list[Message] = []
    async for message in channel:
        received.append(message)
        if message.name in {"done", "error"}:
            channel.close()
    return received


def length(received: list[Message]) -> int:
    return sum(len(message.blob) for message in received) // 2


async def test_audio_comes_in_pieces_with_the_words_that_begin_in_it(worker):
    text = "Hello there, we are open from nine to five."
    received = await ask(worker, text)
    words = [word for message in received[:-1] for word in message.fields["words"]]
    assert received[-1].name == "done"
    assert len(received) > 3
    assert [text[character:].split()[0] for character, _ in words] == text.split()
    samples = [sample for _, sample in words]
    assert samples == sorted(samples)
    assert samples[-1] < length(received)


async def test_letters_outside_ascii_count_as_one_character(worker):
    text = "Ünïcödé – “façade” naïve 東 end"
    received = await ask(worker, text)
    places = [word[0] for message in received[:-1] for word in message.fields["words"]]
    assert text.index("end") in places
    assert max(places) < len(text)


async def test_the_length_follows_speed_and_rate(worker):
    text = "We are open from nine to five on weekdays."
    usual = length(await ask(worker, text))
    assert length(await ask(worker, text, words_per_minute=330)) < 0.7 * usual
    assert length(await ask(worker, text, sample_rate=8_000)) == pytest.approx(usual / 2, rel=0.05)


async def test_nothing_to_say_is_done_at_once(worker):
    assert [message.name for message in await ask(worker, "")] == ["done"]


async def test_an_unknown_voice_is_an_error_that_names_it(worker):
    (message,) = await ask(worker, "Hello.", voice="nobody")
    assert (message.name, "nobody" in message.fields["text"]) == ("error", True)


async def test_a_closed_channel_abandons_its_synthesis(worker):
    hours = "and on " * 100_000
    for _ in range((os.cpu_count() or 2) + 4):  # more than there are engines
        channel = await worker.open(
            "speak", text=hours, voice="en-us", words_per_minute=165, pitch=50, sample_rate=16_000
        )
        async for _ in channel:
            break
        channel.close()
    async with asyncio.timeout(20):
        assert (await ask(worker, "Hello."))[-1].name == "done"


async def test_many_calls_speak_at_once_as_if_alone(worker):
    texts = [f"Hello, this is line number {number}." for number in range(12)]
    alone = [length(await ask(worker, text)) for text in texts]
    together = await asyncio.gather(*(ask(worker, text) for text in texts))
    assert [length(received) for received in together] == pytest.approx(alone, rel=0.03)


async def test_garbage_does_not_end_the_speaker(worker):
    for text in ("\x01 99S \x01K", "<speak><break time='9s'/>", "[[h@loU]] &lt;", "a" * 50_000):
        assert (await ask(worker, text))[-1].name == "done"
