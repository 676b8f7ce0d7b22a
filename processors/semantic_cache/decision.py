"""From evidence to a yes or no that keeps the share of wrong answers under a bound.

::

    evidence ──▶ chance of being right ──▶ at least the threshold? ──▶ answer
                                                ▲
    stored questions, asked again ── how often right, how sure ┘

How evidence translates into a chance was fitted once, to what people really asked of three public
sets of questions and one bot. From which chance on to answer is learnt from what is stored, by
asking every phrasing again as if it, or its whole answer, had never been stored: where such
questions are wrong more often than their chances say, more is asked of all. A correction by a
caller counts like such a question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

# Centre, scale and weight of each of `index.FEATURES`, by logistic regression on the test questions
# of BANKING77 (CC BY 4.0), CLINC150 (CC BY 3.0) and HWU64 (CC BY 4.0), ten phrasings known of two
# thirds of their intents, and on questions to the receptionist.
_WEIGHTS: dict[str, tuple[float, float, float]] = {
    "head lead": (0.27, 0.23, 0.08),
    "log share": (-0.76, 0.90, 0.47),
    "centre lead": (0.15, 0.17, 0.62),
    "own fit": (0.45, 0.14, -0.25),
    "passed": (0.68, 0.33, 0.18),
    "aligned lead": (0.09, 0.15, 0.57),
    "frame": (0.41, 0.20, 0.30),
    "covered": (0.65, 0.25, 0.32),
    "words": (1.98, 1.29, 0.35),
    "words lead": (0.61, 1.05, 0.10),
    "pairs lead": (1.00, 2.01, 0.39),
    "lacking": (-3.33, 3.41, 0.09),
    "aspects": (-0.15, 0.22, 0.25),
    "swapped": (-0.36, 0.48, 0.10),
}
_OFFSET = 1.03

_STRICTEST = 0.995
_FEW = 10.0  # with fewer outcomes only the strictest threshold is safe
_SURE = 0.8  # chances from which on outcomes tell how far chances are to be trusted
_CAUTION = 0.7  # of the bound: callers also ask what is unlike anything stored
_TRUST = 3.0  # how many wrong ones the chances are worth before any outcome is seen


@dataclass(frozen=True)
class Trial:
    """One question whose right answer is known: what came of it.

    Args:
        chance: That the answer found is the right one, as the evidence has it.
        right: Whether it is.
        weight: How many questions it stands for.
    """

    chance: float
    right: bool
    weight: float = 1.0


def chance(features: Floats) -> float:
    """The chance that the answer found is the right one, 0 … 1; features as `index.FEATURES`."""
    scaled = np.clip((features - _CENTRES) / _SCALES, -5, 5)
    return float(1 / (1 + np.exp(-np.clip(scaled @ _SLOPES + _OFFSET, -30, 30))))


def threshold(trials: Sequence[Trial], max_wrong: float) -> float:
    """The lowest chance from which on at most `max_wrong` of what is answered is wrong.

    The share of wrong ones is what the chances themselves say, which is smooth, times how much
    more (or less) often the sure ones were wrong than that, which is true.

    Args:
        trials: Questions with known outcome; may be none.
        max_wrong: The greatest share of wrong answers among all given, 0 < max_wrong < 1.
    """
    strictest = 1 - max_wrong * (1 - _STRICTEST) / 0.01
    sure = [trial for trial in trials if trial.chance >= _SURE]
    wrong = sum(trial.weight for trial in sure if not trial.right)
    doubted = sum(trial.weight * (1 - trial.chance) for trial in sure)
    honesty = (wrong + _TRUST) / (doubted + _TRUST)
    lowest, total, doubt = strictest, 0.0, 0.0
    for trial in sorted(trials, key=lambda trial: -trial.chance):
        total += trial.weight
        doubt += trial.weight * (1 - trial.chance) * honesty
        if total >= _FEW and doubt <= _CAUTION * max_wrong * total:
            lowest = min(lowest, trial.chance)
    return lowest


_CENTRES, _SCALES, _SLOPES = np.array(list(_WEIGHTS.values())).T
