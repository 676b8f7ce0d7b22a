"""What the stand-ins for language models say."""

import time

from hypothesis import given
from hypothesis import strategies as st

from tests.vendors.anthropic import complaint
from tests.vendors.language import Answerer, Asked, Reply, paced, tokens

NOTHING = Asked(body={}, system="", said="Hello?", results=())
CALL = {"type": "tool_use", "id": "t1", "name": "book", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "done"}


@given(st.text())
def test_tokens_are_together_the_text(text: str):
    assert "".join(tokens(text)) == text


def test_answers_come_in_order_and_the_last_stays():
    answerer = Answerer(["One.", Reply("Two.")])
    assert [answerer.reply(NOTHING).text for _ in range(3)] == ["One.", "Two.", "Two."]


def test_an_answer_may_depend_on_what_was_asked():
    assert Answerer(lambda asked: asked.said * 2).reply(NOTHING).text == "Hello?Hello?"


async def test_tokens_come_at_their_rate_after_the_first():
    begun = time.monotonic()
    came = [
        (piece, time.monotonic() - begun)
        async for _, piece in paced("abcde", first_token=0.02, tokens_per_sec=200)
    ]
    assert [piece for piece, _ in came] == list("abcde")
    # Never early; how late depends on the machine.
    assert all(at >= 0.02 + index / 200 - 0.002 for index, (_, at) in enumerate(came))


def test_a_request_that_the_api_would_take_is_not_complained_about():
    messages = [
        {"role": "user", "content": "Book it."},
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [RESULT]},
    ]
    assert complaint({"model": "m", "max_tokens": 9, "messages": messages}) == ""


def test_a_tool_call_without_its_result_is_complained_about_as_the_api_does():
    messages = [{"role": "user", "content": "Book it."}, {"role": "assistant", "content": [CALL]}]
    assert "without `tool_result` blocks" in complaint(
        {"model": "m", "max_tokens": 9, "messages": messages}
    )
