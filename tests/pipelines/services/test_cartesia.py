"""Cartesia's voice against its stand-in."""

import pytest
from pipecat.frames.frames import (
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)

from pipelines.brief import Brief
from pipelines.services import tts
from pipelines.settings import Settings
from tests.house import settings
from tests.pipelines.services.probe import OUT_RATE, Probe, running
from tests.vendors import (
    CartesiaStandIn,
    Cut,
    Fault,
    Garbage,
    Hang,
    Silent,
    Status,
    VendorError,
    voice,
)

BRIEF = Brief(name="test", title="Test", persona="", greeting="Hello.")
ANSWER = "We are open. Do come in."


def of(cartesia: CartesiaStandIn, **values: object) -> Settings:
    """Settings that lead to the stand-in."""
    return settings(cartesia_url=cartesia.url, cartesia_api_key="test", **values)


def spoken_secs(probe: Probe) -> float:
    """How much audio has been made."""
    return sum(len(frame.audio) for frame in probe.got(TTSAudioRawFrame)) / 2 / OUT_RATE


async def answer(probe: Probe, text: str = ANSWER) -> None:
    """Let the language model say `text`."""
    await probe.send(LLMFullResponseStartFrame(), LLMTextFrame(text), LLMFullResponseEndFrame())


async def test_speaks_an_answer_in_one_context_with_the_time_of_every_word():
    async with (
        CartesiaStandIn() as cartesia,
        running(tts("cartesia/v1", BRIEF, of(cartesia))) as probe,
    ):
        await answer(probe)
        await probe.until(lambda: probe.got(TTSStoppedFrame))
    words = probe.got(TTSTextFrame)
    assert [frame.text for frame in words] == ANSWER.split()
    starts = [frame.pts or 0 for frame in words]
    expected = [word.start_secs for word in voice.timings("We are open.")]
    assert [(at - starts[0]) / 1e9 for at in starts[:3]] == pytest.approx(expected, abs=0.01)
    assert spoken_secs(probe) == pytest.approx(cartesia.counts.audio_secs)
    assert cartesia.counts.contexts == 1
    assert cartesia.counts.characters == len(ANSWER.replace(" Do", "Do"))


async def test_asks_for_the_voice_and_model_of_the_deployment():
    async with CartesiaStandIn() as cartesia:
        chosen = of(cartesia, cartesia_voice="house", cartesia_model="sonic-9")
        async with running(tts("cartesia/default", BRIEF, chosen)) as probe:
            await probe.send(TTSSpeakFrame("Hello."))
            await probe.until(lambda: probe.got(TTSAudioRawFrame))
    [first, *_] = cartesia.counts.requests
    assert first["voice"] == {"mode": "id", "id": "house"}
    assert first["model_id"] == "sonic-9"
    assert first["add_timestamps"] is True
    assert first["language"] == "en"


async def test_an_interruption_cancels_the_rest_at_the_vendor():
    async with (
        CartesiaStandIn(speed=0.1) as cartesia,
        running(tts("cartesia/v1", BRIEF, of(cartesia))) as probe,
    ):
        await answer(probe)
        await probe.until(lambda: probe.got(TTSAudioRawFrame))
        await probe.send(InterruptionFrame())
        await probe.until(lambda: cartesia.counts.cancelled)
    assert cartesia.counts.cancelled == 1
    total = sum(map(voice.duration_secs, ("We are open.", "Do come in.")))
    assert cartesia.counts.cancelled_secs == pytest.approx(total - cartesia.counts.audio_secs)
    assert cartesia.counts.cancelled_secs > 0.5


@pytest.mark.parametrize(
    "fault",
    [
        Status(401),
        Status(429),
        Status(500),
        Silent(),
        Hang(),
        Hang(after=3),
        Cut(),
        Cut(after=3),
        Garbage(),
        VendorError(),
        VendorError(after=3),
    ],
    ids=str,
)
async def test_a_voice_that_fails_says_so_and_the_call_goes_on(fault: Fault):
    async with CartesiaStandIn() as cartesia:
        cartesia.fail(fault)
        patience = of(cartesia, vendor_connect_secs=0.1, voice_silence_secs=0.1)
        async with running(tts("cartesia/v1", BRIEF, patience)) as probe:
            await answer(probe)
            await probe.until(lambda: probe.errors)


async def test_speaks_again_on_a_new_connection_after_a_cut():
    async with (
        CartesiaStandIn() as cartesia,
        running(tts("cartesia/v1", BRIEF, of(cartesia))) as probe,
    ):
        await probe.send(TTSSpeakFrame("Hello."))
        await probe.until(lambda: probe.got(TTSStoppedFrame))
        cartesia.cut()
        await probe.until(lambda: cartesia.counts.connections == 2)
        await probe.send(TTSSpeakFrame("Again."))
        await probe.until(lambda: [word.text for word in probe.got(TTSTextFrame)][1:] == ["Again."])
