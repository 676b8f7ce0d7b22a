"""A conversation on a clock that jumps: real aggregators and strategy, fake model and voice.

::

    what happens (Say, Pause, …) ─▶ user context ─▶ DraftDoor ─▶ model ─▶ HeldVoice(voice) ─▶ Room
                                                                              assistant ◀──────┘

Nothing waits: the loop's time is moved on whenever everybody sleeps.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipecat.adapters.llm.services.open_ai_adapter import OpenAILLMAdapter
from pipecat.frames.frames import (
    Frame,
    FunctionCallFromLLM,
    InterimTranscriptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.observers.base_observer import BaseObserver
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.turns.user_start import BaseUserTurnStartStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from processors.backchannel_filter import BackchannelFilter
from processors.turn_taking.held_calls import HeldCalls
from processors.turn_taking.held_voice import DraftDoor, HeldVoice
from processors.turn_taking.open_gate import let_text_through
from processors.turn_taking.rtvi import CandidRTVI
from processors.turn_taking.speculation import Drafts
from processors.turn_taking.stop_strategy import AdaptiveTurnStop
from processors.turn_taking.turn_model import TurnModel

T = TypeVar("T")
RATE = 16_000


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer when nothing else is to do."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0
        select: Callable[[float | None], list[Any]] = self._selector.select  # pyright: ignore[reportAttributeAccessIssue]

        def jump(timeout: float | None) -> list[Any]:
            if not timeout:
                return select(timeout)
            events = select(0)
            if not events:
                self._now += timeout
            return events

        self._selector.select = jump  # pyright: ignore[reportAttributeAccessIssue]

    def time(self) -> float:
        return self._now


def jumping(story: Coroutine[Any, Any, T]) -> T:
    """Run `story` to its end on a clock that jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(story)


@dataclass(frozen=True)
class Voice:
    """The caller begins to make a sound."""


@dataclass(frozen=True)
class Quiet:
    """The caller has stopped making one, for as long as VAD wants."""


@dataclass(frozen=True)
class Guess:
    """An interim transcript."""

    text: str


@dataclass(frozen=True)
class Final:
    """A final transcript."""

    text: str
    finalized: bool = True


@dataclass(frozen=True)
class After:
    """Time passes."""

    secs: float


Event = Voice | Quiet | Guess | Final | After | Frame


class FakeTurnModel(TurnModel):
    """Says what it is told to."""

    def __init__(self, probability: float | None = 0.95) -> None:
        super().__init__()
        self.probability = probability

    async def complete(self, pcm: bytes, rate: int) -> float | None:
        await asyncio.sleep(0.05)
        return self.probability


class FakeModel(HeldCalls[OpenAILLMAdapter], OpenAILLMService):
    """Answers "Answer to <what was said>." after a quarter of a second, a word at a time."""

    def __init__(
        self, *, wants_tool: bool = False, first_says: str = "Let me look.", fails: int = 0
    ) -> None:
        super().__init__(api_key="unused")
        self.first_says = first_says
        self.asked: list[str] = []
        self.finished: list[str] = []
        self.wants_tool = wants_tool
        self.fails = fails

    async def _process_context(self, context: LLMContext) -> None:
        said = str(context.messages[-1].get("content"))  # pyright: ignore[reportAttributeAccessIssue]
        self.asked.append(said)
        await asyncio.sleep(0.25)
        if self.fails:
            self.fails -= 1
            return
        if self.wants_tool:
            if self.first_says:
                await self._push_llm_text(self.first_says)
            call = FunctionCallFromLLM("look", "1", {}, context)
            await self.run_function_calls([call])
            return
        for word in f"Answer to {said}.".split():
            await self._push_llm_text(f" {word}")
            await asyncio.sleep(0.0125)
        self.finished.append(said)


class FakeVoice(TTSService):
    """Speaks each text 0.12 s after it was asked to, as 0.1 s of sound."""

    def __init__(self) -> None:
        super().__init__(
            push_text_frames=True,
            push_stop_frames=True,
            push_start_frame=True,
            settings=TTSSettings(model=None, voice=None, language=None),
        )
        self.asked: list[str] = []

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        self.asked.append(text)
        await asyncio.sleep(0.12)
        yield TTSAudioRawFrame(bytes(2 * RATE // 10), RATE, 1, context_id=context_id)


@dataclass(frozen=True)
class Heard:
    """Something that came out at the caller's end, at `secs` since the beginning."""

    secs: float
    what: str
    text: str = ""


class Room(FrameProcessor):
    """Where the caller is: notes what is heard and when the turn ended."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Heard] = []
        self._began = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        now = asyncio.get_running_loop().time() - 1000.0
        match frame:
            case TTSAudioRawFrame():
                self.heard.append(Heard(now, "sound"))
            case TTSTextFrame(text=text):
                self.heard.append(Heard(now, "words", text))
            case UserStoppedSpeakingFrame():
                self.heard.append(Heard(now, "turn over"))
            case LLMFullResponseStartFrame():
                self.heard.append(Heard(now, "answer begins"))
            case LLMTextFrame(text=text):
                self.heard.append(Heard(now, "raw words", text))
            case LLMFullResponseEndFrame():
                self.heard.append(Heard(now, "answer ends"))
        await self.push_frame(frame, direction)


@dataclass
class Outcome:
    """What came of a conversation."""

    heard: list[Heard]
    messages: list[dict[str, Any]]
    drafts: Drafts
    model: FakeModel
    voice: FakeVoice
    told: list[dict[str, Any]] = field(default_factory=list)

    def times(self, what: str) -> list[float]:
        """When `what` came out."""
        return [heard.secs for heard in self.heard if heard.what == what]

    @property
    def words(self) -> list[str]:
        """What the caller heard, text by text."""
        return [heard.text for heard in self.heard if heard.what == "words"]

    @property
    def said(self) -> list[tuple[str, str]]:
        """The context as (role, text)."""
        return [(message["role"], str(message.get("content"))) for message in self.messages]

    def told_texts(self, kind: str) -> list[str]:
        """The texts of the RTVI messages of one kind."""
        return [message["data"]["text"] for message in self.told if message.get("type") == kind]


class _Told(CandidRTVI):
    """RTVI whose messages are kept instead of sent."""

    def __init__(self, drafts: Drafts) -> None:
        super().__init__(drafts)
        self.told: list[dict[str, Any]] = []

    async def push_transport_message(self, model: Any, exclude_none: bool = True) -> None:
        self.told.append(model.model_dump(exclude_none=exclude_none))


async def converse(
    *events: Event,
    probability: float | None = 0.95,
    model: FakeModel | None = None,
    drafts: Drafts | None = None,
    asked: str = "",
    profile: Any = "balanced",
    answerers: tuple[FrameProcessor, ...] = (),
    observers: tuple[BaseObserver, ...] = (),
    ears: BackchannelFilter | None = None,
    starts: list[BaseUserTurnStartStrategy] | None = None,
    draft_secs: float = 5.0,
    settle_secs: float = 8.0,
    tools: tuple[Any, ...] = (),
) -> Outcome:
    """Let `events` happen one after another; returns what came of them `settle_secs` later."""
    loop = asyncio.get_running_loop()
    drafts, model, voice, room = drafts or Drafts(), model or FakeModel(), FakeVoice(), Room()
    context = LLMContext(tools=list(tools))
    if asked:
        context.add_message({"role": "assistant", "content": asked})
    stop = AdaptiveTurnStop(
        profile,
        context=context,
        drafts=drafts,
        turn_model=FakeTurnModel(probability),
        draft_secs=draft_secs,
        clock=loop.time,
    )
    user, assistant = LLMContextAggregatorPair(
        context,
        # Pipecat asks the caller to repeat a turn without words; here such a turn stays unanswered.
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=UserTurnStrategies(
                start=ears.start_strategies() if ears else starts, stop=[stop]
            ),
            empty_user_turn=None,
        ),
    )
    let_text_through(model, drafts=drafts)
    rtvi = _Told(drafts)
    spoken = [user, DraftDoor(drafts), *answerers, model, HeldVoice([voice], drafts)]
    line = [*([ears] if ears else []), *spoken, room, assistant]
    worker = PipelineWorker(
        Pipeline(line),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        rtvi_processor=rtvi,
        observers=list(observers),
        idle_timeout_secs=None,
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(1)
    for event in events:
        await _let_happen(worker, event)
    await asyncio.sleep(settle_secs)
    messages: list[dict[str, Any]] = [
        {**message} for message in context.messages if isinstance(message, dict)
    ]
    outcome = Outcome([*room.heard], messages, drafts, model, voice, [*rtvi.told])
    await runner.cancel("the story is over")
    await running
    return outcome


async def _let_happen(worker: PipelineWorker, event: Event) -> None:
    match event:
        case After(secs):
            await asyncio.sleep(secs)
        case Voice():
            await worker.queue_frame(VADUserStartedSpeakingFrame(start_secs=0.2))
        case Quiet():
            await worker.queue_frame(VADUserStoppedSpeakingFrame(stop_secs=0.2))
        case Guess(text):
            await worker.queue_frame(InterimTranscriptionFrame(text, "", time_now_iso8601()))
        case Final(text, finalized):
            await worker.queue_frame(
                TranscriptionFrame(text, "", time_now_iso8601(), finalized=finalized)
            )
        case Frame():
            await worker.queue_frame(event)
