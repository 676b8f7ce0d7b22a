"""What a call may cost, and what is given up first when it costs more.

::

    spent of the limit    50 %                75 %               100 %
                          no more drafts ───▶ cheaper model ───▶ a polite end
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Step = Literal["stop drafting", "cheaper model", "end the call"]

STEPS: tuple[tuple[float, Step], ...] = (
    (0.5, "stop drafting"),
    (0.75, "cheaper model"),
    (1.0, "end the call"),
)


@dataclass
class CallLimit:
    """Takes each step once, in order.

    Args:
        dollars: What a call may cost; must be > 0.
        acts: What to do at each step; a step without an act is told all the same.

    Raises:
        ValueError: `dollars` is not positive.
    """

    dollars: float
    acts: Mapping[Step, Callable[[], None]] = field(default_factory=dict)
    taken: int = 0

    def __post_init__(self) -> None:
        """Check the limit."""
        if not self.dollars > 0:
            raise ValueError(f"dollars is {self.dollars!r}; what a call may cost must be > 0")

    def spent(self, dollars: float) -> list[Step]:
        """Take the steps that are due now that so much is spent; returns them.

        >>> limit = CallLimit(1.0)
        >>> limit.spent(0.4), limit.spent(0.8), limit.spent(0.9)
        ([], ['stop drafting', 'cheaper model'], [])
        """
        ahead = STEPS[self.taken :]
        due: list[Step] = [step for share, step in ahead if dollars >= share * self.dollars]
        self.taken += len(due)
        for step in due:
            if step in self.acts:
                self.acts[step]()
        return due
