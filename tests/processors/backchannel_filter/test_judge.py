"""One sound of the caller, from its first sample to its verdict, on a clock of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.backchannel_filter import Overlap, Patience
from processors.backchannel_filter.judge import Loudness, Move, Repeats, Sound
from processors.backchannel_filter.language import language

PATIENCE = Patience(hold_secs=0.1, grace_secs=0.7, settle_secs=0.3, words_secs=1.5)
TELLS, ASKS = "We are open until five.", "Shall I book it?"


def sound(**known) -> Sound:
    """A sound that begins at 0 s and is noticed at 0.2 s."""
    return Sound(
        spoken=language("en"), patience=PATIENCE, onset_secs=0.0, noticed_secs=0.2, **known
    )


def test_a_sound_holds_the_bot_after_the_patience_and_takes_the_floor_after_the_grace():
    moves = [sound().judge(at, TELLS) for at in (0.2, 0.29, 0.31, 0.69, 0.75)]
    assert moves == [Move.LISTEN, Move.LISTEN, Move.HOLD, Move.HOLD, Move.TAKE]


def test_a_sound_whose_end_is_noticed_late_gets_that_time_on_top():
    assert sound().judge(0.85, TELLS, lag_secs=0.2) is Move.HOLD
    assert sound().judge(0.95, TELLS, lag_secs=0.2) is Move.TAKE


def test_a_sound_that_has_gone_quiet_does_not_last_although_its_end_was_not_noticed():
    assert sound().judge(1.2, TELLS, lag_secs=0.2, quiet_secs=0.6) is Move.LISTEN
    assert sound().judge(1.2, TELLS, lag_secs=0.2, quiet_secs=0.3) is Move.TAKE


def test_a_sound_that_ended_within_the_grace_lets_the_bot_go_on_and_is_forgotten():
    ended = sound(ended_secs=0.5)
    assert ended.judge(0.7, TELLS) is Move.LISTEN
    assert ended.judge(1.9, TELLS) is Move.LISTEN
    assert ended.judge(2.1, TELLS) is Move.LET_GO
    assert ended.overlap is Overlap.UNDECIDED


def test_feedback_never_holds_the_bot_and_is_over_with_its_final():
    heard = sound()
    heard.add("mm-hmm", final=False)
    assert heard.judge(0.5, TELLS) is Move.LISTEN
    heard.ended_secs = 0.5
    assert heard.judge(0.7, TELLS) is Move.LISTEN
    heard.add("Mm-hmm.", final=True)
    assert heard.judge(0.71, TELLS) is Move.LET_GO


def test_feedback_without_a_final_is_over_when_it_has_settled():
    heard = sound(ended_secs=0.5, interim="okay")
    assert heard.judge(0.75, TELLS) is Move.LISTEN
    assert heard.judge(0.85, TELLS) is Move.LET_GO


def test_words_that_may_still_grow_hold_the_bot_until_they_have_settled():
    heard = sound(interim="well")
    assert heard.judge(0.5, TELLS) is Move.HOLD
    heard.ended_secs = 0.6
    assert heard.judge(0.8, TELLS) is Move.HOLD
    assert heard.judge(1.0, TELLS) is Move.LISTEN


def test_a_short_sound_that_has_gone_quiet_is_not_waited_for_in_silence():
    assert sound().judge(0.59, TELLS, quiet_secs=0.06) is Move.LISTEN
    assert sound().judge(0.59, TELLS, quiet_secs=0.02) is Move.HOLD
    assert sound().judge(0.5, TELLS, quiet_secs=0.1) is Move.HOLD
    assert sound(interim="well").judge(0.59, TELLS, quiet_secs=0.1) is Move.HOLD


@pytest.mark.parametrize("said", ["makes", "got", "wow", "that's great", "okay sounds"])
def test_words_that_lean_to_feedback_do_not_hold_the_bot(said):
    assert sound(interim=said).judge(0.5, TELLS) is Move.LISTEN


@pytest.mark.parametrize("said", ["I", "that's", "well", "yeah and", "the"])
def test_words_that_may_begin_anything_do(said):
    assert sound(interim=said).judge(0.4, TELLS) is Move.HOLD


def test_words_that_are_as_likely_feedback_hold_the_bot_for_a_moment_only():
    assert sound(interim="that's").judge(0.6, TELLS) is Move.LISTEN
    assert sound(interim="I").judge(0.6, TELLS) is Move.HOLD
    assert sound(interim="well").judge(0.6, TELLS) is Move.HOLD


def test_a_sound_is_quiet_when_it_has_fallen_far_below_its_loudest():
    loudness = Loudness()
    for level, quiet in ((0, 0.02), (3000, 0.0), (900, 0.0), (200, 0.02), (50, 0.04), (2000, 0.0)):
        loudness.feed(np.full(320, level, "<i2").tobytes(), 0.02)
        assert loudness.quiet_secs == pytest.approx(quiet)


def test_the_same_word_is_let_go_or_taken_by_what_the_bot_has_said():
    assert sound(finals=["yes"], ended_secs=0.4).judge(0.7, TELLS) is Move.LET_GO
    assert sound(finals=["yes"], ended_secs=0.4).judge(0.7, ASKS) is Move.TAKE


@given(st.floats(0.2, 5.0), st.sampled_from(["wait", "hold on", "yeah but", "what?"]))
def test_content_takes_the_floor_at_any_moment(at, said):
    assert sound(interim=said).judge(at, TELLS) is Move.TAKE


def test_a_final_that_comes_again_in_the_same_silence_is_a_repeat():
    repeats = Repeats()
    repeats.voice(True)
    repeats.voice(False)
    assert not repeats.again("Stop, please.", final=True, now=1.0)
    assert repeats.again("stop please", final=True, now=1.4)
    assert repeats.again("stop", final=False, now=1.5)
    assert not repeats.again("stop please now", final=True, now=1.6)


def test_a_word_that_was_spoken_again_is_no_repeat():
    repeats = Repeats()
    repeats.voice(True)
    assert not repeats.again("five", final=True, now=1.0)
    assert not repeats.again("five", final=True, now=1.2)
    repeats.voice(False)
    assert not repeats.again("five", final=True, now=1.4)
    assert not repeats.again("five", final=True, now=9.0)
