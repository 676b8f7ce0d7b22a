"""A late turn, and a call that has become dear, are answered by another model of the vendor."""

from dataclasses import replace

import pytest
from pipecat.frames.frames import (
    LLMFullResponseEndFrame,
    UserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from pipelines.services import llm
from pipelines.timely import timely
from processors.trace import TraceFrame
from tests.pipelines.services.probe import running
from tests.pipelines.services.test_anthropic import BRIEF, asking, of, usage
from tests.vendors import AnthropicStandIn


@pytest.mark.parametrize("late", [True, False])
async def test_a_late_turn_is_answered_by_the_fast_model_and_accounted_for_under_its_name(
    late: bool,
):
    async with AnthropicStandIn("Yes.") as anthropic:
        service = llm("anthropic/strong", BRIEF, of(anthropic))
        async with running(*timely(service, replace(BRIEF, filler="")).stations) as probe:
            # The caller's last sound was a minute ago, or just now.
            await probe.send(VADUserStoppedSpeakingFrame(stop_secs=60.0 if late else 0.0))
            await probe.until(lambda: probe.got(VADUserStoppedSpeakingFrame))
            await probe.send(asking())
            await probe.until(lambda: probe.got(LLMFullResponseEndFrame))
            await probe.until(lambda: usage(probe))
            acted = [frame.about["act"] for frame in probe.got(TraceFrame)]
    [request] = anthropic.counts.requests
    assert request["model"] == ("claude-haiku-4-5" if late else "claude-sonnet-4-6")
    assert usage(probe)[0].model == request["model"]
    assert acted == (["faster model"] if late else [])


async def test_a_dear_call_is_answered_by_the_cheaper_model_from_then_on():
    async with AnthropicStandIn("Yes.") as anthropic:
        place = timely(llm("anthropic/strong", BRIEF, of(anthropic)), BRIEF)
        assert place.cheaper
        async with running(*place.stations) as probe:
            for number in range(3):
                await probe.send(UserStartedSpeakingFrame())
                await probe.until(lambda n=number: len(probe.got(UserStartedSpeakingFrame)) > n)
                await probe.send(asking())
                await probe.until(lambda n=number: len(usage(probe)) > n)
                place.cheaper()
    models = [request["model"] for request in anthropic.counts.requests]
    assert models == ["claude-sonnet-4-6", "claude-haiku-4-5", "claude-haiku-4-5"]
