"""The station in the line that answers what was asked before, and lets everything else pass.

::

                       ┌── hit ──▶ LLMFullResponseStart · LLMText · LLMFullResponseEnd ─┐
    user context ─▶ SemanticCache                                                       ├─▶ voice
                       └── miss ─▶ LLMContextFrame ─▶ LLM ──────────────────────────────┘

What the model answered is seen when the caller speaks next, in the context, as it was heard: only
then is it known whether they accepted it.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EagerEndOfTurnCancelFrame,
    Frame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.turns.speculation_gate import SpeculationGate

from processors.semantic_cache.cache import AnswerCache
from processors.semantic_cache.dialogue import Dialogue, follow
from processors.semantic_cache.entrance import refusal
from processors.semantic_cache.entries import Hit, Miss
from processors.semantic_cache.events import CacheEvent, CacheEventFrame, OnEvent
from processors.semantic_cache.scope import Scope
from processors.semantic_cache.sound_player import AnswerSoundFrame
from processors.semantic_cache.voice import SpokenAnswers

_PATIENCE_SECS = 0.05  # a look-up that takes longer is no gain: the model is asked
_FORGETTING = 0.2  # weight of the newest time in the average of the model's


class SemanticCache(FrameProcessor):
    """Answer from the cache where it is safe to; learn from what the model answers.

    Place: behind the user aggregator (and `DraftDoor`), before the LLM service.
    Reads: LLMContextFrame, which a hit consumes; UserStoppedSpeaking, EagerEndOfTurnCancel,
        Interruption; BotStarted/StoppedSpeaking.
    Emits: on a hit what an LLM service emits (LLMFullResponseStart, LLMText, LLMFullResponseEnd),
        with an AnswerSoundFrame for the text where the sound is known; CacheEventFrame. A draft
        is held until its turn is confirmed, as an LLM service holds its own.

    Args:
        cache: The answers, shared by all calls of the process.
        scope: Where they are true.
        known: All that the bot itself knows, as text: an answer of the model may hold only
            numbers and names of it.
        learning: Whether answers of the model may enter.
        enabled: Whether to look up at all; may be changed during the call.
        holds_drafts: False in a line with a `HeldVoice`, which holds everybody's drafts.
        spoken: The sound of answers, if kept; needs a `SoundPlayer` behind the TTS service.
        dollars: What a model's answer costs, of so many letters read and so many said; by
            default nothing.
        on_event: Is called with everything that the cache does.
    """

    def __init__(
        self,
        cache: AnswerCache,
        scope: Scope,
        *,
        known: str = "",
        learning: bool = True,
        enabled: bool = True,
        holds_drafts: bool = True,
        spoken: SpokenAnswers | None = None,
        dollars: Callable[[int, int], float] = lambda _read, _said: 0.0,
        on_event: OnEvent | None = None,
    ) -> None:
        """Nothing was asked yet."""
        super().__init__()
        self.enabled = enabled
        self._cache = cache
        self._scope = scope
        self._known = known
        self._learning = learning
        self._spoken = spoken
        self._on_event = on_event
        self._dollars = dollars
        self._gate = SpeculationGate(name=f"{self}::SpeculationGate") if holds_drafts else None
        self._last_hit: Hit | None = None
        self._cut_short = False
        self._bot_speaks = False
        self._question: _Question | None = None  # of a turn that is not over
        self._waiting: _Question | None = None  # until the bot speaks
        self._model_ms = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a question that is known; pass everything else on."""
        await super().process_frame(frame, direction)
        match frame:
            case LLMContextFrame() if direction is FrameDirection.DOWNSTREAM:
                if await self._answered(frame):
                    return
            case UserStoppedSpeakingFrame() if direction is FrameDirection.DOWNSTREAM:
                await self._settle()
            case EagerEndOfTurnCancelFrame():
                self._question = None
            case InterruptionFrame():
                self._question = self._waiting = None
                self._cut_short = self._cut_short or self._bot_speaks
            case BotStartedSpeakingFrame() if direction is FrameDirection.UPSTREAM:
                self._bot_speaks = True
                await self._count_time()
            case BotStoppedSpeakingFrame() if direction is FrameDirection.UPSTREAM:
                self._bot_speaks = False
        await self.push_frame(frame, direction)

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Push through the gate, which holds what answers a turn that may not be over."""
        released = self._gate.process(frame, direction) if self._gate else [(frame, direction)]
        for each, way in released:
            await super().push_frame(each, way)

    async def _answered(self, frame: LLMContextFrame) -> bool:
        """Whether the cache answered; False on a miss and on any failure."""
        self._question = None
        question = _Question(follow(frame.context.messages), since_secs=time.monotonic())
        question.letters = len(self._known) + len(str(frame.context.messages))
        try:
            found = await self._look_up(question.dialogue, frame.speculation)
            question.hit = found if isinstance(found, Hit) else None
            question.why = found.reason if isinstance(found, Miss) else ""
        except Exception as error:
            # Whatever is wrong with the cache, the call goes on with the model.
            logger.warning(f"{self}: the cache failed, the model answers: {error!r}")
        self._question = self._waiting = question
        if not frame.speculation:
            await self._settle()
        if question.hit is None:
            return False
        if self._gate:
            self._gate.begin_speculation(frame.speculation)
        await self._say(question.hit)
        return True

    async def _look_up(self, dialogue: Dialogue, speculative: bool) -> Hit | Miss | None:
        bypass = dialogue.bypass if self.enabled else "switched off"
        if self._last_hit and dialogue.corrects:
            bypass = "not accepted"
        if bypass:
            await self._tell(CacheEvent("bypass", bypass, asked=dialogue.asked))
            return None
        started = time.monotonic()
        look = asyncio.to_thread(self._cache.look, dialogue.asked, self._scope)
        try:
            found = await asyncio.wait_for(look, _PATIENCE_SECS)
        except TimeoutError:
            found = Miss("too slow")
        took_ms = (time.monotonic() - started) * 1000
        await self._tell(_event(found, dialogue.asked, took_ms, speculative))
        return found

    async def _settle(self) -> None:
        """The turn is over: look back at the one before, and remember what answers this one."""
        question, self._question = self._question, None
        if question is None:
            return
        hit, self._last_hit = self._last_hit, question.hit
        cut_short, self._cut_short = self._cut_short, False
        if question.hit:
            self._cache.tally.add(self._scope, "hit", question.hit.question)
        elif question.why:
            self._cache.tally.add(self._scope, "miss", question.why)
        try:
            if hit is None:
                await self._consider(question.dialogue, cut_short)
            elif question.dialogue.corrects:
                await asyncio.to_thread(self._cache.reject, hit)
                self._cache.tally.add(self._scope, "wrong", hit.question)
                event = CacheEvent("rejected", asked=hit.asked, question=hit.question)
                await self._tell(event)
        except Exception as error:
            logger.warning(f"{self}: nothing is learnt from this turn: {error!r}")

    async def _consider(self, dialogue: Dialogue, cut_short: bool) -> None:
        """Learn what the model answered before, if the caller accepted it and it may enter."""
        previous = dialogue.previous
        if previous is None or not previous.answer or not (self._learning and self.enabled):
            return
        why = "cut short" if cut_short else "not accepted" if dialogue.corrects else ""
        why = why or refusal(previous, self._known)
        if not why:
            await asyncio.to_thread(
                self._cache.learn, previous.question, previous.answer, self._scope, origin="model"
            )
        kind = "refused" if why else "learnt"
        await self._tell(CacheEvent(kind, why, asked=previous.question, answer=previous.answer))

    async def _say(self, hit: Hit) -> None:
        """What an LLM service emits; with the sound, if it is known."""
        sound = self._spoken.find(hit.answer) if self._spoken else None
        # With the sound there is no text: the voice would speak it, and the context hold it twice.
        said = AnswerSoundFrame(sound) if sound else LLMTextFrame(hit.answer)
        for frame in (LLMFullResponseStartFrame(), said, LLMFullResponseEndFrame()):
            await self.push_frame(frame)

    async def _count_time(self) -> None:
        """The bot speaks: how long that took, and what a hit saved against the model's average."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        took_ms = (time.monotonic() - waiting.since_secs) * 1000
        if waiting.hit is None:
            weight = _FORGETTING if self._model_ms else 1.0
            self._model_ms += weight * (took_ms - self._model_ms)
            return
        saved_ms = max(self._model_ms - took_ms, 0.0)
        dollars = self._dollars(waiting.letters, len(waiting.hit.answer))
        self._cache.tally.add(self._scope, "saved ms", by=saved_ms)
        self._cache.tally.add(self._scope, "saved dollars", by=dollars)
        event = CacheEvent(
            "saved",
            asked=waiting.hit.asked,
            took_ms=took_ms,
            saved_ms=saved_ms,
            saved_dollars=dollars,
        )
        await self._tell(event)

    async def _tell(self, event: CacheEvent) -> None:
        logger.debug(f"{self}: {event}")
        if self._on_event:
            self._on_event(event)
        await super().push_frame(CacheEventFrame(event=event))


@dataclass
class _Question:
    """What was asked, when, and the hit that answers it or why there is none."""

    dialogue: Dialogue
    since_secs: float
    hit: Hit | None = None
    why: str = ""
    letters: int = 0  # that a model would have to read


def _event(found: Hit | Miss, asked: str, took_ms: float, speculative: bool) -> CacheEvent:
    if isinstance(found, Hit):
        return CacheEvent(
            "hit",
            asked=asked,
            question=found.question,
            answer=found.answer,
            confidence=found.confidence,
            took_ms=took_ms,
            speculative=speculative,
        )
    return CacheEvent(
        "miss",
        found.reason,
        asked=asked,
        question=found.nearest,
        confidence=found.confidence,
        took_ms=took_ms,
        speculative=speculative,
    )
