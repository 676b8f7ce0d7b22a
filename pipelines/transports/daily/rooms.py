"""Rooms at Daily: made for one call, private, short-lived, and deleted with it."""

import time
import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from loguru import logger
from pipecat.transports.daily.utils import (
    DailyMeetingTokenParams,
    DailyMeetingTokenProperties,
    DailyRESTHelper,
    DailyRoomParams,
    DailyRoomProperties,
    DailyRoomSipParams,
)

from pipelines.services.errors import MissingKeyError
from pipelines.settings import Settings

_REQUEST_SECS = 10.0


class RoomError(RuntimeError):
    """Daily did not do what was asked; the message holds no key and no token."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """One room and who may enter it.

    Args:
        url: Where it is.
        bot_token: The bot's: an owner, so that it can transfer, dial and admit.
        caller_token: The caller's: a guest. Empty for a telephone call, which enters by SIP.
    """

    url: str
    bot_token: str
    caller_token: str = ""

    @property
    def link(self) -> str:
        """What a caller opens in a browser."""
        return f"{self.url}?t={self.caller_token}"


class Rooms:
    """Daily's REST API, as far as a call needs it. An async context manager.

    Args:
        settings: With `daily_api_key`, `daily_api_url` and `daily_geo`.

    Raises:
        MissingKeyError: there is no key.
    """

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened yet."""
        if settings.daily_api_key is None:
            raise MissingKeyError("Daily needs DAILY_API_KEY; see dashboard.daily.co/developers")
        self._settings = settings
        self._key = settings.daily_api_key.get_secret_value()
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the HTTP session."""
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_REQUEST_SECS))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the HTTP session."""
        if self._http:
            await self._http.close()

    async def create(self, *, phone: str = "") -> Room:
        """Make a private room that expires with the longest call it may hold.

        Args:
            phone: The caller's number, for a room that a telephone call enters by SIP.

        Raises:
            RoomError: Daily refused or did not answer.
        """
        life = self._settings.max_call_secs + self._settings.join_secs
        properties = DailyRoomProperties(
            exp=time.time() + life, eject_at_room_exp=True, geo=self._settings.daily_geo
        )
        if phone:
            properties.sip = DailyRoomSipParams(
                display_name=phone, video=False, sip_mode="dial-in", num_endpoints=1
            )
            properties.start_video_off = True
            properties.enable_dialout = self._settings.daily_dialout or None
        params = DailyRoomParams(
            name=f"downbeat-{uuid.uuid4().hex[:12]}", privacy="private", properties=properties
        )
        url = ""
        try:
            room = await self._rest.create_room(params)
            url = room.url
            return Room(
                url=url,
                bot_token=await self._token(url, life, owner=True, name="bot"),
                caller_token="" if phone else await self._token(url, life, owner=False, name="you"),
            )
        except Exception as error:
            # The helper raises bare Exceptions (1.14.0); whatever it was, no room may be left.
            if url:
                await self.delete(url)
            raise RoomError(f"Daily gave no room: {type(error).__name__}") from error

    async def operator_link(self, url: str, name: str) -> str:
        """A link by which an operator joins a room, as an owner.

        Raises:
            RoomError: Daily refused or did not answer.
        """
        try:
            token = await self._token(url, self._settings.max_call_secs, owner=True, name=name)
        except Exception as error:
            raise RoomError(f"Daily gave no token: {type(error).__name__}") from error
        return f"{url}?t={token}"

    async def delete(self, url: str) -> None:
        """Delete a room; one that is gone already is no error, any other failure is logged.

        A room that could not be deleted still expires by itself.
        """
        try:
            await self._rest.delete_room_by_url(url)
        except Exception as error:
            logger.error(f"the room {url} was not deleted: {type(error).__name__}")

    async def let_through(self, call_id: str, call_domain: str, sip_uri: str) -> None:
        """Connect a waiting telephone call to the room's SIP address.

        Raises:
            RoomError: Daily refused or did not answer.
        """
        try:
            async with self._session.post(
                f"{self._settings.daily_api_url}/dialin/pinlessCallUpdate",
                headers={"Authorization": f"Bearer {self._key}"},
                json={"callId": call_id, "callDomain": call_domain, "sipUri": sip_uri},
            ) as answer:
                if answer.status != 200:
                    raise RoomError(f"Daily did not let the call through: status {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RoomError(
                f"Daily did not let the call through: {type(error).__name__}"
            ) from error

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("Rooms is an async context manager: use it in `async with`")
        return self._http

    @property
    def _rest(self) -> DailyRESTHelper:
        return DailyRESTHelper(
            daily_api_key=self._key,
            daily_api_url=self._settings.daily_api_url,
            aiohttp_session=self._session,
        )

    async def _token(self, url: str, life: float, *, owner: bool, name: str) -> str:
        params = DailyMeetingTokenParams(properties=DailyMeetingTokenProperties(user_name=name))
        return await self._rest.get_token(
            url, life, eject_at_token_exp=True, owner=owner, params=params
        )
