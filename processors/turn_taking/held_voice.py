"""Hold an answer behind the voice until the turn is confirmed, so that its first sound is ready.

::

    user context ─▶ DraftDoor ─▶ cache ─▶ … ─▶ LLM ─▶ HeldVoice( … TTS ─▶ gate ) ─▶ output
                       │                                                          │
                       └ "what follows answers draft 7" travels with the answer ──┘ held, let go
                                                                                    or dropped

Pipecat holds a speculative answer inside the LLM service. Here its text goes on into the voice
(`let_text_through`), and everything that was produced for the draft waits in the gate: whoever
answers, the model, a cache or a set phrase, answers between the door and the gate and needs to know
nothing about it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from pipecat.frames.frames import (
    ControlFrame,
    EagerEndOfTurnCancelFrame,
    Frame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMRunFrame,
    LLMTextFrame,
    SystemFrame,
    TTSAudioRawFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_text_processor import LLMTextProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import BaseTextAggregator

from processors.turn_taking.first_clause import FirstClauseAggregator
from processors.turn_taking.speculation import Draft, Drafts, DraftState


@dataclass
class AnswerFollowsFrame(ControlFrame):
    """What comes after this frame, up to the next one, answers `draft`, or a turn that is over."""

    draft: Draft | None = None


@dataclass
class DropVoiceFrame(InterruptionFrame):
    """Empties the voice of discarded drafts. Never leaves `HeldVoice`: nobody was interrupted."""

    drafts: tuple[Draft, ...] = ()


class DraftDoor(FrameProcessor):
    """Tell what comes through whether it answers a draft, and settle the draft when it is time.

    Place: directly behind the user aggregator, before whatever may answer (cache, router, LLM).
    Reads: LLMContextFrame, UserStoppedSpeaking, EagerEndOfTurnCancel, Interruption.
    Emits: AnswerFollowsFrame before each LLMContextFrame; LLMRunFrame upstream where a draft fell
    through after it had been confirmed.

    Args:
        drafts: The call's drafts.
    """

    def __init__(self, drafts: Drafts) -> None:
        """No draft yet."""
        super().__init__()
        self._drafts = drafts
        self._announced: Draft | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Settle or announce a draft; pass every frame on."""
        await super().process_frame(frame, direction)
        downstream = direction is FrameDirection.DOWNSTREAM
        match frame:
            case LLMContextFrame() if downstream:
                if not await self._announce(frame):
                    return
            case UserStoppedSpeakingFrame() if downstream:
                self._drafts.keep()
            case InterruptionFrame():
                self._on_interrupted()
            case EagerEndOfTurnCancelFrame() if downstream:
                self._on_withdrawn()
            case EagerEndOfTurnCancelFrame():
                await self._on_tool_wanted()
        await self.push_frame(frame, direction)

    def _on_interrupted(self) -> None:
        # A turn interrupts when it begins; its own draft may be open by then, and is on its way.
        if self._drafts.held is self._announced:
            self._drafts.discard("interrupted")

    def _on_withdrawn(self) -> None:
        if self._drafts.withdrawals:
            # Already discarded by who announces it; the next draft may have been opened since.
            self._drafts.withdrawals -= 1
        else:
            self._drafts.discard("withdrawn")

    async def _announce(self, frame: LLMContextFrame) -> bool:
        """Say what the coming answer is for; returns whether one is wanted at all."""
        draft = None
        if frame.speculation:
            draft = self._drafts.about(_last_text(frame))
            if draft is None and not self._drafts.managed:
                # Opened here for strategies that keep no drafts (of recognisers that detect turns).
                draft = self._drafts.open(_last_text(frame))
            if draft is None or draft.state is DraftState.DISCARDED:
                return False
            self._announced = draft
        elif self._drafts.discard("another answer was asked for"):
            await self.push_frame(EagerEndOfTurnCancelFrame())
        await self.push_frame(AnswerFollowsFrame(draft=draft))
        return True

    async def _on_tool_wanted(self) -> None:
        """The model would call a tool, which no draft may do: the turn is answered afterwards."""
        draft = self._drafts.current
        confirmed = draft is not None and draft.confirmed
        self._drafts.discard("a tool was wanted")
        if confirmed:
            # The turn ended in the same moment, with the draft as its answer: nobody else answers.
            await self.push_frame(LLMRunFrame(), FrameDirection.UPSTREAM)


class HeldVoice(Pipeline):
    """A voice whose speech for a draft is made at once and heard when the turn is confirmed.

    Place: where the TTS service stands.
    Reads: AnswerFollowsFrame, UserStoppedSpeaking, EagerEndOfTurnCancel, Interruption.
    Emits: what the voice emits, late or, for a draft that is discarded, not at all.

    Args:
        voice: The TTS service, or a switcher of several, and whatever else makes sound.
        drafts: The call's drafts.
        clauses: Cuts the model's text into what is spoken in one go.
    """

    def __init__(
        self,
        voice: Sequence[FrameProcessor],
        drafts: Drafts,
        *,
        clauses: BaseTextAggregator | None = None,
    ) -> None:
        """Open, until a draft comes."""
        text = LLMTextProcessor(text_aggregator=clauses or FirstClauseAggregator())
        super().__init__([_Front(drafts), text, *voice, VoiceGate(drafts)])


class _Front(FrameProcessor):
    """Keep a discarded draft out of the voice, and have the voice forget what it has of it."""

    def __init__(self, drafts: Drafts) -> None:
        super().__init__()
        self._drafts = drafts
        self._draft: Draft | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction is not FrameDirection.DOWNSTREAM:
            await self.push_frame(frame, direction)
            return
        match frame:
            case AnswerFollowsFrame(draft=draft):
                self._draft = draft
            case LLMTextFrame(text=text) if self._draft:
                self._drafts.wrote(self._draft, len(text))
        if not _dropped(self._draft, frame):
            await self.push_frame(frame, direction)
        elif isinstance(frame, LLMFullResponseEndFrame):
            self._draft = None
        if isinstance(frame, EagerEndOfTurnCancelFrame):
            await self._empty_voice()

    async def _empty_voice(self) -> None:
        if _is(self._draft, DraftState.HELD):
            # Withdrawn between door and voice: the model would call a tool.
            self._drafts.discard("a tool was wanted")
        if self._drafts.unpurged:
            await self.push_frame(DropVoiceFrame(drafts=tuple(self._drafts.unpurged)))


class VoiceGate(FrameProcessor):
    """Hold what the voice makes of a draft; let it go, or drop it. See `HeldVoice`.

    Args:
        drafts: The call's drafts.
    """

    def __init__(self, drafts: Drafts) -> None:
        """Open, until a draft comes."""
        super().__init__()
        self._drafts = drafts
        self._draft: Draft | None = None
        self._held: deque[Frame] = deque()
        self._late_words = _LateWords()
        # Verdicts and answers arrive in several tasks; what is held leaves in one piece.
        self._leaving = asyncio.Lock()
        drafts.watch(self._on_settled)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Hold, release, drop or pass `frame`."""
        await super().process_frame(frame, direction)
        if direction is not FrameDirection.DOWNSTREAM:
            await self.push_frame(frame, direction)
        elif isinstance(frame, SystemFrame):
            await self._on_system(frame)
        elif isinstance(frame, AnswerFollowsFrame):
            await self._on_next_answer(frame)
        else:
            await self._on_answer(frame)

    async def _on_system(self, frame: SystemFrame) -> None:
        match frame:
            case DropVoiceFrame(drafts=drafts):
                await self._drop(*drafts)
                return
            case InterruptionFrame():
                # The voice has already dropped what it had of an interrupted draft.
                await self._drop(*self._drafts.unpurged)
            case EagerEndOfTurnCancelFrame():
                await self._drop()
        await self.push_frame(frame)

    def _on_settled(self, draft: Draft) -> None:
        # The end of the turn itself is still a dozen hops away, and the caller waits.
        if draft is self._draft and draft.state is DraftState.KEPT:
            self.create_task(self._release(), f"{self}: kept")

    async def _release(self) -> None:
        async with self._leaving:
            await self._let_go()

    async def _on_next_answer(self, frame: AnswerFollowsFrame) -> None:
        if _is(self._draft, DraftState.KEPT):
            await self._release()
        else:
            await self._drop(*self._drafts.unpurged)
        self._draft = frame.draft
        self._late_words = _LateWords()

    async def _on_answer(self, frame: Frame) -> None:
        if _is(self._draft, DraftState.HELD):
            await self._hold(frame)
        elif not _dropped(self._draft, frame):
            async with self._leaving:
                await self._let_go()
                await self.push_frame(self._late_words.set_right(frame))
        elif isinstance(frame, LLMFullResponseEndFrame) and self._draft:
            await self._drop(self._draft)

    async def _hold(self, frame: Frame) -> None:
        if isinstance(frame, TTSAudioRawFrame):
            self._late_words.audio_held(frame, self.get_clock().get_time())
        self._held.append(frame)
        ended = isinstance(frame, LLMFullResponseEndFrame)
        # The answerer failed. Left held, the draft would be confirmed and nobody would answer.
        fruitless = not self._late_words.any_audio and not (self._draft and self._draft.wants_tools)
        if ended and fruitless:
            self._drafts.discard("nothing came of it")
            await self._drop(*self._drafts.unpurged)

    async def _let_go(self) -> None:
        """Push what is held, in order."""
        if self._held:
            self._late_words.let_go(self.get_clock().get_time())
        while self._held:
            await self.push_frame(self._late_words.set_right(self._held.popleft()))

    async def _drop(self, *purged: Draft) -> None:
        """Forget what is held, all but what must be delivered; `purged` have left the voice."""
        async with self._leaving:
            kept = [frame for frame in self._held if not frame.interruptible]
            self._held.clear()
            for frame in kept:
                await self.push_frame(frame)
        for draft in purged:
            self._drafts.purged(draft)
            if draft is self._draft:
                self._draft = None


class _LateWords:
    """Words carry the time at which they are heard; a voice that was held is heard later."""

    def __init__(self) -> None:
        self._first_ns: dict[str | None, int] = {}
        self._late_ns: dict[str | None, int] = {}
        self._last_ns = 0

    @property
    def any_audio(self) -> bool:
        """Whether any audio was held."""
        return bool(self._first_ns)

    def audio_held(self, frame: TTSAudioRawFrame, now_ns: int) -> None:
        """Take note of when the voice took its audio to be heard."""
        self._first_ns.setdefault(frame.context_id, now_ns)

    def let_go(self, now_ns: int) -> None:
        """The held audio is heard from now on."""
        self._late_ns = {name: now_ns - first for name, first in self._first_ns.items()}

    def set_right(self, frame: Frame) -> Frame:
        """`frame` with the time at which it is really heard."""
        if frame.pts:
            context_id = getattr(frame, "context_id", None)
            if context_id is not None:
                self._last_ns = self._late_ns.get(context_id, 0)
            frame.pts += self._last_ns
        return frame


def _is(draft: Draft | None, state: DraftState) -> bool:
    return draft is not None and draft.state is state


def _dropped(draft: Draft | None, frame: Frame) -> bool:
    """Whether `frame` belongs to a draft that was discarded, and may be dropped with it."""
    told = isinstance(frame, SystemFrame | AnswerFollowsFrame)
    return _is(draft, DraftState.DISCARDED) and frame.interruptible and not told


def _last_text(frame: LLMContextFrame) -> str:
    messages = frame.context.messages
    last = messages[-1] if messages else None
    content = last.get("content") if isinstance(last, dict) else None
    return content if isinstance(content, str) else ""
