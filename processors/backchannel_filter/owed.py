"""What a recogniser still owes when a turn has ended on its guess.

::

    words    how much is a ─ how much is a cleaning ···················· "How much is a cleaning?"
    turn                                        over, on the guess          late: says nothing new
    bot                                             A cleaning is ninety …  and goes on

The late transcript belongs to what was said before the turn ended. Where it says the same it is
dropped; where it says something else, that is what the caller said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from processors.turn_taking.speculation import same_meaning

_LATE_SECS = 3.0  # after which nobody waits for it any more


class Late(Enum):
    """What a transcript is to a turn that has ended."""

    NO = "it belongs to what is being said now"
    SAME = "it says what the turn was ended on, or a part of it"
    OTHER = "it says that the caller said something else"


@dataclass(kw_only=True)
class Owed:
    """Tell a transcript of an ended turn from one of the next. Times are seconds that only grow.

    Args:
        guess: What the last turn was ended on.
        said: Its final words, where `heard` has found them to be others.
    """

    guess: str = ""
    said: str = ""
    _growing: str = ""
    _owed: str = ""
    _ended: float = 0.0
    _resumed: bool = False
    _parts: list[str] = field(default_factory=list)

    def voice(self) -> None:
        """The caller makes a sound again: what comes now may belong to it."""
        self._resumed = True

    def turn_ended(self, now: float) -> None:
        """The turn is over; if its last words were a guess, their final transcript is owed."""
        self._owed, self._growing = self._growing, ""
        self.guess = self._owed
        self._ended, self._resumed = now, False
        self._parts.clear()

    def heard(self, text: str, *, final: bool, sealed: bool, now: float) -> Late:
        """What `text` is; `sealed` says that nothing more of its utterance follows."""
        if self._owed and now - self._ended <= _LATE_SECS:
            if not final and not self._resumed:
                return Late.SAME
            late = self._settle(text, sealed) if final else Late.NO
            # Once the caller sounds again, other words may be new ones.
            if late is Late.SAME or (final and not self._resumed):
                return late
        self._growing = "" if final else text.strip()
        return Late.NO

    def _settle(self, text: str, sealed: bool) -> Late:
        self._parts.append(text.strip())
        self.said = " ".join(self._parts)
        if not sealed and _begins(self._owed, self.said):
            return Late.SAME
        same = same_meaning(self.said, self._owed)
        self._owed = ""
        return Late.SAME if same else Late.OTHER


def without_last(messages: Sequence[Any], text: str) -> list[Any]:
    """`messages` without `text` at their end, unless something was said after it.

    >>> without_last([{"role": "user", "content": "hello how much"}], "how much")
    [{'role': 'user', 'content': 'hello'}]
    """
    *before, last = messages or [{}]
    content = last.get("content") if isinstance(last, dict) and last.get("role") == "user" else None
    if not text or not isinstance(content, str) or not content.endswith(text):
        return list(messages)
    rest = content.removesuffix(text).strip()
    return [*before, {**last, "content": rest}] if rest else before


def _begins(whole: str, part: str) -> bool:
    """Whether `part` says the first words of `whole`, and not all of them.

    >>> _begins("I would like a cleaning on Tuesday", "I'd like a cleaning.")
    True
    """
    words = whole.split()
    return any(same_meaning(" ".join(words[:count]), part) for count in range(1, len(words)))
