"""The OpenAI-compatible service against its stand-in."""

import pytest
from pipecat.frames.frames import (
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair

from pipelines.brief import Brief
from pipelines.services import MissingKeyError, llm
from pipelines.settings import Settings
from tests.house import settings
from tests.pipelines.services.probe import running
from tests.pipelines.services.test_anthropic import LONG, Book, answer, asking, usage
from tests.vendors import (
    Call,
    Cut,
    Fault,
    Garbage,
    Hang,
    OpenAIStandIn,
    Reply,
    Silent,
    Status,
    VendorError,
)

BRIEF = Brief(name="test", title="Test", persona="You answer the telephone.", greeting="Hello.")


def of(openai: OpenAIStandIn, **values: object) -> Settings:
    """Settings that lead to the stand-in."""
    return settings(openai_base_url=openai.url, openai_api_key="test", **values)


async def test_tokens_stream_from_a_server_of_ones_own():
    async with (
        OpenAIStandIn(LONG) as openai,
        running(llm("openai/llama", BRIEF, of(openai))) as probe,
    ):
        await probe.send(asking())
        await probe.until(lambda: probe.got(LLMFullResponseEndFrame) and usage(probe))
    assert answer(probe) == LONG
    [asked] = openai.counts.requests
    assert asked["model"] == "llama"
    system = asked["messages"][0]
    assert system["role"] == "system"
    assert system["content"].startswith(f"{BRIEF.system_prompt}\n\nThis call began on ")
    assert usage(probe)[0].completion_tokens == openai.counts.output_tokens


async def test_a_server_of_ones_own_needs_no_key_and_gets_no_developer_messages():
    async with OpenAIStandIn(key="none") as openai:
        own = settings(openai_base_url=openai.url, openai_model="house")
        context = LLMContext(
            [{"role": "user", "content": "Hi."}, {"role": "developer", "content": "Be brief."}]
        )
        async with running(llm("openai/default", BRIEF, own)) as probe:
            await probe.send(LLMContextFrame(context))
            await probe.until(lambda: answer(probe) == "Yes.")
    [asked] = openai.counts.requests
    assert asked["model"] == "house"
    assert {message["role"] for message in asked["messages"]} == {"system", "user"}


def test_with_neither_key_nor_server_the_error_names_both_variables():
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY nor OPENAI_BASE_URL"):
        llm("openai/gpt-4.1", BRIEF, settings())


async def test_every_tool_call_is_executed():
    book = Book()
    calls = Call("weather", {"day": "Monday"}), Call("free", {"day": "Tuesday"})
    async with OpenAIStandIn([Reply(calls=calls), "Both are done."]) as openai:
        context = LLMContext(
            [{"role": "user", "content": "Weather? Free?"}], tools=[book.weather, book.free]
        )
        pair = LLMContextAggregatorPair(context)
        service = llm("openai/llama", BRIEF, of(openai))
        async with running(pair.user(), service, pair.assistant()) as probe:
            await probe.send(LLMContextFrame(context))
            await probe.until(lambda: "Both are done." in str(context.get_messages()))
    assert sorted(book.called) == [("free", "Tuesday"), ("weather", "Monday")]


async def test_an_interruption_ends_the_generation_at_the_server():
    async with (
        OpenAIStandIn(LONG) as openai,
        running(llm("openai/llama", BRIEF, of(openai))) as probe,
    ):
        openai.fail(Hang(after=6))
        await probe.send(asking())
        await probe.until(lambda: answer(probe))
        await probe.send(InterruptionFrame())
        await probe.until(lambda: openai.counts.cancelled)
        await probe.until(lambda: usage(probe))
    assert openai.counts.cancelled_tokens > 5
    # What the server had sent is paid for; what it would have said of it is estimated.
    [spent] = usage(probe)
    assert (spent.estimated, spent.unheard) == ("all", False)
    assert spent.completion_tokens == openai.counts.output_tokens
    assert 0.5 < spent.prompt_tokens / openai.counts.input_tokens < 2


async def test_a_whole_answer_is_reported_once_as_the_server_says():
    async with (
        OpenAIStandIn(LONG) as openai,
        running(llm("openai/llama", BRIEF, of(openai))) as probe,
    ):
        for number in range(2):
            await probe.send(asking())
            await probe.until(lambda n=number: len(usage(probe)) > n)
            await probe.until(lambda n=number: len(probe.got(LLMFullResponseEndFrame)) > n)
    assert [getattr(each, "estimated", "") for each in usage(probe)] == ["", ""]
    assert sum(each.completion_tokens for each in usage(probe)) == openai.counts.output_tokens


@pytest.mark.parametrize(
    "fault",
    [
        Status(401),
        Status(429, retry_after_secs=60),
        Status(500),
        Silent(),
        Hang(after=3),
        Cut(after=3),
        Garbage(after=3),
        VendorError(after=3),
    ],
    ids=str,
)
async def test_a_model_that_fails_says_so_once_and_ends_its_answer(fault: Fault):
    async with OpenAIStandIn(LONG) as openai:
        openai.fail(fault)
        async with running(llm("openai/llama", BRIEF, of(openai, llm_silence_secs=0.1))) as probe:
            await probe.send(asking())
            await probe.until(lambda: probe.got(LLMFullResponseEndFrame))
            await probe.until(lambda: probe.errors)
    assert len(probe.errors) == 1
