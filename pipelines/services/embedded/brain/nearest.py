"""Which known phrase a turn comes closest to: shared words, weighed by rarity, and meaning.

::

    "how much would a cleaning be"  ──┬── words in common, rare ones count more ──┐
                                      └── cosine of the sentence vectors ─────────┴──▶ 0 … 1

A word that no phrase has is the rarest of all: it pulls every score down, so that "how much is
a root canal" does not get the price of a cleaning.
"""

import difflib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipelines.services.embedded.brain.words import stem, words
from processors.embeddings import Embeddings

_BY_WORDS = 0.65
# Words of courtesy and grammar: they say nothing about what is asked.
_WEIGHTLESS = frozenset(
    "the a an is are am be do does did you your i me my we our to of for it that this would "
    "could can will there have has at in on and or with please okay hi hello thanks thank tell "
    "know like want us if about get also then but not no yes one two three four five six seven "
    "eight nine ten eleven twelve half past quarter oclock pm noon thirty fifteen".split()
)


@dataclass(frozen=True)
class Match:
    """What a turn came closest to, as `key`; `phrase` is the closest wording."""

    key: str
    score: float
    phrase: str


class Index:
    """Phrases by key, ready to be compared with.

    Args:
        phrases: Pairs of a key and one wording of it.
        embeddings: Turns sentences into unit vectors.
    """

    def __init__(self, phrases: Sequence[tuple[str, str]], embeddings: Embeddings) -> None:
        """Embed every phrase once: about 0.1 ms each."""
        self._phrases = tuple(phrases)
        self._embeddings = embeddings
        stemmed = [_stems(phrase) for _, phrase in phrases]
        counts = Counter(word for stems in stemmed for word in stems)
        total = max(len(phrases), 2)
        self._weights = {word: math.log(total / count) for word, count in counts.items()}
        self._weights |= {word: 0.15 for word in counts if word in _WEIGHTLESS}
        self._unknown = math.log(total)
        columns = {word: number for number, word in enumerate(self._weights)}
        self._columns = columns
        self._has = np.zeros((len(phrases), len(columns)), np.float32)  # (phrases, words)
        for row, stems in enumerate(stemmed):
            for word in stems:
                self._has[row, columns[word]] = self._weights[word]
        self._sums = self._has.sum(axis=1)
        self._vectors = embeddings.embed([" ".join(words(phrase)) for _, phrase in phrases])
        self._long = tuple(word for word in self._weights if len(word) > 3)

    def nearest(self, text: str) -> list[Match]:
        """The best match of each key, best first."""
        asked = frozenset(self.known(word) for word in _stems(text))
        if not asked or not self._phrases:
            return []
        total = sum(self._weight(word) for word in asked)
        columns = [self._columns[word] for word in asked if word in self._columns]
        shared = 2 * self._has[:, columns].sum(axis=1) / (total + self._sums)
        cosines = self._vectors @ self._embeddings.embed([" ".join(words(text))])[0]
        scores = _BY_WORDS * shared + (1 - _BY_WORDS) * np.clip(cosines, 0, 1)
        best: dict[str, Match] = {}
        for at in np.argsort(-scores, kind="stable"):
            key, phrase = self._phrases[at]
            best.setdefault(key, Match(key, float(scores[at]), phrase))
        return list(best.values())

    def known(self, word: str) -> str:
        """A word as the phrases have it, if only a letter or two is wrong; else the word itself."""
        if word in self._weights or len(word) < 5 or word in _WEIGHTLESS:
            return word
        return _close(word, self._long) or word

    def _weight(self, word: str) -> float:
        return self._weights.get(word, 0.15 if word in _WEIGHTLESS else self._unknown)


@lru_cache(maxsize=32)
def index_of(phrases: tuple[tuple[str, str], ...], embeddings: Embeddings) -> Index:
    """The index of these phrases, made once for all calls of a process."""
    return Index(phrases, embeddings)


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, words(text)))


@lru_cache(maxsize=4096)
def _close(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.84)
    return close[0] if close else ""
