"""The two talk past each other; or only say things twice as people do."""

import pytest

from processors.escalation import BotSaid, CallerSaid
from processors.escalation.misunderstanding import Misunderstanding


def last_evidence(*turns: str):
    """Evidence of the last turn; the caller's begin with ">"."""
    signal, evidence = Misunderstanding(), None
    for turn in turns:
        said = turn.removeprefix(">").strip()
        evidence = signal.notice(CallerSaid(said) if turn.startswith(">") else BotSaid(said))
    return evidence


def test_a_third_phrasing_is_counted():
    evidence = last_evidence(
        "> I have a new insurance card",
        "Shall I move your appointment?",
        "> the insurance card is new",
        "Shall I book a checkup?",
        "> change my insurance card",
    )
    assert evidence is not None
    assert "third phrasing" in evidence.because


@pytest.mark.parametrize(
    "said", ["That's not what I said", "No, I meant Friday", "I already told you"]
)
def test_a_caller_who_says_so_is_believed(said):
    evidence = last_evidence(f"> {said}")
    assert evidence is not None
    assert "misunderstood" in evidence.because


def test_a_bot_that_asks_again_is_noticed():
    asks = "Which day would you like to come in?"
    evidence = last_evidence(asks, "> the insurance", asks)
    assert evidence is not None
    assert evidence.because == "the bot says the same thing twice"


@pytest.mark.parametrize(
    "turns",
    [
        ("Monday at nine, right?", "> Yes, Monday at nine."),
        ("> Monday at nine", "Monday at nine, correct?", "> Monday at nine it is"),
        ("Is there anything else?", "> no", "Is there anything else?"),
        ("Which day would you like?", "> Tuesday", "Which time would you like?"),
        ("> what does a cleaning cost", "Eighty.", "> what does a whitening take"),
        ("> yes", "Nine?", "> yes"),
        ("> No.", "Ten?", "> No."),
    ],
)
def test_what_people_say_twice_anyway_is_nothing(turns):
    assert last_evidence(*turns) is None


def test_two_good_turns_make_up_for_what_was_missed():
    signal = Misunderstanding()
    missed = BotSaid("Sorry, I did not catch that.")
    first = signal.notice(missed)
    signal.notice(CallerSaid("a cleaning on Monday"))
    signal.notice(CallerSaid("at nine"))
    assert signal.notice(missed) == first
