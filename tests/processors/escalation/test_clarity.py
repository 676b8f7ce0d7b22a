"""A caller is measured against their own beginning."""

import pytest

from processors.escalation import CallerSaid
from processors.escalation.clarity import Clarity


def evidence(*confidences: float | None, text: str = "some words of mine"):
    clarity = Clarity()
    return [clarity.notice(CallerSaid(text, confidence)) for confidence in confidences]


def test_what_falls_and_stays_low_is_noticed_with_its_numbers():
    *before, last = evidence(0.84, 0.81, 0.83, 0.41, 0.38)
    assert before == [None] * 4
    assert last is not None
    assert last.because == "confidence 0.83 at first, now 0.41 → 0.38"


@pytest.mark.parametrize(
    "confidences",
    [
        (0.48, 0.51, 0.47, 0.50, 0.44, 0.49),
        (0.84, 0.81, 0.40, 0.82, 0.80, 0.41, 0.83),
        (None, None, None),
        (0.95, 0.85, 0.8, 0.9, 0.82),
    ],
    ids=["a steady accent", "single bad turns", "a recogniser that does not say", "a clear line"],
)
def test_what_is_steady_or_passes_is_not(confidences):
    assert evidence(*confidences) == [None] * len(confidences)


def test_words_of_next_to_no_confidence_count_from_the_start():
    assert evidence(0.2, 0.22)[-1] is not None


def test_one_clear_word_does_not_end_the_mumbling():
    clarity = Clarity()
    for confidence in (0.85, 0.84, 0.4):
        clarity.notice(CallerSaid("some words of mine", confidence))
    assert clarity.notice(CallerSaid("yes", 0.8)) is None
    assert clarity.notice(CallerSaid("some words of mine", 0.4)) is not None
