"""The frame that tells of a decision about a sound of the caller over the bot's voice."""

from dataclasses import dataclass

from pipecat.frames.frames import ControlFrame

from processors.backchannel_filter.rules import Overlap


@dataclass
class OverlapFrame(ControlFrame):
    """What a sound of the caller was, made while the bot spoke.

    Starts the caller's turn where it takes the floor; else a note for observers.

    Args:
        overlap: What it was; UNDECIDED for one that came to nothing.
        takes_floor: Whether the bot falls silent for it.
        text: The words, "" without.
        bot_said: What the caller had heard of the bot's turn.
        speech_secs: How long the sound was so far, in seconds; None for words without a sound.
        held_secs: How long the bot paused for it, in seconds.
    """

    overlap: Overlap
    takes_floor: bool
    text: str = ""
    bot_said: str = ""
    speech_secs: float | None = None
    held_secs: float = 0.0
