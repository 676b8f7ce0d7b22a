"""What a tool wants to know, and how it is read from a caller's turn.

A tool's JSON schema says which kind each argument is::

    {"day":    {"description": "The day, as YYYY-MM-DD."},                 day
     "time":   {"description": "The start, as HH:MM."},                    time
     "name":   {"description": "First and last name of the patient."},     name
     "reason": {"description": "What for, one of: checkup, cleaning."}}    choice (or an "enum")

and whatever is none of these is a number, or the caller's own words.
"""

import datetime as dt
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.services.embedded.brain.names import bare_name, said_name
from pipelines.services.embedded.brain.when import Found, find_days, find_times, misheard_time
from pipelines.services.embedded.brain.words import stem, words
from pipelines.spoken import cardinal, listed, spoken_date, spoken_time

Kind = Literal["day", "time", "name", "choice", "number", "text"]

_ONE_OF = re.compile(r"one of:? ([^.]+)", re.IGNORECASE)
_SHORT = 3
_IMPOSSIBLE = re.compile(
    r"\bnot (?:be able to )?(?:make|come|be there|do|work)\b(?!.*\b(?:but|instead|rather)\b)"
)
_NUMBERS = {cardinal(number): number for number in range(60)}


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One argument of a tool."""

    name: str
    kind: Kind
    required: bool
    choices: tuple[str, ...] = ()
    full_name: bool = False

    def example(self) -> str:
        """How to say it, for a caller who was not understood."""
        match self.kind:
            case "day":
                return "You can say, for example, next Tuesday."
            case "time":
                return "You can say, for example, half past ten."
            case "name":
                return "Please say your first and your last name."
            case "choice":
                return f"You can say {listed(self.choices)}."
        return ""


def read_slots(properties: Mapping[str, Any], required: Sequence[str]) -> tuple[Slot, ...]:
    """The arguments of a tool from its JSON schema, in the schema's order."""
    return tuple(_slot(name, schema, name in required) for name, schema in properties.items())


def _slot(name: str, schema: Mapping[str, Any], required: bool) -> Slot:
    description = str(schema.get("description", ""))
    one_of = _ONE_OF.search(description)
    choices = tuple(map(str, schema.get("enum", ())))
    if one_of and not choices:
        choices = tuple(re.split(r", | or |, or ", one_of[1].strip()))
    return Slot(
        name=name,
        kind=_kind(name, schema, description, choices),
        required=required,
        choices=choices,
        full_name="last name" in description.lower(),
    )


def _kind(name: str, schema: Mapping[str, Any], about: str, choices: Sequence[str]) -> Kind:
    if choices:
        return "choice"
    if "YYYY-MM-DD" in about or schema.get("format") == "date":
        return "day"
    if "HH:MM" in about or schema.get("format") == "time":
        return "time"
    if name == "name" or name.endswith("_name"):
        return "name"
    return "number" if schema.get("type") in ("integer", "number") else "text"


def read_values(
    slots: Sequence[Slot], text: str, today: dt.date, *, asked: str = ""
) -> dict[str, str]:
    """What the turn says about the slots, as the tool wants it; the last word counts.

    Args:
        slots: What is looked for.
        text: The turn.
        today: The day it is.
        asked: The slot that was asked for; its value may stand there alone.

    >>> day = read_slots({"day": {"description": "YYYY-MM-DD"}}, ["day"])
    >>> read_values(day, "monday, no, thursday", dt.date(2031, 5, 20))
    {'day': '2031-05-22'}
    """
    said = words(text)
    counts = any(slot.kind == "number" for slot in slots)
    values: dict[str, str] = {}
    for slot in slots:
        is_asked = slot.name == asked
        value = _value(slot, text, said, today, is_asked, counts)
        if value:
            values[slot.name] = value
    return values


def _value(
    slot: Slot, text: str, said: Sequence[str], today: dt.date, asked: bool, counts: bool
) -> str:
    days = [day for day in find_days(said, today) if not _put_off(said[: day.start])]
    rest = _without(said, days)
    match slot.kind:
        case "day":
            return days[-1].value.isoformat() if days else ""
        case "time":
            # A number beside a day, or alone in a short turn, can hardly be anything else.
            hinted = not counts and (len(rest) < len(said) or len(said) <= _SHORT)
            times = find_times(rest, bare=asked or hinted) or (misheard_time(rest) if asked else [])
            return f"{times[-1].value:%H:%M}" if times else ""
        case "name":
            return said_name(text, asked=asked) or (bare_name(text) if asked else "")
        case "choice":
            return _choice(slot.choices, said, asked)
        case "number":
            left = _without(rest, find_times(rest))
            return next((str(_NUMBERS.get(word, word)) for word in left if _is_number(word)), "")
    return " ".join(said) if asked else ""


def _without(said: Sequence[str], found: Sequence[Found]) -> tuple[str, ...]:
    """The words that stand outside of what was found."""
    kept = list(said)
    for part in reversed(found):
        kept[part.start : part.end] = []
    return tuple(kept)


def _put_off(before: Sequence[str]) -> bool:
    """Whether the words before a day say that it is impossible: "I can not make it on"."""
    return bool(_IMPOSSIBLE.search(" ".join(before)))


def _is_number(word: str) -> bool:
    return word.isdigit() or word in _NUMBERS


def _choice(choices: Sequence[str], said: Sequence[str], asked: bool) -> str:
    found = [choice for word in said for choice in choices if _same(word, choice)]
    if found:
        return found[-1]
    if asked:  # what a recogniser makes of a choice: "feeling", "leaning"
        by_sound = {choice.lower(): choice for choice in choices}
        for word in said:
            close = difflib.get_close_matches(word, by_sound, n=1, cutoff=0.7)
            if close:
                return by_sound[close[0]]
    return ""


def _same(word: str, choice: str) -> bool:
    root = stem(choice.lower())
    return stem(word) == root or (len(root) >= 4 and word.startswith(root))


def spoken_value(slot: Slot, value: str) -> str:
    """A value as one says it: for a question that confirms it."""
    match slot.kind:
        case "day":
            return spoken_date(dt.date.fromisoformat(value))
        case "time":
            return spoken_time(dt.time.fromisoformat(value))
        case "number" if int(value) < len(_NUMBERS):
            return cardinal(int(value))
    return value


def as_argument(slot: Slot, value: str) -> str | int:
    """A value as the tool's schema wants it."""
    return int(value) if slot.kind == "number" else value
