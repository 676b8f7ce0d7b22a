"""Appointments in words: what a caller hears of free times, and the strings a model hands over.

A result with `offers` lets the model take up "the second one" or "half past nine, please"; `wrong`
names the arguments to ask for again.
"""

import datetime as dt
from typing import Any

from bots.appointments import Appointments, Refused
from pipelines.spoken import listed, part_of_day, spoken_start, spoken_time


def as_day(day: str) -> dt.date:
    """A day from YYYY-MM-DD; raises Refused for anything else."""
    try:
        return dt.date.fromisoformat(day)
    except ValueError:
        raise Refused(
            f"I did not understand the day {day!r}; it has to be YYYY-MM-DD.", wrong="day"
        ) from None


def as_start(day: str, time: str) -> dt.datetime:
    """A start from YYYY-MM-DD and HH:MM; raises Refused for anything else."""
    try:
        return dt.datetime.combine(as_day(day), dt.time.fromisoformat(time))
    except ValueError as error:
        if isinstance(error, Refused):
            raise
        raise Refused(
            f"I did not understand the time {time!r}; it has to be HH:MM.", wrong="time"
        ) from None


def offered(book: Appointments, day: dt.date | None, part: str = "") -> dict[str, Any]:
    """Three free times of a day, spread over it; those of the next open day if there are none.

    Args:
        book: Where to look.
        day: The day, or None for the soonest.
        part: "morning", "afternoon", or "" for the whole day.
    """
    if day is None:
        return _result(True, "", book.next_free(book.today), book.today)
    free = [start for start in book.free(day) if not part or part in part_of_day(start.time())]
    if free:
        step = max(1, len(free) // 3)
        return _result(True, "", tuple(free[::step][:3]), book.today)
    where = spoken_start(day, book.today)
    nothing = f"There is nothing free {where}{f' in the {part}' if part else ''}."
    after = day if part and book.free(day) else day + dt.timedelta(days=1)
    return _result(True, nothing, book.next_free(after), book.today)


def refusal(refused: Refused, today: dt.date) -> dict[str, Any]:
    """Why it cannot be, and what is free instead."""
    result = _result(False, str(refused), refused.offers, today)
    return {**result, "wrong": [refused.wrong]} if refused.wrong else result


def _result(
    done: bool, reason: str, starts: tuple[dt.datetime, ...], today: dt.date
) -> dict[str, Any]:
    if not starts:
        return {"done": done, "say": reason or "There is nothing free."}
    times = listed([spoken_time(start.time(), part=False) for start in starts])
    offer = f"I have {times} {spoken_start(starts[0].date(), today)}. Which one would you like?"
    offers = [{"day": f"{start:%Y-%m-%d}", "time": f"{start:%H:%M}"} for start in starts]
    return {"done": done, "say": f"{reason} {offer}".strip(), "offers": offers}
