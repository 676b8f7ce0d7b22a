"""A classifier from questions to answers, fitted in closed form: ridge regression.

It can tell, exactly and for almost nothing, what it would have said had a phrasing, or all of an
answer, not been among those it was fitted to (the hat matrix of a linear fit holds it).
"""

import zlib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.semantic_cache.reading import Reading

_RIDGE = 0.6
_GRAMS = 512  # dims of the hashed words, word pairs and letter groups
_GRAMS_WEIGHT = 0.7
_UNTAUGHT = 0.0  # the score of an answer with too few phrasings to be fitted

Vector = NDArray[np.floating[Any]]


class Head:
    """Scores of answers for a question; about 1 for a sure one, about 0 for the rest.

    Args:
        vectors: Of all phrasings, (phrasings, dims).
        readings: All phrasings.
        answer_of: The answer's number of each.
        taught: The rows to fit.
    """

    def __init__(
        self,
        vectors: Vector,
        readings: Sequence[Reading],
        answer_of: NDArray[np.intp],
        taught: NDArray[np.intp],
    ) -> None:
        self.answers, self._columns = np.unique(answer_of[taught], return_inverse=True)
        self._at = {int(row): at for at, row in enumerate(taught)}
        self._out: dict[int, Vector] = {}
        if not self._at:
            return
        # Row by row: one step over all of them would keep every other thread waiting.
        self._inputs = np.empty((len(taught), vectors.shape[1] + _GRAMS), np.float32)
        sums = np.zeros((len(self.answers), self._inputs.shape[1]), np.float32)
        for at, (row, column) in enumerate(zip(taught, self._columns, strict=True)):
            self._inputs[at] = _input(vectors[row], readings[row])
            sums[column] += self._inputs[at]
        gram = self._inputs.T @ self._inputs
        gram[np.diag_indices_from(gram)] += _RIDGE
        self._inverse = np.linalg.inv(gram)
        self._weights = self._inverse @ (sums - self._inputs.sum(axis=0) / len(self.answers)).T

    def scores(
        self, vector: Vector, reading: Reading, count: int, row: int = -1, answer: int = -1
    ) -> Vector:
        """The score of each of `count` answers, as if `row` (and all of `answer`) were unknown."""
        scores = np.full(count, _UNTAUGHT, np.float32)
        if not self._at:
            return scores
        if row not in self._at:
            fitted = _input(vector, reading) @ self._weights
        elif answer < 0:
            fitted = self._without_row(self._at[row])
        else:
            fitted = self._without_answer(self._at[row])
        scores[self.answers] = fitted
        if answer >= 0:
            scores[answer] = -1
        return scores

    def own_fit(self, answer: int, row: int = -1) -> float:
        """How well an answer's phrasings find back to it, each as if it were unknown.

        The mean of their scores, `row` apart: low where the phrasings differ much from each other
        or are like those of other answers.
        """
        if not self._at:
            return _UNTAUGHT
        column = int(np.searchsorted(self.answers, answer))
        if column >= len(self.answers) or self.answers[column] != answer:
            return _UNTAUGHT
        group = self._columns == column
        if row in self._at:
            group = group.copy()
            group[self._at[row]] = False
        return float(self._own_fits[group].mean())

    @cached_property
    def _spread(self) -> Vector:
        """Inputs times inverse, (taught, features): what the hat matrix is made of."""
        return self._inputs @ self._inverse

    @cached_property
    def _fitted(self) -> Vector:
        return self._inputs @ self._weights

    @cached_property
    def _own_fits(self) -> Vector:
        """The score of each phrasing's own answer, had the phrasing been unknown, (taught,)."""
        own = np.einsum("ij,ij->i", self._spread, self._inputs)
        target = 1 - 1 / len(self.answers)
        fitted = self._fitted[np.arange(len(self._columns)), self._columns]
        return target - (target - fitted) / (1 - own)

    def _without_row(self, at: int) -> Vector:
        own = self._spread[at] @ self._inputs[at]
        target = self._targets(np.array([at]))[0]
        return target - (target - self._fitted[at]) / (1 - own)

    def _without_answer(self, at: int) -> Vector:
        column = int(self._columns[at])
        group = np.flatnonzero(self._columns == column)
        if column not in self._out:
            hat = self._spread[group] @ self._inputs[group].T
            targets = self._targets(group)
            errors = targets - self._fitted[group]
            self._out[column] = targets - np.linalg.solve(np.eye(len(group)) - hat, errors)
        return self._out[column][np.searchsorted(group, at)]

    def _targets(self, rows: NDArray[np.intp]) -> Vector:
        targets = np.full((len(rows), len(self.answers)), -1 / len(self.answers), np.float32)
        targets[np.arange(len(rows)), self._columns[rows]] += 1
        return targets


def _input(vector: Vector, reading: Reading) -> Vector:
    return np.concatenate([vector, _GRAMS_WEIGHT * _grams(reading.words)])


def _grams(words: tuple[str, ...]) -> Vector:
    """Words, word pairs and groups of 3 and 4 letters, hashed to (512,), unit length."""
    at, sign = _hashes(words)
    grams = np.zeros(_GRAMS, np.float32)
    np.add.at(grams, at, sign)
    grams = np.sign(grams) * np.log1p(np.abs(grams))
    return grams / max(float(np.linalg.norm(grams)), 1e-6)


def _hashes(words: tuple[str, ...]) -> tuple[NDArray[np.intp], Vector]:
    pairs = [f"{one} {two}" for one, two in pairwise(words)]
    codes = [zlib.crc32(pair.encode()) for pair in pairs]
    for word in words:
        codes += _word_hashes(word)
    hashed = np.asarray(codes, np.uint32)
    return (hashed % _GRAMS).astype(np.intp), np.where(hashed >> 16 & 1, 1, -1).astype(np.float32)


@lru_cache(maxsize=20_000)
def _word_hashes(word: str) -> tuple[int, ...]:
    spelled = f"<{word}>"
    groups = [spelled[at : at + size] for size in (3, 4) for at in range(len(spelled) - size + 1)]
    return tuple(zlib.crc32(group.encode()) for group in (spelled + "#", *groups))
