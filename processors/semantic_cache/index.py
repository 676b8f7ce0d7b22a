"""What is stored of one scope, arranged for looking up: vectors, a classifier, words by answer.

::

    question ─▶ vector ─┬─▶ cosine to every phrasing ─┐
                        └─▶ classifier ───────────────┼─▶ the likeliest answer ─▶ Evidence
    question ─▶ words ────▶ how each answer is asked ─┘

An index never changes: what is learnt later needs another one. It can be asked *without* one
phrasing, or without a whole answer, as if that had never been stored: so a threshold is learnt.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.embeddings import Embeddings
from processors.semantic_cache import guards
from processors.semantic_cache.alignment import Laid, Vector, WordVectors, alignment
from processors.semantic_cache.head import Head
from processors.semantic_cache.reading import Reading
from processors.semantic_cache.vocabulary import NONE, NOTHING, Omitted, Vocabulary

ENOUGH_PHRASINGS = 4  # fewer do not show what may vary in a question
FEATURES = (
    "head lead", "log share", "centre lead", "own fit", "passed", "aligned lead", "frame",
    "covered", "words", "words lead", "pairs lead", "lacking", "aspects", "swapped",
)  # fmt: skip

_NO_FEATURES = np.zeros(len(FEATURES), np.float32)
_CANDIDATES = 5
_TEMPERATURE = 0.08
_BEST = 3  # phrasings that have to agree
_LOOKED_AT = 20  # phrasings compared word by word
_KEY_SHARE = 0.5  # of the phrasings; a word said in more of them is what the answer is about
_NEAR, _NEAR_OTHERS = 8, 10  # phrasings laid beside the question: of the answer, of all others


@dataclass(frozen=True)
class Evidence:
    """How well a question fits its likeliest answer.

    Args:
        answer: Number of the answer.
        rows: Its phrasings, nearest first.
        cosine: Of the nearest one, -1 … 1.
        features: What the decision weighs, in the order of `FEATURES`; zeros for an answer with
            so few phrasings that they show nothing.
    """

    answer: int
    rows: tuple[int, ...]
    cosine: float
    features: Vector


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
        self._embeddings = embeddings
        self._order = np.argsort(self.answer_of, kind="stable")
        self._sorted = np.ascontiguousarray(vectors[self._order])
        self.count = int(self.answer_of.max(initial=-1)) + 1
        self._starts = np.searchsorted(self.answer_of[self._order], np.arange(self.count))
        self.sizes = np.bincount(self.answer_of, minlength=self.count)
        if self.count:
            self._sums = np.add.reduceat(self._sorted, self._starts)
            self._lengths = np.maximum(np.linalg.norm(self._sums, axis=1), 1e-6)
        self._words = WordVectors(embeddings)
        self.vocabulary = Vocabulary(readings, self.answer_of, self._words)
        self._frames: dict[int, Vector] = {}
        taught = np.flatnonzero(self.sizes[self.answer_of] >= ENOUGH_PHRASINGS)
        self.head = Head(vectors, readings, self.answer_of, taught)

    def rows_of(self, answer: int) -> NDArray[np.intp]:
        """The phrasings of an answer."""
        return self._order[self._starts[answer] : self._starts[answer] + self.sizes[answer]]

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
        if without.answer != NONE:
            fit[without.answer] = -np.inf
        some = np.argpartition(-fit, min(_CANDIDATES, self.count) - 1)[:_CANDIDATES]
        some = some[np.argsort(-fit[some])]
        best = int(some[0])
        span = slice(self._starts[best], self._starts[best] + self.sizes[best])
        near = np.argsort(-cosines[span])
        rows = tuple(int(row) for row in self._order[span][near] if row != without.row)
        features = _NO_FEATURES
        if self.sizes[best] >= ENOUGH_PHRASINGS:
            strangers = self._strangers(cosines, best)
            leads = _head_leads(heads, best)
            features = self._features(reading, vector, some, rows, strangers, leads, without)
        return Evidence(best, rows, float(nearest[best]), features)

    def _features(
        self,
        reading: Reading,
        vector: Vector,
        some: NDArray[np.intp],
        rows: Sequence[int],
        strangers: Sequence[int],
        leads: tuple[float, float],
        without: Omitted,
    ) -> Vector:
        best = int(some[0])
        passed = [guards.veto(reading, self.readings[row]) is None for row in rows[:_BEST]]
        features = [
            *leads,
            self._centre_lead(vector, best, without),
            self.head.own_fit(best, without.row),
            np.mean(passed),
            self._aligned_lead(reading, rows, strangers, without),
            self._frame(reading, best, without),
            self.vocabulary.covered(best, reading, without),
            *self.vocabulary.leads(some, reading, without),
            self.vocabulary.lacking(rows, reading, without),
            self.vocabulary.missing_aspects(best, reading, without),
            -float(self.swaps_key_word(reading, rows)),
        ]
        return np.asarray(features, np.float32)

    def swaps_key_word(self, reading: Reading, rows: Sequence[int]) -> bool:
        """Whether a word that the answer is about stands there with another one in its place."""
        for row in rows[:_LOOKED_AT]:
            answer = int(self.answer_of[row])
            gone, come = guards.swapped(reading, self.readings[row])
            if not gone or not come:
                continue
            shares = (self.vocabulary.share(stem, answer) for stem in gone)
            known = all(self.vocabulary.share(stem, answer) for stem in come)
            if not known and any(share >= _KEY_SHARE for share in shares):
                return True
        return False

    def _cosines(self, vector: Vector, without: Omitted) -> Vector:
        cosines = self._sorted @ vector
        if without.row != NONE:
            cosines[np.flatnonzero(self._order == without.row)] = -1
        if without.answer != NONE:
            start = self._starts[without.answer]
            cosines[start : start + self.sizes[without.answer]] = -1
        return cosines

    def _strangers(self, cosines: Vector, best: int) -> list[int]:
        """The nearest phrasings of other answers than the best."""
        others = cosines.copy()
        others[self._starts[best] : self._starts[best] + self.sizes[best]] = -1
        some = np.argpartition(-others, min(_NEAR_OTHERS, len(others)) - 1)[:_NEAR_OTHERS]
        return [int(self._order[at]) for at in some if others[at] > -1]

    def _centre_lead(self, vector: Vector, best: int, without: Omitted) -> float:
        """Cosine to the middle of the answer's phrasings, less that of the next answer."""
        cosines = self._sums @ vector / self._lengths
        if without.row != NONE:
            own = int(self.answer_of[without.row])
            rest = self._sums[own] - self.vectors[without.row]
            cosines[own] = rest @ vector / max(float(np.linalg.norm(rest)), 1e-6)
        if without.answer != NONE:
            cosines[without.answer] = -1
        return float(cosines[best] - _next(cosines, best))

    def _aligned_lead(
        self, reading: Reading, rows: Sequence[int], strangers: Sequence[int], without: Omitted
    ) -> float:
        """How much better the question lies beside phrasings of the answer than beside others."""
        asked = self._laid(reading, without)
        means = []
        for some in (rows[:_NEAR], strangers):
            fits = (alignment(asked, self._laid(self.readings[row], without)) for row in some)
            means.append(np.mean(sorted(fits, reverse=True)[:_BEST]) if some else 0.0)
        return float(means[0] - means[1])

    def _laid(self, reading: Reading, without: Omitted) -> Laid:
        weights = [self.vocabulary.rarity(token, without) for token in reading.tokens]
        return Laid(reading.tokens, self._words.stack(reading.words), np.asarray(weights))

    def _frame(self, reading: Reading, best: int, without: Omitted) -> float:
        """Likeness of what is said *about* the answer's topic: cosine of all the other words."""
        row = without.row
        own = row != NONE and self.answer_of[row] == best
        topic = self.vocabulary.topic(best, without)
        said = _apart_from(topic, reading)
        if not said:
            return 0.0
        cosines = self._frames_of(best) @ self._embeddings.embed([said])[0]
        if own:
            cosines = cosines[self.rows_of(best) != row]
        return float(np.sort(cosines)[-_BEST:].mean())

    def _frames_of(self, answer: int) -> Vector:
        """The phrasings of an answer without its topic, as vectors; (phrasings, dims)."""
        if answer not in self._frames:
            topic = self.vocabulary.topic(answer)
            said = [_apart_from(topic, self.readings[row]) for row in self.rows_of(answer)]
            vectors = np.array(self._embeddings.embed([words or "x" for words in said]))
            vectors[[not words for words in said]] = 0.0
            self._frames[answer] = vectors
        return self._frames[answer]


def _head_leads(heads: Vector, best: int) -> tuple[float, float]:
    """The lead of the classifier's score, and the logarithm of its share."""
    shares = np.exp((heads - heads.max()) / _TEMPERATURE)
    share = math.log(shares[best] / shares.sum() + 1e-4)
    return float(heads[best] - _next(heads, best)), share


def _next(scores: Vector, best: int) -> float:
    others = scores.copy()
    others[best] = -1
    return float(others.max())


def _apart_from(topic: frozenset[str], reading: Reading) -> str:
    words = zip(reading.words, reading.tokens, strict=True)
    return " ".join(word for word, token in words if token not in topic)
