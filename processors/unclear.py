"""Say plainly that something was not understood, instead of acting on what it was taken for.

::

    "the orchestra rehearsed" ─▶ STT ─▶ "the author her sun", not understood ─▶ "[unclear]"

Recognisers that say nothing of the kind are believed.
"""

import copy
from typing import TypeVar

from pipecat.frames.frames import Frame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

UNCLEAR = "[unclear]"
"""What a model reads, and a page shows, where speech could not be understood."""

AnyFrame = TypeVar("AnyFrame", bound=Frame)


def plainly(frame: AnyFrame) -> AnyFrame:
    """`frame`, or the same one with `UNCLEAR` as its text where its `result.understood` is False.

    >>> plainly(TranscriptionFrame("hello", "", "")).text
    'hello'
    """
    understood = getattr(getattr(frame, "result", None), "understood", True)
    if not isinstance(frame, TranscriptionFrame) or understood is not False:
        return frame
    # A copy with the same id: still one utterance, for whoever counts them.
    told = copy.copy(frame)
    told.text = UNCLEAR
    return told


class Unclear(FrameProcessor):
    """Replace final transcripts that their recogniser did not understand itself.

    Place: between the backchannel filter, which reads a "mm-hmm" in anything, and the user
    aggregator.
    Reads: TranscriptionFrame with a `result.understood`; passes every other frame on.
    Emits: the transcript with `UNCLEAR` as its text.
    """

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass everything on."""
        await super().process_frame(frame, direction)
        await self.push_frame(plainly(frame), direction)
