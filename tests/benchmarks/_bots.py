"""The two bots that are compared: Downbeat's time, and what `pipecat init` writes.

Both have the same vendors behind them and the same words to say.
"""

import time
from collections.abc import Mapping
from typing import Any

from anthropic import AsyncAnthropic
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.anthropic.llm import AnthropicLLMService
from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.llm_service import LLMService
from pipecat.transports.base_transport import BaseTransport
from pydantic import SecretStr

from pipelines.brief import Brief, Profile
from pipelines.settings import Settings
from pipelines.streaming import streaming
from pipelines.transports.way import Way
from processors.turn_taking import Drafts
from tests.benchmarks._caller import Ear, Mouth
from tests.benchmarks._conversation import CALL, plain
from tests.vendors.process import Remote

_PERSONA = "You are the receptionist of a dental practice. Answer in one or two short sentences."


def services(at: Mapping[str, Remote]) -> tuple[Any, Any, Any]:
    """Recogniser, model and voice, as `pipecat init` makes them, on the stand-ins."""
    stt = DeepgramSTTService(api_key="test", base_url=at["deepgram"].url)
    llm = AnthropicLLMService(
        api_key="test",
        client=AsyncAnthropic(api_key="test", base_url=at["anthropic"].url),
        settings=AnthropicLLMService.Settings(system_instruction=_PERSONA),
    )
    tts = CartesiaTTSService(
        api_key="test",
        url=at["cartesia"].url,
        settings=CartesiaTTSService.Settings(voice="stand-in"),
    )
    return stt, llm, tts


async def scaffold(
    mouth: Mouth, ear: Ear, at: Mapping[str, Remote], profile: Profile
) -> tuple[list[FrameProcessor], Drafts]:
    """Pipecat's scaffold, untouched."""
    stt, llm, tts = services(at)
    user, assistant = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    return [mouth, stt, user, KnownAnswers(), llm, tts, ear, assistant], Drafts()


async def downbeat(
    mouth: Mouth, ear: Ear, at: Mapping[str, Remote], profile: Profile
) -> tuple[list[FrameProcessor], Drafts]:
    """The line that a call gets, as `pipelines.streaming` builds it."""
    brief = Brief(
        name="benchmark",
        title="Benchmark",
        persona=_PERSONA,
        greeting="",
        stt=("deepgram/nova-3",),
        llm=("anthropic/fast",),
        tts=("cartesia/default",),
        profile=profile,
        idle_secs=0,
    )
    settings = Settings(
        deepgram_api_key=SecretStr("test"),
        deepgram_url=at["deepgram"].url,
        anthropic_api_key=SecretStr("test"),
        anthropic_url=at["anthropic"].url,
        cartesia_api_key=SecretStr("test"),
        cartesia_url=at["cartesia"].url,
        cartesia_voice="stand-in",
    )
    line = await streaming(brief, Way(transport=Telephone(mouth, ear), play_out=ear.gate), settings)
    model = next(at for at, p in enumerate(line.processors) if isinstance(p, LLMService))
    line.processors.insert(model, KnownAnswers())
    return line.processors, line.drafts


class Telephone(BaseTransport):
    """The caller's mouth and ear as a transport."""

    def __init__(self, mouth: Mouth, ear: Ear) -> None:
        """Both ends of the line."""
        super().__init__()
        self._mouth = mouth
        self._ear = ear

    def input(self) -> FrameProcessor:
        """Where the caller speaks."""
        return self._mouth

    def output(self) -> FrameProcessor:
        """Where the caller listens."""
        return self._ear


class KnownAnswers(FrameProcessor):
    """Answers what needs no model, at once, as a cache does."""

    def __init__(self) -> None:
        """The answers that the call marks as known."""
        super().__init__()
        self._known = {plain(line.words): line.bot for line in CALL if line.known}

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer, or pass on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            last = frame.context.messages[-1] if frame.context.messages else {}
            said = last.get("content") if isinstance(last, dict) else None
            answer = self._known.get(plain(said)) if isinstance(said, str) else None
            if answer:
                await self.push_frame(LLMFullResponseStartFrame())
                await self.push_frame(LLMTextFrame(answer))
                await self.push_frame(LLMFullResponseEndFrame())
                return
        await self.push_frame(frame, direction)


class Marks(BaseObserver):
    """Notes when each stage of each answer came, in seconds of `time.monotonic`."""

    _STAGES: tuple[tuple[str, type[Frame]], ...] = (
        ("words final", TranscriptionFrame),
        ("model asked", LLMContextFrame),
        ("first words", LLMTextFrame),
        ("first sound", TTSAudioRawFrame),
        ("turn over", UserStoppedSpeakingFrame),
    )

    def __init__(self) -> None:
        """Nothing seen."""
        super().__init__(observe_every_push=False)
        self._offset: float | None = None
        self.moments: list[tuple[str, float]] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        """Take note of the frame's stage."""
        # A push is reported late under load, never early: the smallest offset is the clocks' own.
        offset = time.monotonic() - data.timestamp / 1e9
        self._offset = offset if self._offset is None else min(offset, self._offset)
        for stage, kind in self._STAGES:
            if isinstance(data.frame, kind):
                self.moments.append((stage, data.timestamp / 1e9))

    def of_answer(self, ended: float, heard: float) -> dict[str, float]:
        """Seconds from the caller's last sound to each stage of the answer heard at `heard`.

        The last time that a stage was reached before the answer was heard is the one that counts,
        except for what streams (words, sound), where it is the first after the model was asked.
        """
        offset = self._offset or 0.0
        at = [(stage, moment + offset) for stage, moment in self.moments]
        at = [(stage, moment) for stage, moment in at if ended - 2.0 < moment <= heard + 0.005]
        marks: dict[str, float] = {}
        for stage in ("words final", "model asked", "turn over"):
            marks.update((name, moment) for name, moment in at if name == stage)
        for stage in ("first words", "first sound"):
            after = marks.get("model asked", ended)
            found = [moment for name, moment in at if name == stage and moment >= after]
            marks |= {stage: found[0]} if found else {}
        return {stage: moment - ended for stage, moment in marks.items()}
