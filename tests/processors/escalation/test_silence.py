"""Silence counts after a reminder, and not when the caller has asked for a moment."""

from processors.escalation import BotSaid, CallerSaid, Quiet
from processors.escalation.silence import Silence


def weights(*events) -> list[float]:
    silence = Silence()
    return [found.weight if (found := silence.notice(event)) else 0 for event in events]


def test_silence_weighs_little_before_the_reminder_and_more_with_each_after_it():
    first, second, third = weights(Quiet(8), Quiet(5), Quiet(6))
    assert 0 < first < 0.3 < second < third


def test_a_word_begins_the_count_anew():
    assert weights(Quiet(8), CallerSaid("yes, I am here"), Quiet(8))[2] == weights(Quiet(8))[0]


def test_a_caller_who_asked_for_a_moment_gets_one():
    assert weights(CallerSaid("Let me check my calendar"), Quiet(20)) == [0, 0]


def test_a_caller_whom_the_bot_gives_time_takes_it_once():
    there = BotSaid("There is no hurry.")
    granted = weights(Quiet(8), there, Quiet(9), there, Quiet(9))
    assert granted[2] == 0 < granted[4]


def test_a_short_pause_is_no_silence():
    assert weights(Quiet(3), Quiet(4)) == [0, 0]
