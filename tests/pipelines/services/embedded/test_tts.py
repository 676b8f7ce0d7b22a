"""The embedded voice as a Pipecat service, with the real speaker process behind it."""

import asyncio

import numpy as np
import pytest
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    TTSUpdateSettingsFrame,
)
from pipecat.metrics.metrics import TTFBMetricsData, TTSUsageMetricsData
from pipecat.pipeline.worker import PipelineParams
from pipecat.tests.utils import SleepFrame, run_test

from pipelines.brief import Brief
from pipelines.services import UnknownServiceError, tts
from pipelines.services.embedded import tts as module
from pipelines.services.embedded.process import (
    Message,
    Worker,
    WorkerDied,
    shared_worker,
    stop_workers,
)
from pipelines.services.embedded.tts import EspeakTTSService, EspeakTTSSettings, HeardClock
from pipelines.settings import Settings

RATE = 24_000


@pytest.fixture(autouse=True)
async def _no_worker_is_left():
    yield
    await stop_workers()


def brief(language: str = "en") -> Brief:
    return Brief(name="a", title="A", persona="", greeting="", language=language)


def build(address: str, language: str = "en") -> EspeakTTSService:
    service = tts(address, brief(language), Settings())
    assert isinstance(service, EspeakTTSService)
    return service


async def spoken(
    *frames: Frame, service: EspeakTTSService | None = None, rate: int = RATE
) -> tuple[list[Frame], list[Frame]]:
    """What the service pushes (downstream, upstream) for these frames."""
    params = PipelineParams(
        audio_out_sample_rate=rate, enable_metrics=True, enable_usage_metrics=True
    )
    down, up = await run_test(
        service or EspeakTTSService(), frames_to_send=list(frames), pipeline_params=params
    )
    return list(down), list(up)


def said(frames: list[Frame]) -> str:
    """The text that the context keeps."""
    words = [frame for frame in frames if isinstance(frame, TTSTextFrame)]
    return " ".join(word.raw_text or word.text for word in words if word.append_to_context)


def samples(frames: list[Frame]) -> np.ndarray:
    audio = b"".join(frame.audio for frame in frames if isinstance(frame, TTSAudioRawFrame))
    return np.frombuffer(audio, "<i2")


def errors(frames: list[Frame]) -> list[str]:
    return [frame.error for frame in frames if isinstance(frame, ErrorFrame)]


TEXT = "Hello, a cleaning is $120; call 555-0134 before 8:30. 🙂"


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000])
async def test_speaks_a_sentence_at_the_rate_of_the_line(rate):
    down, up = await spoken(TTSSpeakFrame(TEXT), rate=rate)
    audio = [frame for frame in down if isinstance(frame, TTSAudioRawFrame)]
    assert {frame.sample_rate for frame in audio} == {rate}
    assert 4.0 < samples(down).size / rate < 9.0
    assert np.sqrt(np.mean(samples(down).astype(float) ** 2)) > 500
    assert errors(up) == []


async def test_the_context_gets_the_text_as_it_was_written():
    down, _ = await spoken(TTSSpeakFrame(TEXT))
    assert said(down) == TEXT


async def test_starts_before_it_speaks_and_stops_after():
    down, _ = await spoken(TTSSpeakFrame("Hello there."))
    kinds = [type(frame) for frame in down]
    audio = [index for index, kind in enumerate(kinds) if kind is TTSAudioRawFrame]
    assert kinds.index(TTSStartedFrame) < audio[0] < audio[-1] < kinds.index(TTSStoppedFrame)


async def test_a_word_is_due_when_its_audio_is_heard():
    down, _ = await spoken(TTSSpeakFrame("One. Two three."), TTSSpeakFrame("Four five."))
    heard, offset = [], 0
    for frame in down:
        if isinstance(frame, TTSAudioRawFrame):
            offset += frame.num_frames
        elif isinstance(frame, TTSTextFrame):
            assert frame.pts is not None
            heard.append((frame.pts / 1e9, offset / RATE))
    start = heard[0][0]
    assert len(heard) == 5
    for due, audible in heard:
        assert due - start == pytest.approx(audible, abs=0.005)


async def test_the_sentences_of_a_reply_share_a_context_and_follow_each_other():
    reply = ["We open ", "at nine. ", "Parking is ", "free. "]
    down, _ = await spoken(
        LLMFullResponseStartFrame(), *map(LLMTextFrame, reply), LLMFullResponseEndFrame()
    )
    assert said(down) == "We open at nine. Parking is free."
    assert len({frame.context_id for frame in down if isinstance(frame, TTSTextFrame)}) == 1
    due = [frame.pts or 0 for frame in down if isinstance(frame, TTSTextFrame)]
    assert due == sorted(due)
    end = next(frame for frame in down if isinstance(frame, LLMFullResponseEndFrame))
    assert end.pts == due[-1]


async def test_an_interruption_abandons_what_is_being_spoken(monkeypatch):
    channels: list[EndlessChannel] = []

    class EndlessWorker(Worker):
        async def open(self, kind, **fields):
            channels.append(EndlessChannel(fields["text"]))
            return channels[-1]

    monkeypatch.setattr(module, "shared_worker", EndlessWorker)
    down, _ = await spoken(
        TTSSpeakFrame("One two three."), SleepFrame(0.1), InterruptionFrame(), SleepFrame(0.1)
    )
    at = next(index for index, frame in enumerate(down) if isinstance(frame, InterruptionFrame))
    assert said(down[:at]) == "One"
    assert said(down[at:]) == ""
    assert [channel.closed for channel in channels] == [True, True]


async def test_speaks_again_after_an_interruption():
    down, up = await spoken(
        TTSSpeakFrame("One two three."), SleepFrame(0.1), InterruptionFrame(), TTSSpeakFrame("Yes?")
    )
    at = next(index for index, frame in enumerate(down) if isinstance(frame, InterruptionFrame))
    assert said(down[at:]) == "Yes?"
    assert errors(up) == []


async def test_markup_is_not_obeyed():
    plain, _ = await spoken(TTSSpeakFrame("Hello there"))
    marked, _ = await spoken(TTSSpeakFrame('Hello <break time="30s"/> there \x01 99S'))
    assert samples(marked).size < 3 * samples(plain).size


async def test_texts_without_sound_leave_the_voice_usable():
    silent = [TTSSpeakFrame(text) for text in ("🙂", "…", "*", "\x07", "—")]
    down, up = await spoken(*silent, TTSSpeakFrame("Hello."))
    assert errors(up) == []
    assert said(down).endswith("Hello.")
    assert np.abs(samples(down)).max() > 1000


async def test_several_calls_speak_at_once():
    alone, _ = await spoken(TTSSpeakFrame(TEXT))
    calls = await asyncio.gather(*(spoken(TTSSpeakFrame(TEXT)) for _ in range(5)))
    for down, up in calls:
        assert said(down) == TEXT
        assert samples(down).size == pytest.approx(samples(alone).size, rel=0.02)
        assert errors(up) == []


async def test_measures_time_to_first_byte_and_characters():
    down, _ = await spoken(TTSSpeakFrame("Hello there."))
    data = [item for frame in down if isinstance(frame, MetricsFrame) for item in frame.data]
    first = [item.value for item in data if isinstance(item, TTFBMetricsData) and item.value]
    characters = [item.value for item in data if isinstance(item, TTSUsageMetricsData)]
    assert len(first) == 1
    assert characters == [len("Hello there.")]


async def test_a_speaker_that_was_killed_is_started_again():
    service = EspeakTTSService()
    await spoken(TTSSpeakFrame("Hello."))
    process = shared_worker(module.SPEAKER)._process
    assert process is not None
    process.kill()
    await process.wait()
    down, up = await spoken(TTSSpeakFrame("Still here."), service=service)
    assert said(down) == "Still here."
    assert samples(down).size > RATE / 2
    assert errors(up) == []


class EndlessChannel:
    """Says the first word of a script and is never done."""

    def __init__(self, script: str) -> None:
        self.script, self.closed = script, False

    async def __aiter__(self):
        yield Message("audio", {"words": [[0, 0]]}, b"\x01\x00" * 480)
        await asyncio.Event().wait()

    def close(self) -> None:
        self.closed = True


class DyingChannel:
    """Says the first word of a script, then dies."""

    def __init__(self, log: list[str], script: str) -> None:
        self.log, self.script = log, script

    async def __aiter__(self):
        if self.script:
            self.log.append(self.script)
            yield Message("audio", {"words": [[0, 0]]}, b"\x01\x00" * 480)
            raise WorkerDied("the speaker ended during a call")

    def close(self) -> None:
        pass


async def test_a_speaker_that_dies_goes_on_at_the_word_it_had_reached_and_then_says_so(monkeypatch):
    scripts: list[str] = []

    class DyingWorker(Worker):
        async def open(self, kind, **fields):
            return DyingChannel(scripts, fields["text"])

    monkeypatch.setattr(module, "shared_worker", DyingWorker)
    down, up = await spoken(TTSSpeakFrame("One two three."), TTSSpeakFrame("Four."))
    assert scripts == ["One two three.", "two three.", "Four."]
    assert len(errors(up)) == 1
    assert "did not say 'One two three.'" in errors(up)[0]
    assert samples(down).size >= 3 * 480


async def test_the_voice_can_be_changed_during_a_call_and_an_unknown_one_is_refused():
    service = build("embedded/espeak")
    down, up = await spoken(
        TTSUpdateSettingsFrame(delta=EspeakTTSSettings(voice="en-us+m3", words_per_minute=300)),
        TTSSpeakFrame("Quite fast now, is it not?"),
        TTSUpdateSettingsFrame(delta=EspeakTTSSettings(voice="nobody")),
        TTSSpeakFrame("Hello."),
        service=service,
    )
    assert service._settings.voice == "en-us+m3"
    assert "nobody" in errors(up)[0]
    assert said(down) == "Quite fast now, is it not? Hello."


@pytest.mark.parametrize(
    ("address", "language", "voice"),
    [
        ("embedded/espeak", "en", "en-us+"),
        ("embedded/espeak", "en-GB", "en-gb-x-rp+"),
        ("embedded/espeak", "de-AT", "de+"),
        ("embedded/en-us+m3", "en", "en-us+m3"),
        ("embedded/fr", "en", "fr"),
    ],
)
def test_a_voice_is_chosen_by_its_address_and_the_language(address, language, voice):
    assert str(build(address, language)._settings.voice).startswith(voice)


@pytest.mark.parametrize(
    ("address", "language"),
    [("embedded/tlh", "en"), ("embedded/en-us+nobody", "en"), ("embedded/espeak", "qq")],
)
def test_a_voice_that_does_not_exist_is_refused_with_a_way_out(address, language):
    with pytest.raises(UnknownServiceError, match=r"\+"):
        build(address, language)


def test_audio_is_heard_after_the_audio_before_it():
    clock = HeardClock()
    clock.play(100, 50, interruptible=True)
    assert clock.word(110, 105) == 150
    clock.play(110, 50, interruptible=True)
    assert clock.word(300, 105) == 300


def test_an_interruption_forgets_only_the_audio_that_it_throws_away():
    clock = HeardClock()
    clock.play(0, 100, interruptible=False)
    clock.play(0, 900, interruptible=True)
    assert clock.word(1, 0) == 1000
    clock.interrupt()
    assert clock.word(1, 0) == 100
