"""A bot for the page's tests: it repeats what it is told, in a voice that is easily recognised.

::

    transport ─▶ Ear ─▶ user context ─▶ Parrot ─▶ ToneVoice ─▶ transport ─▶ assistant context

`Ear` keeps what arrived from the browser, and takes any sound followed by silence for one sentence.
`ToneVoice` says each word as a sound of its own and keeps what it sent.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable

import numpy as np
from numpy.typing import NDArray
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.types import RunnerArguments
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.turns.user_start import TranscriptionUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601

from pipelines._session import run
from pipelines.brief import Brief
from pipelines.line import Line
from pipelines.settings import Settings
from pipelines.transports.way import Way
from processors.turn_taking import Drafts

OUT_RATE = 24_000
WORD_SECS = 0.28
HEARD = "a sound from the browser"
GREETING = "Hello from the parrot."


class ScriptedBot:
    """One bot that may be called; it remembers its last call.

    Args:
        reply: What it answers to the caller's words.
    """

    title = "Parrot"
    description = "Repeats what you say, in a voice of its own."

    def __init__(self, reply: Callable[[str], str] = "You said: {}.".format) -> None:
        self._reply = reply
        self.ear = Ear()
        self.voice = ToneVoice()
        self.ended = asyncio.Event()

    async def warm_up(self, settings: Settings) -> None:
        """There is nothing to load."""

    async def entry(self, runner_args: RunnerArguments) -> None:
        """Hold one call."""
        self.ear, self.voice = Ear(), ToneVoice()
        self.ended.clear()
        brief = Brief(name="parrot", title=self.title, persona="", greeting=GREETING, idle_secs=600)
        try:
            await run(brief, self._line, runner_args, settings=Settings())
        finally:
            self.ended.set()

    async def _line(self, _: Brief, way: Way, settings: Settings) -> Line:
        context = LLMContext()
        pair = LLMContextAggregatorPair(
            context,
            user_params=LLMUserAggregatorParams(
                user_turn_strategies=UserTurnStrategies(
                    start=[TranscriptionUserTurnStartStrategy()],
                    stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.1)],
                )
            ),
        )
        processors = [
            way.transport.input(),
            self.ear,
            pair.user(),
            Parrot(self._reply),
            self.voice,
            way.transport.output(),
            pair.assistant(),
        ]
        return Line(processors=processors, context=context, user=pair.user(), drafts=Drafts())


class Ear(FrameProcessor):
    """Keep the caller's sound; a sound of 0.4 s and then silence of 0.4 s are a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = bytearray()  # 16-bit mono at 16 kHz
        self._loud_secs = self._quiet_secs = 0.0

    @property
    def at_rest(self) -> bool:
        """Whether all that was said has been passed on as words, half a second ago or more."""
        return self._loud_secs == 0 and self._quiet_secs >= 0.9

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Listen to audio, pass everything on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self.heard += frame.audio
            await self._listen(frame)

    async def _listen(self, frame: InputAudioRawFrame) -> None:
        secs = frame.num_frames / frame.sample_rate
        samples = np.frombuffer(frame.audio, "<i2")
        if np.abs(samples).max(initial=0) > 1500:
            if self._loud_secs == 0:
                await self.push_frame(VADUserStartedSpeakingFrame(start_secs=0.2))
            if self._loud_secs < 0.4 <= self._loud_secs + secs:
                first = HEARD.rpartition(" ")[0]
                await self.push_frame(InterimTranscriptionFrame(first, "", time_now_iso8601()))
            self._loud_secs, self._quiet_secs = self._loud_secs + secs, 0.0
            return
        self._quiet_secs += secs
        if self._loud_secs >= 0.4 and self._quiet_secs >= 0.4:
            self._loud_secs = 0.0
            await self.push_frame(VADUserStoppedSpeakingFrame(stop_secs=0.4))
            words = TranscriptionFrame(HEARD, "", time_now_iso8601(), finalized=True)
            await self.push_frame(words)


class Parrot(FrameProcessor):
    """Answer the newest message of the context."""

    def __init__(self, reply: Callable[[str], str]) -> None:
        super().__init__()
        self._reply = reply

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Turn a context into an answer, pass everything else on."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        said = str(frame.context.get_messages()[-1].get("content", ""))  # pyright: ignore
        await self.push_frame(LLMFullResponseStartFrame())
        await self.push_frame(LLMTextFrame(self._reply(said)))
        await self.push_frame(LLMFullResponseEndFrame())


class ToneVoice(TTSService):
    """Say each word as a sound of its own, with its time."""

    def __init__(self) -> None:
        super().__init__(
            push_text_frames=False,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice="tone", language=None),
        )
        self.sent: list[NDArray[np.int16]] = []  # one array a sentence, at OUT_RATE
        self._words = 0
        self._context, self._secs = "", 0.0

    def can_generate_metrics(self) -> bool:
        """As real voices do."""
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Babble."""
        words = text.split()
        sound = np.concatenate([babble(self._words + n) for n in range(len(words))])
        self._words += len(words)
        self.sent.append(sound)
        if context_id != self._context:
            self._context, self._secs = context_id, 0.0
        times = [(word, self._secs + n * WORD_SECS) for n, word in enumerate(words)]
        self._secs += len(words) * WORD_SECS
        await self.add_word_timestamps(times, context_id)
        yield TTSAudioRawFrame(sound.tobytes(), OUT_RATE, 1, context_id=context_id)


def babble(number: int, rate: int = OUT_RATE) -> NDArray[np.int16]:
    """A word of 0.28 s that is like no other number's: noise between 200 and 1,800 Hz."""
    size = int(WORD_SECS * rate)
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    band = (frequencies > 200) & (frequencies < 1800)
    random = np.random.default_rng(number)
    tones = np.zeros(frequencies.size, complex)
    tones[band] = np.exp(2j * np.pi * random.random(int(band.sum())))
    wave = np.fft.irfft(tones, size)
    return (wave / np.abs(wave).max() * np.hanning(size) * 20_000).astype("<i2")
