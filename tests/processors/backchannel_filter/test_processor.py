"""The bot talks on for a listener and is silent for a speaker; no word is lost on either side."""

import pytest
from pipecat.frames.frames import (
    InterruptionFrame,
    LLMFullResponseStartFrame,
    UserBackchannelFrame,
    UserMuteStartedFrame,
)

from processors.backchannel_filter import BackchannelFilter, Overlap, Patience
from tests.processors.backchannel_filter.call import RATE, calling

TELLS = "We are open until five on weekdays and on Saturdays we close at noon."
ASKS = "There is a free slot on Tuesday at ten. Shall I book it for you?"
LONG = 12.0


def verdicts(call) -> list[Overlap]:
    return [frame.overlap for frame in call.overlaps]


async def goes_on(call) -> bool:
    """Whether the bot's audio is still let through, and nobody took the turn from it."""
    before = call.written.size
    await call.play(0.4)
    return call.written.size > before and not call.count(InterruptionFrame)


@pytest.mark.parametrize("said", ["Mm-hmm.", "okay", "Right, right.", "oh really", "yes"])
async def test_a_backchannel_leaves_the_bot_talking_and_no_trace_in_the_context(said):
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.interim(said)
        assert not call.gate.held
        await call.quiet()
        await call.final(said)
        assert await goes_on(call)
        assert call.backchannels == [said]
        assert verdicts(call) == [Overlap.BACKCHANNEL]
        await call.play(LONG)
        await call.until(lambda: call.messages("assistant"))
        assert call.messages("assistant") == [TELLS]
        assert call.messages("user") == []


@pytest.mark.parametrize("said", ["wait, check tomorrow instead", "Stop.", "no, that's wrong"])
async def test_a_barge_in_silences_the_bot_and_all_its_words_become_the_turn(said):
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.interim(said.split()[0])
        assert call.count(InterruptionFrame) == 1
        await call.interim(said)
        await call.quiet()
        await call.final(said)
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == [said]
        assert verdicts(call) == [Overlap.BARGE_IN]


@pytest.mark.parametrize("said", ["yes", "Sure.", "no", "yes, please", "mm-hmm"])
async def test_an_affirmation_of_a_question_is_its_answer(said):
    async with calling() as call:
        await call.say(ASKS)
        await call.play(2.9)
        await call.voice()
        await call.final(said)
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == [said]
        assert verdicts(call) == [Overlap.AFFIRMATION]


async def test_the_same_yes_before_the_question_is_a_backchannel():
    async with calling() as call:
        await call.say(ASKS)
        await call.play(0.8)
        await call.voice(secs=0.4)
        await call.final("yes")
        assert verdicts(call) == [Overlap.BACKCHANNEL]
        assert await goes_on(call)


async def test_words_that_waited_while_undecided_are_part_of_the_turn():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.interim("yeah")
        await call.final("Yeah")
        await call.interim("so")
        assert call.overlaps == []
        await call.final("so can we move it")
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["Yeah so can we move it"]


async def test_feedback_in_one_breath_and_content_in_the_next_are_one_turn():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.interim("yeah")
        await call.quiet()
        await call.voice()
        await call.final("yeah")
        await call.final("but not on Tuesday")
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["yeah but not on Tuesday"]


async def test_a_short_sound_without_words_never_stops_the_bot():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice(secs=0.5)
        assert await goes_on(call)
        await call.wait(2.0)
        assert verdicts(call) == [Overlap.UNDECIDED]
        assert call.backchannels == []


async def test_a_sound_holds_the_bot_within_300_ms_and_lets_it_go_on_when_it_was_a_cough():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.wait(0.1)
        assert call.gate.held
        written = call.written.size
        await call.play(0.2)
        assert call.written.size - written <= 0.08 * RATE
        await call.quiet()
        assert not call.gate.held
        assert await goes_on(call)


async def test_a_sound_that_lasts_is_a_barge_in_although_the_recogniser_is_silent():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.wait(1.2)
        await call.until(lambda: call.count(InterruptionFrame))
        assert verdicts(call) == [Overlap.BARGE_IN]


async def test_interims_alone_are_enough_for_a_verdict():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.interim("mm")
        await call.interim("mm-hmm")
        await call.quiet()
        await call.wait(1.0)
        assert call.backchannels == ["mm-hmm"]
        await call.voice()
        await call.interim("hold on")
        assert call.count(InterruptionFrame) == 1


async def test_a_final_that_comes_late_still_belongs_to_its_sound():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice(secs=0.4)
        assert await goes_on(call)
        await call.wait(0.8)
        await call.final("stop")
        assert call.count(InterruptionFrame) == 1
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["stop"]


@pytest.mark.parametrize(("said", "asked"), [("Mm-hmm.", False), ("stop please", True)])
async def test_a_final_that_comes_twice_counts_once(said, asked):
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice(secs=0.4)
        await call.final(said)
        await call.final(said)
        if asked:
            await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ([said] if asked else [])
        assert call.backchannels == ([] if asked else [said])
        assert len(call.overlaps) == 1


async def test_an_interim_that_comes_after_its_final_changes_nothing():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice(secs=0.4)
        await call.final("Mm hmm.")
        await call.interim("mm")
        await call.interim("mm hmm")
        await call.wait(2.0)
        assert call.backchannels == ["Mm hmm."]
        assert await goes_on(call)


async def test_words_come_in_capitals_and_with_punctuation():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice(secs=0.4)
        await call.final("  UH-HUH!!! ")
        assert verdicts(call) == [Overlap.BACKCHANNEL]


async def test_a_word_said_twice_is_two_words():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.final("five")
        await call.final("five")
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["five five"]


async def test_a_caller_who_talks_over_the_whole_answer_has_one_turn():
    async with calling() as call:
        await call.voice()
        await call.say(TELLS)
        await call.play(0.4)
        for words in ("I need", "to cancel", "my appointment"):
            await call.final(words)
            await call.play(0.4)
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert " ".join(call.messages("user")) == "I need to cancel my appointment"


async def test_two_barge_ins_within_200_ms_are_one_interruption_and_one_turn():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.final("stop")
        await call.quiet()
        call.now += 0.1
        await call.voice()
        await call.final("no wait")
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["stop no wait"]
        assert call.count(InterruptionFrame) == 1


async def test_a_backchannel_in_the_moment_in_which_the_bot_stops_starts_no_turn():
    async with calling() as call:
        await call.say("It is noon.")
        await call.play(0.4)
        await call.voice()
        await call.interim("okay")
        await call.play(0.4)
        await call.until(lambda: call.messages("assistant"))
        await call.quiet()
        await call.final("okay")
        await call.wait(1.0)
        assert call.messages("assistant") == ["It is noon."]
        assert call.messages("user") == []
        assert verdicts(call) == [Overlap.BACKCHANNEL]


async def test_words_that_trail_into_the_bots_silence_are_a_turn():
    async with calling() as call:
        await call.say("It is noon.")
        await call.play(0.4)
        await call.voice()
        await call.interim("so")
        await call.play(LONG)
        await call.final("so when can I come")
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["so when can I come"]


async def test_a_sound_while_the_bot_still_thinks_takes_the_floor_as_in_any_silence():
    async with calling() as call:
        await call.worker.queue_frame(LLMFullResponseStartFrame())
        await call.voice()
        assert call.count(InterruptionFrame) == 1
        await call.final("one more thing")
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["one more thing"]


async def test_a_barge_in_before_the_bots_first_audio_leaves_nothing_of_its_answer():
    async with calling() as call:
        await call.say(TELLS)
        await call.voice()
        await call.final("one more thing")
        await call.play(1.0)
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["one more thing"]
        assert call.messages("assistant") == []
        assert call.written.size <= 0.08 * RATE


async def test_words_without_a_sound_are_judged_too():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.final("uh-huh")
        assert call.backchannels == ["uh-huh"]
        await call.final("excuse me")
        assert call.count(InterruptionFrame) == 1


async def test_what_is_said_in_the_bots_silence_is_not_judged():
    async with calling() as call:
        await call.voice()
        await call.final("okay")
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["okay"]
        assert call.overlaps == []


class Broken(BackchannelFilter):
    async def _think(self) -> None:
        raise RuntimeError("a mistake in the filter")


async def test_an_error_in_the_filter_lets_every_transcript_through():
    async with calling(ears=Broken) as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.final("mm-hmm")
        await call.final("cancel my appointment")
        await call.quiet()
        await call.until(lambda: call.messages("user"))
        assert call.messages("user") == ["mm-hmm cancel my appointment"]
        assert not call.gate.held


async def test_a_bot_that_nobody_interrupts_has_not_lost_the_floor():
    async with calling(turns=False) as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.final("stop")
        assert call.gate.held
        await call.wait(1.2)
        await call.until(lambda: not call.gate.held)
        assert await goes_on(call)


async def test_a_muted_caller_holds_nothing():
    async with calling() as call:
        await call.worker.queue_frame(UserMuteStartedFrame())
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice()
        await call.wait(0.3)
        assert not call.gate.held
        assert call.overlaps == []


async def test_a_backchannel_is_broadcast_once_each_way():
    async with calling() as call:
        await call.say(TELLS)
        await call.play(1.0)
        await call.voice(secs=0.4)
        await call.final("gotcha")
        assert call.count(UserBackchannelFrame) == 1


@pytest.mark.parametrize("numbers", [{"hold_secs": 0.4}, {"grace_secs": -1}, {"words_secs": "2"}])
def test_patience_that_cannot_work_is_refused(numbers):
    with pytest.raises((ValueError, TypeError)):
        Patience(**numbers)
