"""A caller who makes sounds over the bot's voice, and what the bot does about each.

::

    bot     ▇▇▇▇▇▇▇▇▇▇▇▇▇▁▁▁▇▇▇▇▇▇      gap: the longest silence that a sound caused
    caller          ▇▇▇ mm-hmm
    bot     ▇▇▇▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁      silence: from the first voiced sample to the bot's last
    caller          ▇▇▇▇▇▇ wait
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner
from pydantic import SecretStr

from pipelines.brief import Brief
from pipelines.settings import Settings
from pipelines.streaming import streaming
from pipelines.transports.loopback import LoopbackTransport, Recording, ScriptedCaller
from pipelines.transports.way import Way
from processors.backchannel_filter import PlayOut
from processors.escalation.policy import SIGNALS, Handover
from tests.benchmarks._bots import services
from tests.benchmarks._conversation import plain
from tests.speech import RATE, Samples, say
from tests.vendors.hearing import Said
from tests.vendors.language import Asked
from tests.vendors.process import Remote
from tests.vendors.voice import duration_secs

Kind = Literal["backchannel", "barge-in", "affirmation"]

OUT_RATE = 24_000
STEP_SECS = 0.01
AFTER_SECS = 3.0  # what is looked at after a sound begins
GAP_AFTER_SECS = 1.0  # a gap that a sound caused begins so soon after it
STOPPED_SECS = 0.35  # so long a silence is the end of the bot's speech, not a gap between words
_AUDIBLE = 300  # of 32,768
_VOICED = 200

TELLS = (
    "So the practice is open on every weekday from eight in the morning until five in the "
    "afternoon and on Saturdays from nine until noon and you will find us right behind the old "
    "market hall with a small car park for our patients next to the house and when you come for "
    "the first time please be there ten minutes early and bring your insurance card with you and "
    "a list of the medicines that you take and we will then look at your teeth together and talk "
    "about what can be done and what it costs and how long it takes before we begin with anything"
)
ASKS = (
    "Shall I go ahead and book the appointment with doctor Miller for you on Tuesday morning at "
    "ten o'clock in our practice behind the market hall?"
)


def answer(asked: Asked) -> str:
    """What the model's stand-in says to every turn: another long explanation."""
    return TELLS + "."


def agree(asked: Asked) -> str:
    """What the model's stand-in says to an answered question."""
    return "All right then."


@dataclass(frozen=True)
class Sound:
    """What the caller utters over the bot."""

    kind: Kind
    text: str


@dataclass
class Outcome:
    """What came of one sound."""

    bot: str
    voice: str
    kind: Kind
    text: str
    gap_ms: float
    silence_ms: float | None
    turn: bool


def uttered(sound: Sound, voice: str) -> Samples:
    """(samples,) the sound from its first voiced sample to its last."""
    samples = say(sound.text, voice)
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _VOICED)
    return samples[loud[0] : loud[-1] + 1]


def script(sounds: Sequence[Sound], voice: str) -> list[Said]:
    """The sounds for the recogniser's stand-in, each from its onset."""
    return [Said(0.0, uttered(sound, voice).size / RATE, sound.text) for sound in sounds]


class Listener:
    """Follows the bot's voice while the call goes on."""

    def __init__(self, recording: Recording) -> None:
        """Nothing heard."""
        self._rate = OUT_RATE
        self.since: float | None = None  # the bot has been speaking since then
        self.last = float("-inf")  # and was last audible here
        recording.watch(self._hear)

    def _hear(self, side: str, pcm: bytes, offset: int) -> None:
        if side != "bot":
            return
        loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) > _AUDIBLE)
        if loud.size:
            first = (offset + loud[0]) / self._rate
            if self.since is None or first - self.last > STOPPED_SECS:
                self.since = first
            self.last = (offset + int(loud[-1])) / self._rate


class SpokenCall:
    """One call in which the caller makes the same kind of sounds over the bot.

    Args:
        bot: Its name, and with `build` the line.
        sounds: What the caller utters, each over the bot's voice.
        voice: As of `tests.speech.say`.
        asks: Whether the bot asks a question each time, rather than tell something.
    """

    def __init__(self, bot: str, sounds: Sequence[Sound], voice: str, *, asks: bool) -> None:
        """Not called yet."""
        self.bot, self.sounds, self.voice, self._asks = bot, sounds, voice, asks
        self.recording = Recording()
        self.recording.set_rate("bot", OUT_RATE)
        self._bot_voice = Listener(self.recording)
        self._onsets: list[float] = []
        self._turns: list[bool] = []
        self._speech_secs = duration_secs(ASKS if asks else TELLS)
        self._context = LLMContext()  # the line's own, once there is one
        self._worker: PipelineWorker | None = None
        self._over = asyncio.Event()

    async def hold(self, at: Mapping[str, Remote]) -> list[Outcome]:
        """Hold the call; what came of each sound."""
        gate = PlayOut()
        transport = LoopbackTransport(
            ScriptedCaller(self._utter()),
            params=TransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_out_filter=gate if self.bot == "downbeat" else None,
            ),
            recording=self.recording,
            hang_up_after_secs=None,
        )
        processors, self._context = await LINES[self.bot](transport, gate, at)
        self._worker = PipelineWorker(
            Pipeline(processors),
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=OUT_RATE),
        )
        runner = WorkerRunner(handle_sigint=False, force_gc=True)
        await runner.add_workers(self._worker)
        running = asyncio.create_task(runner.run())
        try:
            async with asyncio.timeout(30 + 15 * len(self.sounds)):
                await self._over.wait()
        finally:
            await runner.cancel("the caller hangs up")
            await running
        return self._outcomes()

    async def _utter(self) -> AsyncIterator[bytes]:
        try:
            for sound in self.sounds:
                await self._bot_speaks()
                before = len(self._said_by_caller())
                self._onsets.append(self.recording.secs("caller"))
                yield uttered(sound, self.voice).tobytes()
                await asyncio.sleep(AFTER_SECS)
                turns = self._said_by_caller()[before:]
                self._turns.append(plain(sound.text) in plain(" ".join(turns)))
        finally:
            self._over.set()

    async def _bot_speaks(self) -> None:
        """Wait until the bot is in the middle of what it says; have it speak when it is silent."""
        asked_at = float("-inf")
        while True:
            now, voice = self.recording.secs("caller"), self._bot_voice
            quiet = now - voice.last
            fresh = voice.since is not None and (not self._asks or voice.since > asked_at)
            spoken = now - voice.since if voice.since is not None else 0.0
            # Not so late that the bot comes to its end by itself while it is looked at.
            if fresh and quiet < 0.1 and 1.2 < spoken < self._speech_secs - AFTER_SECS - 1.0:
                return
            if quiet > 1.5 and now - asked_at > 3.0 and self._worker is not None:
                asked_at = now
                await self._worker.queue_frame(TTSSpeakFrame(ASKS if self._asks else TELLS))
            await asyncio.sleep(0.05)

    def _said_by_caller(self) -> list[str]:
        return [
            str(message.get("content"))
            for message in self._context.messages
            if isinstance(message, dict) and message.get("role") == "user"
        ]

    def _outcomes(self) -> list[Outcome]:
        caller = np.abs(self.recording.side("caller").astype(np.int32)) > _VOICED
        bot = np.abs(self.recording.side("bot").astype(np.int32)) > _AUDIBLE
        outcomes = []
        for sound, asked_at, turn in zip(self.sounds, self._onsets, self._turns, strict=True):
            from_sample = round(asked_at * RATE)
            onset = asked_at + int(np.argmax(caller[from_sample:])) / RATE
            heard = bot[round(onset * OUT_RATE) :]
            sound_secs = uttered(sound, self.voice).size / RATE
            gap, silence = silences(heard, OUT_RATE, sound_secs + GAP_AFTER_SECS)
            outcomes.append(
                Outcome(self.bot, self.voice, sound.kind, sound.text, gap, silence, turn)
            )
        return outcomes


def silences(audible: np.ndarray, rate: int, within_secs: float) -> tuple[float, float | None]:
    """The longest gap, and when the first silence that is an end begins, both in ms.

    Args:
        audible: (samples,) bool, from the onset of the caller's sound on.
        rate: Samples per second.
        within_secs: A gap that begins later has another cause.
    """
    step = round(STEP_SECS * rate)
    count = round(AFTER_SECS * rate) // step
    padded = np.zeros(count * step, bool)
    padded[: min(audible.size, padded.size)] = audible[: padded.size]
    heard = [bool(window.any()) for window in padded.reshape(count, step)]
    longest, first, run = 0, None, 0
    for n, loud in enumerate([*heard, True]):
        if not loud:
            run += 1
            continue
        if first is None and run * STEP_SECS >= STOPPED_SECS:
            first = (n - run) * STEP_SECS * 1000
        if (n - run) * STEP_SECS < within_secs:
            longest = max(longest, run)
        run = 0
    return longest * STEP_SECS * 1000, first


Line = tuple[list[FrameProcessor], LLMContext]


async def _scaffold(transport: LoopbackTransport, gate: PlayOut, at: Mapping[str, Remote]) -> Line:
    """The same services on Pipecat's default strategies."""
    stt, llm, tts = services(at)
    context = LLMContext()
    user, assistant = LLMContextAggregatorPair(
        context, user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    return [transport.input(), stt, user, llm, tts, transport.output(), assistant], context


async def _downbeat(transport: LoopbackTransport, gate: PlayOut, at: Mapping[str, Remote]) -> Line:
    """Downbeat's own line."""
    brief = Brief(
        name="overlap",
        title="Overlap",
        persona="You are the receptionist of a dental practice.",
        greeting="Hello.",
        stt=("deepgram/nova-3",),
        llm=("anthropic/fast",),
        tts=("cartesia/default",),
        # It asks the same question eight times: a person would be called for that.
        handover=Handover(weights=dict.fromkeys(SIGNALS, 0.0)),
    )
    secret = SecretStr("test")
    settings = Settings(
        deepgram_api_key=secret,
        deepgram_url=at["deepgram"].url,
        anthropic_api_key=secret,
        anthropic_url=at["anthropic"].url,
        cartesia_api_key=secret,
        cartesia_url=at["cartesia"].url,
    )
    line = await streaming(brief, Way(transport=transport, play_out=gate), settings)
    return line.processors, line.context


LINES: dict[str, Callable[..., Awaitable[Line]]] = {"downbeat": _downbeat, "scaffold": _scaffold}
