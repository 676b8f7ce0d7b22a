"""What happens in a call, as the signals see it, and what a signal makes of it.

::

    CallerSaid · BotSaid · Quiet · ToolDone · BudgetSpent ──▶ Signal.notice ──▶ Evidence, or None
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class CallerSaid:
    """One turn of the caller.

    Args:
        text: What the recogniser heard.
        confidence: How sure it was of the whole turn, 0 to 1; None when it does not say.
        understood: Whether the recogniser thinks that its words can be acted on.
    """

    text: str
    confidence: float | None = None
    understood: bool = True


@dataclass(frozen=True)
class BotSaid:
    """One turn of the bot, as far as the caller has heard it."""

    text: str


@dataclass(frozen=True)
class Quiet:
    """Nobody speaks, and it is the caller's turn.

    Args:
        secs: How long the caller has not answered: the bot's last words, a reminder among them,
            ended so many seconds ago.
    """

    secs: float


@dataclass(frozen=True)
class ToolDone:
    """A tool has come back.

    Args:
        name: The tool.
        failed: Whether it broke. A tool that says no ("that time is taken") has not.
    """

    name: str
    failed: bool = False


@dataclass(frozen=True)
class BudgetSpent:
    """The call has used up what was set aside for it.

    Args:
        what: In words, e.g. "forty turns" or "0.50 EUR".
    """

    what: str


Event = CallerSaid | BotSaid | Quiet | ToolDone | BudgetSpent


@dataclass(frozen=True)
class Evidence:
    """One reason to call a person.

    Args:
        signal: Which signal saw it; the weights of a policy are by this name.
        weight: How much it speaks for a person; 1 is enough by itself.
        because: The reason, in words for a person who takes over.
        at_once: Whether nothing else has to be asked or awaited.
    """

    signal: str
    weight: float
    because: str
    at_once: bool = False


class Signal(Protocol):
    """Watches one call for one thing that goes wrong."""

    def notice(self, event: Event) -> Evidence | None:
        """Take note of what happens; evidence when it speaks for a person."""
        ...
