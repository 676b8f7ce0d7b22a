"""A colleague at a telephone number, as one call on the desk has them.

::

    WAITING ── rings ──▶ answers ──▶ PERSON ── hangs up ──▶ BOT, and the caller is told
                   └──▶ busy, refuses, no answer ──▶ whoever is asked next, or a note
"""

import asyncio
from typing import Protocol

from loguru import logger

from pipelines.transports.way import Numbers
from processors.escalation.conduct import Mode
from processors.escalation.door import PersonDoor
from processors.escalation.record import packet

HERE = "a colleague on the telephone"


class Answering(Protocol):
    """The call, as a number's line sees it."""

    door: PersonDoor

    async def come_in(self, who: str) -> bool:
        """Give the caller to them; False when another has the call."""
        ...

    async def go(self, who: str) -> None:
        """They have left."""
        ...


class NumberLine:
    """One call's line to a number; at most one at a time.

    Args:
        numbers: The numbers that can be reached; None: none can.
        call: The call.
    """

    def __init__(self, numbers: Numbers | None, call: Answering) -> None:
        """Nobody is rung up."""
        self._numbers = numbers
        self._call = call
        self._ringing: asyncio.Task[None] | None = None
        self.problem = ""

    def ring(self, to: str) -> bool:
        """Ring `to` up while the caller waits; False where no number can be reached."""
        if self._numbers is None:
            return False
        self.problem = ""
        self._ringing = asyncio.create_task(self._ring(self._numbers, to), name="rings a number")
        return True

    async def let_go(self) -> None:
        """Ring nobody any more; whoever is here is hung up on."""
        ringing, self._ringing = self._ringing, None
        if ringing is not None and ringing is not asyncio.current_task():
            ringing.cancel()
            await asyncio.gather(ringing, return_exceptions=True)
        if self._numbers is not None:
            await self._numbers.let_go()

    async def _ring(self, numbers: Numbers, to: str) -> None:
        door = self._call.door
        try:
            if to.startswith("cold:"):
                await door.has_spoken()
            reached = await numbers.reach(to, self._on_gone)
        except Exception as error:  # the caller is on the line, and waits
            logger.error(f"the number could not be rung up: {type(error).__name__}")
            self.problem = type(error).__name__
            return
        self.problem = reached.problem
        if self.problem:
            logger.warning(f"the number was not reached: {self.problem}")
            door.record.add("note", f"the number was not reached: {self.problem}")
        elif not reached.here:
            door.record.add("note", "put through to a number")
        elif door.conduct.mode is Mode.WAITING and await self._call.come_in(HERE):
            await door.introduce(packet(door.record, ""))
        else:
            await numbers.let_go()  # answered in the moment in which nobody was needed any more

    async def _on_gone(self) -> None:
        await self._call.go(HERE)
