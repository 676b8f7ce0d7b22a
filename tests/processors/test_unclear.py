"""Speech that its recogniser did not understand."""

from types import SimpleNamespace

import pytest
from pipecat.frames.frames import InterimTranscriptionFrame, TextFrame, TranscriptionFrame
from pipecat.tests.utils import run_test

from processors.unclear import UNCLEAR, Unclear, plainly


def heard(text: str, result: object) -> TranscriptionFrame:
    return TranscriptionFrame(text, "caller", "then", result=result, finalized=True)


async def test_what_was_not_understood_says_so_and_is_still_the_same_utterance():
    nonsense = heard("the author her sun", SimpleNamespace(understood=False, confidence=0.2))
    frames, _ = await run_test(Unclear(), frames_to_send=[nonsense])
    (told,) = [frame for frame in frames if isinstance(frame, TranscriptionFrame)]
    assert told.text == UNCLEAR
    assert (told.id, told.finalized, told.result) == (nonsense.id, True, nonsense.result)
    assert nonsense.text == "the author her sun"


@pytest.mark.parametrize(
    "result", [None, {}, SimpleNamespace(), SimpleNamespace(understood=True), "text"]
)
def test_recognisers_that_do_not_say_so_are_believed(result):
    frame = heard("hello", result)
    assert plainly(frame) is frame


def test_a_guess_is_left_alone_and_so_is_every_other_frame():
    guess = InterimTranscriptionFrame("the", "", "", result=SimpleNamespace(understood=False))
    assert plainly(guess) is guess
    text = TextFrame("hello")
    assert plainly(text) is text
