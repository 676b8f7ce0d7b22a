"""A call without sound: the caller's turns are transcripts, the bot's are texts.

::

    Call.say(…) ─▶ CallerWords ─▶ user context ─▶ PersonDoor ─▶ Bot ─▶ Voice ─▶ assistant context
                                                                        └ Call.spoken
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallResultFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.turns.user_start import TranscriptionUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from processors.escalation import Decision, Handover
from processors.escalation.caller_words import CallerWords, Hearing
from processors.escalation.door import PersonDoor, PersonMute
from processors.escalation.record import Packet
from processors.trace.frame import TraceFrame
from processors.turn_taking import Drafts


@dataclass
class Desk:
    """Colleagues who are asked and do what the test says."""

    there: bool = True
    line: bool = False
    transferred: list[str] = field(default_factory=list)
    asked: list[Packet] = field(default_factory=list)
    notes: list[Packet] = field(default_factory=list)
    withdrawn: int = 0
    seen: list[Decision] = field(default_factory=list)

    def watch(self, decision: Decision) -> None:
        self.seen.append(decision)

    async def call(self, packet: Packet, patience_secs: float) -> bool:
        self.asked.append(packet)
        return self.there

    def position(self) -> int:
        return 2

    async def transfer(self, to: str) -> bool:
        self.transferred.append(to)
        return self.line

    @property
    def expected(self) -> bool:
        return True

    async def give_up(self, packet: Packet, why: str) -> None:
        self.notes.append(packet)

    def withdraw(self) -> None:
        self.withdrawn += 1


class Bot(FrameProcessor):
    """Answers every context with "answer 1", "answer 2"…"""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0
        self.contexts: list[list[Any]] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        self.answers += 1
        self.contexts.append(list(frame.context.get_messages()))
        await self.push_frame(LLMFullResponseStartFrame())
        await self.push_frame(LLMTextFrame(f"answer {self.answers}"))
        await self.push_frame(LLMFullResponseEndFrame())


class Voice(FrameProcessor):
    """Keeps what would be spoken, and says when it is."""

    def __init__(self) -> None:
        super().__init__()
        self.spoken: list[str] = []
        self.interruptions = 0
        self.traced: list[TraceFrame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.interruptions += isinstance(frame, InterruptionFrame)
        self.traced += [frame] if isinstance(frame, TraceFrame) else []
        if isinstance(frame, TTSSpeakFrame | LLMTextFrame):
            await self.broadcast_frame(BotStartedSpeakingFrame)
            self.spoken.append(frame.text)
            await self.push_frame(frame, direction)
            await self.broadcast_frame(BotStoppedSpeakingFrame)
            return
        await self.push_frame(frame, direction)


@dataclass
class Result:
    """What a recogniser says beside the words."""

    confidence: float


class Call:
    """One call that runs."""

    def __init__(self, policy: Handover, idle_secs: float) -> None:
        self.context, self.bot, self.voice, self.desk = LLMContext(), Bot(), Voice(), Desk()
        hearing = Hearing()
        self.door = PersonDoor(policy, self.context, hearing, Drafts())
        self.door.colleagues = self.desk
        turns = UserTurnStrategies(
            start=[TranscriptionUserTurnStartStrategy()],
            stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.02)],
        )
        pair = LLMContextAggregatorPair(
            self.context,
            user_params=LLMUserAggregatorParams(
                user_turn_strategies=turns,
                user_mute_strategies=[PersonMute(self.door)],
                user_idle_timeout=idle_secs,
            ),
        )
        self.door.listen_to(pair)
        ear = CallerWords(hearing, self.door.heard)
        stations = [ear, pair.user(), self.door, self.bot, self.voice, pair.assistant()]
        self.worker = PipelineWorker(Pipeline(stations), enable_rtvi=False, idle_timeout_secs=None)

    @property
    def spoken(self) -> list[str]:
        """What the caller has heard."""
        return self.voice.spoken

    async def hear(self, text: str, confidence: float = 0.85) -> None:
        """The recogniser writes down `text`."""
        frame = TranscriptionFrame(
            text, "", time_now_iso8601(), result=Result(confidence), finalized=True
        )
        await self.worker.queue_frame(frame)

    async def say(self, text: str, confidence: float = 0.85) -> str:
        """The caller says `text`; what they hear then."""
        before = len(self.spoken)
        await self.hear(text, confidence)
        await self.until(lambda: len(self.spoken) > before)
        return self.spoken[-1]

    async def tool(self, tool: str, /, *, error: str | None = None, **arguments: str) -> None:
        """A tool of the bot comes back."""
        frame = FunctionCallResultFrame(tool, "1", arguments, {"ok": True}, error=error)
        await self.bot.push_frame(frame, FrameDirection.UPSTREAM)

    async def until(self, so: Callable[[], object]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(10):
            while not so():
                await asyncio.sleep(0.005)


@asynccontextmanager
async def calling(*, idle_secs: float = 600, **policy: Any) -> AsyncIterator[Call]:
    """A call with a policy of the test's."""
    call = Call(Handover(**policy), idle_secs)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(call.worker)
    running = asyncio.create_task(runner.run())
    try:
        yield call
    finally:
        await runner.cancel()
        await running
