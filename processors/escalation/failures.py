"""What the bot cannot do: a tool that breaks, a budget that is spent."""

from collections import Counter

from processors.escalation.events import BudgetSpent, CallerSaid, Event, Evidence, ToolDone


class Failures:
    """Tools that fail twice in one call, and budgets; a tool that works again is forgiven.

    Args:
        most_turns: Turns of the caller after which the call is too long for a bot; 0: any number.
    """

    name = "failures"

    def __init__(self, most_turns: int = 0) -> None:
        """Nothing has failed."""
        self._failed: Counter[str] = Counter()
        self._most_turns = most_turns
        self._turns = 0

    def notice(self, event: Event) -> Evidence | None:
        """Count what fails."""
        match event:
            case ToolDone(name=name, failed=True):
                self._failed[name] += 1
                if self._failed.total() == 1:
                    return Evidence(self.name, 0.35, f"{name} failed")
                return Evidence(self.name, 1.2, " and ".join(self._failed) + " failed again")
            case ToolDone(name=name):
                self._failed.pop(name, None)
            case BudgetSpent(what=what):
                return Evidence(self.name, 1.2, f"budget spent: {what}")
            case CallerSaid():
                self._turns += 1
                if self._turns == self._most_turns:
                    return Evidence(self.name, 1.2, f"no end after {self._turns} turns")
        return None
