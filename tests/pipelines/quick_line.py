"""A line for tests of the session: no service, an ear that only tells loud from quiet, a voice of
60 ms a word. What it is called with is a real call over loopback, in real time.

::

    loopback ─▶ Ear ─▶ user context ─▶ Voice ─▶ loopback ─▶ assistant context
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601

from pipelines import _session
from pipelines.brief import Brief
from pipelines.line import Line
from pipelines.settings import Settings
from pipelines.transports.loopback import (
    LoopbackRunnerArguments,
    RecordedCaller,
    Recording,
    ScriptedCaller,
)
from pipelines.transports.way import Way
from processors.turn_taking import Drafts
from tests.house import settings as settings_of
from tests.speech import RATE

WORD_SECS = 0.06
QUIET_SECS = 0.1
GREETING = "Hello."


class Ear(FrameProcessor):
    """A sound is speech, and what was said is "hello"."""

    def __init__(self) -> None:
        super().__init__()
        self._speaks = False
        self._quiet_secs = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if not isinstance(frame, InputAudioRawFrame):
            return
        loud = np.abs(np.frombuffer(frame.audio, "<i2").astype(int)).max(initial=0) > 1000
        self._quiet_secs = 0.0 if loud else self._quiet_secs + frame.num_frames / frame.sample_rate
        if loud and not self._speaks:
            self._speaks = True
            await self.push_frame(VADUserStartedSpeakingFrame(start_secs=0.02))
        elif self._speaks and self._quiet_secs >= QUIET_SECS:
            self._speaks = False
            await self.push_frame(VADUserStoppedSpeakingFrame(stop_secs=QUIET_SECS))
            await self.push_frame(TranscriptionFrame("hello", "", time_now_iso8601()))


class Voice(TTSService):
    """Says each word as a tone of 60 ms, with its time; remembers what it was asked to say."""

    def __init__(self) -> None:
        super().__init__(
            push_text_frames=False,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice=None, language=None),
        )
        self.asked: list[str] = []

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        self.asked.append(text)
        words = text.split()
        times = [(word, number * WORD_SECS) for number, word in enumerate(words)]
        await self.add_word_timestamps(times, context_id)
        count = round(len(words) * WORD_SECS * self.sample_rate)
        tone = 8000 * np.sin(2 * np.pi * 440 / self.sample_rate * np.arange(count))
        pcm = tone.astype("<i2").tobytes()
        yield TTSAudioRawFrame(pcm, self.sample_rate, 1, context_id=context_id)


@dataclass
class QuickLine:
    """Builds the line, and keeps what a test wants to look at.

    Args:
        more: Processors to put before the voice.
    """

    more: tuple[FrameProcessor, ...] = ()
    voice: Voice = field(default_factory=Voice)
    way: Way | None = None
    context: LLMContext = field(default_factory=LLMContext)

    async def build(self, brief: Brief, way: Way, settings: Settings) -> Line:
        """As `pipelines.streaming.streaming` does."""
        self.way = way
        pair = LLMContextAggregatorPair(
            self.context,
            user_params=LLMUserAggregatorParams(
                user_turn_strategies=UserTurnStrategies(
                    start=[VADUserTurnStartStrategy()],
                    stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.05)],
                ),
                user_idle_timeout=brief.idle_secs,
            ),
        )
        line = [way.transport.input(), Ear(), pair.user(), *self.more, self.voice]
        return Line(
            processors=[*line, way.transport.output(), pair.assistant()],
            context=self.context,
            user=pair.user(),
            drafts=Drafts(),
        )


class Repeat(FrameProcessor):
    """Say something to every turn of the caller."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            frame = TTSSpeakFrame(self._text)
        await self.push_frame(frame, direction)


def brief(**values: Any) -> Brief:
    """A bot that is greeted by and remembers nothing else."""
    told = {"greeting": GREETING, "idle_secs": 30.0, "recording": "off"} | values
    return Brief(name="quick", title="Quick", persona="", **told)


def loud(secs: float) -> bytes:
    """A caller's sound."""
    wave = np.sin(2 * np.pi * 200 / RATE * np.arange(round(secs * RATE)))
    return (8000 * wave).astype("<i2").tobytes()


def silent(secs: float) -> RecordedCaller:
    """A caller who says nothing for a while."""
    return RecordedCaller(np.zeros(round(secs * RATE), np.int16))


async def endless() -> AsyncIterator[bytes]:
    """A caller who never stops talking."""
    while True:
        yield loud(0.2)


@dataclass
class Ended:
    """A call that is over."""

    recording: Recording
    line: QuickLine
    secs: float

    @property
    def said(self) -> list[str]:
        """What the voice was asked to say."""
        return self.line.voice.asked

    @property
    def heard_secs(self) -> float:
        """How much of the bot's voice was played."""
        return float(np.count_nonzero(self.recording.side("bot"))) / self.recording.rate("bot")


async def call(
    caller: RecordedCaller | ScriptedCaller,
    *,
    line: QuickLine | None = None,
    hang_up_after_secs: float | None = 0.2,
    during: Callable[[QuickLine], Any] | None = None,
    limits: dict[str, Any] | None = None,
    **values: Any,
) -> Ended:
    """Hold a call to its end, which has to come within 20 s.

    Args:
        caller: Who calls.
        line: The line; a new one by default.
        hang_up_after_secs: As for the loopback.
        during: Awaited beside the call, with its line.
        limits: Settings, such as `max_call_secs`.
        values: Parts of the brief.
    """
    line = line or QuickLine()
    arguments = LoopbackRunnerArguments(caller=caller, hang_up_after_secs=hang_up_after_secs)
    loop = asyncio.get_running_loop()
    began = loop.time()
    beside = asyncio.create_task(during(line)) if during else None
    try:
        async with asyncio.timeout(20):
            await _session.run(
                brief(**values), line.build, arguments, settings=settings_of(**(limits or {}))
            )
    finally:
        if beside:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)
    return Ended(arguments.recording, line, loop.time() - began)
