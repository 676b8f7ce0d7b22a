"""Anger at this call is told from anger at the world, and praise from sarcasm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.escalation import BotSaid, CallerSaid
from processors.escalation.mood import Mood, tone


@pytest.mark.parametrize(
    "said",
    ["This is ridiculous.", "You stupid machine!", "I'm fed up with this", "are you kidding me"],
)
def test_anger_at_the_call_is_heard(said):
    assert tone(said).angry


@pytest.mark.parametrize(
    "said",
    [
        "What terrible weather, I hate the rain.",
        "My boss is useless.",
        "The traffic was ridiculous",
        "My tooth hurts like hell",
        "Unbelievable, that's perfect, thank you!",
        "No.",
        "no thanks",
    ],
)
def test_other_troubles_are_not_anger_at_the_call(said):
    assert not tone(said).angry
    assert tone(said).score > -0.5


@pytest.mark.parametrize(
    "said",
    [
        "Great, just great.",
        "Thanks for nothing.",
        "How very helpful.",
        "what a clever machine, bravo",
    ],
)
def test_praise_that_is_none(said):
    heard = tone(said)
    assert heard.sarcastic
    assert heard.score < 0


@pytest.mark.parametrize(
    "said", ["Great, thank you!", "Perfect.", "Oh perfect.", "that's wonderful, thanks"]
)
def test_praise_that_is_meant(said):
    assert not tone(said).sarcastic


def test_short_praise_is_doubtful_right_after_the_bot_failed():
    mood = Mood()
    assert mood.notice(BotSaid("Shall I book it?")) is None
    assert mood.notice(CallerSaid("Great.")) is None
    mood.notice(BotSaid("I am sorry, I did not understand that."))
    evidence = mood.notice(CallerSaid("Great."))
    assert evidence is not None
    assert evidence.because.startswith("sarcastic")


def test_a_second_outburst_weighs_more_than_the_first():
    mood = Mood()
    first, second = (mood.notice(CallerSaid("this is ridiculous")) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.weight < second.weight


def test_a_tone_that_falls_is_named():
    mood = Mood()
    for said in ("That's lovely, thank you!", "Great, I'm happy with that, thanks."):
        assert mood.notice(CallerSaid(said)) is None
    evidence = mood.notice(CallerSaid("No, you are useless."))
    assert evidence is not None
    assert evidence.because == "angry: “useless”, tone falling"


@given(st.text(max_size=300))
def test_a_tone_stays_within_its_range_whatever_is_said(said):
    assert -1 <= tone(said).score <= 1


@pytest.mark.parametrize("said", ["argh, my eyes", "good grief, is it that late"])
def test_an_outcry_is_anger_only_after_a_failure(said):
    assert not tone(said).angry
    assert tone(said, after_failure=True).angry
