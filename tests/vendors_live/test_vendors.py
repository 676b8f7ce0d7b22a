"""The same services as against the stand-ins, against the vendors themselves.

`make test-vendors`; a vendor whose key is not in the environment is skipped, and says so. A call
costs less than a cent.
"""

import numpy as np
import pytest
import soxr
from pipecat.frames.frames import (
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair

from pipelines.brief import Brief
from pipelines.services import MissingKeyError, llm, stt, tts
from pipelines.settings import Settings
from tests.pipelines.services.probe import IN_RATE, OUT_RATE, Probe, running
from tests.pipelines.services.test_anthropic import Book, answer, asking

pytestmark = pytest.mark.vendor

BRIEF = Brief(
    name="test",
    title="Test",
    persona="You answer the telephone of a clinic in one short sentence.",
    greeting="Hello.",
)
SENTENCE = "Good morning, are you open on Monday?"


def real(build, address: str):
    """The service at `address` with this machine's keys; skips the test without one."""
    try:
        return build(address, BRIEF, Settings())
    except MissingKeyError as missing:
        pytest.skip(f"{address}: {missing}")


async def spoken(probe: Probe) -> bytes:
    """`SENTENCE` in the voice of the probe's service, at the rate of a pipeline's input."""
    await probe.send(TTSSpeakFrame(SENTENCE))
    await probe.until(lambda: probe.got(TTSStoppedFrame), secs=20)
    pcm = b"".join(frame.audio for frame in probe.got(TTSAudioRawFrame))
    return soxr.resample(np.frombuffer(pcm, "<i2"), OUT_RATE, IN_RATE).astype("<i2").tobytes()


@pytest.mark.parametrize("address", ["anthropic/fast", "anthropic/strong", "openai/default"])
async def test_a_model_answers(address: str):
    async with running(real(llm, address)) as probe:
        await probe.send(asking("Say that you are open."))
        await probe.until(lambda: probe.got(LLMFullResponseEndFrame), secs=30)
    assert not probe.errors
    assert "open" in answer(probe).lower()


async def test_a_model_has_two_tools_called_at_once():
    book = Book()
    context = LLMContext(
        [{"role": "user", "content": "The weather on Monday, and what is free on Friday?"}],
        tools=[book.weather, book.free],
    )
    pair = LLMContextAggregatorPair(context)
    async with running(pair.user(), real(llm, "anthropic/fast"), pair.assistant()) as probe:
        await probe.send(LLMContextFrame(context))
        await probe.until(lambda: len(book.called) == 2, secs=30)
        await probe.until(lambda: "assistant" in str(context.get_messages()[-1]), secs=30)
    assert {tool for tool, _ in book.called} == {"weather", "free"}
    assert not probe.errors


@pytest.mark.parametrize("address", ["cartesia/default", "deepgram/default"])
async def test_a_voice_speaks(address: str):
    async with running(real(tts, address)) as probe:
        assert len(await spoken(probe)) > IN_RATE
    assert not probe.errors


@pytest.mark.parametrize("address", ["deepgram/nova-3", "deepgram/flux"])
async def test_a_recogniser_hears_what_a_voice_says(address: str):
    recogniser = real(stt, address)
    async with running(real(tts, "deepgram/default")) as probe:
        pcm = await spoken(probe)
    async with running(recogniser) as probe:
        step = IN_RATE // 25  # 20 ms
        audio = pcm + bytes(4 * IN_RATE)
        for at in range(0, len(audio), step):
            await probe.send(InputAudioRawFrame(audio[at : at + step], IN_RATE, 1))
        await probe.until(
            lambda: "monday" in " ".join(f.text for f in probe.got(TranscriptionFrame)).lower(),
            secs=30,
        )
    assert not probe.errors
