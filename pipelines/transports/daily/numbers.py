"""Telephone numbers in a telephone call: a colleague is rung up while the caller waits.

::

    warm (rooms may dial out)        bot ── rings ──▶ number       caller waits with the bot
        answered                     caller ◀───────▶ number       the bot is silent
        busy, refuses, no answer     caller ◀─ bot                 nothing has happened to them
        hangs up later               caller ◀─ bot

    cold                             caller ── away to ──▶ number; a refusal leaves them here
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from loguru import logger
from pipecat.transports.daily.transport import DailyTransport

from pipelines.transports.way import Gone, Reached

_LET_GO_SECS = 2.0
_COLD = "cold:"  # before a number that the caller is to be sent away to in any case


class DailyNumbers:
    """Numbers that can be reached from one call in a Daily room.

    Args:
        transport: The call's.
        dials_out: Whether the room may dial out; else every transfer is a cold one.
        not_heard: Participants who are not transcribed; a colleague becomes one of them.
    """

    def __init__(self, transport: DailyTransport, *, dials_out: bool, not_heard: set[str]) -> None:
        """Nobody is rung up."""
        self._transport = transport
        self._dials_out = dials_out
        self._not_heard = not_heard
        self._session = ""
        self._answered: asyncio.Future[str] | None = None
        self._gone: Gone | None = None
        transport.add_event_handler("on_dialout_answered", self._on_answered)
        transport.add_event_handler("on_dialout_error", self._on_error)
        transport.add_event_handler("on_dialout_stopped", self._on_stopped)

    async def reach(self, to: str, gone: Gone) -> Reached:
        """Ring `to` up until it answers or will not.

        Args:
            to: A number or SIP address, after "cold:" where the caller is to be sent away to it.
            gone: Awaited when a colleague who had answered has hung up.
        """
        if to.startswith(_COLD) or not self._dials_out:
            error = await self._transport.sip_call_transfer({"toEndPoint": to.removeprefix(_COLD)})
            return Reached(here=False, problem=str(error or ""))
        return await self._dial(to, gone)

    async def let_go(self) -> None:
        """Ring nobody any more, and end the line of a colleague who is here."""
        session, self._session, self._gone = self._session, "", None
        if session:
            with suppress(TimeoutError):  # a client that has left the room answers no more
                async with asyncio.timeout(_LET_GO_SECS):
                    await self._transport.stop_dialout(session)

    async def _dial(self, to: str, gone: Gone) -> Reached:
        await self.let_go()
        where = {"sipUri": to} if to.startswith("sip:") else {"phoneNumber": to}
        # From here: the colleague may answer before the dialling has returned.
        self._answered = asyncio.get_running_loop().create_future()
        session, error = await self._transport.start_dialout(where)
        if error:
            return Reached(here=True, problem=str(error))
        self._session, self._gone = session, gone
        self._not_heard.add(session)
        problem = await self._answered
        if problem:
            self._session = ""
        return Reached(here=True, problem=problem)

    def _settle(self, problem: str) -> bool:
        if self._answered is None or self._answered.done():
            return False
        self._answered.set_result(problem)
        return True

    def _is_ours(self, data: Mapping[str, Any]) -> bool:
        # While it is being dialled the session has no name yet; there is only ever one.
        return not self._session or data.get("sessionId", self._session) == self._session

    async def _on_answered(self, _: object, data: Mapping[str, Any]) -> None:
        if self._is_ours(data):
            self._settle("")

    async def _on_error(self, _: object, data: Mapping[str, Any]) -> None:
        await self._on_end(data, str(data.get("errorMsg") or data.get("error") or "it failed"))

    async def _on_stopped(self, _: object, data: Mapping[str, Any]) -> None:
        await self._on_end(data, "no answer")

    async def _on_end(self, data: Mapping[str, Any], problem: str) -> None:
        if not self._is_ours(data) or self._settle(problem):
            return
        gone, self._session, self._gone = self._gone, "", None
        if gone is not None:
            logger.info("the colleague at the number has hung up")
            await gone()
