"""What the recogniser heard: the `result` of its transcription frames.

Other processors read it by its attributes alone (`getattr(frame.result, "understood", True)`), so
that they need nothing of this package.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class HeardWord:
    """A word with its place in the utterance.

    Args:
        text: As it is written in the transcript.
        start_secs: From the first sample that the recogniser got of this utterance.
        end_secs: As `start_secs`; greater than it.
        confidence: How well the sound fits the word and not just any sound, 0 to 1.
    """

    text: str
    start_secs: float
    end_secs: float
    confidence: float


@dataclass(frozen=True)
class Heard:
    """An utterance.

    Args:
        confidence: How well the whole fits what it was taken for, 0 to 1.
        words: In the order in which they were said.
        understood: Whether `confidence` is enough to act on the words. If not, ask again: speech
            about something else is forced into words that the bot knows.
    """

    confidence: float
    words: tuple[HeardWord, ...]
    understood: bool
