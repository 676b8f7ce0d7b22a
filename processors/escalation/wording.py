"""Words as they are compared: without case, punctuation, contractions and endings."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_CONTRACTIONS = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bain't\b"), "is not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"\b(it|that|what|where|who|how|there|he|she|this|here|everything)'s\b"), r"\1 is"),
    (re.compile(r"\bgonna\b"), "going to"),
    (re.compile(r"\bwanna\b"), "want to"),
    (re.compile(r"\bgotta\b"), "got to"),
    (re.compile(r"\bgimme\b"), "give me"),
    (re.compile(r"\blemme\b"), "let me"),
)
_FILLERS = re.compile(r"\b(?:uh+|um+|er+|erm|hm+|mm+|ah)\b")
_NOT_A_WORD = re.compile(r"[^a-z0-9' ]+")

_FUNCTION_WORDS = frozenset(
    "a an and are am as at be been but by can could did do does for from get go got had has have he"
    " hello her hi him his how i if in is it its just like me my no not of oh ok okay on or our out"
    " please really she so some than thank thanks that the their them then there they this to up us"
    " was we well were what when where which who why will with would yes yeah you your want need"
    " make maybe think know let said say tell".split()
)


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """The words alone, lower case, contractions written out, no punctuation, no "um".

    >>> plain("Um, that's NOT what I said!")
    'that is not what i said'
    """
    words = text.lower().replace("\u2019", "'")
    for contraction, full in _CONTRACTIONS:
        words = contraction.sub(full, words)
    words = _FILLERS.sub(" ", _NOT_A_WORD.sub(" ", words)).replace("'", "")
    return " ".join(words.split())


@lru_cache(maxsize=512)
def content_words(text: str) -> frozenset[str]:
    """The words that carry the meaning, without their endings.

    >>> sorted(content_words("I would like to book a cleaning"))
    ['book', 'clean']
    """
    return frozenset(_stem(word) for word in plain(text).split() if word not in _FUNCTION_WORDS)


def likeness(one: str, other: str) -> float:
    """How much of the shorter text's meaning is in the other one, 0 to 1.

    >>> likeness("book a cleaning on Tuesday", "a cleaning, Tuesday, please book it")
    1.0
    """
    first, second = content_words(one), content_words(other)
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 0.0


def _stem(word: str) -> str:
    for ending in ("ing", "ment", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


class Phrases:
    """Patterns of which any may occur in a plain text.

    Args:
        patterns: Regular expressions over `plain` text, each matching whole words; `{name}` stands
            for the alternatives of that name in `parts`.
        parts: Alternatives, by name.
    """

    def __init__(self, patterns: Iterable[str], parts: dict[str, str] | None = None) -> None:
        """Compile them as one."""
        filled = [_fill(pattern, parts or {}) for pattern in patterns]
        self._any = re.compile(r"\b(?:" + "|".join(filled) + r")\b") if filled else None

    def find(self, text: str) -> str:
        """The first occurrence in `text`, or an empty string."""
        found = self._any.search(plain(text)) if self._any else None
        return found.group() if found else ""

    def without(self, text: str) -> str:
        """`text`, plain, with every occurrence taken out."""
        return " ".join(self._any.sub(" ", plain(text)).split()) if self._any else plain(text)


def _fill(pattern: str, parts: dict[str, str]) -> str:
    for name, alternatives in parts.items():
        pattern = pattern.replace("{" + name + "}", f"(?:{alternatives})")
    return pattern


@cache
def table(language: str) -> dict[str, Any]:
    """The phrases of a language, by signal.

    Raises:
        ValueError: nobody has written that file.
    """
    folder = Path(__file__).with_name("phrases")
    path = folder / f"{language.partition('-')[0]}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.toml")))
        raise ValueError(f"no escalation phrases for language {language!r}; there are {known}")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def phrases(language: str, signal: str, name: str) -> Phrases:
    """The patterns `name` of one signal."""
    section = table(language)[signal]
    return Phrases(section[name], section.get("parts"))
