"""How long to wait after the caller's last word before the turn is over.

Three witnesses, who fail in different places, and a table for what they say together::

    the words    INCOMPLETE · OPEN · LIKELY · COMPLETE     (completeness.py)
    the sound    LOW · UNKNOWN · LIKELY · HIGH            (turn_model.py)
    the caller   pauses they have made inside their own sentences so far (Pace)

A wait shorter than an answer takes to prepare costs patience and gains nothing, since the answer is
prepared meanwhile (speculation.py); so only strong evidence makes it short.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from processors.turn_taking.completeness import Completeness, Expected

Profile = Literal["brisk", "balanced", "patient"]

_BANDS = ("low", "unknown", "likely", "high")

# Seconds after the last voiced sample. An INCOMPLETE text waits longer than the longest hesitation
# that people make inside a sentence and still go on (about 1.2 s).
#                  the sound says:  low    unknown likely  high
_WAITS: dict[Profile, dict[Completeness, tuple[float, float, float, float]]] = {
    "brisk": {
        Completeness.COMPLETE: (0.26, 0.23, 0.20, 0.20),
        Completeness.LIKELY: (0.46, 0.44, 0.38, 0.34),
        Completeness.OPEN: (1.00, 0.90, 0.75, 0.60),
        Completeness.INCOMPLETE: (1.60, 1.40, 1.30, 1.20),
    },
    "balanced": {
        Completeness.COMPLETE: (0.30, 0.26, 0.24, 0.20),
        Completeness.LIKELY: (0.52, 0.50, 0.48, 0.46),
        Completeness.OPEN: (1.30, 1.25, 1.20, 1.00),
        Completeness.INCOMPLETE: (2.00, 1.60, 1.50, 1.40),
    },
    "patient": {
        Completeness.COMPLETE: (0.90, 0.80, 0.60, 0.50),
        Completeness.LIKELY: (1.30, 1.10, 0.90, 0.80),
        Completeness.OPEN: (1.90, 1.70, 1.50, 1.30),
        Completeness.INCOMPLETE: (2.80, 2.40, 2.20, 2.00),
    },
}
_MOST_SECS = 3.5


@dataclass
class Pace:
    """The pauses that a caller makes inside turns, as this call has shown them so far."""

    pauses: deque[float] = field(default_factory=lambda: deque(maxlen=12))

    def paused(self, secs: float) -> None:
        """Take note of a pause of `secs` after which the caller went on."""
        if secs > 0:
            self.pauses.append(secs)

    @property
    def stretch(self) -> float:
        """How much longer than usual to wait, in [0.9, 1.3]; 1 until there is something to go by.

        >>> pace = Pace()
        >>> for secs in (0.9, 1.0, 1.1): pace.paused(secs)
        >>> pace.stretch
        1.3
        """
        if len(self.pauses) < 3:
            return 1.0
        return min(max(median(self.pauses) / 0.5, 0.9), 1.3)


def band(probability: float | None) -> str:
    """The turn model's probability as one of "low", "unknown", "likely", "high"."""
    if probability is None:
        return "unknown"
    if probability >= 0.8:
        return "high"
    return "likely" if probability >= 0.5 else "low"


def wait_secs(
    text: Completeness,
    probability: float | None,
    profile: Profile = "balanced",
    *,
    expected: Expected = Expected.ANYTHING,
    pace: Pace | None = None,
) -> float:
    """Silence, from the last voiced sample, after which the turn is over.

    Args:
        text: How finished the words are.
        probability: The turn model's view in [0, 1]; None when there is none.
        profile: How soon the bot comes in.
        expected: What the bot asked for.
        pace: The caller's own pauses.

    >>> wait_secs(Completeness.COMPLETE, 0.95)
    0.2
    >>> wait_secs(Completeness.INCOMPLETE, 0.1)
    2.0
    """
    secs = _WAITS[profile][text][_BANDS.index(band(probability))]
    stretch = (pace or Pace()).stretch
    if text in (Completeness.OPEN, Completeness.INCOMPLETE):
        secs *= stretch
    if expected is Expected.NUMBER and text is Completeness.INCOMPLETE and pace and pace.pauses:
        # A number is spoken in groups: the next group comes about as late as the last one did.
        secs = max(secs, 1.5 * max(pace.pauses))
    return min(secs, _MOST_SECS)
