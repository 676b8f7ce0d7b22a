"""What is stored, what is found, and what has changed."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from processors.semantic_cache.reading import Reading

Origin = Literal["knowledge", "model", "person"]


@dataclass(frozen=True)
class Hit:
    """A stored answer to the question asked.

    Args:
        answer: What to say.
        question: The phrasing it was learnt from.
        confidence: The chance that it is right, 0 … 1; 1 for the same words.
        asked: The question as asked.
        scope: Where it was found.
    """

    answer: str
    question: str
    confidence: float
    asked: str
    scope: Hashable = None


@dataclass(frozen=True)
class Miss:
    """No stored answer.

    Args:
        reason: Why: the name of a guard ("negation", "number", …), "not sure", "other content",
            "nothing is stored", "no words", "too long", "foreign letters", "rejected before",
            "another word", "another action", "another language", "not ready", "no answer is known".
        nearest: The phrasing that came nearest, if any.
        confidence: The chance that its answer had been right, where that was the reason.
    """

    reason: str
    nearest: str = ""
    confidence: float = 0.0

    def __bool__(self) -> bool:
        """Misses are false, hits are true."""
        return False


@dataclass
class Entry:
    """One stored phrasing and its answer; "" where the bot is known to have none."""

    question: str
    answer: str
    reading: Reading
    origin: Origin = "person"
    learnt_at: float = 0.0
    used_at: float = 0.0
    hits: int = 0
    rejected: int = 0
    vector: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Change:
    """One thing that became different, for whoever keeps the answers elsewhere too.

    Args:
        scope: Where.
        entry: The entry that was learnt, or was rejected.
        forgotten: Whether it is gone.
        rejected: The question to which it was the wrong answer; "" where it was not rejected.
    """

    scope: Hashable
    entry: Entry
    forgotten: bool = False
    rejected: str = ""
