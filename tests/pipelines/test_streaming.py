"""The line of the production standard: its stations, in their order."""

from dataclasses import replace

import numpy as np
import pytest

from bots.receptionist import RECEPTIONIST
from pipelines.answers import close_answers
from pipelines.services import UnknownServiceError
from pipelines.streaming import streaming
from pipelines.transports.loopback import LoopbackRunnerArguments, RecordedCaller, open_way
from tests.house import settings
from tests.spoken_caller import embedded


async def line_of(brief, **values):
    """The line for a caller who says nothing."""
    caller = RecordedCaller(np.zeros(1, np.int16))
    deployment = settings(**values)
    way = await open_way(LoopbackRunnerArguments(caller=caller), deployment)
    try:
        return await streaming(brief, way, deployment)
    finally:
        await close_answers()


async def test_the_stations_stand_in_the_order_of_the_picture():
    line = await line_of(embedded(RECEPTIONIST))
    names = [type(station).__name__ for station in line.processors]
    in_order = [
        "_Input",
        "VADProcessor",
        "EmbeddedSTTService",
        "BackchannelFilter",
        "Unclear",
        "LLMUserAggregator",
        "DraftDoor",
        "EmbeddedBrain",
        "HeldVoice",
        "HeardWords",
        "_Output",
        "LLMAssistantAggregator",
    ]
    assert [name for name in names if name in in_order] == in_order


async def test_the_model_may_use_the_bots_tools_and_those_that_every_bot_has():
    line = await line_of(embedded(RECEPTIONIST))
    tools = [tool.name for tool in line.context.tools.standard_tools]  # pyright: ignore
    assert tools[:4] == [
        "find_times", "book_appointment", "move_appointment", "cancel_appointment"
    ]  # fmt: skip
    assert {"end_call", "escalate"} <= set(tools)


async def test_two_calls_share_no_station_and_no_words():
    first, second = await line_of(embedded(RECEPTIONIST)), await line_of(embedded(RECEPTIONIST))
    assert not set(map(id, first.processors)) & set(map(id, second.processors))
    assert first.context is not second.context
    assert first.drafts is not second.drafts


async def test_without_a_key_the_embedded_services_stand_in_and_with_one_the_vendors():
    keyless = await line_of(RECEPTIONIST)
    keyed = await line_of(RECEPTIONIST, deepgram_api_key="k", anthropic_api_key="k")
    names = [{type(station).__module__ for station in line.processors} for line in (keyless, keyed)]
    assert "pipelines.services.embedded.stt" in names[0]
    assert "pipelines.services.embedded.llm" in names[0]
    assert "pipelines.services.deepgram" in names[1]
    assert "pipelines.services.anthropic" in names[1]


async def test_a_strong_model_is_kept_in_time_and_has_a_cheaper_one_behind_it():
    strong = replace(RECEPTIONIST, llm=("anthropic/strong",))
    line = await line_of(strong, anthropic_api_key="k")
    names = [type(station).__name__ for station in line.processors]
    at = names.index("Anthropic")
    assert names[at - 1 : at + 3] == ["ModelChoice", "Anthropic", "Filler", "HeldVoice"]
    assert line.cheaper is not None
    fast = await line_of(RECEPTIONIST, anthropic_api_key="k")
    assert fast.cheaper is None


async def test_a_service_that_does_not_exist_is_an_error_with_what_there_is():
    with pytest.raises(UnknownServiceError, match="there are"):
        await line_of(replace(embedded(RECEPTIONIST), stt=("nobody/none",)))
