"""What a language says while it listens: one TOML file becomes phrases that can be looked up.

::

    phrases/en.toml   "that's [very] (true|right)"  ──▶  4 phrases of class ACKNOWLEDGEMENT
"""

import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from processors.backchannel_filter.text import tokens, without_restarts

PHRASES = Path(__file__).parent / "phrases"


class Kind(Enum):
    """What a phrase does, named as its list in the TOML file."""

    FILLER = "fillers"
    SOUND = "sounds"
    ACKNOWLEDGEMENT = "acknowledgements"
    REACTION = "reactions"
    ASSESSMENT = "assessments"
    ACCEPTANCE = "acceptances"
    REQUEST = "requests"
    REFUSAL = "refusals"
    DENIAL = "denials"
    OPENER = "openers"
    PREFACE = "prefaces"
    STARTER = "starters"
    SOFTENER = "softeners"


Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """How the language asks. All words in canonical spelling."""

    auxiliaries: frozenset[str]
    after_words: frozenset[str]
    subjects: frozenset[str]
    words: frozenset[str]
    asks: frozenset[Phrase]
    starts: frozenset[Phrase]
    tags: frozenset[Phrase]
    leads: frozenset[Phrase]
    tail_words: int


@dataclass(frozen=True, eq=False)  # compared and hashed by identity
class Language:
    """Everything the rules know of one language.

    Args:
        phrases: Each phrase with all that it can be.
        beginnings: Every proper beginning of a phrase, for words that are still growing.
        longest: Words in the longest phrase.
        noises: Words that stand for a sound when a recogniser puts them in brackets.
        repairs: Words that ask for repair when a question mark follows.
        claims: Words that may begin feedback, and rather begin a turn.
        negations: Words that make a statement a denial.
        question: How it asks.
    """

    phrases: Mapping[Phrase, frozenset[Kind]]
    beginnings: frozenset[Phrase]
    longest: int
    noises: frozenset[str]
    repairs: frozenset[str]
    claims: frozenset[str]
    negations: frozenset[str]
    question: Question = field(repr=False)

    def with_phrases(self, extra: Mapping[str, Iterable[str]]) -> "Language":
        """The language and a bot's own phrases, by the names of the TOML file's lists.

        Raises:
            ValueError: A name is none of the lists.
        """
        merged = {phrase: set(kinds) for phrase, kinds in self.phrases.items()}
        for name, templates in extra.items():
            for phrase in _expand_all(templates):
                merged.setdefault(phrase, set()).add(_kind(name))
        beginnings, longest = _shape(merged)
        frozen = {phrase: frozenset(kinds) for phrase, kinds in merged.items()}
        return replace(self, phrases=frozen, beginnings=beginnings, longest=longest)


@cache
def language(code: str) -> Language:
    """The language of a BCP 47 code; "en-GB" falls back to "en".

    Raises:
        ValueError: There is no phrase file for it.
    """
    for name in (code.lower(), code.lower().split("-")[0]):
        if re.fullmatch(r"[a-z0-9-]+", name) and (path := PHRASES / f"{name}.toml").is_file():
            return _parse(tomllib.loads(path.read_text("utf-8")))
    known = ", ".join(sorted(path.stem for path in PHRASES.glob("*.toml")))
    raise ValueError(
        f"no phrases for the language {code!r}; there are {known}. "
        f"Another language is one more file in {PHRASES.name}/."
    )


def _parse(data: Mapping[str, Any]) -> Language:
    slots = data["slots"]
    phrases: dict[Phrase, set[Kind]] = {}
    for kind in Kind:
        for phrase in _expand_all(data["phrases"][kind.value], slots):
            phrases.setdefault(phrase, set()).add(kind)
    beginnings, longest = _shape(phrases)
    marks = data["marks"]
    return Language(
        phrases={phrase: frozenset(kinds) for phrase, kinds in phrases.items()},
        beginnings=beginnings,
        longest=longest,
        noises=frozenset(marks["noises"]),
        repairs=frozenset(marks["repairs"]),
        claims=frozenset(marks["claims"]),
        negations=frozenset(data["statement"]["negations"]),
        question=_question(data["question"]),
    )


def _shape(phrases: Iterable[Phrase]) -> tuple[frozenset[Phrase], int]:
    """Every proper beginning of a phrase, and the words in the longest."""
    known = list(phrases)
    beginnings = (phrase[:n] for phrase in known for n in range(1, len(phrase)))
    return frozenset(beginnings), max(map(len, known))


def _question(asking: Mapping[str, Any]) -> Question:
    return Question(
        auxiliaries=frozenset(asking["auxiliaries"]),
        after_words=frozenset(asking["after_words"]),
        subjects=frozenset(asking["subjects"]),
        words=frozenset(asking["words"]),
        asks=_expand_all(asking["asks"]),
        starts=_expand_all(asking["starts"]),
        tags=_expand_all(asking["tags"]),
        leads=_expand_all(asking["leads"]),
        tail_words=asking["tail_words"],
    )


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        names = ", ".join(kind.value for kind in Kind)
        raise ValueError(f"no list of phrases is called {name!r}; there are {names}") from None


def _expand_all(
    templates: Iterable[str], slots: Mapping[str, str] | None = None
) -> frozenset[Phrase]:
    return frozenset(
        phrase
        for template in templates
        for text in expand(template.format(**(slots or {})))
        if (phrase := tuple(without_restarts(tokens(text))))
    )


def expand(template: str) -> list[str]:
    """All the phrases a template stands for.

    >>> expand("that's [so|very] (true|right)")[:3]
    ["that's true", "that's right", "that's so true"]
    """
    texts, _ = _sequence(template, 0)
    return [" ".join(text.split()) for text in texts]


def _sequence(template: str, at: int) -> tuple[list[str], int]:
    """Alternatives from `at` to the closing bracket (or the end), and where that is."""
    alternatives: list[str] = []
    parts: list[list[str]] = []
    while at < len(template) and template[at] not in ")]":
        if template[at] == "|":
            alternatives += ["".join(choice) for choice in itertools.product(*parts)]
            parts, at = [], at + 1
        elif template[at] in "([":
            inside, end = _sequence(template, at + 1)
            parts.append(["", *inside] if template[at] == "[" else inside)
            at = end + 1
        else:
            end = at
            while end < len(template) and template[end] not in "()[]|":
                end += 1
            parts.append([template[at:end]])
            at = end
    return alternatives + ["".join(choice) for choice in itertools.product(*parts)], at
