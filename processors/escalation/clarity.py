"""A caller who can be understood less and less.

What counts is this caller's own beginning: a hard accent is recognised badly, and steadily so.

::

    0.84 0.81 0.83 │ 0.52 0.47 0.41   falls and stays low     evidence from the second on
    0.48 0.51 0.47 │ 0.50 0.46 0.49   low and steady          none
    0.84 0.81 0.40 │ 0.82 0.80        one bad turn            none
"""

from processors.escalation.events import CallerSaid, Event, Evidence

_BEGINNING = 3  # turns of which the best make the caller's own measure
_FALL = 0.78  # of the caller's own measure; below it a turn is unclear
_HOPELESS = 0.3  # nobody acts on words of so little confidence, whoever speaks
_SHORT = 2  # words; a short answer says little about how clearly somebody speaks


class Clarity:
    """The recogniser's confidence, against this caller's own beginning."""

    name = "clarity"

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self._beginning: list[float] = []
        self._unclear: list[float] = []

    @property
    def usual(self) -> float | None:
        """The confidence with which this caller is usually heard; None before they have spoken."""
        if not self._beginning:
            return None
        return sorted(self._beginning)[len(self._beginning) // 2]

    def notice(self, event: Event) -> Evidence | None:
        """Read the confidence of the caller's turns."""
        if not isinstance(event, CallerSaid) or event.confidence is None:
            return None
        usual, confidence = self.usual, event.confidence
        fell = usual is not None and confidence < _FALL * usual
        if not (fell or confidence < _HOPELESS):
            # An answer of one word is clear by luck: it ends nothing.
            if len(event.text.split()) > _SHORT or not self._unclear:
                self._unclear.clear()
            if len(self._beginning) < _BEGINNING:
                self._beginning.append(confidence)
            return None
        self._unclear.append(confidence)
        return self._evidence(usual)

    def _evidence(self, usual: float | None) -> Evidence | None:
        count = len(self._unclear)
        if count < 2:
            return None
        before = f"{usual:.2f} at first, now " if usual is not None else ""
        trail = " → ".join(f"{confidence:.2f}" for confidence in self._unclear[-3:])
        return Evidence(self.name, min(0.2 + 0.2 * count, 0.9), f"confidence {before}{trail}")
