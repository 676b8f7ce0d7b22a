"""Has the bot just asked something? Has it denied something? Told from what it has spoken so far.

The last sentence counts, and it may be cut anywhere: "Shall I book it for Tues" already asks,
without a question mark. A short tail does not close a question ("Which day? Take your time.").
"""

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from processors.backchannel_filter.language import Language, Phrase
from processors.backchannel_filter.text import normalise, tokens

_SENTENCE = re.compile(r"[^.?!…]*[.?!…]+|[^.?!…]+$")
_TAIL_CHARS = 400
# A tag closes a statement: "Tuesday at ten, right"; in "oh, yeah" there is none.
_TAGGED_WORDS = 3


@lru_cache(maxsize=256)
def asks(bot_said: str, spoken: Language) -> bool:
    """Whether what the bot has said so far ends in a question or an offer.

    >>> from processors.backchannel_filter.language import language
    >>> asks("We have a slot at ten. Shall I book it", language("en"))
    True
    """
    sentences = _sentences(bot_said)
    if not sentences:
        return False
    if _asks(sentences[-1], spoken):
        return True
    short = len(tokens(sentences[-1])) <= spoken.question.tail_words
    return short and len(sentences) > 1 and _asks(sentences[-2], spoken)


@lru_cache(maxsize=256)
def denies(bot_said: str, spoken: Language) -> bool:
    """Whether the last sentence of the bot is a negative statement, with which a "no" agrees."""
    sentences = _sentences(bot_said)
    return bool(sentences) and any(word in spoken.negations for word in tokens(sentences[-1]))


def _sentences(text: str) -> list[str]:
    tail = normalise(text[-_TAIL_CHARS:])
    return [found for found in _SENTENCE.findall(tail) if re.search(r"\w", found)]


def _asks(sentence: str, spoken: Language) -> bool:
    if "?" in sentence:
        return True
    asking = spoken.question
    clauses = [tuple(tokens(clause)) for clause in re.split(r"[,;:]| - ", sentence)]
    starts = [_without_leads(clause, asking.leads) for clause in clauses]
    said_before = sum(map(len, clauses[:-1]))
    return (
        _inverted(starts[0], spoken, contracted=True)
        or any(_inverted(clause, spoken, contracted=False) for clause in starts[1:])
        or any(clause[:n] in asking.starts for clause in starts for n in (1, 2, 3))
        or (said_before >= _TAGGED_WORDS and clauses[-1] in asking.tags)
        or any(run in asking.asks for clause in clauses for run in _runs(clause, asking.asks))
    )


def _without_leads(clause: Phrase, leads: Collection[Phrase]) -> Phrase:
    """The clause from its first word that is not a discourse marker ("so", "okay then")."""
    while clause:
        lead = next((n for n in (3, 2, 1) if clause[:n] in leads and len(clause) > n), 0)
        if not lead:
            break
        clause = clause[lead:]
    return clause


def _inverted(clause: Phrase, spoken: Language, *, contracted: bool) -> bool:
    """An auxiliary before its subject, at the start or soon after a question word.

    Args:
        clause: Without its leads.
        spoken: The language.
        contracted: Whether "what's" counts; inside a sentence it rather begins a relative clause.
    """
    asking = spoken.question
    if len(clause) < 2:
        return False
    if clause[0] in asking.words:
        pairs = itertools.pairwise(clause[1:6])
        inverting = asking.auxiliaries | asking.after_words
        asked = any(a in inverting and s in asking.subjects for a, s in pairs)
        return asked or (contracted and clause[0].endswith("'s"))
    return clause[0] in asking.auxiliaries and clause[1] in asking.subjects


def _runs(words: Sequence[str], phrases: Collection[Phrase]) -> Iterator[Phrase]:
    """Every run of words as long as one of the phrases."""
    for length in {len(phrase) for phrase in phrases}:
        for start in range(len(words) - length + 1):
            yield tuple(words[start : start + length])
