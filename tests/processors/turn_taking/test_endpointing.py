from itertools import pairwise, product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.turn_taking.completeness import Completeness, Expected
from processors.turn_taking.endpointing import Pace, Profile, wait_secs

LONGEST_HESITATION_SECS = 1.2
_FINISHED = (
    Completeness.INCOMPLETE,
    Completeness.OPEN,
    Completeness.LIKELY,
    Completeness.COMPLETE,
)


@pytest.mark.parametrize("profile", get_args(Profile))
@pytest.mark.parametrize("probability", [None, 0.01, 0.6, 0.99])
def test_a_hanging_sentence_outlasts_a_hesitation_whatever_the_sound_says(profile, probability):
    secs = wait_secs(Completeness.INCOMPLETE, probability, profile)
    assert secs >= LONGEST_HESITATION_SECS


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(get_args(Profile)))
def test_a_more_certain_sound_never_waits_longer(one: float, other: float, profile: Profile):
    less, more = sorted((one, other))
    for text in Completeness:
        assert wait_secs(text, more, profile) <= wait_secs(text, less, profile)


@given(st.one_of(st.none(), st.floats(0, 1)), st.sampled_from(get_args(Profile)))
def test_a_more_finished_text_never_waits_longer(probability: float | None, profile: Profile):
    waits = [wait_secs(text, probability, profile) for text in _FINISHED]
    assert all(longer >= shorter for longer, shorter in pairwise(waits))


def test_the_profiles_are_what_their_names_say():
    for text, probability in product(Completeness, (None, 0.1, 0.6, 0.9)):
        brisk, balanced, patient = (
            wait_secs(text, probability, profile) for profile in ("brisk", "balanced", "patient")
        )
        assert brisk <= balanced <= patient


def test_a_strong_ending_is_over_after_a_quarter_of_a_second():
    assert wait_secs(Completeness.COMPLETE, 0.97) <= 0.25


def test_a_caller_who_pauses_long_is_waited_for_longer():
    slow, quick = Pace(), Pace()
    for _ in range(3):
        slow.paused(1.1)
        quick.paused(0.25)
    waits = [wait_secs(Completeness.OPEN, None, pace=pace) for pace in (quick, None, slow)]
    assert waits == sorted(waits)
    assert waits[0] < waits[2]


def test_the_next_group_of_a_number_is_waited_for_as_long_as_the_last_one_took():
    pace = Pace()
    pace.paused(1.8)
    secs = wait_secs(Completeness.INCOMPLETE, 0.9, expected=Expected.NUMBER, pace=pace)
    assert secs == pytest.approx(2.7)


@given(st.lists(st.floats(-10, 1000)), st.sampled_from(Completeness), st.sampled_from(Expected))
def test_no_caller_makes_the_wait_endless(pauses, text, expected):
    pace = Pace()
    for pause in pauses:
        pace.paused(pause)
    assert 0.1 < wait_secs(text, 0.0, "patient", expected=expected, pace=pace) <= 3.5
