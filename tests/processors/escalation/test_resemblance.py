"""Sentences that nobody has written down still resemble those that somebody has."""

import copy

import numpy as np
import pytest

from processors.escalation.resemblance import (
    Resemblance,
    fingerprint,
    learnt_anew,
    resemblance,
    stored,
)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("might one of the ladies at the counter have a minute for me", "person"),
        ("you still have not understood what I was asking you for", "misheard"),
        ("I really do not follow what you are asking me there", "lost"),
        ("oh what is the use, I will try some other company", "leaving"),
        ("my daughter would like to come on Tuesday after school", "fine"),
    ],
)
def test_a_turn_in_other_words_is_told_by_its_kind(said: str, kind: str):
    kinds = resemblance().kind(said)
    assert max(kinds, key=lambda name: kinds[name]) == kind


def test_trouble_is_more_than_small_talk():
    known = resemblance()
    trouble = known.trouble("you have got to be joking, that is an insult to your customers")
    assert trouble > 0 > known.trouble("the second of May would be lovely, thank you")


def test_what_is_stored_was_learnt_from_the_turns_as_they_are():
    with np.load(stored("en")) as kept:
        assert str(kept["of"]) == fingerprint("en"), "run -m processors.escalation.learn"
        kinds, learnt = learnt_anew("en")
        assert tuple(kept["kinds"].tolist()) == kinds
        assert np.allclose(kept["learnt"], learnt, atol=0.01)


def test_a_copy_is_the_same_and_costs_nothing():
    known = resemblance()
    assert copy.deepcopy(known) is known


def test_two_turns_that_say_the_same_are_more_alike_than_two_that_do_not():
    known: Resemblance = resemblance()
    asked = "Which day would you like to come?"
    assert known.alike(asked, "On which day do you want to come?") > 0.7
    assert known.alike(asked, "Please read me the number of your meter.") < 0.5


def test_a_language_without_turns_is_refused_by_name():
    with pytest.raises(ValueError, match="'tlh'"):
        resemblance("tlh")
