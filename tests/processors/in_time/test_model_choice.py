"""Which model answers depends on what the turn has lost, and on what the call has cost."""

import asyncio
from collections.abc import Callable

from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMUpdateSettingsFrame,
    UserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.tests.utils import SleepFrame, run_test

from processors.in_time import ModelChoice, Models
from processors.trace import TraceFrame
from processors.trace.budget import budget
from tests.processors.turn_taking.conversation import jumping

MODELS = Models("strong", faster="fast", cheaper="cheap")
QUIET = VADUserStoppedSpeakingFrame(stop_secs=0.2)
LATE, IN_TIME = SleepFrame(2), SleepFrame(0.1)
BEGAN = UserStartedSpeakingFrame()


def asked(*, ahead: bool = False) -> LLMContextFrame:
    """The model is asked."""
    return LLMContextFrame(LLMContext(), speculation=ahead)


def chosen(
    *frames: Frame, models: Models = MODELS, before: Callable[[ModelChoice], None] = lambda _: None
) -> list[str]:
    """The models that answer, and "told" for each decision that was told of."""

    async def story() -> list[Frame]:
        choice = ModelChoice(models, budget("balanced"), clock=asyncio.get_running_loop().time)
        before(choice)
        down, _ = await run_test(choice, frames_to_send=list(frames))
        return list(down)

    found, model = [], models.usual
    for frame in jumping(story()):
        if isinstance(frame, LLMUpdateSettingsFrame):
            assert frame.delta is not None
            model = str(frame.delta.model)
        elif isinstance(frame, TraceFrame):
            assert (frame.kind, frame.about["act"]) == ("budget.acted", "faster model")
            assert "more than planned" in frame.about["why"]
            found.append("told")
        elif isinstance(frame, LLMContextFrame):
            found.append(model)
    return found


def test_a_turn_that_is_in_time_is_answered_by_the_usual_model():
    assert chosen(QUIET, IN_TIME, asked()) == ["strong"]


def test_a_late_turn_is_answered_by_the_faster_model_and_the_next_one_is_not():
    frames = (QUIET, LATE, asked(), IN_TIME, BEGAN, QUIET, IN_TIME, asked())
    assert sorted(chosen(*frames)) == ["fast", "strong", "told"]


def test_what_a_tool_has_brought_is_answered_by_the_model_that_asked_for_it():
    assert chosen(QUIET, IN_TIME, asked(), LATE, asked()) == ["strong", "strong"]


def test_an_answer_prepared_ahead_is_never_late():
    assert chosen(QUIET, LATE, asked(ahead=True)) == ["strong"]


def test_a_bot_that_speaks_first_is_not_late():
    assert chosen(LATE, asked()) == ["strong"]


def test_without_a_faster_model_nothing_changes():
    assert chosen(QUIET, LATE, asked(), models=Models("fast", faster="fast")) == ["fast"]


def test_a_call_that_saves_is_answered_by_the_cheaper_model_from_then_on():
    frames = (QUIET, IN_TIME, asked(), IN_TIME, BEGAN, QUIET, asked(ahead=True))
    assert chosen(*frames, before=lambda choice: choice.save()) == ["cheap", "cheap"]


def test_saving_without_a_cheaper_model_changes_nothing():
    only = Models("only")
    assert chosen(QUIET, asked(), models=only, before=lambda choice: choice.save()) == ["only"]
