"""What an answer of a server that speaks OpenAI's protocol costs when its end is not awaited."""

import time
from collections.abc import AsyncIterator
from typing import Any

from processors.trace.usage import BilledTokens, tokens_of


class ChatBill:
    """An estimate: the prompt by its length, the answer by its pieces, of which each is a token.

    Args:
        prompt: What was asked, fit for JSON.
        model: Who was asked.
    """

    def __init__(self, prompt: Any, model: str) -> None:
        """Nothing has come."""
        self._prompt = prompt
        self._model = model
        self._asked_ns = time.monotonic_ns()
        self._pieces = 0

    async def counting(self, stream: Any) -> AsyncIterator[Any]:
        """The pieces of an answer, counted; closes the stream."""
        async with stream:
            async for piece in stream:
                self._pieces += sum(_says_something(choice.delta) for choice in piece.choices or ())
                yield piece

    def tokens(self) -> BilledTokens:
        """As it is reported."""
        prompt = tokens_of(self._prompt)
        return BilledTokens(
            prompt_tokens=prompt,
            completion_tokens=self._pieces,
            total_tokens=prompt + self._pieces,
            asked_ns=self._asked_ns,
            model=self._model,
            unheard=not self._pieces,
            estimated="all",
        )


def _says_something(delta: Any) -> bool:
    return bool(delta and (delta.content or delta.tool_calls))
