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
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.anthropic.llm import AnthropicLLMService
from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from processors.turn_taking import Drafts, ListeningVAD, stop_strategies
from processors.turn_taking.held_voice import DraftDoor, HeldVoice
from processors.turn_taking.open_gate import let_text_through
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


def scaffold(
    mouth: FrameProcessor, ear: FrameProcessor, at: Mapping[str, Remote], profile: str
) -> tuple[list[FrameProcessor], Drafts]:
    """Pipecat's scaffold, untouched."""
    stt, llm, tts = services(at)
    user, assistant = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    return [mouth, stt, user, KnownAnswers(), llm, tts, ear, assistant], Drafts()


def downbeat(
    mouth: FrameProcessor, ear: FrameProcessor, at: Mapping[str, Remote], profile: str
) -> tuple[list[FrameProcessor], Drafts]:
    """Downbeat's turn-taking on the same services."""
    stt, llm, tts = services(at)
    context, drafts, vad = LLMContext(), Drafts(), ListeningVAD()
    user, assistant = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=UserTurnStrategies(
                stop=stop_strategies(profile, context=context, vad=vad, drafts=drafts)  # pyright: ignore[reportArgumentType]
            )
        ),
    )
    let_text_through(llm)
    line = [
        mouth,
        VADProcessor(vad_analyzer=vad),
        stt,
        user,
        DraftDoor(drafts),
        KnownAnswers(),
        llm,
        HeldVoice(tts, drafts),
        ear,
        assistant,
    ]
    return line, drafts


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
