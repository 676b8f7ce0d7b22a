"""In a room with several people only the caller is the caller."""

from pipecat.frames.frames import Frame, UserAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor


class CallerOnly(FrameProcessor):
    """Keep an operator's voice away from the recogniser: it would become the caller's turn.

    Place: right behind the transport's input.
    Reads: UserAudioRawFrame; drops those of `operators`, passes everything else on.
    """

    def __init__(self) -> None:
        """Nobody is an operator yet."""
        super().__init__()
        self.operators: set[str] = set()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Drop the sound of operators."""
        await super().process_frame(frame, direction)
        if isinstance(frame, UserAudioRawFrame) and frame.user_id in self.operators:
            return
        await self.push_frame(frame, direction)
