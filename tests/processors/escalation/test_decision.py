"""One decision: reasons in words, no flicker, no single bad word, no fifth bad turn."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.escalation import (
    BotSaid,
    CallerSaid,
    Escalation,
    Handover,
    Level,
    Quiet,
    ToolDone,
)
from processors.escalation.resemblance import resemblance
from tests.benchmarks.escalation_script import play, read_scripts

_EVENTS = st.one_of(
    st.builds(CallerSaid, st.text(max_size=60), st.none() | st.floats(0, 1)),
    st.builds(BotSaid, st.text(max_size=60)),
    st.builds(Quiet, st.floats(0, 60)),
    st.builds(ToolDone, st.sampled_from(["a", "b"]), st.booleans()),
)


def levels(*events, policy: Handover | None = None) -> list[Level]:
    escalation = Escalation(policy)
    return [escalation.notice(event).level for event in events]


def test_one_bad_word_is_watched_and_forgotten():
    said = ["A cleaning please", "damn, that's late", "okay, nine then", "thank you", "bye now"]
    assert levels(*map(CallerSaid, said)) == [0, Level.WATCH, Level.WATCH, 0, 0]


def test_who_goes_on_to_suffer_after_an_offer_gets_a_person():
    escalation = Escalation()
    for said in ("this is ridiculous", "that's not what I said"):
        decision = escalation.notice(CallerSaid(said))
    assert decision.level is Level.OFFER
    assert escalation.notice(CallerSaid("no, I said Thursday")).level is Level.HAND_OVER


def test_who_declines_is_left_alone_for_a_while_but_not_when_they_ask_themselves():
    escalation = Escalation()
    for said in ("this is ridiculous", "that's not what I said"):
        escalation.notice(CallerSaid(said))
    escalation.declined()
    assert escalation.notice(CallerSaid("that's not what I meant")).level <= Level.WATCH
    assert escalation.notice(CallerSaid("give me a human")).level is Level.HAND_OVER


def test_the_decision_says_why_in_words():
    escalation = Escalation()
    for said in ("update my insurance card", "the insurance card, update it"):
        escalation.notice(BotSaid("Shall I book a checkup?"))
        decision = escalation.notice(CallerSaid(said, 0.8))
    assert decision.level is Level.WATCH
    assert decision.why == "second phrasing, the bot says the same thing twice"


def test_a_policy_may_switch_a_signal_off():
    said = [CallerSaid("you are useless")] * 3
    assert levels(*said)[-1] is Level.HAND_OVER
    assert (
        levels(*said, policy=Handover(weights={"mood": 0, "misunderstanding": 0}))[-1] is Level.CALM
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"watch": 0.9},
        {"patience_secs": 0},
        {"weights": {"weather": 1.0}},
        {"at_once": ("weather",)},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"must|there are"):
        Handover(**wrong)


@given(st.lists(_EVENTS, max_size=12))
def test_whatever_happens_there_is_a_decision(events):
    escalation = Escalation()
    for event in events:
        decision = escalation.notice(event)
        assert Level.CALM <= decision.level <= Level.HAND_OVER
        assert decision.level is Level.CALM or decision.reasons


@pytest.mark.parametrize("name", ["wrong", "wrong_more", "wrong_other_trades"])
def test_scripted_calls_that_go_wrong_get_a_person_in_time(name):
    outcomes = [play(script) for script in read_scripts(name)]
    late = [outcome.script.name for outcome in outcomes if not outcome.in_time]
    assert len(outcomes) >= 25
    assert len(late) <= 0.05 * len(outcomes), late


@pytest.mark.parametrize(
    "name", ["well", "well_more", "well_other_trades", "well_strangers", "well_more_strangers"]
)
def test_scripted_calls_that_go_well_are_left_alone(name):
    outcomes = [play(script) for script in read_scripts(name)]
    disturbed = [outcome.script.name for outcome in outcomes if outcome.highest >= Level.OFFER]
    assert len(outcomes) >= 30
    assert len(disturbed) <= 0.02 * len(outcomes), disturbed


def test_a_turn_costs_less_than_five_milliseconds():
    escalation = Escalation(resembles=resemblance())
    escalation.notice(CallerSaid("hello"))  # compiles the phrases
    began = time.process_time()
    for number in range(100):
        escalation.notice(CallerSaid(f"I would like to move appointment {number} to Tuesday", 0.8))
    assert (time.process_time() - began) / 100 < 0.005
