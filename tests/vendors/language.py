"""What a stand-in for a language model says, and how fast.

Answers are a text, a `Reply` with tool calls, a list of these (one a request, the last for ever),
or a function of what was `Asked`.
"""

import asyncio
import itertools
import math
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

_ids = itertools.count(1)


@dataclass(frozen=True)
class Call:
    """A tool the model wants called."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: f"toolu_{next(_ids):04}")


@dataclass(frozen=True)
class Reply:
    """What the model answers: a text, tool calls, or both."""

    text: str = ""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Asked:
    """One request, the parts that an answer may depend on.

    `said` is the text of the caller's last message, `results` the tool results that came with it.
    """

    body: dict[str, Any]
    system: str
    said: str
    results: tuple[str, ...]

    @property
    def tools(self) -> list[str]:
        """The names of the tools on offer."""
        return [tool.get("name") or tool["function"]["name"] for tool in self.body.get("tools", [])]


Answers = str | Reply | Sequence[str | Reply] | Callable[[Asked], str | Reply]


class Answerer:
    """Finds the reply to a request."""

    def __init__(self, answers: Answers):
        self._answers = [answers] if isinstance(answers, str | Reply) else answers
        self._asked = 0

    def reply(self, asked: Asked) -> Reply:
        """The reply to the next request."""
        if callable(self._answers):
            answer = self._answers(asked)
        else:
            answer = self._answers[min(self._asked, len(self._answers) - 1)]
        self._asked += 1
        return Reply(answer) if isinstance(answer, str) else answer


def tokens(text: str) -> list[str]:
    """Pieces of about a token each, which together are `text`.

    >>> tokens("We are open tomorrow.")
    ['We', ' are', ' open', ' tomor', 'row.']
    """
    return re.findall(r"\s*\S{1,5}|\s+$", text)


def token_count(value: object) -> int:
    """About how many tokens a request or answer is: four characters each.

    >>> token_count("twelve chars")
    3
    """
    return math.ceil(len(str(value)) / 4)


async def paced(
    pieces: Sequence[T], *, first_token: float, tokens_per_sec: float
) -> AsyncIterator[tuple[int, T]]:
    """The pieces, numbered from 0, each at its time; the first comes in `first_token` seconds."""
    begun = time.monotonic()
    for index, piece in enumerate(pieces):
        due = begun + first_token + index / tokens_per_sec
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield index, piece
