"""Who takes over from a bot, when, and how long the caller waits for them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from processors.escalation.at_once import TOPICS

SIGNALS = (
    "at_once",
    "clarity",
    "course",
    "failures",
    "misunderstanding",
    "mood",
    "silence",
    "wish",
)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When somebody is there.

    Args:
        opens: First minute of each day, local time.
        closes: The minute after the last.
        days: Weekdays, 0 is Monday.
        zone: IANA name of the local time, e.g. "Europe/Berlin"; None: this machine's.
    """

    opens: dt.time = dt.time(8)
    closes: dt.time = dt.time(18)
    days: frozenset[int] = frozenset(range(5))
    zone: str | None = None

    def open_at(self, moment: dt.datetime) -> bool:
        """Whether somebody is there at `moment`, an aware time."""
        local = moment.astimezone(ZoneInfo(self.zone) if self.zone else None)
        return local.weekday() in self.days and self.opens <= local.time() < self.closes


@dataclass(frozen=True, kw_only=True)
class Handover:
    """How a bot gets a person into its call.

    Args:
        to: Who is asked, in this order: "desk", or a telephone number or SIP address (telephone
            calls through Daily only). A number is rung up while the caller waits, and joins them
            when it answers (warm), where rooms may dial out; else, and always after "cold:", the
            caller is sent away to it.
        hours: When anybody is asked at all; None: always.
        patience_secs: How long the caller waits until they are told that nobody is free.
        hold_every_secs: While waiting, something is said whenever it was quiet for so long.
        reminder_secs: Silence after the reminder that counts as a signal.
        watch: Score from which the desk sees the call as one to watch.
        offer: Score from which the caller is asked whether they want a person.
        hand_over: Score from which a person is called without asking.
        weights: Factors on the evidence of single signals, by name; 0 switches one off.
        at_once: Topics after which a person is called at once.
        at_once_words: Further words of this bot with the same effect.
        most_turns: Turns of the caller after which a call is too long for a bot; 0: any number.

    Raises:
        ValueError: the levels do not rise, a time is not positive, or a signal or topic does not
            exist.
    """

    to: tuple[str, ...] = ("desk",)
    hours: Hours | None = None
    patience_secs: float = 45.0
    hold_every_secs: float = 8.0
    reminder_secs: float = 5.0
    watch: float = 0.3
    offer: float = 0.6
    hand_over: float = 0.85
    weights: Mapping[str, float] = field(default_factory=dict)
    at_once: tuple[str, ...] = tuple(TOPICS)
    at_once_words: tuple[str, ...] = ()
    most_turns: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense where it is written."""
        if not 0 < self.watch < self.offer < self.hand_over:
            levels = f"watch {self.watch:g}, offer {self.offer:g}, hand_over {self.hand_over:g}"
            raise ValueError(f"{levels}: the levels must rise from above 0")
        for name in ("patience_secs", "hold_every_secs", "reminder_secs"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be > 0")
        for names, known, kind in (
            (self.weights, SIGNALS, "signal"),
            (self.at_once, tuple(TOPICS), "topic"),
        ):
            if unknown := [name for name in names if name not in known]:
                known_ones = ", ".join(known)
                raise ValueError(f"no {kind} is called {unknown[0]!r}; there are {known_ones}")
