"""The embedded LLM service in a pipeline: frames, metrics, function calls, speculation."""

import datetime as dt
from pathlib import Path

import pytest
from pipecat.frames.frames import (
    EagerEndOfTurnCancelFrame,
    ErrorFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    TextFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import LLMUsageMetricsData, TTFBMetricsData
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.llm_service import FunctionCallParams
from pipecat.tests.utils import SleepFrame, run_test

from pipelines.brief import Brief
from pipelines.knowledge import Fact, Knowledge, ToolTalk
from pipelines.services import llm
from pipelines.services.embedded.llm import EmbeddedBrain
from pipelines.services.errors import UnknownServiceError
from pipelines.settings import Settings

ANSWER = "We are open from eight to five."
rung: list[str] = []


async def ring_bell(params: FunctionCallParams, day: str) -> None:
    """Ring the bell.

    Args:
        day: The day, as YYYY-MM-DD.
    """
    rung.append(day)
    await params.result_callback({"done": True, "say": "It rang."})


BRIEF = Brief(
    name="porter",
    title="Porter",
    persona="You are a porter.",
    greeting="Hello!",
    knowledge=Knowledge(
        facts=(Fact(topic="hours", ask=("When are you open?",), answer=ANSWER),),
        tools={"ring_bell": ToolTalk(say=("Please ring the bell.",), ask={"day": "On which day?"})},
    ),
    tools=(ring_bell,),
)


@pytest.fixture(autouse=True)
def _nothing_rung():
    rung.clear()


def brain() -> EmbeddedBrain:
    return EmbeddedBrain(BRIEF, today=lambda: dt.date(2031, 5, 21))


def context(*turns: str) -> LLMContext:
    return LLMContext(
        messages=[{"role": "user", "content": turn} for turn in turns], tools=list(BRIEF.tools)
    )


async def down(*frames: Frame) -> list[Frame]:
    """What comes out of the service downstream, with all metrics on."""
    received, _ = await run_test(
        brain(),
        frames_to_send=list(frames),
        pipeline_params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        start_timeout=30.0,
    )
    return list(received)


def text_of(frames: list[Frame]) -> str:
    return "".join(frame.text for frame in frames if isinstance(frame, LLMTextFrame))


def of(kind: type, frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if isinstance(frame, kind)]


async def test_streams_words_between_start_and_end():
    frames = await down(LLMContextFrame(context("when are you open")))
    told = [
        f
        for f in frames
        if isinstance(f, LLMTextFrame | LLMFullResponseStartFrame | LLMFullResponseEndFrame)
    ]
    assert isinstance(told[0], LLMFullResponseStartFrame)
    assert isinstance(told[-1], LLMFullResponseEndFrame)
    assert [frame.text for frame in told if isinstance(frame, LLMTextFrame)][:2] == ["We ", "are "]
    assert text_of(frames) == ANSWER


async def test_reports_time_to_first_byte_and_tokens():
    frames = await down(LLMContextFrame(context("when are you open")))
    data = [entry for frame in of(MetricsFrame, frames) for entry in frame.data]  # pyright: ignore
    assert any(isinstance(entry, TTFBMetricsData) for entry in data)
    (usage,) = [entry.value for entry in data if isinstance(entry, LLMUsageMetricsData)]
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (4, 7, 11)


async def test_passes_on_what_is_not_its_own():
    assert text_of(await down(LLMTextFrame("hello"))) == "hello"
    assert len(of(TextFrame, await down(TextFrame("hello")))) == 1


async def test_calls_functions_through_pipecats_own_frames():
    frames = await down(LLMContextFrame(context("please ring the bell on friday")), SleepFrame(0.1))
    assert rung == ["2031-05-23"]
    for kind in (FunctionCallsStartedFrame, FunctionCallInProgressFrame, FunctionCallResultFrame):
        assert len(of(kind, frames)) == 1
    (result,) = of(FunctionCallResultFrame, frames)
    assert isinstance(result, FunctionCallResultFrame)
    assert result.result == {"done": True, "say": "It rang."}
    assert result.arguments == {"day": "2031-05-23"}


async def test_a_reply_to_an_unfinished_turn_waits_for_its_end():
    frame = LLMContextFrame(context("when are you open"), speculation=True)
    assert text_of(await down(frame, SleepFrame(0.05))) == ""
    confirmed = await down(
        LLMContextFrame(context("when are you open"), speculation=True),
        SleepFrame(0.05),
        UserStoppedSpeakingFrame(),
        SleepFrame(0.05),
    )
    assert text_of(confirmed) == ANSWER


async def test_no_tool_runs_for_a_turn_that_may_go_on():
    speculative = LLMContextFrame(context("please ring the bell on friday"), speculation=True)
    frames = await down(speculative, SleepFrame(0.1))
    assert rung == []
    assert of(EagerEndOfTurnCancelFrame, frames)


async def test_an_error_is_reported_and_the_reply_still_ends(monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("out of ideas")

    monkeypatch.setattr("pipelines.services.embedded.llm.Brain.reply", fail)
    received, up = await run_test(
        brain(), frames_to_send=[LLMContextFrame(context("hello"))], start_timeout=30.0
    )
    assert len(of(LLMFullResponseEndFrame, list(received))) == 1
    errors = [frame.error for frame in up if isinstance(frame, ErrorFrame)]
    assert errors == ["the embedded brain failed: out of ideas"]


async def test_answers_outside_of_a_pipeline():
    assert await brain().run_inference(context("when are you open")) == ANSWER
    assert await brain().run_inference(LLMContext()) is None


async def test_a_summary_is_the_end_of_what_was_said():
    transcript = LLMContext(
        messages=[{"role": "user", "content": "Conversation history:\nUSER: one two three"}]
    )
    summary = await brain().run_inference(transcript, 2, "Write a summary.")
    assert summary == "two three"


async def test_a_context_without_tools_is_answered_too():
    only_words = LLMContext(messages=[{"role": "user", "content": "when are you open"}])
    assert text_of(await down(LLMContextFrame(only_words))) == ANSWER


def test_the_builder_knows_its_only_name():
    settings = Settings()
    assert isinstance(llm("embedded/brain", BRIEF, settings), EmbeddedBrain)
    with pytest.raises(UnknownServiceError, match="there is embedded/brain"):
        llm("embedded/gpt", BRIEF, settings)


def test_thinking_knows_no_frames_no_network_and_no_clock():
    folder = Path(__file__).parents[4] / "pipelines" / "services" / "embedded" / "brain"
    for module in folder.glob("*.py"):
        source = module.read_text()
        assert not any(word in source for word in ("pipecat", "asyncio", ".now(", ".today(")), (
            module
        )
