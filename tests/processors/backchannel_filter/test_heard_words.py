"""The context holds what the caller heard, whatever happened to the voice."""

import numpy as np
import pytest

from tests.processors.backchannel_filter.call import CHUNK_SECS, RATE, calling, word_secs

SENTENCES = ("We are open until five on weekdays.", "Saturdays we close at noon, as ever.")
WORDS = " ".join(SENTENCES).split()
ENDS = np.cumsum([word_secs(word) for word in WORDS])


def said_by(secs: float) -> list[str]:
    """The words that have been said to their end after `secs` of audio."""
    return [word for word, end in zip(WORDS, ENDS, strict=True) if end <= secs + 1e-6]


@pytest.mark.parametrize("timed", [True, False], ids=["word timestamps", "none"])
async def test_the_whole_speech_reaches_the_context_once_and_in_order(timed):
    async with calling(timed=timed) as call:
        await call.say(*SENTENCES)
        await call.play(ENDS[-1] + 0.2)
        await call.until(lambda: call.messages("assistant"))
        assert call.messages("assistant") == [" ".join(WORDS)]


@pytest.mark.parametrize("timed", [True, False], ids=["word timestamps", "none"])
@pytest.mark.parametrize("instant", np.linspace(0.0, ENDS[-1] - 0.05, 24).round(2))
async def test_at_any_instant_an_interruption_leaves_what_was_heard(instant, timed):
    async with calling(timed=timed) as call:
        await call.say(*SENTENCES)
        await call.play(instant)
        await call.interrupt()
        written = call.written.size / RATE
        context = " ".join(call.messages("assistant")).split()
        assert context == WORDS[: len(context)]
        # The chunk that is just being written may or may not have been heard.
        fewest, most = said_by(written - CHUNK_SECS), said_by(written + CHUNK_SECS)
        assert len(fewest) <= len(context) <= len(most)


@pytest.mark.parametrize("timed", [True, False], ids=["word timestamps", "none"])
@pytest.mark.parametrize("instant", [0.2, 0.8, 1.48, 2.2])
async def test_a_voice_that_was_held_goes_on_with_the_next_sample(instant, timed):
    async with calling(timed=timed) as call:
        await call.say(*SENTENCES)
        await call.play(instant)
        call.gate.hold()
        await call.play(2.0)
        held = call.written.size
        assert held <= (instant + 2 * CHUNK_SECS) * RATE
        heard = call.gate.heard
        await call.play(2.0)
        assert (call.written.size, call.gate.heard) == (held, heard)
        call.gate.go_on()
        await call.play(ENDS[-1] + 0.2)
        await call.until(lambda: call.messages("assistant"))
        assert call.messages("assistant") == [" ".join(WORDS)]
        voiced = call.written[call.written > 0]
        expected = np.concatenate(
            [np.full(round(word_secs(word) * RATE), n + 1) for n, word in enumerate(WORDS)]
        )
        assert np.array_equal(voiced, expected)


async def test_words_stop_with_the_voice_when_an_interruption_meets_a_hold():
    async with calling() as call:
        await call.say(*SENTENCES)
        await call.play(0.8)
        call.gate.hold()
        await call.play(1.0)
        await call.interrupt()
        written = call.written.size / RATE
        await call.play(1.0)
        assert call.written.size / RATE == written
        assert call.messages("assistant") == [" ".join(said_by(written))]


async def test_what_is_said_after_an_interruption_is_heard_and_kept():
    async with calling() as call:
        await call.say(*SENTENCES)
        await call.play(0.4)
        await call.interrupt()
        await call.interrupt()
        before = call.written.size
        await call.say("As you like.")
        await call.play(2.0)
        await call.until(lambda: len(call.messages("assistant")) == 2)
        assert call.messages("assistant")[-1] == "As you like."
        assert (call.written[before:] > len(WORDS)).sum() == sum(
            round(word_secs(word) * RATE) for word in ("As", "you", "like.")
        )


async def test_an_interruption_before_the_first_audio_leaves_nothing():
    async with calling() as call:
        await call.say(*SENTENCES)
        await call.interrupt()
        await call.play(1.0)
        assert call.messages("assistant") == []
        assert call.written.size / RATE <= 2 * CHUNK_SECS


async def test_two_answers_in_a_row_keep_their_words_apart():
    async with calling() as call:
        await call.say("One moment please.")
        await call.say("It is Tuesday.")
        await call.play(4.0)
        await call.until(lambda: len(call.messages("assistant")) == 2)
        assert call.messages("assistant") == ["One moment please.", "It is Tuesday."]
