"""A late answer is announced, once, and only when it is late."""

import asyncio

import pytest
from pipecat.frames.frames import (
    Frame,
    FunctionCallInProgressFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.tests.utils import SleepFrame, run_test

from processors.in_time import Filler
from processors.semantic_cache.sound_player import AnswerSoundFrame
from processors.trace import TraceFrame
from processors.trace.budget import budget
from tests.processors.turn_taking.conversation import jumping

QUIET = VADUserStoppedSpeakingFrame(stop_secs=0.2)
OVER, ASKED, ENDED = (
    UserStoppedSpeakingFrame(),
    LLMFullResponseStartFrame(),
    LLMFullResponseEndFrame(),
)
WORD = LLMTextFrame("We")
SOON, LONG = SleepFrame(0.01), SleepFrame(60)


def told(*frames: Frame, phrase: str = "One moment.", profile: str = "balanced") -> list[Frame]:
    """What the filler adds to these frames."""

    async def story() -> list[Frame]:
        clock = asyncio.get_running_loop().time
        filler = Filler(phrase, budget(profile), clock=clock)
        down, _ = await run_test(filler, frames_to_send=list(frames))
        return [frame for frame in down if frame not in frames]

    return [each for each in jumping(story()) if isinstance(each, TTSSpeakFrame | TraceFrame)]


def spoken(*frames: Frame, **options: str) -> list[str]:
    """What it says."""
    return [each.text for each in told(*frames, **options) if isinstance(each, TTSSpeakFrame)]


def test_speaks_once_when_the_answer_is_late_and_tells_why():
    decision, speech = told(QUIET, OVER, ASKED, LONG, LONG)
    assert isinstance(speech, TTSSpeakFrame)
    assert (speech.text, speech.append_to_context) == ("One moment.", False)
    assert isinstance(decision, TraceFrame)
    assert (decision.kind, decision.about["act"]) == ("budget.acted", "filler")
    assert 1_250 <= decision.about["lost_ms"] <= 1_260
    assert "not a word of the answer" in decision.about["why"]


@pytest.mark.parametrize(
    "frames",
    [
        (QUIET, OVER, ASKED, WORD, LONG),
        (QUIET, ASKED, WORD, ENDED, SOON, OVER, LONG),
        (QUIET, OVER, ASKED, SleepFrame(0.9), WORD, LONG),
        (QUIET, OVER, AnswerSoundFrame(), LONG),
        (QUIET, OVER, ASKED, TTSSpeakFrame("Yes."), LONG),
        (QUIET, OVER, ASKED, UserStartedSpeakingFrame(), LONG),
        (QUIET, OVER, ASKED, InterruptionFrame(), LONG),
        (QUIET, OVER, ASKED, ENDED, LONG),
        (QUIET, OVER, LONG),
        (ASKED, LONG),
    ],
    ids=[
        "answered at once",
        "answered ahead",
        "answered in time",
        "known answer",
        "said something",
        "the caller goes on",
        "interrupted",
        "nothing came of it",
        "nobody answers",
        "no turn is over",
    ],
)
def test_says_nothing_when_nobody_waits(frames: tuple[Frame, ...]):
    ours = [text for text in spoken(*frames) if text != "Yes."]
    assert ours == []


def test_a_tool_that_takes_long_is_waited_for_in_the_same_way():
    tool = FunctionCallInProgressFrame("free_times", "1", {})
    assert spoken(QUIET, OVER, ASKED, tool, ENDED, LONG) == ["One moment."]


def test_a_draft_that_was_withdrawn_is_no_answer():
    frames = (QUIET, ASKED, WORD, ENDED, SOON, OVER, ASKED, LONG)
    assert spoken(*frames) == ["One moment."]


def test_a_model_that_is_asked_late_is_given_its_own_time():
    asked_late = (QUIET, SleepFrame(3), OVER, ASKED)
    assert spoken(*asked_late, SleepFrame(0.4), WORD, LONG) == []
    assert spoken(*asked_late, SleepFrame(0.5), WORD, LONG) == ["One moment."]


@pytest.mark.parametrize(("profile", "secs"), [("brisk", 0.6), ("patient", 1.6)])
def test_how_long_it_waits_is_the_profiles(profile: str, secs: float):
    in_time = (QUIET, OVER, ASKED, SleepFrame(secs), WORD, LONG)
    late = (QUIET, OVER, ASKED, SleepFrame(secs + 0.25), WORD, LONG)
    assert (spoken(*in_time, profile=profile), spoken(*late, profile=profile)) == (
        [],
        ["One moment."],
    )


def test_without_a_phrase_nothing_is_said():
    assert told(QUIET, OVER, ASKED, LONG, phrase="") == []
