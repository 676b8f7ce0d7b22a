"""A telephone call that Daily announces by webhook, and is answered once however often it rings.

Carriers repeat webhooks. The first one with a call id starts the call; every other one, at the
same time or later, gets the answer of the first.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Answer = TypeVar("Answer")


class DialinError(ValueError):
    """A webhook body that is no dial-in; the message says what is wrong with it."""


class Ringing(BaseModel):
    """One call that waits to be let through, as Daily posts it."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    caller: Annotated[str, Field(alias="From", max_length=256)] = ""
    called: Annotated[str, Field(alias="To", max_length=256)] = ""
    call_id: Annotated[str, Field(alias="callId", min_length=1, max_length=256)]
    call_domain: Annotated[str, Field(alias="callDomain", min_length=1, max_length=256)]

    def body(self) -> dict[str, Any]:
        """What the bot finds in `runner_args.body`; Pipecat's own runners name it so."""
        return {
            "dialin_settings": {
                "call_id": self.call_id,
                "call_domain": self.call_domain,
                "From": self.caller,
                "To": self.called,
            }
        }


def is_test_ping(body: bytes) -> bool:
    """Whether this is the ping that Daily sends when a webhook is set up."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # the latter for what is nested too deeply to be read
        return False
    return isinstance(said, dict) and bool(said.get("test") or said.get("Test"))


def parse(body: bytes) -> Ringing:
    """Read a webhook's body.

    Raises:
        DialinError: it is not JSON, or lacks the call's id or domain.
    """
    try:
        return Ringing.model_validate_json(body)
    except ValidationError as error:
        wrong = ", ".join(
            ".".join(map(str, each["loc"])) or each["type"] for each in error.errors()
        )
        raise DialinError(f"not a dial-in webhook: see {wrong}") from error


class Once(Generic[Answer]):
    """Does a thing once for each key, and gives everybody else the same answer.

    A thing that raises is forgotten, so that it can be tried again.

    Args:
        remember: How many answers are kept, the oldest forgotten first.
    """

    def __init__(self, remember: int = 10_000) -> None:
        """Nothing has been done."""
        self._remember = remember
        self._answers: OrderedDict[str, asyncio.Future[Answer]] = OrderedDict()

    async def do(self, key: str, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer for `key`: made now, being made, or made before."""
        if (known := self._answers.get(key)) is not None:
            return await asyncio.shield(known)
        made = self._answers[key] = asyncio.ensure_future(make())
        made.add_done_callback(lambda done: self._forget_failure(key, done))
        while len(self._answers) > self._remember:
            self._answers.popitem(last=False)
        return await asyncio.shield(made)

    def _forget_failure(self, key: str, done: "asyncio.Future[Answer]") -> None:
        if (done.cancelled() or done.exception()) and self._answers.get(key) is done:
            del self._answers[key]
