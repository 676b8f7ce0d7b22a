"""Anthropic's service against its stand-in."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pipecat.frames.frames import (
    EndFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
)
from pipecat.metrics.metrics import LLMUsageMetricsData
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.llm_service import FunctionCallParams
from pipecat.utils.errors import ErrorCategory

from pipelines.brief import Brief
from pipelines.knowledge import Fact, Knowledge
from pipelines.services import llm
from pipelines.settings import Settings
from tests.house import settings
from tests.pipelines.services.probe import Probe, running
from tests.vendors import (
    AnthropicStandIn,
    Call,
    Cut,
    Fault,
    Garbage,
    Hang,
    Reply,
    Silent,
    Slow,
    Status,
    VendorError,
)

HOURS = Fact(topic="hours", ask=("When?",), answer="Till five.")
BRIEF = Brief(
    name="test",
    title="Test",
    persona="You answer the telephone.",
    greeting="Hello.",
    knowledge=Knowledge(facts=(HOURS,)),
)
LONG = "We are open from Monday to Friday, from eight in the morning until five."


def of(anthropic: AnthropicStandIn, **values: object) -> Settings:
    """Settings that lead to the stand-in."""
    return settings(anthropic_url=anthropic.url, anthropic_api_key="test", **values)


def asking(said: str = "When are you open?", tools: tuple[Callable, ...] = ()) -> LLMContextFrame:
    """The caller has said something."""
    return LLMContextFrame(LLMContext([{"role": "user", "content": said}], tools=list(tools)))


def answer(probe: Probe) -> str:
    """What the model has said so far."""
    return "".join(frame.text for frame in probe.got(LLMTextFrame))


def usage(probe: Probe) -> list[Any]:
    """The token usage of each answer so far."""
    data = [item for frame in probe.got(MetricsFrame) for item in frame.data]
    return [item.value for item in data if isinstance(item, LLMUsageMetricsData)]


async def test_tokens_stream_between_the_start_and_the_end_of_an_answer():
    async with (
        AnthropicStandIn(LONG) as anthropic,
        running(llm("anthropic/fast", BRIEF, of(anthropic))) as probe,
    ):
        await probe.send(asking())
        await probe.until(lambda: probe.got(LLMFullResponseEndFrame))
    assert answer(probe) == LONG
    assert len(probe.got(LLMTextFrame)) == anthropic.counts.output_tokens > 10
    kinds = [type(frame) for frame in probe.down]
    first, last = kinds.index(LLMTextFrame), len(kinds) - kinds[::-1].index(LLMTextFrame)
    assert kinds.index(LLMFullResponseStartFrame) < first
    assert kinds.index(LLMFullResponseEndFrame) >= last


@pytest.mark.parametrize(
    ("name", "model"), [("fast", "f-1"), ("strong", "s-1"), ("claude-other", "claude-other")]
)
async def test_fast_and_strong_are_the_deployments_and_any_model_can_be_named(name, model):
    async with AnthropicStandIn() as anthropic:
        chosen = of(anthropic, anthropic_fast_model="f-1", anthropic_strong_model="s-1")
        async with running(llm(f"anthropic/{name}", BRIEF, chosen)) as probe:
            await probe.send(asking())
            await probe.until(lambda: probe.got(LLMFullResponseEndFrame))
    assert anthropic.counts.requests[0]["model"] == model


async def test_what_the_bot_knows_is_cached_at_the_vendor_and_read_from_there_the_second_time():
    async with (
        AnthropicStandIn() as anthropic,
        running(llm("anthropic/fast", BRIEF, of(anthropic))) as probe,
    ):
        await probe.send(asking())
        await probe.until(lambda: len(usage(probe)) == 1)
        await probe.send(asking("And on Monday?"))
        await probe.until(lambda: len(usage(probe)) == 2)
    [system] = anthropic.counts.requests[0]["system"]
    assert system["text"].startswith(f"{BRIEF.system_prompt}\n\nThis call began on ")
    assert system["cache_control"] == {"type": "ephemeral"}
    first, second = usage(probe)
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens
    assert second.cache_read_input_tokens
    assert second.cache_creation_input_tokens == 0


class Book:
    """Two tools and what they were called with."""

    def __init__(self) -> None:
        self.called: list[tuple[str, str]] = []

    async def weather(self, params: FunctionCallParams, day: str) -> None:
        """The weather.

        Args:
            day: Which day.
        """
        self.called.append(("weather", day))
        await params.result_callback({"say": f"Sun on {day}."})

    async def free(self, params: FunctionCallParams, day: str) -> None:
        """Free times.

        Args:
            day: Which day.
        """
        self.called.append(("free", day))
        await params.result_callback({"say": f"Nine on {day}."})


@pytest.mark.parametrize(
    "calls",
    [
        (Call("weather", {"day": "Monday"}),),
        (Call("weather", {"day": "Monday"}), Call("free", {"day": "Tuesday"})),
        (
            Call("free", {"day": "Monday"}),
            Call("weather", {"day": "Monday"}),
            Call("free", {"day": "Friday"}),
        ),
    ],
    ids=lambda calls: f"{len(calls)} calls",
)
async def test_every_tool_call_of_a_message_is_executed_and_answered_together(calls):
    book = Book()
    async with AnthropicStandIn([Reply("One moment.", calls), "Both are done."]) as anthropic:
        context = LLMContext(
            [{"role": "user", "content": "Weather, and are you free?"}],
            tools=[book.weather, book.free],
        )
        pair = LLMContextAggregatorPair(context)
        service = llm("anthropic/fast", BRIEF, of(anthropic))
        async with running(pair.user(), service, pair.assistant()) as probe:
            await probe.send(LLMContextFrame(context))
            await probe.until(lambda: len(anthropic.counts.requests) == 2)
            await probe.until(lambda: "Both are done." in str(context.get_messages()))
    assert sorted(book.called) == sorted((call.name, call.arguments["day"]) for call in calls)
    assert len(anthropic.counts.requests) == 2
    answered = [
        block["tool_use_id"]
        for message in anthropic.counts.requests[1]["messages"]
        for block in (message["content"] if isinstance(message["content"], list) else [])
        if block["type"] == "tool_result"
    ]
    assert sorted(answered) == sorted(call.id for call in calls)
    assert not probe.errors


async def test_an_interruption_ends_the_generation_at_the_vendor():
    async with (
        AnthropicStandIn(LONG) as anthropic,
        running(llm("anthropic/fast", BRIEF, of(anthropic))) as probe,
    ):
        # It stops after eight events, five of them tokens, and keeps the connection open: between
        # an interruption and its arrival at the vendor no further token can be generated.
        anthropic.fail(Hang(after=8))
        await probe.send(asking())
        await probe.until(lambda: len(probe.got(LLMTextFrame)) == 5)
        await probe.send(InterruptionFrame())
        await probe.until(lambda: anthropic.counts.cancelled)
        await probe.until(lambda: usage(probe))
    counts = anthropic.counts
    assert (counts.cancelled, counts.output_tokens) == (1, 5)
    assert counts.cancelled_tokens > 5
    # What the vendor has sent is paid for, and reported, also when nobody waits for the rest.
    assert usage(probe)[-1].completion_tokens == counts.output_tokens


def counted(probe: Probe) -> dict[str, int]:
    """What was reported in all, by the names of the stand-in's counts."""
    reports = usage(probe)
    return {
        "input_tokens": sum(each.prompt_tokens for each in reports),
        "cache_written_tokens": sum(each.cache_creation_input_tokens or 0 for each in reports),
        "cache_read_tokens": sum(each.cache_read_input_tokens or 0 for each in reports),
        "output_tokens": sum(each.completion_tokens for each in reports),
    }


def billed(anthropic: AnthropicStandIn) -> dict[str, int]:
    """The stand-in's own counts."""
    names = ("input_tokens", "cache_written_tokens", "cache_read_tokens", "output_tokens")
    return {name: getattr(anthropic.counts, name) for name in names}


async def test_the_prompt_of_an_answer_cancelled_before_its_first_word_is_counted():
    async with (
        AnthropicStandIn(LONG, first_token=0.2) as anthropic,
        running(llm("anthropic/fast", BRIEF, of(anthropic))) as probe,
    ):
        anthropic.fail(Hang(after=4), times=1)  # a single token
        await probe.send(asking())
        await probe.until(lambda: anthropic.counts.requests)
        await probe.send(InterruptionFrame())
        await probe.until(lambda: anthropic.counts.cancelled)
        await probe.until(lambda: usage(probe))
        await probe.send(asking("And on Monday?"))
        await probe.until(lambda: len(usage(probe)) == 2)
    assert counted(probe) == billed(anthropic)
    assert [each.estimated for each in usage(probe)] == ["output", ""]


@pytest.mark.parametrize(
    "fault", [Cut(after=8), Hang(after=8), Garbage(after=8), VendorError(after=8)], ids=str
)
async def test_what_an_answer_that_breaks_off_has_cost_is_counted(fault: Fault):
    async with AnthropicStandIn(LONG) as anthropic:
        anthropic.fail(fault)
        service = llm("anthropic/fast", BRIEF, of(anthropic, llm_silence_secs=0.1))
        async with running(service) as probe:
            await probe.send(asking())
            await probe.until(lambda: probe.errors)
            await probe.until(lambda: usage(probe))
    assert counted(probe)["output_tokens"] == 5
    ours, theirs = counted(probe), billed(anthropic)
    # What the stand-in sends in place of a token, nobody can read, is no token of ours.
    assert {**theirs, "output_tokens": 5} == ours


async def test_what_is_asked_beside_the_conversation_is_counted_too():
    async with (
        AnthropicStandIn(LONG) as anthropic,
        running(service := llm("anthropic/fast", BRIEF, of(anthropic))) as probe,
    ):
        assert await service.run_inference(asking().context) == LONG
        await probe.until(lambda: usage(probe))
    assert counted(probe) == billed(anthropic)
    assert usage(probe)[0].estimated == ""


async def test_a_refused_request_costs_nothing():
    async with AnthropicStandIn(LONG) as anthropic:
        anthropic.fail(Status(529))
        async with running(llm("anthropic/fast", BRIEF, of(anthropic))) as probe:
            await probe.send(asking())
            await probe.until(lambda: probe.errors)
            await probe.until(lambda: probe.got(LLMFullResponseEndFrame))
    assert usage(probe) == []


async def test_an_answer_just_asked_for_when_the_call_ends_is_estimated_and_said_to_be():
    async with AnthropicStandIn(LONG) as anthropic:
        service = llm("anthropic/fast", BRIEF, of(anthropic))
        async with running(service) as probe:
            await probe.send(asking())
            await probe.until(lambda: len(usage(probe)) == 1)
            anthropic.fail(Hang(after=0))
            await probe.send(asking("And on Monday?"))
            await probe.until(lambda: len(anthropic.counts.requests) == 2)
            await probe.send(InterruptionFrame(), EndFrame())
            await probe.until(lambda: len(usage(probe)) == 2)
    whole, open_ = usage(probe)
    assert (whole.estimated, open_.estimated, open_.unheard) == ("", "all", True)
    assert open_.cache_read_input_tokens == whole.cache_creation_input_tokens
    assert 0.5 < open_.prompt_tokens / whole.prompt_tokens < 2


@pytest.mark.parametrize(
    "fault",
    [
        Status(401),
        Status(429, retry_after_secs=60),
        Status(500),
        Status(529),
        Silent(),
        Slow(30),
        Hang(after=3),
        Cut(),
        Cut(after=4),
        Garbage(after=4),
        VendorError(after=4),
    ],
    ids=str,
)
async def test_a_model_that_fails_says_so_once_and_ends_its_answer(fault: Fault):
    async with AnthropicStandIn(LONG) as anthropic:
        anthropic.fail(fault)
        service = llm("anthropic/fast", BRIEF, of(anthropic, llm_silence_secs=0.1))
        async with running(service) as probe:
            await probe.send(asking())
            await probe.until(lambda: probe.got(LLMFullResponseEndFrame))
            await probe.until(lambda: probe.errors)
    assert len(probe.errors) == 1
    assert len(anthropic.counts.requests) <= 1


@pytest.mark.parametrize("fault", [Silent(), Hang(after=3)], ids=str)
async def test_a_timeout_is_a_matter_of_the_connection_and_leaves_the_model_usable(fault: Fault):
    async with AnthropicStandIn(LONG) as anthropic:
        anthropic.fail(fault, times=1)
        service = llm("anthropic/fast", BRIEF, of(anthropic, llm_silence_secs=0.1))
        async with running(service) as probe:
            await probe.send(asking())
            await probe.until(lambda: probe.errors)
            assert probe.errors[0].category is ErrorCategory.CONNECTIVITY
            await probe.send(asking())
            await probe.until(lambda: answer(probe).endswith(LONG))


async def test_nobody_at_the_port_is_an_error():
    async with AnthropicStandIn() as anthropic:
        await anthropic.refuse()
        async with (
            asyncio.timeout(5),
            running(llm("anthropic/fast", BRIEF, of(anthropic))) as probe,
        ):
            await probe.send(asking())
            await probe.until(lambda: probe.errors)
