"""Deepgram's services against its stand-in."""

import asyncio
from collections.abc import Callable

import pytest
from pipecat.frames.frames import (
    EndFrame,
    InterimTranscriptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    ProposedUserStartedSpeakingFrame,
    ProposedUserStoppedSpeakingFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import STTUsageMetricsData
from pipecat.utils.errors import ErrorCategory

from pipelines.brief import Brief
from pipelines.knowledge import Fact, Knowledge
from pipelines.services import UnknownServiceError, stt, tts
from pipelines.settings import Settings
from tests.house import settings
from tests.pipelines.services.probe import OUT_RATE, Probe, running
from tests.vendors import (
    Cut,
    DeepgramStandIn,
    Fault,
    Garbage,
    Hang,
    Said,
    Silent,
    Status,
    VendorError,
    voice,
)

HOURS = Fact(topic="opening hours", ask=("When?",), answer="Till five.")
BRIEF = Brief(
    name="test",
    title="Test",
    persona="",
    greeting="Hello.",
    knowledge=Knowledge(facts=(HOURS,), vocabulary={"Brightwell": ""}),
)
OPEN = Said(0.1, 1.0, "Are you open?")


def of(deepgram: DeepgramStandIn, **values: object) -> Settings:
    """Settings that lead to the stand-in."""
    return settings(deepgram_url=deepgram.url, deepgram_api_key="test", **values)


def texts(probe: Probe, kind: type[TranscriptionFrame] | type[InterimTranscriptionFrame]):
    """What was transcribed."""
    return [frame.text for frame in probe.got(kind)]


async def test_nova_hears_word_by_word_and_then_for_good():
    async with (
        DeepgramStandIn([OPEN]) as deepgram,
        running(stt("deepgram/nova-3", BRIEF, of(deepgram))) as probe,
    ):
        await probe.say(1.2)
        await probe.until(lambda: texts(probe, TranscriptionFrame))
    assert texts(probe, InterimTranscriptionFrame) == ["Are", "Are you", "Are you open?"]
    assert texts(probe, TranscriptionFrame) == ["Are you open?"]
    assert deepgram.counts.audio_secs == pytest.approx(1.2)


async def test_nova_hears_two_utterances_at_their_places_in_the_audio():
    said = [OPEN, Said(2.0, 2.5, "Thank you.")]
    async with (
        DeepgramStandIn(said) as deepgram,
        running(stt("deepgram/nova-3", BRIEF, of(deepgram))) as probe,
    ):
        await probe.say(1.9)
        await probe.until(lambda: texts(probe, TranscriptionFrame) == ["Are you open?"])
        await probe.say(0.7)
        await probe.until(lambda: texts(probe, TranscriptionFrame)[1:] == ["Thank you."])


async def test_nova_is_asked_for_interim_results_endpointing_and_the_names_the_bot_knows():
    async with (
        DeepgramStandIn() as deepgram,
        running(stt("deepgram/nova-3", BRIEF, of(deepgram, deepgram_endpointing_ms=80))),
    ):
        [query] = deepgram.counts.queries
    assert query["model"] == ["nova-3"]
    assert query["language"] == ["en"]
    assert query["interim_results"] == ["true"]
    assert query["endpointing"] == ["80"]
    assert query["keyterm"] == ["Brightwell", "opening hours"]


async def test_an_older_nova_is_sent_no_keyterms():
    async with DeepgramStandIn() as deepgram, running(stt("deepgram/nova-2", BRIEF, of(deepgram))):
        assert "keyterm" not in deepgram.counts.queries[0]


async def test_nova_finalizes_when_the_voice_has_stopped():
    async with (
        DeepgramStandIn([Said(0, 5.0, "My number is five five")], final_latency=0.01) as deepgram,
        running(stt("deepgram/nova-3", BRIEF, of(deepgram))) as probe,
    ):
        await probe.say(2.5)
        await probe.until(lambda: "My number" in texts(probe, InterimTranscriptionFrame))
        await probe.send(VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame())
        await probe.until(lambda: probe.got(TranscriptionFrame))
        assert deepgram.counts.finalizes == 1
        [final] = probe.got(TranscriptionFrame)
        assert (final.text, final.finalized) == ("My number", True)


async def test_flux_decides_when_a_turn_begins_and_ends():
    async with (
        DeepgramStandIn([OPEN]) as deepgram,
        running(stt("deepgram/flux", BRIEF, of(deepgram))) as probe,
    ):
        await probe.say(1.2)
        await probe.until(lambda: probe.got(ProposedUserStoppedSpeakingFrame))
    assert probe.got(ProposedUserStartedSpeakingFrame)
    assert texts(probe, InterimTranscriptionFrame) == ["Are you", "Are you open?"]
    assert texts(probe, TranscriptionFrame) == ["Are you open?"]
    [query] = deepgram.counts.queries
    assert query["model"] == ["flux-general-en"]
    assert query["keyterm"] == ["Brightwell", "opening hours"]


async def test_flux_goes_on_after_a_pause_in_a_turn():
    said = [Said(0, 0.5, "I need", goes_on=True), Said(1.2, 1.8, "an appointment.")]
    async with (
        DeepgramStandIn(said) as deepgram,
        running(stt("deepgram/flux", BRIEF, of(deepgram))) as probe,
    ):
        await probe.say(2.0)
        await probe.until(lambda: probe.got(TranscriptionFrame))
    assert texts(probe, TranscriptionFrame) == ["I need an appointment."]


async def test_an_aura_voice_speaks_all_of_an_answer():
    async with (
        DeepgramStandIn() as deepgram,
        running(tts("deepgram/aura-2-thalia-en", BRIEF, of(deepgram))) as probe,
    ):
        await probe.send(
            LLMFullResponseStartFrame(),
            LLMTextFrame("We are open."),
            LLMFullResponseEndFrame(),
        )
        await probe.until(lambda: probe.got(TTSStoppedFrame))
    secs = sum(len(frame.audio) for frame in probe.got(TTSAudioRawFrame)) / 2 / OUT_RATE
    assert secs == pytest.approx(voice.duration_secs("We are open."), abs=0.1)
    assert deepgram.counts.queries[0]["model"] == ["aura-2-thalia-en"]


@pytest.mark.parametrize("name", ["deepgram/nova-3", "deepgram/flux"])
@pytest.mark.parametrize(
    "fault",
    [Status(401), Status(429), Status(500), Silent(), Cut(), Garbage(), VendorError()],
    ids=str,
)
async def test_a_recogniser_that_fails_says_so_and_the_call_goes_on(name: str, fault: Fault):
    async with DeepgramStandIn([OPEN]) as deepgram:
        deepgram.fail(fault)
        service = stt(name, BRIEF, of(deepgram, vendor_connect_secs=0.1))
        async with running(service) as probe:
            await probe.say(1.2)
            await probe.until(lambda: probe.errors)


async def test_a_port_that_refuses_is_an_error():
    async with DeepgramStandIn() as deepgram:
        await deepgram.refuse()
        service = stt("deepgram/nova-3", BRIEF, of(deepgram, vendor_connect_secs=0.1))
        async with running(service) as probe:
            await probe.until(lambda: probe.errors)


async def test_a_wrong_key_is_told_as_such():
    async with (
        DeepgramStandIn(key="another") as deepgram,
        running(stt("deepgram/nova-3", BRIEF, of(deepgram))) as probe,
    ):
        await probe.until(lambda: probe.errors)
    assert probe.errors[0].category is ErrorCategory.AUTHENTICATION


async def test_what_was_heard_before_a_cut_is_kept():
    said = [OPEN, Said(2.0, 2.5, "Thank you.")]
    async with (
        DeepgramStandIn(said) as deepgram,
        running(stt("deepgram/nova-3", BRIEF, of(deepgram))) as probe,
    ):
        await probe.say(1.5)
        await probe.until(lambda: texts(probe, TranscriptionFrame) == ["Are you open?"])
        deepgram.cut()
        await probe.until(lambda: probe.errors)
        assert texts(probe, TranscriptionFrame) == ["Are you open?"]


async def listening(probe: Probe, fulfilled: Callable[[], object]) -> None:
    """Let the line be quiet until something is true, as a call goes on while one waits."""
    async with asyncio.timeout(20):
        while not fulfilled():
            await probe.say(0.02)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", ["deepgram/nova-3", "deepgram/flux"])
async def test_an_utterance_is_heard_whole_though_the_connection_breaks_in_the_middle(name: str):
    async with (
        DeepgramStandIn([OPEN]) as deepgram,
        running(stt(name, BRIEF, of(deepgram))) as probe,
    ):
        await probe.send(VADUserStartedSpeakingFrame())
        await probe.say(0.8)
        await probe.until(lambda: "Are you" in texts(probe, InterimTranscriptionFrame))
        deepgram.cut()
        await listening(probe, lambda: texts(probe, TranscriptionFrame))
        assert texts(probe, TranscriptionFrame) == ["Are you open?"]
        assert len(probe.errors) == 1
        assert len(deepgram.counts.queries) == 2


@pytest.mark.parametrize("name", ["deepgram/nova-3", "deepgram/flux"])
async def test_a_recogniser_that_says_nothing_about_a_voice_is_connected_anew_and_hears_it(
    name: str,
):
    async with DeepgramStandIn([OPEN]) as deepgram:
        # Flux says that it is connected; after that, nothing.
        deepgram.fail(Hang(after=1 if name == "deepgram/flux" else 0), times=1)
        service = stt(name, BRIEF, of(deepgram, recogniser_silence_secs=0.5))
        async with running(service) as probe:
            await probe.send(VADUserStartedSpeakingFrame())
            await probe.say(1.2)
            await probe.send(VADUserStoppedSpeakingFrame())
            await listening(probe, lambda: texts(probe, TranscriptionFrame))
            assert texts(probe, TranscriptionFrame) == ["Are you open?"]
            [error] = probe.errors
    assert "nothing was said about a voice for 0.5 s" in error.error
    assert len(deepgram.counts.queries) == 2


@pytest.mark.parametrize("name", ["deepgram/nova-3", "deepgram/flux"])
async def test_where_no_connection_comes_back_the_words_so_far_are_all_there_is(name: str):
    async with DeepgramStandIn([OPEN]) as deepgram:
        service = stt(name, BRIEF, of(deepgram, recogniser_silence_secs=0.5))
        async with running(service) as probe:
            await probe.send(VADUserStartedSpeakingFrame())
            await probe.say(0.8)
            await probe.until(lambda: "Are you" in texts(probe, InterimTranscriptionFrame))
            await deepgram.refuse()
            deepgram.cut()
            await listening(probe, lambda: texts(probe, TranscriptionFrame))
            assert texts(probe, TranscriptionFrame) == ["Are you"]
            if name == "deepgram/flux":
                await probe.until(lambda: probe.got(ProposedUserStoppedSpeakingFrame))


def counted_secs(probe: Probe) -> float:
    """The seconds of sound that were reported."""
    data = [item for frame in probe.got(MetricsFrame) for item in frame.data]
    return sum(item.value.audio_seconds for item in data if isinstance(item, STTUsageMetricsData))


async def test_what_is_sent_again_is_counted_again_and_what_nobody_was_sent_is_not():
    async with (
        DeepgramStandIn([OPEN]) as deepgram,
        running(stt("deepgram/nova-3", BRIEF, of(deepgram))) as probe,
    ):
        await probe.send(VADUserStartedSpeakingFrame())
        await probe.say(0.8)
        await probe.until(lambda: deepgram.counts.audio_secs > 0.79)
        deepgram.cut()
        await probe.until(lambda: probe.errors)
        await listening(probe, lambda: texts(probe, TranscriptionFrame))
        await probe.send(EndFrame())
        heard = deepgram.counts
        await probe.until(lambda: abs(counted_secs(probe) - heard.audio_secs) < 0.001)
        assert heard.audio_secs > 1.5


async def test_what_has_become_words_is_not_heard_again_by_another_connection():
    said = [OPEN, Said(2.0, 2.5, "Thank you.")]
    async with (
        DeepgramStandIn(said) as deepgram,
        running(stt("deepgram/nova-3", BRIEF, of(deepgram))) as probe,
    ):
        await probe.send(VADUserStartedSpeakingFrame())
        await probe.say(1.5)
        await probe.until(lambda: texts(probe, TranscriptionFrame) == ["Are you open?"])
        before = deepgram.counts.audio_secs
        deepgram.cut()
        await listening(probe, lambda: len(deepgram.counts.queries) == 2)
        await listening(probe, lambda: deepgram.counts.audio_secs > before)
        # The voice was still heard after the last word: that is what the new connection hears.
        assert texts(probe, TranscriptionFrame) == ["Are you open?"]


@pytest.mark.parametrize("name", ["deepgram/nova-3", "deepgram/flux"])
async def test_silence_is_not_taken_for_deafness(name: str):
    async with DeepgramStandIn() as deepgram:
        service = stt(name, BRIEF, of(deepgram, recogniser_silence_secs=0.01))
        async with running(service) as probe:
            await listening(probe, lambda: deepgram.counts.audio_secs > 1)
            assert not probe.errors
    assert len(deepgram.counts.queries) == 1


async def test_a_recogniser_that_hangs_does_not_keep_the_call_from_ending():
    async with DeepgramStandIn([OPEN]) as deepgram:
        deepgram.fail(Silent())
        service = stt("deepgram/nova-3", BRIEF, of(deepgram, vendor_connect_secs=0.05))
        async with asyncio.timeout(5), running(service) as probe:
            await probe.until(lambda: probe.errors)
    assert "0.05 s" in probe.errors[0].error


@pytest.mark.parametrize("build", [stt, tts])
def test_an_unknown_name_is_refused_with_the_names_there_are(build):
    known = settings(deepgram_api_key="test")
    with pytest.raises(UnknownServiceError, match=r"no .* 'whisper'; there are deepgram/"):
        build("deepgram/whisper", BRIEF, known)
