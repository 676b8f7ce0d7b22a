"""How long the caller has been quiet."""

from pipecat.frames.frames import Frame, VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame


class LastSound:
    """Follows the caller's voice by the frames that tell of it.

    `at_secs` is when the caller was heard last, on the clock of `follow`; None while they speak,
    and before they have.
    """

    at_secs: float | None = None

    def follow(self, frame: Frame, now_secs: float) -> None:
        """Take note of a frame that has come by."""
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            self.at_secs = now_secs - frame.stop_secs
        elif isinstance(frame, VADUserStartedSpeakingFrame):
            self.at_secs = None

    def ago(self, now_secs: float) -> float:
        """Seconds since then; 0 where that is not known."""
        return 0.0 if self.at_secs is None else max(0.0, now_secs - self.at_secs)
