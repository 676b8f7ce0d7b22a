"""The callers' speech that tests are made with."""

import numpy as np
import pytest

from tests.speech import RATE, VoiceMissing, add_noise, concat, over_the_phone, pause, say


@pytest.mark.parametrize("voice", ["slt", "espeak/en-us@170"])
def test_says_a_sentence_at_16_khz(voice):
    spoken = say("what are your opening hours", voice)
    assert spoken.dtype == np.int16
    assert 1.0 < spoken.size / RATE < 3.0
    assert np.abs(spoken).max() > 3000


def test_a_missing_program_is_an_error_that_names_the_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tests.speech._CACHE", tmp_path)
    with pytest.raises(VoiceMissing, match="apt-get install flite"):
        say("hello")


def test_an_unknown_voice_is_an_error_that_names_the_voices():
    with pytest.raises(ValueError, match="there are slt, rms"):
        say("hello", "nobody")


def test_parts_follow_one_another():
    assert concat(pause(0.5), pause(0.25)).size == 0.75 * RATE


def test_the_telephone_halves_the_rate_and_keeps_the_length():
    assert abs(over_the_phone(pause(1.0), 8000).size - 8000) < 10


def test_noise_has_the_asked_level():
    tone = (8000 * np.sin(np.arange(RATE) / 5)).astype(np.int16)
    added = add_noise(tone, snr_db=20).astype(float) - tone
    snr = 20 * np.log10(np.sqrt(np.mean(tone.astype(float) ** 2)) / np.sqrt(np.mean(added**2)))
    assert abs(snr - 20) < 0.5
