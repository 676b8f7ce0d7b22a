"""What a policy names calls a person at once; the same words in passing do not."""

import pytest

from processors.escalation import CallerSaid
from processors.escalation.at_once import AtOnce


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ("this is an emergency", "an emergency"),
        ("he can't breathe", "an emergency"),
        ("it won't stop bleeding", "an emergency"),
        ("I want to kill myself", "danger to themselves"),
        ("you'll hear from my lawyer", "legal steps"),
        ("I am going to sue you", "legal steps"),
    ],
)
def test_what_cannot_wait_does_not(said, because):
    evidence = AtOnce().notice(CallerSaid(said))
    assert evidence is not None
    assert evidence.at_once
    assert because in evidence.because


@pytest.mark.parametrize(
    "said",
    [
        "it's not an emergency",
        "do you take emergencies?",
        "my emergency contact is my wife",
        "my husband is a lawyer",
        "I hurt myself at football",
        "these shoes are killing me",
        "I'm seeing my lawyer at ten, so after that",
        "I had a heart attack years ago",
    ],
)
def test_in_passing_is_in_passing(said):
    assert AtOnce().notice(CallerSaid(said)) is None


def test_a_bot_may_have_words_of_its_own():
    signal = AtOnce((), ["data breach"])
    assert signal.notice(CallerSaid("There was a data-breach at your end"))
    assert signal.notice(CallerSaid("this is an emergency")) is None


def test_an_unknown_topic_is_refused_by_name():
    with pytest.raises(ValueError, match="'weather'; there are emergency"):
        AtOnce(["weather"])
