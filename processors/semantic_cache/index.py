"""What is stored of one scope, arranged for looking up: vectors, a classifier, words by answer.

::

    question ─▶ vector ─┬─▶ cosine to every phrasing ─┐
                        └─▶ classifier ───────────────┼─▶ the likeliest answer ─▶ Evidence
    question ─▶ words ────▶ how each answer is asked ─┘

An index never changes: what is learnt later needs another one. It can be asked *without* one
phrasing, or without a whole answer, as if that had never been stored: so a threshold is learnt.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.embeddings import Embeddings
from processors.semantic_cache.head import Head
from processors.semantic_cache.reading import Reading

ENOUGH_PHRASINGS = 4  # fewer do not show what may vary in a question
FEATURES = (
    "head", "head margin", "log share", "cosine", "cosine margin", "mean of three",
    "share x cosine", "mean", "covered", "worst gap", "words", "words margin", "pairs margin",
    "asks", "overlap", "overlap margin", "attraction", "lacking", "apart",
)  # fmt: skip

_CANDIDATES = 5
_TEMPERATURE = 0.08
_NONE = -1
_ROWS = 20  # phrasings looked at one by one

Vector = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Evidence:
    """How well a question fits its likeliest answer.

    Args:
        answer: Number of the answer.
        rows: Its phrasings, nearest first.
        cosine: Of the nearest one, -1 … 1.
        features: What the decision weighs, in the order of `FEATURES`.
    """

    answer: int
    rows: tuple[int, ...]
    cosine: float
    features: Vector


@dataclass(frozen=True)
class Omitted:
    """What is to be left out of account: a phrasing, and its whole answer if `answer` is one."""

    row: int = _NONE
    answer: int = _NONE


NOTHING = Omitted()


class Index:
    """Phrasings and their answers.

    Args:
        readings: The phrasings.
        vectors: Theirs, (phrasings, dims), unit length.
        answers: The number of the answer of each phrasing: 0 … n, every number used.
        embeddings: For single words; the same as made `vectors`.
    """

    def __init__(
        self,
        readings: Sequence[Reading],
        vectors: Vector,
        answers: Sequence[int],
        embeddings: Embeddings,
    ) -> None:
        self.readings = readings
        self.vectors = vectors
        self.answer_of = np.asarray(answers, np.intp)
        self._order = np.argsort(self.answer_of, kind="stable")
        self._sorted = np.ascontiguousarray(vectors[self._order])
        self.count = int(self.answer_of.max(initial=-1)) + 1
        self._starts = np.searchsorted(self.answer_of[self._order], np.arange(self.count))
        self.sizes = np.bincount(self.answer_of, minlength=self.count)
        self._tokens = [frozenset(reading.tokens) | _pairs(reading) for reading in readings]
        self._counts: list[Counter[str]] = [Counter() for _ in range(self.count)]
        self._asks: list[Counter[str]] = [Counter() for _ in range(self.count)]
        for row, answer in enumerate(self.answer_of):
            self._counts[answer].update(self._tokens[row])
            self._asks[answer].update(readings[row].asks or ("",))
        self._totals: Counter[str] = Counter()
        for counts in self._counts:
            self._totals.update(counts)
        self._rarities = np.log((len(readings) + 1) / (np.arange(len(readings) + 2) + 0.5)).tolist()
        self._words = _WordVectors(embeddings)
        self._vocabularies: dict[int, Vector] = {}
        taught = np.flatnonzero(self.sizes[self.answer_of] >= ENOUGH_PHRASINGS)
        self.head = Head(vectors, readings, self.answer_of, taught)

    def rows_of(self, answer: int) -> NDArray[np.intp]:
        """The phrasings of an answer."""
        return self._order[self._starts[answer] : self._starts[answer] + self.sizes[answer]]

    def share(self, stem: str, answer: int) -> float:
        """In what share of the phrasings of `answer` the stem is said, 0 … 1."""
        return self._counts[answer][stem] / self.sizes[answer]

    def evidence(
        self, reading: Reading, vector: Vector, without: Omitted = NOTHING
    ) -> Evidence | None:
        """The likeliest answer and how well it fits; None where nothing is stored."""
        if not self.count or (self.count == 1 and without.answer == 0):
            return None
        cosines = self._cosines(vector, without)  # of the answers' phrasings, in stored order
        nearest = np.maximum.reduceat(cosines, self._starts)  # (answers,)
        heads = self.head.scores(vector, reading, self.count, without.row, without.answer)
        fit = heads + 0.5 * nearest
        if without.answer != _NONE:
            fit[without.answer] = -np.inf
        some = np.argpartition(-fit, min(_CANDIDATES, self.count) - 1)[:_CANDIDATES]
        some = some[np.argsort(-fit[some])]
        best = int(some[0])
        span = slice(self._starts[best], self._starts[best] + self.sizes[best])
        near = np.argsort(-cosines[span])
        rows = tuple(int(row) for row in self._order[span][near] if row != without.row)
        features = [
            *self._vector_features(best, heads, nearest, cosines[span][near]),
            *self._cover(best, reading, without),
            *self._lexical(some, reading, without),
            self._asked_alike(best, reading, without),
            *self._overlap(some, cosines, reading, without),
            self.head.attraction(best),
            *self._apart(rows, reading, without),
        ]
        return Evidence(best, rows, float(nearest[best]), np.asarray(features, np.float32))

    def _cosines(self, vector: Vector, without: Omitted) -> Vector:
        cosines = self._sorted @ vector
        if without.row != _NONE:
            cosines[np.flatnonzero(self._order == without.row)] = -1
        if without.answer != _NONE:
            start = self._starts[without.answer]
            cosines[start : start + self.sizes[without.answer]] = -1
        return cosines

    def _vector_features(
        self, best: int, heads: Vector, nearest: Vector, cosines: Vector
    ) -> list[float]:
        score, cosine = heads[best], nearest[best]
        shares = np.exp((heads - heads.max()) / _TEMPERATURE)
        share = shares[best] / shares.sum()
        others = np.ones(self.count, bool)
        others[best] = False
        next_head = heads[others].max(initial=-1)
        next_cosine = nearest[others].max(initial=-1) if self.count > 1 else 0.0
        known = cosines[cosines > -1]
        return [
            score, score - next_head, math.log(share + 1e-4), cosine, cosine - max(next_cosine, 0),
            known[:3].mean(), share * cosine, known.mean(),
        ]  # fmt: skip

    def _cover(self, best: int, reading: Reading, without: Omitted) -> list[float]:
        """How much of what is asked the answer's phrasings speak of: weighed share, worst gap."""
        words = list(dict.fromkeys(reading.tokens))
        if not words:
            return [0.0, 0.0]
        own = self._own(best, without)
        lone = {word for word in own if self._counts[best][word] == 1}
        gaps, weights = [], []
        vocabulary = self._vocabulary(best)
        keep = [word not in lone for word in self._counts[best] if " " not in word]
        for word in words:
            weights.append(self._rarity(word, without))
            if self._counts[best][word] - (word in own) > 0:
                gaps.append(0.0)
            else:
                alike = (vocabulary[keep] @ self._words[word]).max(initial=0)
                gaps.append(1 - min(max((alike - 0.2) / 0.6, 0), 0.9))
        missed = [gap * weight for gap, weight in zip(gaps, weights, strict=True)]
        return [1 - sum(missed) / sum(weights), -max(missed)]

    def _lexical(
        self, some: NDArray[np.intp], reading: Reading, without: Omitted
    ) -> tuple[float, float, float]:
        """Log-odds of the words under the best answer, and the lead over the next candidate.

        The lead is given twice: by words, and by pairs of neighbouring words.
        """
        words, pairs = dict.fromkeys(reading.tokens), _pairs(reading)
        by_word = [self._log_odds(words, int(answer), without, 0.3) for answer in some]
        by_pair = [self._log_odds(pairs, int(answer), without, 0.1) for answer in some]
        lead = [scores[0] - max(scores[1:], default=0.0) for scores in (by_word, by_pair)]
        return by_word[0], lead[0], lead[1]

    def _log_odds(self, terms: Iterable[str], answer: int, without: Omitted, prior: float) -> float:
        own = self._own(answer, without)
        size = self.sizes[answer] - bool(own)
        rest = len(self.readings) - (without.row != _NONE) - size
        odds = 0.0
        for term in terms:
            inside = self._counts[answer][term] - (term in own)
            outside = self._seen(term, without) - inside
            if inside + outside <= 0:
                odds -= 0.7
                continue
            odds += math.log((inside + prior) / (outside + prior))
            odds += math.log((rest + 2 * prior) / (size + 2 * prior))
        return odds / 5

    def _asked_alike(self, best: int, reading: Reading, without: Omitted) -> float:
        """In what share of its phrasings the answer is asked for by the same question word."""
        own = self._own(best, without)
        mine = self.readings[without.row].asks or ("",) if own else ()
        kinds = reading.asks or ("",)
        return max(self._asks[best][kind] - (kind in mine) for kind in kinds) / max(
            self.sizes[best] - bool(own), 1
        )

    def _overlap(
        self,
        some: NDArray[np.intp],
        cosines: Vector,
        reading: Reading,
        without: Omitted,
    ) -> tuple[float, float]:
        """Rare words shared with the nearest phrasing, 0 … 1, and the lead over other answers'."""
        scores = []
        for answer in some:
            start = self._starts[answer]
            near = start + np.argsort(-cosines[start : start + self.sizes[answer]])[:4]
            rows = (int(self._order[at]) for at in near)
            shared = (self._shared(reading, row, without) for row in rows if row != without.row)
            scores.append(max(shared, default=0.0))
        return scores[0], scores[0] - max(scores[1:], default=0.0)

    def _shared(self, reading: Reading, row: int, without: Omitted) -> float:
        asked, known = set(reading.tokens), frozenset(self.readings[row].tokens)
        both = sum(self._rarity(word, without) for word in asked & known)
        either = sum(self._rarity(word, without) for word in asked ^ known)
        return 2 * both / (2 * both + either) if both else 0.0

    def _apart(
        self, rows: Sequence[int], reading: Reading, without: Omitted
    ) -> tuple[float, float]:
        """What the best phrasing says that is not asked; and that plus what is asked beyond it.

        Negative rarities, so that 0 is best. A question that says less than any phrasing does is
        mostly a more general one, with another answer.
        """
        asked = reading.topics
        lacking, apart = [], []
        for row in rows[:_ROWS]:
            known = self.readings[row].topics
            lacks = sum(self._rarity(word, without) for word in known - asked)
            adds = sum(self._rarity(word, without) for word in asked - known)
            lacking.append(lacks)
            apart.append(lacks + adds)
        return -min(lacking, default=9.0), -min(apart, default=18.0)

    def _rarity(self, word: str, without: Omitted) -> float:
        return self._rarities[max(self._seen(word, without), 0)]

    def _seen(self, word: str, without: Omitted) -> int:
        seen = self._totals[word]
        if without.answer != _NONE:
            return seen - self._counts[without.answer][word]
        return seen - (without.row != _NONE and word in self._tokens[without.row])

    def _own(self, answer: int, without: Omitted) -> frozenset[str]:
        """The words of the omitted phrasing, where it is one of this answer's."""
        mine = without.row != _NONE and self.answer_of[without.row] == answer
        return self._tokens[without.row] if mine else frozenset()

    def _vocabulary(self, answer: int) -> Vector:
        """Vectors of the words in which an answer is asked for, (words, dims)."""
        if answer not in self._vocabularies:
            words = [word for word in self._counts[answer] if " " not in word]
            self._vocabularies[answer] = self._words.stack(words)
        return self._vocabularies[answer]


def _pairs(reading: Reading) -> frozenset[str]:
    """Neighbouring stems, the ends of the question among them."""
    tokens = ("^", *reading.tokens, "$")
    return frozenset(f"{one} {two}" for one, two in pairwise(tokens))


class _WordVectors(dict[str, Vector]):
    """Vectors of single words, each embedded once."""

    def __init__(self, embeddings: Embeddings) -> None:
        super().__init__()
        self._embeddings = embeddings

    def __missing__(self, word: str) -> Vector:
        self[word] = self._embeddings.embed([word])[0]
        return self[word]

    def stack(self, words: list[str]) -> Vector:
        new = [word for word in words if word not in self]
        if new:
            self.update(zip(new, self._embeddings.embed(new), strict=True))
        return np.stack([self[word] for word in words])
