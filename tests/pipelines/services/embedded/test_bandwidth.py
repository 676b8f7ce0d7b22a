"""Whether speech came over a telephone line."""

import numpy as np
import pytest

from pipelines.services.embedded.bandwidth import is_narrow
from tests.speech import RATE, concat, over_the_phone, pause, say

VOICES = ("slt", "rms", "awb", "espeak/en-us@165", "espeak/en-us+f3@165")


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("text", ["is there parking", "how much does a filling cost", "hello"])
def test_a_telephone_line_is_told_by_its_first_half_second(voice, text):
    speech = concat(pause(0.3), say(text, voice))
    assert not is_narrow(speech[: int(0.6 * RATE)])
    assert is_narrow(over_the_phone(speech)[: int(0.6 * RATE)])


def test_silence_says_nothing_about_a_line():
    assert not is_narrow(np.zeros(8000, np.int16))
    assert not is_narrow(pause(0.5))
