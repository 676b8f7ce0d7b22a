"""Recognition by a script."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.vendors.hearing import Ear, Heard, Said, words

RATE = 16_000
SAID = [Said(0.5, 1.1, "Are you open?"), Said(2.0, 2.5, "Thank you.")]


def silence(secs: float) -> bytes:
    """Audio in which nobody speaks."""
    return bytes(2 * round(secs * RATE))


def sound(secs: float) -> bytes:
    """Audio in which somebody speaks."""
    return np.full(round(secs * RATE), 5000, "<i2").tobytes()


def spoken(heard: list[Heard]) -> str:
    """The words as a text."""
    return " ".join(word.word for word in heard)


def test_a_word_is_heard_when_its_end_has_been_received():
    ear = Ear(SAID, sample_rate=RATE)
    assert spoken(ear.feed(silence(0.6))) == ""
    assert spoken(ear.feed(silence(0.1))) == "Are"
    assert spoken(ear.feed(silence(0.4))) == "you open?"
    assert spoken(ear.feed(silence(5.0))) == "Thank you."


def test_the_first_and_the_last_word_of_an_utterance_are_told_as_such():
    heard = words(SAID[0])
    assert [(word.first, word.last) for word in heard] == [
        (True, False),
        (False, False),
        (False, True),
    ]


@given(st.lists(st.integers(1, 8000), min_size=1, max_size=60))
def test_what_is_heard_does_not_depend_on_how_the_audio_is_cut(pieces: list[int]):
    audio = silence(3.0)
    whole = Ear(SAID, sample_rate=RATE).feed(audio)
    ear, heard, at = Ear(SAID, sample_rate=RATE), [], 0
    for samples in pieces:
        heard += ear.feed(audio[at : at + 2 * samples])
        at = min(len(audio), at + 2 * samples)
    heard += ear.feed(audio[at:])
    assert heard == whole


def test_from_its_onset_an_utterance_is_heard_whenever_it_comes():
    said = [Said(0.0, 0.6, "Are you open?"), Said(0.0, 0.4, "Thank you.")]
    ear = Ear(said, sample_rate=RATE, from_onset=True)
    assert ear.feed(silence(3.0)) == []
    heard = ear.feed(sound(0.6))
    assert spoken(heard) == "Are you open?"
    assert heard[-1].end_secs == 3.6
    assert ear.feed(silence(7.0)) == []
    assert spoken(ear.feed(sound(0.5))) == "Thank you."


def test_from_its_onset_a_pause_inside_an_utterance_begins_no_other():
    said = [Said(0.0, 1.4, "I need an appointment"), Said(0.0, 0.2, "Thanks.")]
    ear = Ear(said, sample_rate=RATE, from_onset=True)
    audio = sound(0.4), silence(0.6), sound(0.4)
    assert spoken([word for piece in audio for word in ear.feed(piece)]) == said[0].text
    assert ear.feed(sound(0.2)) == []
