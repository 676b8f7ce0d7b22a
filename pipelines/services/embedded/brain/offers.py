"""Which of the things just offered a caller takes: "the second one", "half past nine", "yes"."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.services.embedded.brain.when import find_days, find_times, misheard_time
from pipelines.services.embedded.brain.words import words

_PLACES = {
    "first": 0,
    "earliest": 0,
    "earlier": 0,
    "second": 1,
    "middle": 1,
    "third": 2,
    "last": -1,
    "latest": -1,
    "later": -1,
}
_OTHER = frozenset(("else", "other", "another", "different"))
_SHORT = 7


def chosen(
    offers: Sequence[Mapping[str, Any]], text: str, agrees: bool, today: dt.date
) -> dict[str, str] | None:
    """The offer that a turn takes, or one with the time it says; None if it takes none.

    Args:
        offers: Each with a "day" (YYYY-MM-DD) and a "time" (HH:MM).
        text: The turn.
        agrees: Whether the turn is a yes.
        today: The day it is.

    >>> free = [{"day": "2031-05-27", "time": "09:00"}, {"day": "2031-05-27", "time": "14:30"}]
    >>> chosen(free, "the second one please", False, dt.date(2031, 5, 20))["time"]
    '14:30'
    """
    said = words(text)
    days = find_days(said, today)
    times = find_times(said, bare=len(said) < _SHORT) or misheard_time(said)
    if times:
        time = f"{times[-1].value:%H:%M}"
        day = days[-1].value.isoformat() if days else ""
        same = (offer for offer in offers if offer.get("time") == time)
        return {"day": day or str(next(same, offers[0])["day"]), "time": time}
    if agrees and len(offers) == 1:
        return _strings(offers[0])
    place = next((_PLACES[word] for word in said if word in _PLACES), None)
    if place is None or len(said) >= _SHORT or "not" in said or place >= len(offers):
        return None
    return _strings(offers[place])


def wants_another(text: str) -> bool:
    """Whether a turn asks for other offers.

    >>> wants_another("do you have anything else")
    True
    """
    return bool(_OTHER & set(words(text)))


def _strings(offer: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in offer.items()}
