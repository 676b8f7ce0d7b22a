"""How written text is read aloud by a plain synthesiser: prices, times, telephone numbers, markup.

Every word of the text keeps its place, so that what was heard can be told in the words that were
written::

    text     The cleaning  is  $120    at  8:30    with Dr.     <b>Lee</b>
    spoken   The cleaning  is  120     at  8 30    with Doctor  Lee
                               dollars

Markup, markdown, emoji and control characters are shown but not spoken.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A word as it is written and as it is said; `spoken` is "" where nothing is said."""

    text: str
    spoken: str


def words(text: str) -> list[Word]:
    """The words of `text`, split at white space; joined again they are the text.

    >>> [word.spoken for word in words("$120 at 8:30, Dr. Lee!")]
    ['120 dollars', 'at', '8 30,', 'Doctor', 'Lee!']
    """
    claims = _claims(text)
    found: list[Word] = []
    for match in re.finditer(r"\S+", text):
        spoken = "".join(_pieces(text, match.start(), match.end(), claims))
        found.append(Word(match.group(), _audible(" ".join(spoken.split()), first=not found)))
    return found


def digits(text: str) -> str:
    """The digits of `text` one by one, with a pause between the groups.

    >>> digits("555-0134")
    '5 5 5, 0 1 3 4'
    """
    return ", ".join(" ".join(group) for group in re.findall(r"\d+", text))


# What a rule says for a part of its match: (match, part without white space) -> spoken text.
Say = Callable[[re.Match[str], str], str]


def _money(match: re.Match[str], part: str) -> str:
    symbol, whole, cents = match["symbol"], match["whole"], match["cents"]
    (one, many), small = _CURRENCIES[symbol]
    if cents in (None, "00"):
        return f"{whole} {one if whole == '1' else many}"
    if whole == "0":
        return f"{int(cents)} {small}"
    return f"{whole} {one if whole == '1' else many} {int(cents)}"


def _large_money(match: re.Match[str], part: str) -> str:
    many = _CURRENCIES[match["symbol"]][0][1]
    return part[1:] if part[0] == match["symbol"] else f"{part} {many}"


def _time(match: re.Match[str], part: str) -> str:
    hour, minute, half = int(match["hour"]), int(match["minute"]), match["half"] is not None
    suffix = ""
    if not half and (hour > 12 or hour == 0):
        hour, suffix = (hour - 12, " PM") if hour > 12 else (12, " AM")
    if minute:
        said = f"{hour} {minute}" if minute > 9 else f"{hour} oh {minute}"
    else:
        said = str(hour) if half or suffix else f"{hour} o'clock"
    runs_on = match.string[match.end("it") :][:1].isalpha()  # 8:30pm
    return f"{said}{suffix}{' ' if runs_on else ''}"


def _date(match: re.Match[str], part: str) -> str:
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    return f"{_MONTHS[month - 1]} {_ordinal(day)}, {year}"


def _ordinal(number: int) -> str:
    tail = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def _abbreviation(match: re.Match[str], part: str) -> str:
    return _ABBREVIATIONS[match["it"].lower()]


def _calendar(match: re.Match[str], part: str) -> str:
    return next(name for name in (*_WEEKDAYS, *_MONTHS) if name.startswith(match["it"][:3]))


def _always(spoken: str) -> Say:
    return lambda match, part: spoken


_CURRENCIES = {
    "$": (("dollar", "dollars"), "cents"),
    "€": (("euro", "euros"), "cents"),
    "£": (("pound", "pounds"), "pence"),
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_HALF = ("January", "February", "March", "April", "May", "June")
_MONTHS = (*_FIRST_HALF, "July", "August", "September", "October", "November", "December")
# A synthesiser takes the full stop of these for the end of a sentence, or spells them.
_ABBREVIATIONS = {
    "mr.": "Mister",
    "mrs.": "Missus",
    "ms.": "Miz",
    "prof.": "Professor",
    "ave.": "Avenue",
    "blvd.": "Boulevard",
    "rd.": "Road",
    "apt.": "apartment",
    "appt.": "appointment",
    "approx.": "approximately",
    "min.": "minutes",
    "mins.": "minutes",
    "hr.": "hour",
    "hrs.": "hours",
    "vs.": "versus",
    "dept.": "department",
    "ext.": "extension",
}
_DAY3 = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_MONTH3 = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_DASH = "[-–—]"

# The first rule that claims a stretch of text has it. Where a pattern has a group `it`, only that
# group is claimed; the rest is context.
_RULES: tuple[tuple[re.Pattern[str], Say], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"</?[A-Za-z][^<>]*>", _always(" ")),
        (r"(?<=\])\([^()\s]*\)", _always(" ")),  # the address of a markdown link
        (r"https?://(?:www\.)?|\bwww\.(?=\w)", _always("")),
        (r"\b(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])\b", _date),
        (
            r"\+\d[\d\s().-]{6,16}\d(?![\w-])"
            r"|(?<![\w.])(?:\(\d{3}\)\s?|\d{3}[-.\s])\d{3}[-.\s]\d{4}(?![\w-])"
            r"|(?<![\w.-])\d{3}-\d{4}(?![\w-])",
            lambda match, part: digits(part),
        ),
        (
            r"(?P<symbol>[$€£])\d[\d,.]*\s(?:thousand|million|billion)\b",
            _large_money,
        ),
        (
            r"(?P<symbol>[$€£])(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<cents>\d\d))?"
            r"(?![.,]?\d)",
            _money,
        ),
        (r"(?<=\d)/(?=(?:month|week|day|year|hour|visit|person|night)\b)", _always(" per ")),
        (r"\b24(?P<it>/)7\b", _always(" ")),
        (
            r"(?<![\d:.])(?P<it>(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d))(?![\d:])"
            r"(?P<half>\s?[AaPp]\.?[Mm]\b)?",
            _time,
        ),
        (r"(?<!\d{3})(?<=[\dmM])-(?=\d\d?(?::\d\d)?(?![\d-]))", _always(" to ")),
        (r"(?<=[\dmM])[–—](?=[$€£]?\d)", _always(" to ")),
        (rf"(?<=(?:{_DAY3}|day)){_DASH}(?=(?:{_DAY3}))", _always(" to ")),
        (rf"\b(?P<it>(?:{_DAY3})\b\.?)(?={_DASH}|\s?\d)", _calendar),
        (rf"(?<=[-–—])(?P<it>(?:{_DAY3})\b)", _calendar),
        (r"\b(?P<it>(?:Mon|Tue|Wed|Thu|Fri)\b\.?)", _calendar),
        (rf"\b(?P<it>(?:{_MONTH3})\b\.?)(?=\s\d)", _calendar),
        (r"\bDr\.(?=\s[A-Z])", _always("Doctor")),
        (r"\b[A-Z0-9]\w*\s(?P<it>St\.)", _always("Street")),
        (r"\b(?P<it>St\.)(?=\s[A-Z])", _always("Saint")),
        (r"\bNo\.(?=\s?\d)", _always("number ")),
        (
            r"(?i:\b(?P<it>" + "|".join(map(re.escape, _ABBREVIATIONS)) + r")(?!\w))",
            _abbreviation,
        ),
        (r"#(?=\d)", _always("number ")),
        (r"~(?=\d)", _always("about ")),
        (r"°\s?F\b", _always(" degrees Fahrenheit ")),
        (r"°\s?C\b", _always(" degrees Celsius ")),
        (r"°", _always(" degrees ")),
        (r"(?<![\d.,$€£:])\d{5,}(?![\d:%]|[.,]\d)", lambda match, part: digits(part)),
    )
)


def _claims(text: str) -> list[tuple[int, int, str]]:
    """(start, end, spoken) of every stretch that is not read as it stands, in order, disjoint."""
    claimed = bytearray(len(text))
    claims: list[tuple[int, int, str]] = []
    for pattern, say in _RULES:
        for match in pattern.finditer(text):
            start, end = match.span("it" if "it" in pattern.groupindex else 0)
            if any(claimed[start:end]):
                continue
            claimed[start:end] = b"\x01" * (end - start)
            for part in re.finditer(r"\S+", text[start:end]):
                at = start + part.start()
                claims.append((at, at + len(part.group()), say(match, part.group())))
    return sorted(claims)


def _pieces(text: str, start: int, end: int, claims: list[tuple[int, int, str]]) -> Iterator[str]:
    """What is said for text[start:end], a word."""
    at = start
    for first, last, spoken in claims:
        if start <= first < end:
            yield _plain(text[at:first])
            yield spoken
            at = last
    yield _plain(text[at:end])


def _plain(text: str) -> str:
    """Text without what has no sound: markdown, emoji, control characters."""
    return "".join(" " if _silent(character) else character for character in text)


def _silent(character: str) -> bool:
    # Control characters would be commands to the synthesiser, or end its string.
    return character in "*_`~|\\<>{}[]^#" or unicodedata.category(character) in _SILENT


_SILENT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk"})


def _audible(spoken: str, *, first: bool) -> str:
    """`spoken`, or what stands for it when it is punctuation only: a pause or nothing."""
    if any(character.isalnum() or character in "&@%+=$€£" for character in spoken):
        return spoken
    return "," if spoken and not first else ""
