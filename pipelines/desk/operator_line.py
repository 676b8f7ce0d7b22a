"""The sound that comes from an operator, and how its end is noticed."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

_LOOK_SECS = 0.2
_LOST_SECS = 2.0  # without a sound of the operator's line
_COMES_SECS = 8.0  # from the take-over to the first sound


class OperatorLine(Protocol):
    """The sound that comes from an operator."""

    @property
    def heard_at(self) -> float:
        """When something came from it last, in seconds of the monotonic clock."""
        ...


async def until_lost(line_now: Callable[[], OperatorLine | None]) -> None:
    """Wait until nothing comes from the line any more.

    Args:
        line_now: The operator's present line; None before it is there, and after.
    """
    began = time.monotonic()
    while True:
        await asyncio.sleep(_LOOK_SECS)
        line, now = line_now(), time.monotonic()
        heard = line.heard_at if line else 0.0
        limit = _LOST_SECS if heard > began else _COMES_SECS
        if now - max(heard, began) > limit:
            return
