"""A final transcript that comes after the turn it belongs to has ended."""

import asyncio

import pytest
from pipecat.frames.frames import BotStartedSpeakingFrame

from processors.backchannel_filter import BackchannelFilter
from processors.backchannel_filter.owed import Late, Owed, without_last
from processors.turn_taking import Drafts
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


def ended_on(guess: str) -> Owed:
    owed = Owed()
    assert owed.heard(guess, final=False, sealed=False, now=9.0) is Late.NO
    owed.turn_ended(10.0)
    return owed


@pytest.mark.parametrize(
    ("final", "late"),
    [
        ("How much is a cleaning, please?", Late.SAME),
        ("how much is a whitening", Late.OTHER),
        ("how much is", Late.OTHER),
        ("how much is a cleaning on Saturday", Late.OTHER),
    ],
)
def test_a_final_is_compared_with_the_guess_that_the_turn_ended_on(final, late):
    owed = ended_on("how much is a cleaning")
    assert owed.heard(final, final=True, sealed=True, now=10.4) is late


def test_a_final_that_comes_in_parts_is_compared_as_a_whole():
    owed = ended_on("i would like a cleaning on tuesday")
    assert owed.heard("I'd like a cleaning", final=True, sealed=False, now=10.2) is Late.SAME
    assert owed.heard("on Thursday.", final=True, sealed=False, now=10.4) is Late.OTHER
    assert owed.said == "I'd like a cleaning on Thursday."


def test_more_guesses_at_an_ended_turn_say_nothing():
    owed = ended_on("how much is")
    assert owed.heard("how much is a", final=False, sealed=False, now=10.1) is Late.SAME


def test_words_after_a_new_sound_are_new_unless_they_are_those_owed():
    owed = ended_on("yes")
    owed.voice()
    assert owed.heard("no", final=False, sealed=False, now=10.5) is Late.NO
    assert owed.heard("yes", final=True, sealed=True, now=10.6) is Late.SAME
    assert owed.heard("no wait", final=True, sealed=True, now=11.0) is Late.NO


def test_nothing_is_owed_after_a_final_or_a_while():
    owed = Owed()
    owed.heard("yes", final=True, sealed=True, now=9.0)
    owed.turn_ended(10.0)
    assert owed.heard("yes", final=True, sealed=True, now=10.5) is Late.NO
    assert ended_on("yes").heard("yes", final=True, sealed=True, now=14.0) is Late.NO


def test_only_the_end_of_an_unanswered_turn_is_taken_back():
    user = {"role": "user", "content": "well how much"}
    bot = {"role": "assistant", "content": "Ninety"}
    assert without_last([bot, user], "how much") == [bot, {"role": "user", "content": "well"}]
    assert without_last([bot, user], "well how much") == [bot]
    assert without_last([user, bot], "how much") == [user, bot]
    assert without_last([], "how much") == []


def call(*events: Event, drafts: Drafts | None = None) -> Outcome:
    async def story() -> Outcome:
        ears = BackchannelFilter(clock=asyncio.get_running_loop().time)
        return await converse(Voice(), After(1.0), *events, ears=ears, drafts=drafts)

    return jumping(story())


# The recogniser is late by more than it said: the turn ends on its guess after 1 s of silence.
LATE = (Guess("how much is a cleaning"), Quiet(), After(1.0))


def test_a_late_final_that_says_the_same_leaves_the_answer_alone():
    outcome = call(*LATE, BotStartedSpeakingFrame(), Final("How much is a cleaning?"))
    assert len(outcome.times("turn over")) == 1
    assert outcome.said == [
        ("user", "how much is a cleaning"),
        ("assistant", "Answer to how much is a cleaning."),
    ]


def test_a_late_final_that_says_something_else_is_what_is_answered():
    outcome = call(*LATE, BotStartedSpeakingFrame(), Final("How much is a whitening?"))
    assert outcome.said[-2:] == [
        ("user", "How much is a whitening?"),
        ("assistant", "Answer to How much is a whitening?."),
    ]


def test_before_anything_was_heard_a_late_final_takes_the_place_of_the_guess():
    unprepared = Drafts(limit_tokens=0)
    outcome = call(*LATE, Final("How much is a whitening?"), drafts=unprepared)
    assert outcome.said == [
        ("user", "How much is a whitening?"),
        ("assistant", "Answer to How much is a whitening?."),
    ]


def test_what_is_said_after_a_late_final_is_a_turn_of_its_own():
    outcome = call(
        *LATE,
        Final("how much is a cleaning"),
        After(3),
        Voice(),
        After(0.5),
        Final("thank you"),
        Quiet(),
    )
    assert [text for role, text in outcome.said if role == "user"] == [
        "how much is a cleaning",
        "thank you",
    ]


@pytest.mark.parametrize(
    ("final", "turns"),
    [("How much is a cleaning?", 1), ("How much is a whitening?", 2)],
)
def test_a_final_that_has_passed_the_filter_before_the_turn_ended_is_known_all_the_same(
    final, turns
):
    async def story() -> Outcome:
        # Nobody in front: what comes late comes straight to the user aggregator.
        ears = BackchannelFilter(clock=asyncio.get_running_loop().time)
        return await converse(
            Voice(), After(1.0), *LATE, Final(final), starts=ears.start_strategies()
        )

    outcome = jumping(story())
    assert len(outcome.times("turn over")) == turns
    assert [text for role, text in outcome.said if role == "user"][-1] == (
        "how much is a cleaning" if turns == 1 else final
    )
