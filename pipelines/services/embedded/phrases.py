"""What callers may say, as weighted word sequences: the bot's own phrases, the ways around them,
and what everybody says on the telephone (`common_speech.toml`).

::

    Domain("what are your opening hours?", …) ─┬─▶ what are your opening hours          20
                                               ├─▶ swapped: what're your opening hours   2
                                               ├─▶ inside:  your opening hours            .3
                                               └─▶ around:  hello what are …              .1
    common_speech.toml ──▶ how about {day} ────────▶ how about {day}                      5

A word in braces is a class: it stands for any of its members alike, and is only spelled out by the
language model, so that free combinations cost nothing.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

OWN_WEIGHT = 20.0
SWAPPED_WEIGHT = 2.0
INSIDE_WEIGHT = 0.3
AROUND_WEIGHT = 0.1
HEARD_WEIGHT = 0.1
OFTEN_WEIGHT = 0.3

_COMMON = Path(__file__).with_name("common_speech.toml")
_TOKEN = re.compile(
    r"\{[a-z]+\}s?|\$?\d[\d,]*(?:[.:]\d+)?(?:st|nd|rd|th|%)?|[a-z']+(?:-[a-z]+)*", re.ASCII
)
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
# Words that are said with a hyphen in the middle, yet are one word to a dictionary.
_HYPHENATED = {"uh-huh", "mm-hmm", "x-ray", "wi-fi", "e-mail", "check-up"}
_GENERAL = ("day", "month")  # classes that a word of the bot's own phrases is taken for
_AMBIGUOUS = {"may", "march"}


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What one bot's callers talk about.

    Args:
        phrases: Sentences that callers are expected to say.
        topics: What the bot's facts are about.
        heard: What the bot itself says: callers pick up its words.
        vocabulary: Names and the like; word to ARPAbet phones, or to "" for a guess.
    """

    phrases: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    vocabulary: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Phrase:
    """A word sequence and how much it counts.

    `starts` and `ends` say whether it can open and close an utterance; a fragment does not.
    """

    words: tuple[str, ...]
    weight: float
    starts: bool = True
    ends: bool = True


Classes = dict[str, tuple[str, ...]]  # "{day}" -> its members, a single word each


def words_of(text: str) -> list[str]:
    """The words of a text as they are spoken: lower case, numbers in words, no punctuation.

    >>> words_of("Dr. Lee, at 8:30 on the 21st?")
    ['doctor', 'lee', 'at', 'eight', 'thirty', 'on', 'the', 'twenty', 'first']
    """
    lowered = text.lower().replace("’", "'").replace("dr.", "doctor").replace("&", " and ")
    lowered = re.sub(r"\b([ap])\.m\.?", r"\1m", lowered)
    words: list[str] = []
    for token in _TOKEN.findall(lowered):
        if token[0] in "$0123456789":
            words += _number_words(token)
        elif token in _HYPHENATED or token.startswith("{"):
            words.append(token)
        else:
            words += [part for part in token.split("-") if part.strip("'")]
    return words


def spoken_number(number: int) -> str:
    """A number below a million in words.

    >>> spoken_number(1250)
    'one thousand two hundred fifty'
    """
    if number < 20:
        return _UNITS[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens] + (f" {_UNITS[rest]}" if rest else "")
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    many, rest = divmod(number, size)
    return f"{spoken_number(many)} {name}" + (f" {spoken_number(rest)}" if rest else "")


def spoken_ordinal(number: int) -> str:
    """The ordinal of a number below a million in words.

    >>> spoken_ordinal(22)
    'twenty second'
    """
    *head, last = spoken_number(number).split()
    regular = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return " ".join([*head, _ORDINALS.get(last, regular)])


def expand(domain: Domain) -> tuple[list[Phrase], Classes]:
    """Everything that callers of this bot may say, and the members of the classes in it."""
    common = common_speech()
    lists: dict[str, list[str]] = {name: list(words) for name, words in common["words"].items()}
    lists["topic"] = [" ".join(words_of(topic)) for topic in domain.topics if words_of(topic)]
    vocabulary = [" ".join(words_of(word)) for word in domain.vocabulary]
    lists["topic"] += [word for word in vocabulary if word]
    templates = [*_own(domain, common), *_general(common)]
    phrases = [phrase for template in templates for phrase in _spelled(template, lists)]
    singles = {
        f"{{{name}}}": tuple(dict.fromkeys(word for word in members if " " not in word))
        for name, members in lists.items()
    }
    plurals = {f"{name}s": tuple(f"{word}s" for word in of) for name, of in singles.items()}
    return phrases, singles | plurals


@cache
def common_speech() -> Mapping[str, Any]:
    """The phrases that every caller may say, as `common_speech.toml` has them."""
    return tomllib.loads(_COMMON.read_text(encoding="utf-8"))


def writings(domain: Domain) -> dict[str, str]:
    """How words are written that are not written in lower case: "i", days, months and names.

    A name that is also a word of the bot's or of common phrases ("may", "mark") stays as it is.
    """
    common = common_speech()
    texts = [text for group in common["group"] for text in group["say"]]
    ordinary = {word for text in texts for word in words_of(text)}
    written: dict[str, str] = {}
    for text in domain.phrases:
        first, *rest = re.findall(r"[A-Za-z][\w'’-]*", text) or [""]
        ordinary |= set(words_of(first)) | {word for word in rest if word.islower()}
        # A capital inside a sentence says that the word has it everywhere.
        written |= {word.lower(): word for word in rest if word[0].isupper()}
    lists = (common["words"][name] for name in ("day", "month", "first", "last"))
    names = {name: name.capitalize() for members in lists for name in members}
    written = {word: form for word, form in (names | written).items() if word not in ordinary}
    own = {words_of(word)[0]: word for word in domain.vocabulary if len(words_of(word)) == 1}
    me = {word: "I" + word[1:] for word in ordinary if re.fullmatch(r"i('\w+)?", word)}
    return written | own | me


def _general(common: Mapping[str, Any]) -> Iterator[Phrase]:
    for word in common["words"]["often"]:
        yield Phrase((word,), OFTEN_WEIGHT, starts=False, ends=False)
    for group in common["group"]:
        for text in group["say"]:
            yield Phrase(tuple(words_of(text)), group["weight"], ends=not group.get("open", False))


def _own(domain: Domain, common: Mapping[str, Any]) -> Iterator[Phrase]:
    for text in domain.phrases:
        words = _generalised(words_of(text), common["words"])
        if not words:
            continue
        yield Phrase(words, OWN_WEIGHT)
        variants = _swapped(words, common["swap"])
        for variant in variants:
            yield Phrase(variant, SWAPPED_WEIGHT)
        for start in range(1, len(words)):
            yield Phrase(words[start:], INSIDE_WEIGHT)
        yield from _surrounded(words, common["around"])
    for text in domain.heard:
        yield Phrase(tuple(words_of(text)), HEARD_WEIGHT, starts=False, ends=False)
    for word in domain.vocabulary:
        yield Phrase(tuple(words_of(word)), 1.0)


def _generalised(words: list[str], lists: Mapping[str, list[str]]) -> tuple[str, ...]:
    """A named day or month stands for all of them."""

    def general(word: str) -> str:
        if word not in _AMBIGUOUS:
            for name in _GENERAL:
                if word in lists[name]:
                    return f"{{{name}}}"
        return word

    return tuple(general(word) for word in words)


def _swapped(words: tuple[str, ...], swaps: Mapping[str, list[str]]) -> set[tuple[str, ...]]:
    """The sequence with one wording changed for another, one at a time."""
    text = f" {' '.join(words)} "
    found = {
        text.replace(f" {old} ", f" {new} " if new[0] != "'" else f"{new} ", 1)
        for old, news in swaps.items()
        if f" {old} " in text
        for new in news
    }
    return {tuple(variant.split()) for variant in found}


def _surrounded(words: tuple[str, ...], around: Mapping[str, list[str]]) -> Iterator[Phrase]:
    for before in around["before"]:
        yield Phrase((*words_of(before), *words[:2]), AROUND_WEIGHT, ends=False)
    for after in around["after"]:
        yield Phrase((*words[-2:], *words_of(after)), AROUND_WEIGHT, starts=False)


def _spelled(phrase: Phrase, lists: Mapping[str, list[str]]) -> Iterator[Phrase]:
    """Split off the members of a class that are several words: they cannot be one token."""
    for place, word in enumerate(phrase.words):
        members = lists.get(word[1 : word.index("}")], ()) if word[0] == "{" else ()
        long = [member for member in members if " " in member]
        if word[0] == "{" and not members:
            return
        if not long:
            continue
        before, after = phrase.words[:place], phrase.words[place + 1 :]
        share = phrase.weight / len(members)
        rest = len(members) - len(long)
        for member in long:
            words = (*before, *member.split(), *after)
            yield from _spelled(Phrase(words, share, phrase.starts, phrase.ends), lists)
        if rest:
            # What follows may have such a class too: only it is left to look at.
            marked = Phrase(after or (), share * rest, phrase.starts, phrase.ends)
            for tail in _spelled(marked, lists) if after else [marked]:
                yield Phrase((*before, word, *tail.words), tail.weight, phrase.starts, phrase.ends)
        return
    yield phrase


def _number_words(token: str) -> list[str]:
    """A token that begins with a digit or "$", in words."""
    digits = token.strip("$%").replace(",", "")
    if digits[-2:] in ("st", "nd", "rd", "th"):
        return spoken_ordinal(int(digits[:-2]) % 1_000_000).split()
    whole, _, rest = digits.replace(".", ":").partition(":")
    words = spoken_number(int(whole) % 1_000_000).split()
    if rest:
        minutes = int(rest) % 1_000_000
        hundredths = ["oh"] if ":" in token and rest.startswith("0") and minutes else []
        words += hundredths + (spoken_number(minutes).split() if minutes else [])
    return [*words, *_unit_words(token)]


def _unit_words(token: str) -> Iterable[str]:
    if token.startswith("$"):
        return ["dollars"]
    return ["percent"] if token.endswith("%") else []
