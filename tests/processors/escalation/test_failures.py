"""A tool may fail once."""

from processors.escalation import BudgetSpent, CallerSaid, ToolDone
from processors.escalation.failures import Failures


def weights(*events, **limits) -> list[float]:
    signal = Failures(**limits)
    return [found.weight if (found := signal.notice(event)) else 0 for event in events]


def test_the_second_failure_is_enough_by_itself():
    first, second = weights(ToolDone("book", failed=True), ToolDone("book", failed=True))
    assert first < 0.75
    assert second > 1


def test_a_tool_that_works_again_is_forgiven():
    events = (ToolDone("book", failed=True), ToolDone("book"), ToolDone("book", failed=True))
    first, works, again = weights(*events)
    assert (works, again) == (0, first)


def test_a_spent_budget_is_enough():
    assert weights(BudgetSpent("0.50 EUR"))[0] > 1


def test_a_call_without_end_is_noticed_once():
    assert [weight > 1 for weight in weights(*[CallerSaid("hm")] * 4, most_turns=3)] == [
        False,
        False,
        True,
        False,
    ]
