"""The embedded recogniser as a Pipecat service, with its real child process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    MetricsFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import STTUsageMetricsData, TTFBMetricsData
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from pipelines.brief import Brief
from pipelines.knowledge import Fact, Knowledge, ToolTalk
from pipelines.services import UnknownServiceError
from pipelines.services.embedded.heard import Heard
from pipelines.services.embedded.phrases import Domain
from pipelines.services.embedded.process import shared_worker, stop_workers
from pipelines.services.embedded.pronunciation import PhonesError
from pipelines.services.embedded.stt import RECOGNIZER, EmbeddedSTTService, domain_of, stt
from pipelines.settings import Settings
from tests.speech import Samples, concat, over_the_phone, pause, say

DOMAIN = Domain(
    phrases=(
        "What are your opening hours?",
        "Is there parking?",
        "I would like to book an appointment",
        "Is Doctor Brightwell in today?",
    ),
    topics=("opening hours", "parking"),
    vocabulary={"Brightwell": "B R AY T W EH L"},
)
HOURS = "what are your opening hours"


class End(FrameProcessor):
    """Keeps what reaches one end of the line, and lets a test wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self._changed = asyncio.Condition()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        async with self._changed:
            self.frames.append(frame)
            self._changed.notify_all()
        await self.push_frame(frame, direction)

    def seen(self, kind: type) -> list[Any]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    async def until(self, kind: type, count: int = 1) -> list[Any]:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.seen(kind)) >= count)
        return self.seen(kind)


class Call:
    """A line of nothing but the recogniser, and a caller's mouth at it."""

    def __init__(self, service: EmbeddedSTTService, rate: int = 16_000) -> None:
        self.rate = rate
        self.service, self.up, self.down = service, End(), End()
        self.worker = PipelineWorker(
            Pipeline([self.up, service, self.down]),
            params=PipelineParams(
                audio_in_sample_rate=rate, enable_metrics=True, enable_usage_metrics=True
            ),
            enable_rtvi=False,
        )

    async def hear(self, samples: Samples, late: int = 0) -> None:
        """Audio in frames of 20 ms; VAD notices the beginning `late` frames late."""
        pcm, size = samples.tobytes(), self.rate // 50 * 2
        frames = [pcm[at : at + size] for at in range(0, len(pcm), size)]
        for number, audio in enumerate(frames):
            if number == late:
                await self.tell(VADUserStartedSpeakingFrame(start_secs=0.2))
            await self.tell(InputAudioRawFrame(audio, self.rate, 1))
        await self.tell(VADUserStoppedSpeakingFrame(stop_secs=0.2))

    async def tell(self, frame: Frame) -> None:
        await self.worker.queue_frame(frame)

    async def final(self, count: int = 1) -> TranscriptionFrame:
        return (await self.down.until(TranscriptionFrame, count))[count - 1]


def heard_in(frame: TranscriptionFrame) -> Heard:
    assert isinstance(frame.result, Heard)
    return frame.result


async def held(talk: Callable[[Call], Awaitable[None]], **options: Any) -> Call:
    """Hold a call in which the caller does what `talk` says, until its end."""
    rate = options.pop("rate", 16_000)
    # Callers here speak faster than anyone can, and other tests may run beside this one.
    patient = {"final_timeout_secs": 15.0} | options
    call = Call(EmbeddedSTTService(DOMAIN, **patient), rate)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(call.worker)

    async def caller() -> None:
        try:
            await talk(call)
        finally:
            await call.tell(EndFrame())

    await asyncio.gather(runner.run(), caller())
    return call


@pytest.fixture(autouse=True)
async def _no_worker_is_left():
    yield
    await stop_workers()


async def test_an_utterance_becomes_words_as_it_is_said_and_a_final_transcript():
    async def talk(call: Call) -> None:
        await call.hear(concat(pause(0.3), say(HOURS), pause(0.3)))
        final = await call.final()
        assert final.text.lower() == HOURS
        assert final.finalized
        heard = heard_in(final)
        assert heard.understood
        assert [word.text for word in heard.words] == HOURS.split()
        assert all(word.start_secs < word.end_secs for word in heard.words)

    call = await held(talk)
    interims = call.down.seen(InterimTranscriptionFrame)
    assert len(interims) >= 3
    assert HOURS.startswith(interims[-1].text.lower())


async def test_the_first_word_is_not_lost_when_vad_is_late():
    async def talk(call: Call) -> None:
        await call.hear(concat(pause(0.4), say(HOURS), pause(0.3)), late=32)
        assert (await call.final()).text.lower() == HOURS

    await held(talk)


async def test_a_stop_from_the_aggregator_downstream_finalizes_too():
    async def talk(call: Call) -> None:
        await call.down.push_frame(VADUserStartedSpeakingFrame(), FrameDirection.UPSTREAM)
        await call.up.until(VADUserStartedSpeakingFrame)
        pcm = concat(say("is there parking"), pause(0.3)).tobytes()
        for at in range(0, len(pcm), 640):
            await call.tell(InputAudioRawFrame(pcm[at : at + 640], 16_000, 1))
        await call.down.until(InputAudioRawFrame, -(-len(pcm) // 640))
        await call.down.push_frame(VADUserStoppedSpeakingFrame(), FrameDirection.UPSTREAM)
        assert (await call.final()).text == "Is there parking"

    await held(talk)


async def test_a_telephone_line_of_8_khz_is_understood():
    async def talk(call: Call) -> None:
        line = concat(pause(0.3), say(HOURS), pause(0.3))
        await call.hear(over_the_phone(line, 8000))
        assert (await call.final()).text.lower() == HOURS

    await held(talk, rate=8000)


async def test_speech_about_something_else_is_pushed_but_not_understood():
    async def talk(call: Call) -> None:
        foreign = "he bought three kilos of potatoes at the farmers market"
        await call.hear(concat(pause(0.3), say(foreign), pause(0.3)))
        final = await call.final()
        assert final.text
        assert final.finalized
        assert not heard_in(final).understood

    await held(talk)


async def test_a_name_of_the_vocabulary_is_written_as_there():
    async def talk(call: Call) -> None:
        await call.hear(concat(pause(0.3), say("is doctor brightwell in today"), pause(0.3)))
        assert (await call.final()).text == "Is doctor Brightwell in today"

    await held(talk)


async def test_silence_gives_no_transcript():
    async def talk(call: Call) -> None:
        await call.hear(pause(1.0))
        await call.hear(concat(pause(0.3), say("is there parking"), pause(0.3)))
        assert (await call.final()).text == "Is there parking"

    call = await held(talk)
    assert len(call.down.seen(TranscriptionFrame)) == 1


async def test_latency_and_use_are_measured():
    spoken = concat(pause(0.3), say("is there parking"), pause(0.3))

    async def talk(call: Call) -> None:
        await call.hear(spoken)
        await call.final()
        await call.hear(spoken)
        await call.final(2)

    call = await held(talk)
    data = [entry for frame in call.down.seen(MetricsFrame) for entry in frame.data]
    heard = sum(
        entry.value.audio_seconds for entry in data if isinstance(entry, STTUsageMetricsData)
    )
    assert heard == pytest.approx(2 * spoken.size / 16_000, abs=0.05)
    assert any(isinstance(entry, TTFBMetricsData) and entry.value > 0 for entry in data)


async def test_a_dead_recognizer_is_an_error_and_the_next_utterance_is_understood():
    async def talk(call: Call) -> None:
        await call.hear(concat(pause(0.3), say(HOURS), pause(0.3)))
        await call.final()
        process = shared_worker(RECOGNIZER)._process
        assert process is not None
        process.kill()
        await call.up.until(ErrorFrame)
        await call.hear(concat(pause(0.3), say("is there parking"), pause(0.3)))
        assert (await call.final(2)).text == "Is there parking"

    await held(talk)


async def test_a_recognizer_that_does_not_answer_leaves_the_words_so_far():
    async def talk(call: Call) -> None:
        await call.tell(VADUserStartedSpeakingFrame())
        pcm = concat(pause(0.3), say(HOURS)).tobytes()
        for at in range(0, len(pcm), 640):
            await call.tell(InputAudioRawFrame(pcm[at : at + 640], 16_000, 1))
        await call.down.until(InterimTranscriptionFrame, 3)
        call.service._channel.send = lambda *args, **fields: None  # pyright: ignore
        await call.tell(VADUserStoppedSpeakingFrame())
        assert HOURS.startswith((await call.final()).text.lower())
        assert "no final words" in (await call.up.until(ErrorFrame))[0].error

    await held(talk, final_timeout_secs=0.05)


async def test_calls_of_one_loop_share_one_process_and_none_is_left():
    async def talk(call: Call) -> None:
        await call.hear(concat(pause(0.3), say(HOURS), pause(0.3)))
        assert (await call.final()).text.lower() == HOURS

    await asyncio.gather(held(talk), held(talk))
    worker = shared_worker(RECOGNIZER)
    assert not worker._channels
    process = worker._process
    assert process is not None
    await stop_workers()
    assert process.returncode is not None


async def test_turn_strategies_are_told_how_soon_finals_come():
    assert 0.2 < EmbeddedSTTService(DOMAIN).service_metadata_frame().ttfs_p99_latency <= 0.5


def brief(**changes: Any) -> Brief:
    knowledge = Knowledge(
        facts=(Fact(topic="parking", ask=("Is there parking?",), answer="Behind the house."),),
        tools={"book": ToolTalk(say=("Book me in",))},
        vocabulary=changes.pop("vocabulary", {"Invisalign": ""}),
    )
    return Brief(name="desk", title="Desk", persona="", greeting="", knowledge=knowledge, **changes)


def test_what_callers_talk_about_comes_from_the_bots_knowledge():
    assert domain_of(brief()) == Domain(
        phrases=("Is there parking?", "Book me in"),
        topics=("parking",),
        heard=("Behind the house.",),
        vocabulary={"Invisalign": ""},
    )


def test_an_unknown_recognizer_is_an_error_that_names_the_one_there_is():
    with pytest.raises(UnknownServiceError, match="there is pocketsphinx"):
        stt("sphinx4", brief(), Settings())


def test_a_bot_of_another_language_is_told_that_only_english_is_known():
    with pytest.raises(UnknownServiceError, match="English only"):
        stt("pocketsphinx", brief(language="de"), Settings())


def test_phones_that_do_not_exist_are_an_error_when_the_bot_starts():
    with pytest.raises(PhonesError, match="'Kowalski' have QQ"):
        stt("pocketsphinx", brief(vocabulary={"Kowalski": "K QQ"}), Settings())
