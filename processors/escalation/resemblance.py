"""What a turn is like: somebody who wants a person, is not understood, gives up, or is fine.

The phrases of the other signals are exact and know only themselves; this one has learnt from turns
(`phrases/<language>_turns.toml`) and knows their like. A turn becomes a vector of its meaning
(static word vectors, averaged) and of its words, pairs and triples in order, hashed; kinds are
told apart by ridge regression, each against the rest::

    "could you give her a shout"  ──▶ [ meaning 256 │ words 2048 │ 1 ] · learnt ──▶ person 0.31
                                                                                    fine  -0.42 …

What was learnt is stored beside the turns, and learnt anew where it does not belong to them.
"""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from loguru import logger

from processors.embeddings import Embeddings, wordllama_embeddings
from processors.escalation.examples import PARTS, Example, examples, turns_file
from processors.escalation.wording import plain

AT_EASE = ("fine", "grievance")  # kinds that are no reason to call a person
_HASHED = 2048
_LONGEST = 3  # words of a group
_RIDGE = 3.0


class Resemblance:
    """What turns are like, and how much two of them mean the same.

    Args:
        kinds: What can be told apart.
        learnt: Shape (dims + hashed + 1, len(kinds)).
        embeddings: Of meanings.
    """

    def __init__(
        self, kinds: Sequence[str], learnt: np.ndarray, embeddings: Embeddings | None = None
    ) -> None:
        """Nothing was asked yet."""
        self.kinds = tuple(kinds)
        self._learnt = learnt.astype(np.float32)
        self._embeddings = embeddings or wordllama_embeddings()
        # A turn is judged as a draft and again as it ends, and compared with those after it.
        self.meaning = lru_cache(maxsize=4096)(self._meaning)
        self.kind = lru_cache(maxsize=4096)(self._kind)

    def __deepcopy__(self, _: object) -> Self:
        """The same: it does not change."""
        return self

    def _meaning(self, text: str) -> np.ndarray:
        """The vector of a turn, of length 1 (0 without words)."""
        return self._embeddings.embed([plain(text)])[0]

    def _kind(self, text: str) -> dict[str, float]:
        """How much a turn is like each kind: about 1 where it is one, about -1 where it is not."""
        vector = np.concatenate([self.meaning(text), word_groups([text])[0], [1.0]])
        return dict(zip(self.kinds, (vector @ self._learnt).tolist(), strict=True))

    def trouble(self, text: str) -> float:
        """How much more a turn is like one of a call that goes wrong than like any other."""
        kinds = self.kind(text)
        worst = max(score for name, score in kinds.items() if name not in AT_EASE)
        return worst - max(kinds[name] for name in AT_EASE)

    def alike(self, one: str, other: str) -> float:
        """How much two turns mean the same, from -1 to 1."""
        return float(self.meaning(one) @ self.meaning(other))


def word_groups(texts: Sequence[str]) -> np.ndarray:
    """One row a text, each of length 1: words, pairs and triples in order, hashed."""
    rows = np.zeros((len(texts), _HASHED), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for group in _groups(text):
            hashed = zlib.crc32(group.encode())
            row[(hashed >> 1) % _HASHED] += 1 if hashed & 1 else -1
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths == 0, 1, lengths)


def _groups(text: str) -> Iterator[str]:
    words = ["^", *plain(text).split(), "$"]
    for size in range(1, _LONGEST + 1):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def learn(turns: Sequence[Example], embeddings: Embeddings) -> tuple[tuple[str, ...], np.ndarray]:
    """Kinds, and how they are told apart: 1 to 2 s for 7,000 turns."""
    kinds = tuple(dict.fromkeys(turn.kind for turn in turns))
    texts = [turn.text for turn in turns]
    ones = np.ones((len(turns), 1), np.float32)
    vectors = np.hstack(
        [embeddings.embed([plain(text) for text in texts]), word_groups(texts), ones]
    )
    sides = np.array([[1.0 if turn.kind == kind else -1.0 for kind in kinds] for turn in turns])
    weights = np.array([turn.weight for turn in turns])
    # Rare kinds count for more than their share, but not as much as frequent ones.
    shares = {
        kind: sum(turn.weight for turn in turns if turn.kind == kind) / weights.sum()
        for kind in kinds
    }
    weights *= [(shares[turn.kind] * len(kinds)) ** -0.5 for turn in turns]
    weights *= len(turns) / weights.sum()
    ridge = np.full(vectors.shape[1], _RIDGE)
    ridge[-1] = 0.0
    weighted = vectors * weights[:, None].astype(np.float32)
    normal = (weighted.T @ vectors).astype(float) + np.diag(ridge)
    return kinds, np.linalg.solve(normal, weighted.T @ sides)


def stored(language: str) -> Path:
    """Where what was learnt is kept."""
    return turns_file(language).with_suffix(".npz")


def fingerprint(language: str) -> str:
    """Of the turns from which a language is learnt."""
    return hashlib.sha256(turns_file(language).read_bytes()).hexdigest()


def learnt_anew(language: str, parts: Sequence[str] = PARTS) -> tuple[tuple[str, ...], np.ndarray]:
    """What the turns of a language, or some parts of them, teach."""
    turns = examples(turns_file(language).read_text(encoding="utf-8"), parts)
    return learn(turns, wordllama_embeddings())


@cache
def resemblance(language: str = "en") -> Resemblance:
    """What turns of a language are like. About 1 s to load, once a process.

    Raises:
        ValueError: there are no turns in that language.
    """
    known = fingerprint(language)
    if stored(language).is_file():
        with np.load(stored(language)) as kept:
            if str(kept["of"]) == known:
                return Resemblance(kept["kinds"].tolist(), kept["learnt"])
    logger.info(f"learning the turns of {language!r}; `-m processors.escalation.learn` keeps them")
    return Resemblance(*learnt_anew(language))
