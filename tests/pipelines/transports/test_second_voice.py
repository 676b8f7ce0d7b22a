"""A person beside the bot: mixed in real time, never later and later, never silent by accident."""

import asyncio
from contextlib import asynccontextmanager

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pipecat.frames.frames import OutputAudioRawFrame

from pipelines.transports.second_voice import Ring, SecondVoice, mixed
from processors.backchannel_filter import PlayOut

RATE = 24_000
CHUNK = 2 * int(RATE * 0.04)


def tone(level: int, secs: float) -> bytes:
    """`secs` of a constant level."""
    return np.full(int(RATE * secs), level, "<i2").tobytes()


class Output:
    """A transport's output that writes a chunk whenever the test says so."""

    def __init__(self, voice: SecondVoice) -> None:
        self._voice = voice
        self.queue: asyncio.Queue[OutputAudioRawFrame] = asyncio.Queue()

    async def queue_frame(self, frame: OutputAudioRawFrame) -> None:
        await self.queue.put(frame)

    async def write(self) -> np.ndarray:
        """The next chunk as the caller hears it."""
        frame = await asyncio.wait_for(self.queue.get(), 2)
        return np.frombuffer(await self._voice.filter(frame.audio), "<i2")


@asynccontextmanager
async def person_on():
    """A voice with a person in it, and the output."""
    voice = SecondVoice(PlayOut())
    await voice.start(RATE)
    output = Output(voice)
    flow = asyncio.create_task(voice.flow(output))  # pyright: ignore[reportArgumentType]
    await asyncio.sleep(0)
    try:
        yield voice, output
    finally:
        flow.cancel()
        await asyncio.gather(flow, return_exceptions=True)


async def test_a_person_is_heard_although_the_bot_says_nothing():
    async with person_on() as (voice, output):
        await voice.speak(tone(1000, 0.4), RATE)
        heard = np.concatenate([await output.write() for _ in range(4)])
    assert np.median(heard) == 1000


async def test_a_burst_makes_nobody_late():
    async with person_on() as (voice, output):
        for level in range(1, 51):
            await voice.speak(tone(level * 100, 0.04), RATE)
        assert (await output.write())[-1] > 4500


async def test_a_person_is_not_heard_before_they_take_the_call_nor_after():
    async with person_on() as (voice, _):
        pass
    await voice.speak(tone(1000, 0.4), RATE)
    assert not voice.speaks
    assert await voice.filter(bytes(CHUNK)) == bytes(CHUNK)


async def test_an_output_that_falls_asleep_is_woken():
    async with person_on() as (voice, output):
        await output.write()
        while not output.queue.empty():
            output.queue.get_nowait()  # an interruption empties the queue
        await voice.speak(tone(1000, 0.2), RATE)
        assert (await output.write()).size == CHUNK // 2


async def test_listeners_hear_both_sides_until_they_leave():
    voice, heard = SecondVoice(PlayOut()), []
    await voice.start(RATE)
    stop = voice.listen(lambda whose, pcm, rate: heard.append((whose, len(pcm), rate)))
    voice.tell("caller", bytes(640), 16_000)
    await voice.filter(bytes(CHUNK))
    stop()
    stop()
    await voice.filter(bytes(CHUNK))
    assert heard == [("caller", 640, 16_000), ("bot", CHUNK, RATE)]


@given(st.lists(st.binary(max_size=4000).map(lambda pcm: pcm[: len(pcm) // 2 * 2]), max_size=20))
def test_a_ring_keeps_what_is_newest_and_never_too_much(pieces):
    ring = Ring(RATE, first_secs=0)
    for piece in pieces:
        ring.put(piece)
    whole = b"".join(pieces)
    kept = len(whole) - ring.dropped_bytes
    assert kept <= 2 * int(RATE * 0.16)
    assert ring.take(kept) == whole[len(whole) - kept :]


@given(st.binary(min_size=2, max_size=2), st.binary(min_size=2, max_size=2))
def test_two_voices_never_overflow(one, other):
    total = int(np.frombuffer(one, "<i2")[0]) + int(np.frombuffer(other, "<i2")[0])
    assert int(np.frombuffer(mixed(one, other), "<i2")[0]) == max(-32768, min(32767, total))


async def test_who_overhears_hears_both_voices_as_the_caller_does():
    gate, heard = PlayOut(), []
    ear = SecondVoice(gate)
    ear.overhear(heard.append)
    await ear.start(24_000)
    sound = bytes([1, 0]) * 960
    assert await ear.filter(sound) == sound
    assert heard == [sound]
