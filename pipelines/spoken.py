"""Days, times and lists as one says them.

::

    2031-05-27, seen from 2031-05-20   ──▶  "Tuesday the twenty seventh of May"
    15:30                              ──▶  "half past three in the afternoon"
    ["nine", "ten", "two"]             ──▶  "nine, ten or two"
"""

import datetime as dt
from collections.abc import Sequence

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIRST_HALF = ("january", "february", "march", "april", "may", "june")
MONTHS = (*_FIRST_HALF, "july", "august", "september", "october", "november", "december")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen")
ONES = (*_DIGITS, *_TEENS, "eighteen", "nineteen")
TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
    "twenty": "twentieth",
    "thirty": "thirtieth",
}


def cardinal(number: int) -> str:
    """A number from 0 to 59 in words.

    >>> cardinal(27)
    'twenty seven'
    """
    if number < 20:
        return ONES[number]
    tens, ones = divmod(number, 10)
    return f"{TENS[tens]} {ONES[ones]}" if ones else TENS[tens]


def ordinal(number: int) -> str:
    """The place of a number from 1 to 59 in words.

    >>> ordinal(27)
    'twenty seventh'
    """
    head, _, last = cardinal(number).rpartition(" ")
    return f"{head} {_ORDINALS.get(last, last + 'th')}".strip()


def spoken_day(day: dt.date, today: dt.date) -> str:
    """A day as one says it on `today`; the date is left out where nobody would say it.

    >>> spoken_day(dt.date(2031, 5, 21), dt.date(2031, 5, 20))
    'tomorrow, Wednesday'
    >>> spoken_day(dt.date(2031, 5, 27), dt.date(2031, 5, 20))
    'Tuesday the twenty seventh of May'
    """
    if day == today:
        return "today"
    if day == today + dt.timedelta(days=1):
        return f"tomorrow, {WEEKDAYS[day.weekday()].capitalize()}"
    return spoken_date(day)


def spoken_date(day: dt.date) -> str:
    """A day whatever today is.

    >>> spoken_date(dt.date(2031, 5, 27))
    'Tuesday the twenty seventh of May'
    """
    weekday, month = WEEKDAYS[day.weekday()].capitalize(), MONTHS[day.month - 1].capitalize()
    return f"{weekday} the {ordinal(day.day)} of {month}"


def spoken_time(time: dt.time, *, part: bool = True) -> str:
    """A time as one says it; `part` adds the part of the day.

    >>> spoken_time(dt.time(15, 30))
    'half past three in the afternoon'
    >>> spoken_time(dt.time(9), part=False)
    'nine'
    """
    hour = "noon" if time.hour == 12 else ONES[time.hour % 12 or 12]
    match time.minute:
        case 0:
            said = hour
        case 30:
            said = f"half past {ONES[time.hour % 12 or 12]}"
        case minute:
            said = f"{ONES[time.hour % 12 or 12]} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    if not part or said == "noon":
        return said
    return f"{said} {part_of_day(time)}"


def spoken_start(start: dt.date, today: dt.date) -> str:
    """When something is, to be put behind a verb; with the time if `start` has one.

    >>> spoken_start(dt.datetime(2031, 5, 27, 15, 30), dt.date(2031, 5, 20))
    'on Tuesday the twenty seventh of May at half past three in the afternoon'
    >>> spoken_start(dt.date(2031, 5, 21), dt.date(2031, 5, 20))
    'tomorrow, Wednesday'
    """
    if not isinstance(start, dt.datetime):
        day = spoken_day(start, today)
        return day if day.startswith(("today", "tomorrow")) else f"on {day}"
    return f"{spoken_start(start.date(), today)} at {spoken_time(start.time())}"


def part_of_day(time: dt.time) -> str:
    """The part of the day, behind a time: "in the morning", "… afternoon" or "… evening"."""
    if time.hour < 12:
        return "in the morning"
    return "in the afternoon" if time.hour < 18 else "in the evening"


def listed(words: Sequence[str], last: str = "or") -> str:
    """Words as one counts them up.

    >>> listed(["nine", "ten", "two"])
    'nine, ten or two'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
