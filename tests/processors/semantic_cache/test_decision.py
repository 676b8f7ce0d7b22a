"""From which chance on to answer: as low as what is stored shows to be safe, and no lower."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.semantic_cache.alignment import Laid, alignment
from processors.semantic_cache.decision import Trial, chance, threshold
from processors.semantic_cache.index import FEATURES

TRIALS = st.lists(st.builds(Trial, st.floats(0, 1), st.booleans(), st.floats(0.1, 2)), max_size=60)


def sure(count: int, right: bool = True) -> list[Trial]:
    return [Trial(0.97, right)] * count


def test_without_outcomes_only_the_surest_is_answered():
    assert threshold([], 0.01) == pytest.approx(0.995)


def test_where_the_sure_ones_are_right_less_has_to_be_asked():
    assert threshold([Trial(0.995, True)] * 200 + sure(40), 0.01) == 0.97


def test_where_the_sure_ones_are_often_wrong_more_is_asked():
    known = [Trial(0.995, True)] * 200 + sure(40)
    assert threshold(known + sure(20, right=False), 0.01) > 0.97


def test_who_allows_more_wrong_ones_gets_more_answers():
    trials = [Trial(share / 100, True) for share in range(50, 100)]
    assert threshold(trials, 0.1) < threshold(trials, 0.01)


@given(TRIALS)
def test_one_more_wrong_outcome_never_lowers_the_threshold(trials: list[Trial]):
    again = [*trials, Trial(1.0, right=False)]
    assert threshold(again, 0.01) >= threshold([*trials, Trial(1.0, right=True)], 0.01)


@given(st.lists(st.floats(-100, 100), min_size=len(FEATURES), max_size=len(FEATURES)))
def test_a_chance_is_a_chance_whatever_the_evidence(features: list[float]):
    assert 0 <= chance(np.array(features)) <= 1


def laid(*words: int) -> Laid:
    vectors = np.eye(8)[list(words)]
    return Laid(tuple(map(str, words)), vectors, np.ones(len(words)))


def test_the_same_words_lie_side_by_side_in_any_order():
    assert alignment(laid(1, 2, 3), laid(3, 1, 2)) == pytest.approx(1)


def test_words_without_a_partner_on_either_side_count_against_it():
    assert alignment(laid(1, 2), laid(1, 2, 3, 4)) == alignment(laid(1, 2, 3, 4), laid(1, 2)) < 1
    assert alignment(laid(1, 2), laid(3, 4)) == 0
