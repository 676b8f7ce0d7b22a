"""Sentences that nobody has written down still resemble those that somebody has."""

import pytest

from processors.escalation import CallerSaid
from processors.escalation.resemblance import Resembles, resemblance


def test_trouble_in_other_words_resembles_trouble_more_than_small_talk_does():
    how_much = resemblance()
    trouble = how_much("why can nobody in this company understand what I am telling you")
    talk = how_much("my daughter would like to come on Tuesday after school")
    assert trouble > 0.2 > talk


def test_a_vague_signal_is_never_enough_by_itself():
    signal = Resembles(lambda _: 2.0)
    evidence = signal.notice(CallerSaid("whatever is said here"))
    assert evidence is not None
    assert evidence.weight < 0.25
    assert signal.notice(CallerSaid("too short")) is None


def test_a_language_without_turns_is_refused_by_name():
    with pytest.raises(ValueError, match="'tlh'"):
        resemblance("tlh")
