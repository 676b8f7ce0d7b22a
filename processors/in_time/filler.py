"""Say a word when the time of an answer is up, so that silence never sounds like a dropped call.

::

    last sound ── the budget, and what the model may take at least ──┬── a word came: nothing
                                                                      └── "One moment."
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallInProgressFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from processors.in_time.last_sound import LastSound
from processors.semantic_cache.sound_player import AnswerSoundFrame
from processors.trace.budget import patience_ms
from processors.trace.frame import TraceFrame

_FILLERS = {"en": "One moment."}


def filler_for(language: str) -> str:
    """What is said in a language; "" where nothing is known to be right.

    Args:
        language: BCP 47.

    >>> filler_for("en-GB"), filler_for("tlh")
    ('One moment.', '')
    """
    return _FILLERS.get(language.split("-")[0].lower(), "")


class Filler(FrameProcessor):
    """Speak `phrase` when the answer to a turn is late, once a turn.

    Place: directly behind the LLM service, before the voice.
    Reads: the beginning and end of turns and answers, the words of answers; passes every frame on.
    Emits: TTSSpeakFrame downstream, kept out of the context; TraceFrame "budget.acted".

    Args:
        phrase: What to say; "": nothing, ever.
        budget_ms: By line, as of `processors.trace.budget`.
        clock: Steady seconds.
    """

    def __init__(
        self,
        phrase: str,
        budget_ms: Mapping[str, int],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nobody has asked anything."""
        super().__init__()
        self._phrase = phrase
        self._budget_ms = budget_ms
        self._clock = clock
        self._last_sound = LastSound()
        self._over_at: float | None = None  # of the turn that waits for its answer
        self._asked = False  # a model or a tool is at work
        self._has_words = False
        self._works_on = False  # with a tool
        self._timer: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follow the turn; pass every frame on."""
        await super().process_frame(frame, direction)
        self._last_sound.follow(frame, self._clock())
        if direction is FrameDirection.DOWNSTREAM:
            await self._follow(frame)
        await self.push_frame(frame, direction)

    async def _follow(self, frame: Frame) -> None:
        match frame:
            case UserStoppedSpeakingFrame():
                self._over_at = self._clock()
            case LLMFullResponseStartFrame():
                self._asked, self._works_on, self._has_words = True, False, False
            case FunctionCallInProgressFrame():
                self._asked = self._works_on = True
            case LLMFullResponseEndFrame() if not self._works_on:
                self._asked = False
            case LLMTextFrame(text=text) if text.strip():
                self._answered()
            case TTSSpeakFrame() | AnswerSoundFrame():
                self._answered()
            case UserStartedSpeakingFrame() | InterruptionFrame() | EndFrame() | CancelFrame():
                self._over_at, self._asked = None, False
        await self._set_timer()

    def _answered(self) -> None:
        # The words of a draft come before its turn is over; another answer may still be asked for.
        self._over_at, self._has_words = None, True

    async def _set_timer(self) -> None:
        late = self._asked and not self._has_words and self._over_at is not None
        waits = late and bool(self._phrase)
        if waits and self._timer is None:
            self._timer = self.create_task(self._wait())
        elif not waits and self._timer is not None:
            timer, self._timer = self._timer, None
            await self.cancel_task(timer)

    async def _wait(self) -> None:
        assert self._over_at is not None
        waited_ms = round(1000 * self._last_sound.ago(self._over_at))
        patience = patience_ms(self._budget_ms, waited_ms)
        await asyncio.sleep(max(0.0, self._over_at + patience / 1000 - self._clock()))
        self._over_at, self._timer = None, None
        gone_ms = round(1000 * self._last_sound.ago(self._clock()))
        why = f"{gone_ms} ms after the caller's last sound there is not a word of the answer"
        about = {"act": "filler", "says": self._phrase, "lost_ms": gone_ms, "why": why}
        await self.push_frame(TraceFrame(kind="budget.acted", about=about))
        await self.push_frame(TTSSpeakFrame(self._phrase, append_to_context=False))

    async def cleanup(self) -> None:
        """Say nothing any more."""
        await super().cleanup()
        if self._timer is not None:
            await self.cancel_task(self._timer)
            self._timer = None
