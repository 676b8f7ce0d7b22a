"""Which word stands where in the audio of one speech."""

from hypothesis import given
from hypothesis import strategies as st
from pipecat.frames.frames import TTSTextFrame

from processors.backchannel_filter.script import LETTER_SECS, Script

LENGTHS = st.lists(st.floats(0.05, 1.0), min_size=1, max_size=12)


def frame(text: str) -> TTSTextFrame:
    return TTSTextFrame(text, text_type="word")


def timed(lengths: list[float]) -> Script:
    script, at = Script(), 0.0
    for number, length in enumerate(lengths):
        script.put(at, str(number), [frame(str(number))])
        at += length
    script.known_secs, script.ended = at, True
    return script


def texts(frames) -> list[str]:
    return [one.text for one in frames]


@given(LENGTHS, st.floats(0.0, 1.0))
def test_a_word_is_heard_once_its_last_sample_was_played(lengths, part):
    script = timed(lengths)
    played = script.played_secs = part * (script.known_secs - 0.05)
    heard = texts(script.due())
    ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
    assert heard == [str(n) for n, end in enumerate(ends) if end <= played + 1e-6]
    assert script.due() == []


@given(LENGTHS)
def test_every_word_is_told_exactly_once_and_in_order(lengths):
    script, told = timed(lengths), []
    while script.played_secs < script.known_secs:
        told += texts(script.due(0.04))
        script.played_secs += 0.04
    told += texts(script.finish())
    assert told == [str(n) for n in range(len(lengths))]
    assert script.left_secs == 0


def test_what_the_transport_still_buffers_was_not_heard():
    script = timed([0.4, 0.4, 0.4])
    script.played_secs = 0.42
    assert texts(script.due(0.04, buffered_secs=0.04)) == []
    script.played_secs = 0.46
    assert texts(script.due(0.04, buffered_secs=0.04)) == ["0"]


def test_the_word_that_is_being_said_has_begun():
    script = timed([0.4, 0.4, 0.4])
    script.played_secs = 0.5
    script.due()
    assert script.begun() == "0 1"


def test_a_word_that_is_told_late_is_heard_at_once():
    script = Script(known_secs=2.0)
    script.put(0.0, "one", [frame("one")])
    script.played_secs = 1.0
    assert texts(script.due()) == []
    script.put(0.5, "two", [frame("two")])
    assert texts(script.due()) == ["one"]


def test_words_without_timestamps_share_the_audio_of_their_sentence_by_letters():
    script = Script()
    script.put_sentence([(word, [frame(word)]) for word in ("a", "bcd", "efgh")])
    script.known_secs = 1.1
    assert script.close_sentence()
    script.ended = True
    script.played_secs = 0.2 + 1e-9
    assert texts(script.due()) == ["a"]
    script.played_secs = 0.6 + 1e-9
    assert texts(script.due()) == ["bcd"]


def test_the_length_of_an_open_sentence_is_guessed():
    script = Script(known_secs=9.0)
    script.known_secs = 0.0
    script.put_sentence([(word, [frame(word)]) for word in ("hello", "there")])
    script.known_secs, script.played_secs = 9.0, 6 * LETTER_SECS
    assert texts(script.due()) == ["hello"]


def test_no_sentence_is_closed_that_was_not_opened():
    assert not Script().close_sentence()
