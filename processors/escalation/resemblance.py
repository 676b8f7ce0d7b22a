"""Whole sentences that resemble what is said in calls that go wrong.

The phrases of the other signals are exact and know only themselves; this one compares meanings and
is vague, so it only ever adds to what others have seen. A line is drawn between two lists of turns
(`phrases/<language>_turns.toml`) in the space of sentence vectors, by ridge regression::

    trouble ● ●  ●│  ○ ○   fine          resemblance > 0 on the left of the line
             ●  ● │ ○  ○
"""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from processors.embeddings import Embeddings, wordllama_embeddings
from processors.escalation.events import CallerSaid, Event, Evidence

_RIDGE = 2.0
_SOME, _MUCH = 0.2, 0.45  # resemblance

Resemblance = Callable[[str], float]


@cache
def resemblance(language: str = "en") -> Resemblance:
    """How much a turn resembles trouble: about 1 for trouble, -1 for none. About 1 s to load.

    Raises:
        ValueError: there are no turns in that language.
    """
    path = Path(__file__).with_name("phrases") / f"{language.partition('-')[0]}_turns.toml"
    if not path.is_file():
        raise ValueError(f"no turns to compare with for language {language!r}; write {path.name}")
    turns = tomllib.loads(path.read_text(encoding="utf-8"))
    return fitted(turns["trouble"], turns["fine"], wordllama_embeddings())


def fitted(trouble: list[str], fine: list[str], embeddings: Embeddings) -> Resemblance:
    """The line between two lists of turns."""
    vectors = _with_constant(embeddings, trouble + fine)  # (turns, dims + 1)
    sides = np.repeat([1.0, -1.0], [len(trouble), len(fine)])
    weights = np.repeat([1 / len(trouble), 1 / len(fine)], [len(trouble), len(fine)])
    weights *= len(sides) / 2
    ridge = _RIDGE * np.eye(vectors.shape[1])
    ridge[-1, -1] = 0.0
    weighted = vectors * weights[:, None]
    line = np.linalg.solve(weighted.T @ vectors + ridge, weighted.T @ sides)
    return lambda text: float(_with_constant(embeddings, [text])[0] @ line)


def _with_constant(embeddings: Embeddings, texts: list[str]) -> np.ndarray:
    vectors = embeddings.embed(texts)
    return np.hstack([vectors, np.ones((len(vectors), 1), vectors.dtype)]).astype(float)


class Resembles:
    """A weak vote of the sentence as a whole.

    Args:
        how_much: See `resemblance`.
    """

    name = "resemblance"

    def __init__(self, how_much: Resemblance) -> None:
        """Nothing was said yet."""
        self._how_much = how_much

    def notice(self, event: Event) -> Evidence | None:
        """Read the caller's turns."""
        if not isinstance(event, CallerSaid) or len(event.text.split()) < 3:
            return None
        found = self._how_much(event.text)
        if found < _SOME:
            return None
        return Evidence(self.name, 0.15 if found < _MUCH else 0.24, "sounds like trouble")
