"""A question without what does not change its meaning: fillers, politeness, spelling.

::

    "Um, hi — could you tell me what's the price for TWENTY-FIVE people, please?"
                         │
                         ▼
    ["what", "is", "the", "price", "for", "25", "people"]
"""

import re
import unicodedata

from processors.semantic_cache.lexicon import CONTRACTIONS, FILLERS, OPENINGS, WORDS
from processors.semantic_cache.spoken_numbers import as_digits

MAX_WORDS = 60  # nobody asks a frequent question in more

_CLOCK = re.compile(r"\b(\d{1,2})(?:[:.]00)?\s*(?:o'?clock|([ap])\.?\s?m\b\.?)")
_CLOCK_MINUTES = re.compile(r"\b(\d{1,2})[:.](\d\d)\s*(?:([ap])\.?\s?m\b\.?)?")
_AMOUNT = re.compile(r"([$€£])\s*(\d[\d,]*(?:\.\d+)?)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_CURRENCY = {"$": "dollars", "€": "euros", "£": "pounds"}
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_WORD = re.compile(r"\d+(?:[:.]\d+)?(?:am|pm|th)?|[^\W\d_]+(?:'[^\W\d_]+)*|%")
_OPENING = re.compile(rf"^(?:(?:{'|'.join(OPENINGS)})\b\s*)+")
_CLOSING = re.compile(r"(?:\s+\b(?:please|thanks|thank you|thanks a lot))+$")


def normalize(text: str) -> list[str]:
    """The words of `text` that carry its meaning, in order; [] where there are none.

    >>> normalize("Uh, could you tell me what's the price, please?")
    ['what', 'is', 'the', 'price']
    >>> normalize("Are you open at eight thirty a.m. on the 3rd?")
    ['are', 'you', 'open', 'at', '8:30am', 'on', 'the', '3th']
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    if not plain.isascii():
        plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    plain = " ".join(plain.replace("-", " ").split())
    plain = _CONTRACTION.sub(lambda found: CONTRACTIONS[found[0]], plain)
    plain = _AMOUNT.sub(lambda found: f"{found[2]} {_CURRENCY[found[1]]}", plain)
    plain = _ORDINAL.sub(r"\1th", _THOUSANDS.sub("", plain))
    spoken = " ".join(as_digits(_WORD.findall(_spell_clock(plain))))
    words = [WORDS.get(word, word) for word in _trim(_spell_clock(spoken)).split()]
    return [word for at, word in enumerate(words) if at == 0 or word != words[at - 1]]


def foreign_letters(text: str) -> bool:
    """Whether any letter is not a Latin one: another language, or letters that only look alike.

    >>> foreign_letters("Are you open?"), foreign_letters("Are yоu open?")  # a Cyrillic о
    (False, True)
    """
    plain = unicodedata.normalize("NFKC", text)
    return any(
        letter.isalpha() and not unicodedata.name(letter, "?").startswith("LATIN")
        for letter in set(plain)
    )


_CONTRACTION = re.compile(
    r"(?<![\w'])(?:"
    + "|".join(re.escape(short) for short in sorted(CONTRACTIONS, key=len, reverse=True))
    + r")(?![\w'])"
)


def _spell_clock(text: str) -> str:
    """Clock times as one word: "8:30 a.m." and "8 30 am" are "8:30am", "8 o'clock" is "8"."""
    text = re.sub(r"\bhalf past (\d{1,2})\b", r"\1:30", text)
    text = re.sub(r"\bquarter past (\d{1,2})\b", r"\1:15", text)
    text = re.sub(r"\b(\d{1,2}) (15|30|45) (?=[ap]\.?\s?m\b)", r"\1:\2 ", text)
    text = _CLOCK_MINUTES.sub(_minutes, text)
    return _CLOCK.sub(lambda found: found[1] + (f"{found[2]}m" if found[2] else ""), text)


def _minutes(found: re.Match[str]) -> str:
    hour, minutes, half = found.groups()
    return f"{hour}{'' if minutes == '00' else ':' + minutes}{half + 'm' if half else ''}"


def _trim(text: str) -> str:
    """`text` without fillers, greetings at its start and thanks at its end."""
    kept = " ".join(word for word in text.split() if word not in FILLERS)
    trimmed = _CLOSING.sub("", _OPENING.sub("", kept))
    return trimmed or kept
