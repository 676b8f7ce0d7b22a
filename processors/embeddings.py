"""Sentences as vectors: one interface for whatever compares meanings (cache, memory, router)."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embeddings(Protocol):
    """Turns sentences into unit vectors; thread-safe, deterministic."""

    dims: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dims), each of length 1 (or 0 for a text without words)."""
        ...


class WordLlamaEmbeddings:
    """Static word vectors, averaged: about 0.15 ms a sentence, shipped in the wheel (MIT)."""

    dims = 256

    def __init__(self) -> None:
        """Load the vectors: about 1 s and 80 MB, so once a process, off the event loop."""
        import wordllama

        # `load()` looks for the tokenizer in another folder than the wheel has it in (0.4.0) and
        # would then download one; the package's own folder as cache has both.
        self._model = wordllama.WordLlama.load(
            cache_dir=Path(wordllama.__file__).parent, disable_download=True
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), 256), each of length 1 (or 0 for a text without words)."""
        if not texts:
            return np.zeros((0, self.dims), np.float32)
        vectors = np.asarray(self._model.embed(list(texts)), np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32, copy=False)


@cache
def wordllama_embeddings() -> WordLlamaEmbeddings:
    """The one instance of this process; the first call loads it."""
    return WordLlamaEmbeddings()
