"""The words of stored questions, by answer: how each answer is asked, and how it is not.

Every count can be taken *without* one phrasing, or without a whole answer, as if that had never
been stored.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from processors.semantic_cache import lexicon
from processors.semantic_cache.alignment import Vector, WordVectors
from processors.semantic_cache.aspects import ASPECTS
from processors.semantic_cache.reading import Reading

NONE = -1

_TOPIC_SHARE = 0.5  # of an answer's phrasings; what more of them say is what it is about
_ASPECT_SHARE = 0.3  # of an answer's phrasings; what fewer of them want need not be asked
_UNHEARD = 0.7  # log odds that a word costs which no stored question has
_ROWS = 20  # phrasings looked at one by one


@dataclass(frozen=True)
class Omitted:
    """What is to be left out of account: a phrasing, and its whole answer if `answer` is one."""

    row: int = NONE
    answer: int = NONE


NOTHING = Omitted()


class Vocabulary:
    """Words, pairs of neighbouring words and aspects of stored questions.

    Args:
        readings: The phrasings.
        answer_of: The number of the answer of each, (phrasings,).
        words: Vectors of single words.
    """

    def __init__(
        self, readings: Sequence[Reading], answer_of: NDArray[np.intp], words: WordVectors
    ) -> None:
        self._readings = readings
        self._answer_of = answer_of
        self._words = words
        count = int(answer_of.max(initial=-1)) + 1
        self._sizes = np.bincount(answer_of, minlength=count)
        self._tokens = [frozenset(reading.tokens) | _pairs(reading) for reading in readings]
        self._counts: list[Counter[str]] = [Counter() for _ in range(count)]
        self._aspects: list[Counter[str]] = [Counter() for _ in range(count)]
        for row, answer in enumerate(answer_of):
            self._counts[answer].update(self._tokens[row])
            self._aspects[answer].update(readings[row].aspects)
        self._totals: Counter[str] = Counter()
        for counts in self._counts:
            self._totals.update(counts)
        self._rarities = np.log((len(readings) + 1) / (np.arange(len(readings) + 2) + 0.5)).tolist()
        self._vectors: dict[int, Vector] = {}

    def share(self, stem: str, answer: int) -> float:
        """In what share of the phrasings of `answer` the stem is said, 0 … 1."""
        return self._counts[answer][stem] / self._sizes[answer]

    def rarity(self, word: str, without: Omitted = NOTHING) -> float:
        """How much a word tells: 0 for one that every question has."""
        return self._rarities[max(self._seen(word, without), 0)]

    def topic(self, answer: int, without: Omitted = NOTHING) -> frozenset[str]:
        """What most phrasings of `answer` name and most others do not."""
        own = self._own(answer, without)
        size = self._sizes[answer] - bool(own)
        others = len(self._readings) - self._sizes[answer]
        topic = set()
        for word, count in self._counts[answer].items():
            share = (count - (word in own)) / size
            if share < _TOPIC_SHARE or " " in word or word in lexicon.LIGHT:
                continue
            elsewhere = (self._totals[word] - count) / others if others else 0.0
            if elsewhere < 0.5 * count / self._sizes[answer]:
                topic.add(word)
        return frozenset(topic)

    def covered(self, best: int, reading: Reading, without: Omitted) -> float:
        """How much of what is asked the phrasings of `best` speak of, weighed by rarity, 0 … 1."""
        words = list(dict.fromkeys(reading.tokens))
        if not words:
            return 0.0
        own = self._own(best, without)
        counts = self._counts[best]
        keep = [word not in own or counts[word] > 1 for word in counts if " " not in word]
        vectors = self._stacked(best)[keep]
        gap, total = 0.0, 0.0
        for word in words:
            weight = self.rarity(word, without)
            total += weight
            if counts[word] - (word in own) <= 0:
                alike = (vectors @ self._words[word]).max(initial=0)
                gap += weight * (1 - min(max((alike - 0.2) / 0.6, 0), 0.9))
        return 1 - gap / total

    def leads(
        self, some: NDArray[np.intp], reading: Reading, without: Omitted
    ) -> tuple[float, float, float]:
        """Log-odds of the words under the first of some answers, and its lead over the others.

        The lead is given twice: by words, and by pairs of neighbouring words.
        """
        words, pairs = dict.fromkeys(reading.tokens), _pairs(reading)
        by_word = [self._log_odds(words, int(answer), without, 0.3) for answer in some]
        by_pair = [self._log_odds(pairs, int(answer), without, 0.1) for answer in some]
        lead = [scores[0] - max(scores[1:], default=0.0) for scores in (by_word, by_pair)]
        return by_word[0], lead[0], lead[1]

    def lacking(self, rows: Sequence[int], reading: Reading, without: Omitted) -> float:
        """What the phrasing that says least beyond the question says beyond it: 0 is best.

        A question that says less than any phrasing does is mostly a more general one, with
        another answer.
        """
        asked = reading.topics
        lacks = (
            sum(self.rarity(word, without) for word in self._readings[row].topics - asked)
            for row in rows[:_ROWS]
        )
        return -min(lacks, default=9.0)

    def missing_aspects(self, best: int, reading: Reading, without: Omitted) -> float:
        """What phrasings of `best` want of their thing and the question does not: 0 is best."""
        own = without.row != NONE and self._answer_of[without.row] == best
        mine = self._readings[without.row].aspects if own else frozenset()
        size = max(self._sizes[best] - bool(own), 1)
        missing = 0.0
        for aspect in ASPECTS:
            if aspect not in reading.aspects:
                share = (self._aspects[best][aspect] - (aspect in mine)) / size
                missing += max(0.0, share - _ASPECT_SHARE)
        return -missing

    def _log_odds(self, terms: Iterable[str], answer: int, without: Omitted, prior: float) -> float:
        own = self._own(answer, without)
        size = self._sizes[answer] - bool(own)
        rest = len(self._readings) - (without.row != NONE) - size
        odds = 0.0
        for term in terms:
            inside = self._counts[answer][term] - (term in own)
            outside = self._seen(term, without) - inside
            if inside + outside <= 0:
                odds -= _UNHEARD
                continue
            odds += math.log((inside + prior) / (outside + prior))
            odds += math.log((rest + 2 * prior) / (size + 2 * prior))
        return odds / 5

    def _seen(self, word: str, without: Omitted) -> int:
        seen = self._totals[word]
        if without.answer != NONE:
            return seen - self._counts[without.answer][word]
        return seen - (without.row != NONE and word in self._tokens[without.row])

    def _own(self, answer: int, without: Omitted) -> frozenset[str]:
        """The words of the omitted phrasing, where it is one of this answer's."""
        mine = without.row != NONE and self._answer_of[without.row] == answer
        return self._tokens[without.row] if mine else frozenset()

    def _stacked(self, answer: int) -> Vector:
        """Vectors of the words in which an answer is asked for, (words, dims)."""
        if answer not in self._vectors:
            words = [word for word in self._counts[answer] if " " not in word]
            self._vectors[answer] = self._words.stack(words)
        return self._vectors[answer]


def _pairs(reading: Reading) -> frozenset[str]:
    """Neighbouring stems, the ends of the question among them."""
    tokens = ("^", *reading.tokens, "$")
    return frozenset(f"{one} {two}" for one, two in pairwise(tokens))
