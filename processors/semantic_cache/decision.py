"""From evidence to a yes or no that keeps the share of wrong answers under a bound.

Two things are learnt from what is stored, by asking every stored phrasing again as if it, or its
whole answer, had never been stored: how evidence translates into the chance of being right, and
from which chance on to answer. A correction by a caller counts like such a question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.semantic_cache.index import Evidence

Floats = NDArray[np.floating[Any]]

# Centre, scale and weight of each feature where nothing is stored to learn from: fitted once on
# public question sets, then rounded. What is stored pulls the weights from here.
_PRIOR: dict[str, tuple[float, float, float]] = {
    "head": (0.44, 0.20, -0.44),
    "head margin": (0.25, 0.23, 0.28),
    "log share": (-0.86, 0.97, 0.66),
    "cosine": (0.65, 0.19, -0.22),
    "cosine margin": (0.13, 0.17, 0.56),
    "mean of three": (0.58, 0.19, 0.15),
    "share x cosine": (0.43, 0.31, 0.05),
    "mean": (0.42, 0.17, 0.36),
    "covered": (0.66, 0.24, 0.50),
    "worst gap": (-4.60, 2.69, -0.30),
    "words": (2.11, 1.34, 0.22),
    "words margin": (0.57, 1.08, 0.58),
    "pairs margin": (1.00, 2.14, 0.37),
    "asks": (0.64, 0.34, 0.21),
    "overlap": (0.46, 0.20, 0.45),
    "overlap margin": (0.10, 0.20, -0.03),
    "attraction": (0.38, 0.14, -0.32),
    "lacking": (-3.68, 3.60, 0.21),
    "apart": (-12.76, 9.72, -0.12),
}
_PRIOR_OFFSET = 1.11
_PULL = 30.0  # how strongly, in questions
_MARGIN = 0.5
_ONE_WRONG = 1.5
_PARTS = 5
_FEW = 10.0  # with fewer outcomes only the strictest threshold is safe


@dataclass(frozen=True)
class Trial:
    """One question whose right answer is known: what came of it.

    Args:
        features: Of the evidence found.
        right: Whether the answer found is the right one.
        weight: How many questions it stands for.
    """

    features: Floats
    right: bool
    weight: float = 1.0


class Decision:
    """How sure evidence makes, and whether that is enough.

    Args:
        trials: Questions with known outcome; may be none.
        max_wrong: The greatest share of wrong answers among all given, 0 < max_wrong < 1.
    """

    def __init__(self, trials: Sequence[Trial], max_wrong: float) -> None:
        self._weights = _fit(trials)
        self.threshold = _threshold(_outcomes(trials), max_wrong)

    def confidence(self, evidence: Evidence) -> float:
        """The chance that the answer is the right one, 0 … 1."""
        return self._chance(evidence.features)

    def _chance(self, features: Floats) -> float:
        return float(_chance(_scaled(features) @ self._weights))


def _scaled(features: Floats) -> Floats:
    """Features centred, scaled, clipped and with a 1 for the offset: (…, features + 1)."""
    scaled = np.clip((features - _CENTRES) / _SCALES, -5, 5)
    return np.concatenate([scaled, np.ones((*scaled.shape[:-1], 1))], axis=-1)


def _chance(odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))


def _fit(trials: Sequence[Trial]) -> Floats:
    """Logistic regression by Newton's method, drawn to the prior weights."""
    weights = _PRIOR_WEIGHTS.copy()
    if not trials:
        return weights
    inputs = _scaled(np.stack([trial.features for trial in trials]))
    right = np.array([trial.right for trial in trials], float)
    mass = np.array([trial.weight for trial in trials])
    pull = np.full(len(weights), _PULL)
    pull[-1] = 1.0  # how often anything is right differs from store to store
    for _ in range(12):
        chance = _chance(inputs @ weights)
        slope = inputs.T @ (mass * (chance - right)) + pull * (weights - _PRIOR_WEIGHTS)
        bend = (inputs * (mass * chance * (1 - chance))[:, None]).T @ inputs + np.diag(pull)
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def _outcomes(trials: Sequence[Trial]) -> list[tuple[float, bool, float]]:
    """Confidence, outcome and weight of each trial, by weights that were fitted to others."""
    if not trials:
        return []
    outcomes = []
    parts = [trials[part::_PARTS] for part in range(_PARTS)]
    for held_out in parts:
        weights = _fit([trial for part in parts if part is not held_out for trial in part])
        for trial in held_out:
            confidence = float(_chance(_scaled(trial.features) @ weights))
            outcomes.append((confidence, trial.right, trial.weight))
    return outcomes


def _threshold(outcomes: Sequence[tuple[float, bool, float]], max_wrong: float) -> float:
    """The lowest confidence from which on at most `max_wrong` of what is answered is wrong.

    As the confidences themselves say, with a margin for what callers ask that is unlike what is
    stored. The count of wrong ones, coarse as it is, has to agree.
    """
    sure = 1 - _ONE_WRONG * max_wrong  # so much for a single answer is always enough
    threshold = 1 - max_wrong / 2
    wrong = doubt = total = 0.0
    for confidence, right, weight in sorted(outcomes, reverse=True):
        total += weight
        wrong += weight * (not right)
        doubt += weight * (1 - confidence)
        agreed = wrong <= max(max_wrong * total, 1.0) and total >= _FEW
        if agreed and (doubt <= _MARGIN * max_wrong * total or confidence >= sure):
            threshold = min(confidence, threshold)
    return threshold


_CENTRES, _SCALES, _slopes = (np.array(part) for part in zip(*_PRIOR.values(), strict=True))
_PRIOR_WEIGHTS = np.append(_slopes, _PRIOR_OFFSET)
