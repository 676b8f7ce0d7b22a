"""A caller's turn as plain words, whoever wrote it down: a recogniser or a person who types.

::

    "Um, I'd like -- let me think -- 10:30 a.m."   ──▶   i would like 10:30 am
"""

import re
from functools import lru_cache

_CONTRACTIONS = {
    r"\bwon't\b": "will not",
    r"\bcan't\b|\bcannot\b": "can not",
    r"n't\b": " not",
    r"\b(i)'m\b": r"\1 am",
    r"'re\b": " are",
    r"'ll\b": " will",
    r"'d\b": " would",
    r"'ve\b": " have",
    r"\b(what|that|it|who|where|when|how|there|here|name|he|she)'?s\b": r"\1 is",
    r"\blet's\b": "let us",
    r"\bwanna\b": "want to",
    r"\bgonna\b": "going to",
    r"\bgimme\b": "give me",
    r"\bcheck[- ]?up(s?)\b": r"checkup\1",
    r"\bo'? ?clock\b": "oclock",
    r"\b([ap])\.? ?m\b\.?": r"\1m",
    r"(\d)([ap]m)\b": r"\1 \2",
    r"\bx[- ]?ray": "xray",
    r"\be-mail\b": "email",
}
_CONTRACTION_RULES = [(re.compile(pattern), to) for pattern, to in _CONTRACTIONS.items()]
_FILLERS = re.compile(
    r"\b(?:u+h+m*|u+m+|e+r+m+|er|hm+|mm+|well|like i said|you know|i mean|so|let me (?:think|see)|"
    r"let us see|just|maybe|perhaps|basically|oh|ah|please)\b"
)
_WORD = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}|\d{1,2}[:.]\d\d|\d+(?:st|nd|rd|th)?|[a-z']+")
_ENDINGS = re.compile(r"(?<=[a-z]{3})(?:ings|ing|ed|es|s|er|ly)$")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Lower case, contractions spelled out, no punctuation; fillers stay.

    >>> plain("What's the price, at 3 p.m.?")
    'what is the price at 3 pm'
    """
    text = text.lower().replace("’", "'")
    for rule, to in _CONTRACTION_RULES:
        text = rule.sub(to, text)
    return " ".join(word.strip("'") for word in _WORD.findall(text) if word.strip("'"))


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words of a turn without its fillers.

    >>> words("Um, let me think, Tuesday please")
    ('tuesday',)
    """
    return tuple(_FILLERS.sub(" ", plain(text)).split())


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its ending, so that "cleaning" meets "cleaned".

    >>> stem("cleaning"), stem("cleaned"), stem("is")
    ('clean', 'clean', 'is')
    """
    return _ENDINGS.sub("", word) if len(word) > 4 else word


def covered(said: str, heard: str) -> float:
    """The share of the words of `said` that occur in `heard`; 1 when there is nothing to hear.

    >>> covered("Shall I book it?", "a cleaning, shall i")
    0.5
    """
    wanted, there = plain(said).split(), set(plain(heard).split())
    return sum(word in there for word in wanted) / len(wanted) if wanted else 1.0
