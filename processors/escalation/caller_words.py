"""Keep how sure the recogniser was of the turn that is being spoken, and what a person hears."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipecat.frames.frames import Frame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor


@dataclass
class Hearing:
    """How well the present turn of the caller was heard."""

    confidences: list[float] = field(default_factory=list)
    understood: bool = True

    def add(self, result: Any) -> None:
        """Take note of a recogniser's result, whatever recogniser it is."""
        confidence = confidence_of(result)
        if confidence is not None:
            self.confidences.append(confidence)
        self.understood = self.understood and getattr(result, "understood", True) is not False

    def so_far(self) -> tuple[float | None, bool]:
        """Confidence and understanding of the turn as far as it has come."""
        count = len(self.confidences)
        return (sum(self.confidences) / count if count else None), self.understood

    def take(self) -> tuple[float | None, bool]:
        """Confidence and understanding of the whole turn; the next one begins."""
        whole = self.so_far()
        self.confidences.clear()
        self.understood = True
        return whole


def confidence_of(result: Any) -> float | None:
    """The confidence in a recogniser's result, 0 to 1; None when there is none to be found.

    Reads `result.confidence` (embedded) and the first alternative of a channel (Deepgram).
    """
    for look in (
        lambda: result.confidence,
        lambda: result.channel.alternatives[0].confidence,
        lambda: result["channel"]["alternatives"][0]["confidence"],
        lambda: result["confidence"],
    ):
        try:
            value = float(look())
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            continue
        return value if 0 <= value <= 1 else None
    return None


class CallerWords(FrameProcessor):
    """Note each transcript on its way to the user aggregator.

    Place: directly before the user aggregator, which is deaf while a person has the call.
    Reads: TranscriptionFrame; passes every frame on.

    Args:
        hearing: Filled with what the recogniser says of its words.
        heard: Called with every transcript and its confidence.
    """

    def __init__(self, hearing: Hearing, heard: Callable[[str, float | None], None]) -> None:
        """Nothing was heard yet."""
        super().__init__()
        self._hearing = hearing
        self._heard = heard

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Note transcripts, pass everything on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame) and direction is FrameDirection.DOWNSTREAM:
            self._hearing.add(frame.result)
            self._heard(frame.text, confidence_of(frame.result))
        await self.push_frame(frame, direction)
