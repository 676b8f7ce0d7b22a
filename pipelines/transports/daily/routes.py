"""How Daily calls arrive over HTTP: a room for whoever asks, a telephone call that rings.

::

    POST /start {"transport": "daily"}   a room with the bot in it, and the caller's guest token
    GET  /join/{bot}                     the same for a person: straight into the room
    POST /daily-dialin-webhook           Daily says that a telephone call waits

Every room is deleted with its call, however that ends.
"""

import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import RedirectResponse
from loguru import logger
from pipecat.runner.types import DailyRunnerArguments
from pydantic import BaseModel

from pipelines.calls import Call, Calls
from pipelines.http_shapes import problems
from pipelines.settings import Settings
from pipelines.transports.daily import signature
from pipelines.transports.daily.dialin import DialinError, Once, Ringing, is_test_ping, parse
from pipelines.transports.daily.rooms import Room, RoomError, Rooms

Reserve = Callable[[str], Call]
Knock = Callable[[Request], None]
CheckKey = Callable[[str | None], None]


class Taken(BaseModel):
    """What Daily gets for its webhook; the same for every repetition."""

    status: str
    sessionId: str = ""


class DailyWays:
    """The ways in through Daily.

    Args:
        calls: Where calls are held.
        settings: With `daily_api_key`; dial-in also needs `daily_pinless_hmac`.
        reserve: Reserves a call with the bot of that name; raises HTTPException for no such bot,
            Refused where no call can be taken.
        knock: Counts a request against its address; raises HTTPException past the limit.
        check_key: Raises HTTPException where a key is needed and not shown.
    """

    def __init__(
        self,
        calls: Calls,
        settings: Settings,
        *,
        reserve: Reserve,
        knock: Knock,
        check_key: CheckKey,
    ) -> None:
        """No call yet."""
        self._calls = calls
        self._settings = settings
        self._reserve = reserve
        self._knock = knock
        self._check_key = check_key
        self._answered: Once[Taken] = Once()
        self.router = APIRouter(tags=["daily"])
        self._add_routes()

    async def start(self, call: Call) -> dict[str, Any]:
        """A room with the bot on its way into it.

        Raises:
            HTTPException: 502, Daily gave no room; nothing is left.
        """
        room = await self._begin(call)
        return {"sessionId": call.id, "dailyRoom": room.url, "dailyToken": room.caller_token}

    async def ring(self, ringing: Ringing) -> Taken:
        """Answer a telephone call, once."""
        return await self._answered.do(ringing.call_id, lambda: self._answer(ringing))

    async def _answer(self, ringing: Ringing) -> Taken:
        call = self._reserve(self._settings.daily_dialin_bot)
        await self._begin(call, ringing)
        return Taken(status="answered", sessionId=call.id)

    async def _begin(self, call: Call, ringing: Ringing | None = None) -> Room:
        try:
            async with Rooms(self._settings) as rooms:
                room = await rooms.create(phone=(ringing.caller or "caller") if ringing else "")
        except RoomError as error:
            logger.error(f"call {call.id}: {error}")
            await self._calls.end(call, "no_room")
            raise HTTPException(502, "Daily gave no room; try again in a moment") from error
        arguments = DailyRunnerArguments(
            room_url=room.url,
            token=room.bot_token,
            body=ringing.body() if ringing else {},
            session_id=call.id,
        )

        async def close() -> None:
            async with Rooms(self._settings) as rooms:
                await rooms.delete(room.url)

        if call.over:  # the house closed, or nobody waited, while Daily made the room
            await close()
            raise HTTPException(503, "the call was given up while its room was made")
        self._calls.begin(call, arguments, close=close)
        return room

    def _check(self, request: Request, body: bytes) -> str:
        secret = self._settings.daily_pinless_hmac
        if secret is None:
            raise HTTPException(403, "dial-in is not configured: set DAILY_PINLESS_HMAC")
        try:
            return signature.check(
                secret.get_secret_value(), request.headers, body, now=time.time()
            )
        except signature.ForgedError as error:
            logger.warning(f"a dial-in webhook was refused: {error}")
            # What Daily signed is never held up; whoever guesses is.
            self._knock(request)
            raise HTTPException(401, str(error)) from error

    def _add_routes(self) -> None:
        @self.router.get(
            "/join/{bot}",
            status_code=303,
            response_class=RedirectResponse,
            responses=problems(401, 404, 429, 502, 503),
        )
        async def join(
            request: Request,
            bot: Annotated[str, Path(max_length=64)],
            key: Annotated[str, Query(max_length=500)] = "",
        ) -> RedirectResponse:
            """Open a room with a bot in it and go there; `key` where API keys are configured."""
            self._knock(request)
            self._check_key(key)
            room = await self._begin(self._reserve(bot))
            return RedirectResponse(room.link, status_code=303)

        @self.router.post("/daily-dialin-webhook", responses=problems(400, 401, 403, 429, 502, 503))
        async def daily_dialin_webhook(request: Request) -> Taken:
            """Take a telephone call that Daily announces."""
            body = await request.body()
            if is_test_ping(body):
                return Taken(status="ok")
            self._check(request, body)
            try:
                return await self.ring(parse(body))
            except DialinError as error:
                raise HTTPException(400, str(error)) from error
