"""When a turn is over: by the words, by the sound, and whatever the recogniser does."""

import pytest
from pipecat.processors.aggregators.llm_context import LLMContext

from processors.turn_taking.endpointing import wait_secs
from processors.turn_taking.stop_strategy import last_said
from tests.processors.turn_taking.conversation import (
    After,
    Event,
    Final,
    Guess,
    Outcome,
    Quiet,
    Voice,
    converse,
    jumping,
)

VAD_SECS = 0.2  # that much of the silence has passed when VAD reports it


def hold(*events: Event, **how) -> Outcome:
    return jumping(converse(Voice(), After(1.0), *events, **how))


def over_after_quiet(outcome: Outcome, spoken_secs: float = 2.0) -> float:
    """Seconds from VAD's report to the first end of a turn (1 s passes before the story)."""
    return outcome.times("turn over")[0] - spoken_secs


def test_a_complete_question_with_a_falling_voice_ends_the_turn_at_once():
    outcome = hold(Final("what are your opening hours"), Quiet(), probability=0.97)
    assert over_after_quiet(outcome) <= 0.1


def test_a_hanging_sentence_is_waited_for_even_when_the_voice_falls():
    outcome = hold(Final("my name is"), Quiet(), probability=0.97)
    assert over_after_quiet(outcome) + VAD_SECS > 1.2


@pytest.mark.parametrize("hesitation_secs", [0.3, 0.6, 0.9, 1.2])
@pytest.mark.parametrize("probability", [None, 0.1, 0.97])
def test_a_hesitation_inside_a_sentence_is_not_cut_into(hesitation_secs, probability):
    outcome = hold(
        Final("I would like to book an appointment for", finalized=False),
        Quiet(),
        After(hesitation_secs - VAD_SECS),
        Voice(),
        After(0.8),
        Final("next Tuesday"),
        Quiet(),
        probability=probability,
    )
    assert len(outcome.times("turn over")) == 1
    assert outcome.said[0] == ("user", "I would like to book an appointment for next Tuesday")


def test_a_number_spoken_in_groups_is_one_turn_and_ends_with_its_last_digit():
    groups = ["four one five", "five five five", "zero one nine nine"]
    story: list[Event] = []
    for group in groups:
        story += [Final(group, finalized=False), Quiet(), After(0.7), Voice(), After(0.8)]
    outcome = hold(
        *story[:-3], After(4), asked="What is the best number to reach you?", probability=0.1
    )
    assert outcome.said[1] == ("user", " ".join(groups))
    spoken = 2.0 + 2 * (0.7 + 0.8)
    assert over_after_quiet(outcome, spoken) < 0.5, "no three seconds of silence"


def test_a_yes_to_a_question_is_short():
    outcome = hold(Final("yes"), Quiet(), asked="Shall I book it?", probability=0.6)
    assert over_after_quiet(outcome) <= 0.2


def test_a_patient_bot_waits_longer_than_a_brisk_one():
    ends = [
        over_after_quiet(hold(Final("I have a terrible toothache"), Quiet(), profile=profile))
        for profile in ("brisk", "balanced", "patient")
    ]
    assert ends == sorted(ends)
    assert ends[0] < ends[2]


def test_a_turn_model_without_an_opinion_leaves_it_to_the_silence():
    outcome = hold(Final("what are your opening hours"), Quiet(), probability=None)
    from processors.turn_taking.completeness import Completeness

    expected = wait_secs(Completeness.COMPLETE, None) - VAD_SECS
    assert over_after_quiet(outcome) == pytest.approx(expected, abs=0.05)


def test_a_recogniser_that_sends_nothing_does_not_make_the_bot_answer():
    outcome = hold(Quiet())
    assert not outcome.model.asked


def test_a_recogniser_that_only_guesses_is_taken_at_its_last_guess():
    outcome = hold(Guess("what are"), Guess("what are your hours"), Quiet())
    assert outcome.said[0] == ("user", "what are your hours")
    assert len(outcome.words) == 1


def test_a_late_final_ends_the_turn_when_it_comes():
    outcome = hold(Quiet(), After(0.9), Final("what are your hours"))
    assert outcome.said[0] == ("user", "what are your hours")
    assert over_after_quiet(outcome, 2.9) <= 0.1


def test_a_final_that_comes_twice_is_answered_once():
    outcome = hold(Final("what are your hours"), Quiet(), Final("what are your hours"))
    assert len(outcome.times("answer begins")) == 1


def test_a_guess_after_the_final_it_belongs_to_does_not_hold_the_turn_for_ever():
    outcome = hold(Final("what are your hours"), Guess("what are your hours"), Quiet())
    assert len(outcome.times("turn over")) == 1


def test_capitals_and_punctuation_change_nothing():
    plain = hold(Final("what are your hours"), Quiet())
    loud = hold(Final("WHAT ARE YOUR HOURS?!"), Quiet())
    assert over_after_quiet(loud) == pytest.approx(over_after_quiet(plain), abs=0.01)


def test_words_without_a_voice_are_a_turn_too():
    outcome = jumping(converse(Final("yes")))
    assert outcome.said[0] == ("user", "yes")
    assert len(outcome.words) == 1


def test_what_the_bot_said_last_is_read_from_the_context():
    context = LLMContext()
    assert last_said(context) == ""
    assert last_said(None) == ""
    context.add_message({"role": "assistant", "content": "How can I help?"})
    context.add_message({"role": "user", "content": "hello"})
    assert last_said(context) == "How can I help?"
