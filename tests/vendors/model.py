"""What stand-ins for language models share: answers, their pace, and what became of each stream."""

import asyncio
import itertools
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.vendors.language import Answerer, Answers
from tests.vendors.server import ConnectionCut, StandIn, forever


class Token(str):
    """A server-sent event that carries one token."""


@dataclass
class LanguageCounts:
    """What a language model has received and generated; `requests` are the bodies."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    input_tokens: int = 0
    cache_written_tokens: int = 0
    cache_read_tokens: int = 0
    output_tokens: int = 0
    cancelled: int = 0
    cancelled_tokens: int = 0


class ModelStandIn(StandIn):
    """A language model on a loopback port.

    Args:
        answers: What it answers; see `tests.vendors.language`.
        first_token: Seconds from a request to its first token.
        tokens_per_sec: How fast the others follow.
        key: The API key it accepts.
    """

    def __init__(
        self,
        answers: Answers = "Yes.",
        *,
        first_token: float = 0.0,
        tokens_per_sec: float = math.inf,
        key: str = "test",
    ):
        super().__init__(key=key, counts=LanguageCounts())
        self.first_token = first_token
        self.tokens_per_sec = tokens_per_sec
        self.answerer = Answerer(answers)
        self.ids = itertools.count(1)

    async def stream(
        self,
        request: web.Request,
        events: AsyncIterator[str],
        *,
        tokens: int,
        error: Callable[[str, Any], str],
    ) -> web.StreamResponse:
        """Send the events of an answer of so many tokens, and count what came of it."""
        response, outlet = await self.events(request, error=error)
        left = tokens
        try:
            async for event in events:
                if left == tokens and isinstance(event, Token):
                    self.note("first token")
                await outlet.send(event)
                if isinstance(event, Token):
                    left -= 1
                    self.counts.output_tokens += 1
                if outlet.stuck:
                    await forever()
        except ConnectionCut:
            return response
        except (asyncio.CancelledError, ConnectionResetError):
            self.counts.cancelled += 1
            self.counts.cancelled_tokens += left
            raise
        self.note("last token")
        return response
