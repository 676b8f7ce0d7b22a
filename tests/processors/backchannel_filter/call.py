"""A call without a network or a clock: the caller's sounds come in, the bot's audio is counted out.

::

    Call.voice/final(…) ─▶ BackchannelFilter ─▶ user context ─▶ voice ─▶ HeardWords ─▶ line ─▶ …
                                                                                        │
                                                    Call.play(secs) lets audio through, 40 ms each

Each sample of the voice carries the number of its word, so what was written tells what was heard.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    UserBackchannelFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext, LLMSpecificMessage
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_start import BaseUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from processors.backchannel_filter import (
    BackchannelFilter,
    HeardWords,
    OverlapFrame,
    Patience,
    PlayOut,
)

RATE = 16_000
CHUNK_SECS = 0.04
LETTER_SECS = 0.05
VAD_START_SECS = VAD_STOP_SECS = 0.2


def word_secs(word: str) -> float:
    """How long the voice takes for a word."""
    return LETTER_SECS * (len(word) + 1)


class Voice(TTSService):
    """Says a sentence at once; with word timestamps or without."""

    def __init__(self, *, timed: bool) -> None:
        super().__init__(
            sample_rate=RATE,
            push_text_frames=not timed,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice=None, language=None),
        )
        self._timed = timed
        self._context = ""
        self._secs = 0.0
        self._number = 0

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        if context_id != self._context:
            self._context, self._secs = context_id, 0.0
        for word in text.split():
            self._number += 1
            if self._timed:
                await self.add_word_timestamps([(word, self._secs)], context_id)
            self._secs += word_secs(word)
            samples = np.full(round(word_secs(word) * RATE), self._number, "<i2")
            yield TTSAudioRawFrame(samples.tobytes(), RATE, 1, context_id=context_id)


class Out(BaseOutputTransport):
    """Writes a chunk whenever the test lets one through."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self.permits = asyncio.Semaphore(0)
        self.written = bytearray()

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        await self.permits.acquire()
        self.written += frame.audio
        return True


class Seen(BaseObserver):
    """Every frame that tells of a decision, once."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        kinds = (OverlapFrame, UserBackchannelFrame, InterruptionFrame, LLMContextFrame)
        known = isinstance(data.frame, kinds) and data.direction.name == "DOWNSTREAM"
        if known and data.frame not in self.frames:
            self.frames.append(data.frame)


@dataclass
class Call:
    """One call: what the test does to it, and what came of it."""

    gate: PlayOut
    ears: BackchannelFilter
    context: LLMContext
    worker: PipelineWorker
    out: Out
    seen: Seen
    backchannels: list[str] = field(default_factory=list)
    now: float = 100.0

    async def say(self, *sentences: str) -> None:
        """Have the bot answer, and the voice make its audio."""
        texts = [LLMTextFrame(f"{sentence} ") for sentence in sentences]
        await self.worker.queue_frames(
            [LLMFullResponseStartFrame(), *texts, LLMFullResponseEndFrame()]
        )
        await settle()

    async def play(self, secs: float) -> None:
        """Let the line take `secs` of audio, rounded to chunks; it takes none while it is held."""
        for _ in range(round(secs / CHUNK_SECS)):
            self.out.permits.release()
            await settle(20)
            self.now += CHUNK_SECS
        await settle()

    async def voice(self, *, secs: float | None = None) -> None:
        """The caller begins to sound, as the detector notices it; ends after `secs`."""
        await self._send(VADUserStartedSpeakingFrame(start_secs=VAD_START_SECS))
        if secs is not None:
            self.now += secs - VAD_START_SECS + VAD_STOP_SECS
            await self.quiet()

    async def quiet(self) -> None:
        """The detector notices that the caller is silent."""
        await self._send(VADUserStoppedSpeakingFrame(stop_secs=VAD_STOP_SECS))

    async def interim(self, text: str) -> None:
        """The recogniser guesses."""
        await self._send(InterimTranscriptionFrame(text, "caller", "then"))

    async def final(self, text: str) -> None:
        """The recogniser is sure."""
        await self._send(TranscriptionFrame(text, "caller", "then"))

    async def interrupt(self) -> None:
        """Somebody else interrupts the bot."""
        await self._send(InterruptionFrame())

    async def wait(self, secs: float) -> None:
        """Time passes in silence."""
        self.now += secs
        await asyncio.sleep(0.04)  # the filter looks again every 30 ms
        await settle()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what has to come."""
        async with asyncio.timeout(3):
            while not condition():
                await asyncio.sleep(0.005)

    async def _send(self, frame: Frame) -> None:
        await self.worker.queue_frame(frame)
        await settle()

    @property
    def written(self) -> np.ndarray:
        """(samples,) the number of the word that each written sample belongs to."""
        return np.frombuffer(bytes(self.out.written), "<i2")

    @property
    def overlaps(self) -> list[OverlapFrame]:
        """The verdicts."""
        return [frame for frame in self.seen.frames if isinstance(frame, OverlapFrame)]

    def count(self, kind: type[Frame]) -> int:
        """How many frames of one kind went down the line."""
        return sum(type(frame) is kind for frame in self.seen.frames)

    def messages(self, role: str) -> list[str]:
        """What the context has of one side."""
        plain = [m for m in self.context.messages if not isinstance(m, LLMSpecificMessage)]
        return [str(m.get("content")) for m in plain if m["role"] == role]


async def settle(turns: int = 300) -> None:
    """Let everything that can happen without time happen."""
    for _ in range(turns):
        await asyncio.sleep(0)


@asynccontextmanager
async def calling(
    *,
    timed: bool = True,
    patience: Patience | None = None,
    ears: type = BackchannelFilter,
    turns: bool = True,
) -> AsyncGenerator[Call, None]:
    """A call that is up.

    Args:
        timed: Whether the voice tells when its words begin.
        patience: As in `BackchannelFilter`.
        ears: What judges the caller.
        turns: Whether a turn of the caller ever starts.
    """
    gate, seen = PlayOut(buffered_secs=0), Seen()
    context = LLMContext()
    holder: list[Call] = []
    listening = ears(gate, patience=patience, clock=lambda: holder[0].now if holder else 0.0)
    starts = listening.start_strategies() if turns else [BaseUserTurnStartStrategy()]
    stop = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.05)
    pair = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=UserTurnStrategies(start=starts, stop=[stop]),
            user_turn_stop_timeout=0.3,
        ),
    )
    out = Out(TransportParams(audio_out_enabled=True, audio_out_filter=gate))
    stations = [listening, pair.user(), Voice(timed=timed), HeardWords(gate), out, pair.assistant()]
    worker = PipelineWorker(
        Pipeline(stations),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        observers=[seen],
        enable_rtvi=False,
    )
    call = Call(gate, listening, context, worker, out, seen)
    holder.append(call)

    @pair.user().event_handler("on_user_backchannel")
    async def on_backchannel(_user, message):
        call.backchannels.append(message.content)

    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def on_started(*_):
        started.set()

    runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    try:
        async with asyncio.timeout(10):
            await started.wait()
        await settle()
        yield call
    finally:
        await runner.cancel()
        await running
