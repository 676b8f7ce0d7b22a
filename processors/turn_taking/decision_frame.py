"""The frame that tells why a turn was taken for over."""

from dataclasses import dataclass

from pipecat.frames.frames import SystemFrame


@dataclass
class TurnDecisionFrame(SystemFrame):
    """The evidence on which the caller's turn was ended; a note for observers.

    Args:
        text: The words of the turn.
        words: How finished they are: "complete", "likely", "open", "incomplete".
        probability: The turn model's view of the sound in [0, 1]; None when it had none.
        expected: What the bot had asked for.
        quiet_secs: Silence since the last voiced sound.
        wait_secs: Silence that the evidence asked for.
        stretch: How much longer than usual the caller's own pauses made it.
        profile: The bot's profile.
        drafted: Whether the answer was prepared already.
    """

    text: str = ""
    words: str = ""
    probability: float | None = None
    expected: str = ""
    quiet_secs: float = 0.0
    wait_secs: float = 0.0
    stretch: float = 1.0
    profile: str = ""
    drafted: bool = False
