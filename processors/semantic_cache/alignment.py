"""Two questions laid side by side: for each word the one on the other side that comes nearest.

::

    what   does   parking   cost
     │      │       │        │
    what    is  for leaving  the price  …      a word that finds no partner counts by its rarity
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.embeddings import Embeddings

Vector = NDArray[np.floating[Any]]

_FOREIGN, _ALIKE = 0.2, 0.9  # cosines of two words: nothing in common; as good as the same
_AT_MOST = 0.9  # another word is never worth as much as the same one


class WordVectors(dict[str, Vector]):
    """Vectors of single words, each embedded once."""

    def __init__(self, embeddings: Embeddings) -> None:
        super().__init__()
        self._embeddings = embeddings

    def __missing__(self, word: str) -> Vector:
        self[word] = self._embeddings.embed([word])[0]
        return self[word]

    def stack(self, words: Sequence[str]) -> Vector:
        """The vectors of words, (words, dims)."""
        new = [word for word in dict.fromkeys(words) if word not in self]
        if new:
            self.update(zip(new, self._embeddings.embed(new), strict=True))
        return np.stack([self[word] for word in words])


@dataclass(frozen=True)
class Laid:
    """A question ready to be laid beside another.

    Args:
        tokens: The stem of each word.
        vectors: Of each word, (words, dims), unit length.
        weights: How much each word matters, (words,).
    """

    tokens: tuple[str, ...]
    vectors: Vector
    weights: Vector


def alignment(asked: Laid, known: Laid) -> float:
    """How much of either question the other says too, 0 … 1."""
    cosines = asked.vectors @ known.vectors.T
    likeness = np.clip((cosines - _FOREIGN) / (_ALIKE - _FOREIGN), 0, _AT_MOST)
    theirs: dict[str, list[int]] = {}
    for at, token in enumerate(known.tokens):
        theirs.setdefault(token, []).append(at)
    for at, token in enumerate(asked.tokens):
        if token in theirs:
            likeness[at, theirs[token]] = 1.0
    ours = float(likeness.max(axis=1) @ asked.weights / asked.weights.sum())
    others = float(likeness.max(axis=0) @ known.weights / known.weights.sum())
    return 2 * ours * others / max(ours + others, 1e-6)
