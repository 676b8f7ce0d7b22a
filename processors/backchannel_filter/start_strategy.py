"""When a turn of the caller begins: at once while the bot is silent, by verdict while it speaks."""

import time
from collections.abc import Callable

from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.turns.types import ProcessFrameResult
from pipecat.turns.user_start import BaseUserTurnStartStrategy

from processors.backchannel_filter.overlap_frame import OverlapFrame
from processors.backchannel_filter.owed import Late, Owed
from processors.turn_taking.guess_frame import GuessedTranscriptionFrame


class FloorTurnStart(BaseUserTurnStartStrategy):
    """Start a turn with the caller's voice, unless the filter has to judge it first.

    Takes the place of Pipecat's two defaults, which cancel the bot's speech for any sound.
    Words need no second look: the filter lets only those through that belong to a turn.

    A final transcript that was on its way when the turn was ended on a guess at it starts none.

    Args:
        judged: Whether a sound that begins now is the filter's to judge.
        clock: Seconds that only grow.
    """

    def __init__(
        self, judged: Callable[[], bool], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """No turn yet."""
        super().__init__()
        self._judged = judged
        self._clock = clock
        self._owed = Owed()
        self._open = False

    async def handle_user_turn_started(self) -> None:
        """A turn is open."""
        await super().handle_user_turn_started()
        self._open = True

    async def handle_user_turn_stopped(self) -> None:
        """The turn is over; its last words may be owed."""
        await super().handle_user_turn_stopped()
        self._open = False
        self._owed.turn_ended(self._clock())

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """Start the turn where the frame says so."""
        if self._says_nothing_new(frame):
            await self.trigger_reset_aggregation()
            return ProcessFrameResult.STOP
        match frame:
            case OverlapFrame():
                starts = frame.takes_floor
            case VADUserStartedSpeakingFrame():
                starts = not self._judged()
            case InterimTranscriptionFrame() | TranscriptionFrame():
                starts = bool(frame.text.strip())
            case _:
                starts = False
        if starts:
            await self.trigger_user_turn_started()
        return ProcessFrameResult.STOP if starts else ProcessFrameResult.CONTINUE

    def _says_nothing_new(self, frame: Frame) -> bool:
        match frame:
            case VADUserStartedSpeakingFrame():
                self._owed.voice()
            case GuessedTranscriptionFrame():
                pass  # the guess itself
            case InterimTranscriptionFrame() | TranscriptionFrame():
                final = isinstance(frame, TranscriptionFrame)
                late = self._owed.heard(
                    frame.text,
                    final=final,
                    sealed=getattr(frame, "finalized", False),
                    now=self._clock(),
                )
                return late is Late.SAME and not self._open
        return False
