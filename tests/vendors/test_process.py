"""The stand-ins in a process of their own."""

import pytest
from anthropic import AsyncAnthropic

from tests.vendors import Asked, Said
from tests.vendors.process import vendors


def shout(asked: Asked) -> str:
    """An answer that depends on the question."""
    return asked.said.upper()


async def test_answers_from_another_process_and_tells_what_it_has_counted():
    async with (
        vendors(
            deepgram={"script": [Said(0, 1, "Hello.")], "final_latency": 0.1},
            anthropic={"answers": "tests.vendors.test_process:shout"},
        ) as at,
        AsyncAnthropic(api_key="test", base_url=at["anthropic"].url) as client,
    ):
        message = await client.messages.create(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "hello"}]
        )
        state = await at["anthropic"].state()
        assert at["deepgram"].url.startswith("ws://127.0.0.1:")
    assert message.content[0].to_dict()["text"] == "HELLO"
    assert len(state["counts"]["requests"]) == 1
    assert state["timeline"][0]["what"] == "asked"


async def test_an_unknown_vendor_is_an_error_and_leaves_no_process():
    with pytest.raises(RuntimeError, match="ended at once"):
        async with vendors(nobody={}):
            pass
