"""How many calls may be held at once, so that one too many never spoils those already talking.

::

    take() ──┬── a slot is free ───▶ taken, until given back
             ├── all are taken ────▶ Refused "full"
             └── closed ───────────▶ Refused "draining"

A slot is taken when a call is asked for, not when it begins: between the two others may ask.
"""

import os
import sys

# Measured by `tests.benchmarks.load` (tests/benchmarks/results/load.md): two cores carry five
# calls; two for each core leaves something for what else a machine does. More than five have not
# held in one process, whose event loop gives 0.11 of a core to each, however many cores there are.
CALLS_PER_CORE = 2
MOST_CALLS_OF_A_PROCESS = 5


def calls_for(cores: int) -> int:
    """How many calls one server process carries on a machine with so many cores.

    >>> calls_for(1), calls_for(2), calls_for(64)
    (2, 4, 5)
    """
    return min(CALLS_PER_CORE * cores, MOST_CALLS_OF_A_PROCESS)


def calls_for_this_machine() -> int:
    """How many calls one server process carries here; the default of MAX_CALLS."""
    # Not all cores may be this process's own; only Linux tells.
    own = os.sched_getaffinity(0) if sys.platform == "linux" else range(os.cpu_count() or 1)
    return calls_for(len(own))


class Refused(Exception):
    """No call can be taken now.

    Args:
        reason: One word for counters: `full` or `draining`.
        message: One sentence for whoever asked.
        retry_after_secs: When it is worth asking again, in whole seconds.
    """

    def __init__(self, reason: str, message: str, retry_after_secs: int) -> None:
        """Carry the reason as a word and as a sentence."""
        super().__init__(message)
        self.reason = reason
        self.retry_after_secs = retry_after_secs


class Admission:
    """Count slots. Used from one event loop only, where nothing comes between look and take.

    Args:
        slots: Calls at once, > 0.

    Raises:
        ValueError: `slots` is not positive.

    >>> door = Admission(1)
    >>> door.take()
    >>> door.free
    0
    """

    def __init__(self, slots: int) -> None:
        """Open, with every slot free."""
        if slots < 1:
            raise ValueError(f"slots is {slots}; at least one call must be possible")
        self._slots = slots
        self._taken = 0
        self._open = True

    @property
    def taken(self) -> int:
        """Calls asked for and not yet over."""
        return self._taken

    @property
    def free(self) -> int:
        """Calls that could be taken now; none once closed."""
        return self._slots - self._taken if self._open else 0

    def check(self) -> None:
        """Raise what `take` would raise now, and take nothing.

        Raises:
            Refused: no slot is free, or no call is taken any more.
        """
        if not self._open:
            raise Refused("draining", "this server is closing and takes no new call", 10)
        if self._taken >= self._slots:
            raise Refused("full", f"all {self._slots} lines are busy; try again shortly", 5)

    def take(self) -> None:
        """Take one slot.

        Raises:
            Refused: no slot is free, or no call is taken any more.
        """
        self.check()
        self._taken += 1

    def give_back(self) -> None:
        """Free one slot.

        Raises:
            ValueError: none is taken; something was freed twice.
        """
        if self._taken == 0:
            raise ValueError("no slot is taken; a call gave its slot back twice")
        self._taken -= 1

    def close(self) -> None:
        """Take no new call from now on; those that run keep their slots."""
        self._open = False
