"""How the house asks a bot to bring its call to an end, so that it can still say goodbye.

::

    server: hang_up.ask("closing") ──▶ session: await hang_up.asked() ──▶ a goodbye, EndFrame

The server sets `CURRENT` for the task in which the bot runs; whoever holds the call asks
`of_this_call()`. Under Pipecat's own runner nobody ever asks.
"""

import asyncio
from contextvars import ContextVar


class HangUp:
    """A wish that the call may end, spoken once, with its reason."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._asked = asyncio.Event()
        self.reason = ""

    def ask(self, reason: str) -> None:
        """Ask for the end; the first reason stands."""
        if not self._asked.is_set():
            self.reason = reason
            self._asked.set()

    async def asked(self) -> str:
        """Wait until somebody asks; the reason, one word: `drained`, `too_long`…"""
        await self._asked.wait()
        return self.reason


CURRENT: ContextVar[HangUp | None] = ContextVar("hang_up", default=None)


def of_this_call() -> HangUp:
    """The wish that belongs to the running task; one that nobody will speak outside the server."""
    return CURRENT.get() or HangUp()
