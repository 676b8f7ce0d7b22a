"""The stand-ins' voice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vendors import voice

TEXTS = st.lists(st.sampled_from(["We", "are", "open.", "until", "five?", "!"])).map(" ".join)


@given(TEXTS, st.sampled_from([8_000, 16_000, 24_000]))
def test_audio_is_as_long_as_it_says(text: str, rate: int):
    assert len(voice.pcm(text, rate)) // 2 == round(voice.duration_secs(text) * rate)


@given(TEXTS)
def test_words_follow_each_other_and_none_is_lost(text: str):
    spoken = voice.timings(text)
    assert [word.text for word in spoken] == text.split()
    edges = [edge for word in spoken for edge in (word.start_secs, word.end_secs)]
    assert edges == sorted(edges)


def test_every_word_is_audible_and_there_is_silence_between_two():
    samples = np.frombuffer(voice.pcm("We are open.", 24_000), "<i2").astype(float)
    spoken = voice.timings("We are open.")
    for word in spoken:
        part = samples[round(word.start_secs * 24_000) : round(word.end_secs * 24_000)]
        assert np.sqrt(np.mean(part**2)) > 1500
    gap = samples[round(spoken[0].end_secs * 24_000) + 1 : round(spoken[1].start_secs * 24_000) - 1]
    assert gap.size > 1000
    assert not gap.any()


def test_two_words_sound_different_and_one_always_the_same():
    one, other = voice.pcm("open", 8_000), voice.pcm("shut", 8_000)
    assert one != other
    assert voice.pcm("open", 8_000) == one
    assert voice.duration_secs("open") == pytest.approx(0.37)
