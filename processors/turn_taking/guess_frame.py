"""The frame that ends a turn when the recogniser is late."""

from pipecat.frames.frames import TranscriptionFrame


class GuessedTranscriptionFrame(TranscriptionFrame):
    """A guess that is taken for the final words, which are still owed."""
