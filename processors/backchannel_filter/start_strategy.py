"""When a turn of the caller begins: at once while the bot is silent, by verdict while it speaks."""

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


class FloorTurnStart(BaseUserTurnStartStrategy):
    """Start a turn with the caller's voice, unless the filter has to judge it first.

    Takes the place of Pipecat's two defaults, which cancel the bot's speech for any sound.
    Words need no second look: the filter lets only those through that belong to a turn.

    Args:
        judged: Whether a sound that begins now is the filter's to judge.
    """

    def __init__(self, judged: Callable[[], bool]) -> None:
        """No turn yet."""
        super().__init__()
        self._judged = judged

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """Start the turn where the frame says so."""
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
