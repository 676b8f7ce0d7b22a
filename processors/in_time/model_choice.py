"""Which model answers: the usual one, a faster one for a turn that is late, a cheaper one for good.

A turn is late when the caller's pause, the recogniser and whatever stands before the model have
taken longer than the budget gives them all together. That is decided once a turn, when its answer
is asked for; an answer prepared ahead is never late.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMUpdateSettingsFrame,
    UserStartedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import LLMSettings

from processors.in_time.last_sound import LastSound
from processors.trace.budget import lost_before_the_model
from processors.trace.frame import TraceFrame


@dataclass(frozen=True)
class Models:
    """What a vendor calls its models.

    Args:
        usual: The one that the service begins with.
        faster: Answers sooner, less well; None where there is none.
        cheaper: Costs less; None where there is none.
    """

    usual: str
    faster: str | None = None
    cheaper: str | None = None

    @classmethod
    def of(cls, usual: str, fast: str | None) -> "Models":
        """A vendor's fast model is the cheaper one, too.

        >>> Models.of("strong", "fast").cheaper, Models.of("fast", "fast").cheaper
        ('fast', None)
        """
        other = fast if fast != usual else None
        return cls(usual, other, other)


class ModelChoice(FrameProcessor):
    """Have the model changed where time or money asks for it.

    Place: directly before the LLM service.
    Reads: LLMContextFrame, VADUserStarted/StoppedSpeaking, UserStartedSpeaking; passes all on.
    Emits: LLMUpdateSettingsFrame downstream before a context that another model answers than the
    last one; TraceFrame "budget.acted" where a turn was late.

    Args:
        models: What there is to choose from.
        budget_ms: By line, as of `processors.trace.budget`.
        clock: Steady seconds.
    """

    def __init__(
        self,
        models: Models,
        budget_ms: Mapping[str, int],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The usual model answers."""
        super().__init__()
        self._models = models
        self._budget_ms = budget_ms
        self._clock = clock
        self._last_sound = LastSound()
        self._present = self._usual = models.usual
        self._decided = False  # for this turn

    def save(self) -> None:
        """The cheaper model answers from now on."""
        self._usual = self._models.cheaper or self._usual

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Change the model before a context where that is due."""
        await super().process_frame(frame, direction)
        self._last_sound.follow(frame, self._clock())
        if isinstance(frame, UserStartedSpeakingFrame):
            self._decided = False
        elif isinstance(frame, LLMContextFrame) and direction is FrameDirection.DOWNSTREAM:
            await self._choose(ahead=frame.speculation)
        await self.push_frame(frame, direction)

    async def _choose(self, *, ahead: bool) -> None:
        faster = self._models.faster
        if ahead:
            await self._have(self._usual)
            return
        if self._decided:
            return  # what a tool has brought is answered by who has asked for it
        self._decided = True
        waited_ms = round(1000 * self._last_sound.ago(self._clock()))
        lost_ms = lost_before_the_model(self._budget_ms, waited_ms)
        if not faster or faster == self._usual or lost_ms <= 0:
            await self._have(self._usual)
            return
        await self._have(faster)
        why = f"{waited_ms} ms have gone before the model is asked, {lost_ms} ms more than planned"
        about = {"act": "faster model", "model": faster, "lost_ms": lost_ms, "why": why}
        await self.push_frame(TraceFrame(kind="budget.acted", about=about))

    async def _have(self, model: str) -> None:
        if model != self._present:
            self._present = model
            await self.push_frame(LLMUpdateSettingsFrame(delta=LLMSettings(model=model)))
