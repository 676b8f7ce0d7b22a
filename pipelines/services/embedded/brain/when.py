"""Days and times in a caller's words.

::

    "next tuesday"  "the twenty seventh"  "may 3rd"  "tomorrow"    ──▶  datetime.date
    "half past three"  "ten in the morning"  "quarter to nine"     ──▶  datetime.time

What is found says where it stood, so that the rest of the turn can be read without it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipelines.spoken import MONTHS, WEEKDAYS, cardinal, ordinal

T = TypeVar("T")

_NUMBERS = {cardinal(number): number for number in range(1, 60)}
_ORDINALS = {ordinal(number): number for number in range(1, 32)}
_DAYS = {name: number for number, name in enumerate(WEEKDAYS)}
_DAYS |= {f"{name}s": number for name, number in _DAYS.items()}
_MONTHS = {name: number for number, name in enumerate(MONTHS, 1)}
_AMOUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4}
# What stands before a number that is a time even if nobody asked for one.
_AT = {"at", "around", "about", "by", "said", "meant", "it", "to", "until", "from", "after"}
# What makes "one" something else than a time, before it and behind it.
_NOT_A_TIME_AFTER = {
    "first",
    "second",
    "third",
    "last",
    "earlier",
    "later",
    "that",
    "this",
    "which",
}
_NOT_A_TIME_AFTER |= {"the", "another", "other", "no", "any", "next", "earliest", "latest", "each"}
_NOT_A_TIME_BEFORE = {
    "moment",
    "second",
    "of",
    "minute",
    "more",
    "thing",
    "question",
    "days",
    "day",
}
_NOT_A_TIME_BEFORE |= {"weeks", "week", "years", "dollars", "hundred", "people", "months", "at"}
_NOT_A_DAY_BEFORE = {"one", "appointment", "time", "slot", "visit", "option", "thing", "available"}
_NOT_A_DAY_BEFORE |= {"floor", "name", "of", "free", "possible"}


# What a recogniser makes of a number on its own.
_SOUNDS_LIKE = {"won": "one", "to": "two", "too": "two", "free": "three", "tree": "three"}
_SOUNDS_LIKE |= {"for": "four", "fore": "four", "ate": "eight", "mine": "nine", "tin": "ten"}
_SOUNDS_LIKE |= {"then": "ten", "leaven": "eleven", "new": "noon"}
_LONE = 2


@dataclass(frozen=True)
class Found(Generic[T]):
    """A value and the words it came from: `words[start:end]`."""

    value: T
    start: int
    end: int


def find_days(words: Sequence[str], today: dt.date) -> list[Found[dt.date]]:
    """Every day in the words, in their order; a day that was said with "not" is left out.

    >>> [str(day.value) for day in find_days("next tuesday".split(), dt.date(2031, 5, 21))]
    ['2031-05-27']
    """
    found: list[Found[dt.date]] = []
    at = 0
    while at < len(words):
        day, length = _day_at(words, at, today)
        if day and not (at and words[at - 1] == "not"):
            found.append(Found(day, at, at + length))
        at += max(length, 1)
    return found


def find_times(words: Sequence[str], *, bare: bool = False) -> list[Found[dt.time]]:
    """Every time in the words, in their order; a time that was said with "not" is left out.

    Args:
        words: A turn.
        bare: A number alone is a time, because a time was asked for.

    >>> [str(time.value) for time in find_times("at half past three".split())]
    ['15:30:00']
    """
    found: list[Found[dt.time]] = []
    at = 0
    while at < len(words):
        time, length = _time_at(words, at, bare)
        if time and not (at and words[at - 1] == "not"):
            found.append(Found(time, at, at + length))
        at += max(length, 1)
    return found


def misheard_time(words: Sequence[str]) -> list[Found[dt.time]]:
    """The time in a turn that is nothing else, said like it: "free", "at tin"; else nothing."""
    heard = [_SOUNDS_LIKE.get(word, word) for word in words]
    return find_times(heard, bare=True) if len(words) <= _LONE else []


def find_part(words: Sequence[str]) -> str:
    """The first of "morning", "afternoon" and "evening" in the words, or an empty string."""
    return next((word for word in words if word in ("morning", "afternoon", "evening")), "")


def _day_at(words: Sequence[str], at: int, today: dt.date) -> tuple[dt.date | None, int]:
    text = " ".join(words[at : at + 5]) + " "
    for phrase, days in (("day after tomorrow ", 2), ("tomorrow ", 1), ("today ", 0)):
        if text.startswith(phrase):
            return today + dt.timedelta(days=days), len(phrase.split())
    for read in (_weekday_at, _month_at, _ordinal_at, _ahead_at, _written_at):
        day, length = read(words, at, today)
        if day:
            return day, length
    return None, 0


def _weekday_at(words: Sequence[str], at: int, today: dt.date) -> tuple[dt.date | None, int]:
    head = words[at]
    following = head in ("next", "following")
    here = at + (head in ("next", "following", "this", "coming"))
    if list(words[at : at + 2]) == ["next", "week"]:  # "next week on monday", "next week monday"
        here = at + 2 + (at + 2 < len(words) and words[at + 2] == "on")
    if here >= len(words) or words[here] not in _DAYS:
        return None, 0
    weekday, end = _DAYS[words[here]], here + 1
    if list(words[end : end + 2]) == ["next", "week"]:
        following, end = True, end + 2
    if following:
        monday = today + dt.timedelta(days=7 - today.weekday())
        return monday + dt.timedelta(days=weekday), end - at
    # A weekday is the next one that comes; said on that day itself, the one in a week.
    ahead = (weekday - today.weekday() - 1) % 7 + 1
    day = today + dt.timedelta(days=ahead)
    monthly, length = _ordinal_at(words, end, today)
    if monthly and monthly.weekday() == weekday:  # "Tuesday the twenty seventh (of May)"
        return monthly, end + length - at
    return day, end - at


def _month_at(words: Sequence[str], at: int, today: dt.date) -> tuple[dt.date | None, int]:
    """For example "may third", "may the third", "may 3"."""
    if words[at] not in _MONTHS:
        return None, 0
    here = at + 1 + (at + 1 < len(words) and words[at + 1] == "the")
    number, length = _ordinal_number(words, here)
    if not number:
        number, length = _cardinal_number(words, here)
    if not number:
        return None, 0
    return _coming(today, _MONTHS[words[at]], number), here + length - at


def _ordinal_at(words: Sequence[str], at: int, today: dt.date) -> tuple[dt.date | None, int]:
    """For example "the third", "the third of may", "27th"."""
    if at >= len(words):
        return None, 0
    article = words[at] == "the"
    number, length = _ordinal_number(words, at + article)
    end = at + article + length
    if not number:
        return None, 0
    behind = [*words[end : end + 2], "", ""]
    of = behind[0] == "of"
    if behind[of] in _MONTHS:
        return _coming(today, _MONTHS[behind[of]], number), end + of + 1 - at
    digits = words[at + article][0].isdigit()
    if not (article or digits) or behind[0] in _NOT_A_DAY_BEFORE:
        return None, 0
    return _coming(today, None, number), end - at


def _ahead_at(words: Sequence[str], at: int, today: dt.date) -> tuple[dt.date | None, int]:
    """For example "in two weeks", "in three days", "in a week"."""
    if words[at] != "in" or at + 2 >= len(words) or words[at + 1] not in _AMOUNTS:
        return None, 0
    unit = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(words[at + 2])
    if not unit:
        return None, 0
    return today + dt.timedelta(days=unit * _AMOUNTS[words[at + 1]]), 3


def _written_at(words: Sequence[str], at: int, today: dt.date) -> tuple[dt.date | None, int]:
    """For example "2031-05-27", "5/27" (month first)."""
    try:
        if "-" in words[at]:
            return dt.date.fromisoformat(words[at]), 1
        month, slash, day = words[at].partition("/")
        return (_coming(today, int(month), int(day)), 1) if slash else (None, 0)
    except ValueError:
        return None, 0


def _coming(today: dt.date, month: int | None, day: int) -> dt.date | None:
    """The next such day from `today` on; None if there never is one."""
    for ahead in range(13):
        year, index = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        try:
            date = dt.date(year, index + 1, day)
        except ValueError:
            continue
        if date >= today and month in (None, index + 1):
            return date
    return None


def _ordinal_number(words: Sequence[str], at: int) -> tuple[int, int]:
    for length in (2, 1):
        text = " ".join(words[at : at + length])
        if len(words) >= at + length and text in _ORDINALS:
            return _ORDINALS[text], length
    word = words[at] if at < len(words) else ""
    if word[:-2].isdigit() and word[-2:] in ("st", "nd", "rd", "th"):
        return int(word[:-2]), 1
    return 0, 0


def _cardinal_number(words: Sequence[str], at: int) -> tuple[int, int]:
    for length in (2, 1):
        text = " ".join(words[at : at + length])
        if len(words) >= at + length and text in _NUMBERS:
            return _NUMBERS[text], length
    word = words[at] if at < len(words) else ""
    return (int(word), 1) if word.isdigit() and len(word) < 3 else (0, 0)


def _time_at(words: Sequence[str], at: int, bare: bool) -> tuple[dt.time | None, int]:
    if words[at] in ("noon", "midday"):
        return dt.time(12), 1
    hour, minute, length, sure = _clock_at(words, at)
    if not length or hour > 23:
        return None, 0
    before = words[at - 1] if at else ""
    half, more = _half_of_day(words, at, at + length)
    sure = sure or bool(half) or before in _AT
    after = words[at + length] if at + length < len(words) else ""
    if not sure and (not bare or before in _NOT_A_TIME_AFTER or after in _NOT_A_TIME_BEFORE):
        return None, 0
    if before in _NOT_A_TIME_AFTER and words[at] == "one":
        return None, 0
    return dt.time(_hour(hour, half), minute), length + more


def _clock_at(words: Sequence[str], at: int) -> tuple[int, int, int, bool]:
    """Hour, minute, how many words they took, and whether they can be nothing but a time."""
    head = words[at]
    if ":" in head or "." in head:
        hour, minute = (int(part) for part in head.replace(".", ":").split(":"))
        return (hour, minute, 1, True) if minute < 60 else (0, 0, 0, False)
    text = " ".join(words[at : at + 3])
    for phrase, minute, back in (
        ("half past ", 30, 0),
        ("quarter past ", 15, 0),
        ("quarter after ", 15, 0),
        ("quarter to ", 45, 1),
        ("quarter of ", 45, 1),
    ):
        if text.startswith(phrase):
            hour, length = _cardinal_number(words, at + 2)
            if 1 <= hour <= 12:
                return (hour - back) or 12, minute, 2 + length, True
    word = head if head.isdigit() or head in _NUMBERS else ""
    hour = int(word) if word.isdigit() else _NUMBERS.get(word, 0)
    if not 1 <= hour <= 23 or (hour > 12 and not word.isdigit()):
        return 0, 0, 0, False
    if at + 1 < len(words) and words[at + 1] == "oclock":
        return hour, 0, 2, True
    minute, length = _cardinal_number(words, at + 1)
    if minute in (15, 20, 30, 40, 45, 50, 10) and hour <= 12:
        return hour, minute, 1 + length, True
    return hour, 0, 1, False


def _half_of_day(words: Sequence[str], start: int, end: int) -> tuple[str, int]:
    """Either half, "am" or "pm", as said around a time, and how many words behind it said so."""
    text = " ".join(words[end : end + 3])
    for phrase, half in (
        ("am", "am"),
        ("pm", "pm"),
        ("in the morning", "am"),
        ("in the afternoon", "pm"),
        ("in the evening", "pm"),
        ("at night", "pm"),
        ("tonight", "pm"),
    ):
        if f"{text} ".startswith(f"{phrase} "):
            return half, len(phrase.split())
    part = find_part(words[max(0, start - 3) : start])
    return ({"morning": "am", "afternoon": "pm", "evening": "pm"}.get(part, ""), 0)


def _hour(hour: int, half: str) -> int:
    """The hour on a 24 hour clock; unsaid halves are the ones in which people are up."""
    if hour > 12:
        return hour
    if half:
        return hour % 12 + (12 if half == "pm" else 0)
    return hour + 12 if hour < 7 else hour
