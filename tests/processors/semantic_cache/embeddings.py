"""Vectors for tests about something else: instant, deterministic, near for shared words."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class WordBag:
    """Each word is a random direction; a sentence is the sum of its words."""

    dims = 64

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), 64)."""
        vectors = np.zeros((len(texts), self.dims), np.float32)
        for row, text in enumerate(texts):
            for word in text.split():
                random = np.random.default_rng(zlib.crc32(word.encode()))
                vectors[row] += random.standard_normal(self.dims)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
