"""All that one server holds: its bots, its calls, the ways in, and who may come through the door.

A start passes, in this order: own origin, rate by address, key or pass, the bot's name, a slot.
A further way in (a room, a telephone) is one entry in `House.ways` and a router of its own.
"""

import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from fastapi import HTTPException, Request
from loguru import logger

from pipelines import metrics
from pipelines.admission import Admission
from pipelines.call_token import CallTokens, TokenError
from pipelines.calls import Call, Calls, Entry, Limits
from pipelines.desk.desk import Desk
from pipelines.desk.operators import is_this_machine
from pipelines.http_shapes import StartRequest
from pipelines.rate_limit import RateLimit
from pipelines.settings import Settings
from pipelines.transports.daily.routes import DailyWays
from pipelines.transports.webrtc.routes import WebRTCWay
from processors.trace.index import CallIndex

Way = Callable[[Call], Awaitable[dict[str, Any]]]


class Answering(Protocol):
    """What the server has to know of a bot."""

    @property
    def title(self) -> str:
        """How it is called on pages."""
        ...

    @property
    def description(self) -> str:
        """One sentence on what it does."""
        ...

    @property
    def entry(self) -> Entry:
        """`async def bot(runner_args)`."""
        ...

    async def warm_up(self, settings: Settings) -> None:
        """Load what all of its calls share."""
        ...


class House:
    """All that one server holds: its bots, its calls, its limits."""

    def __init__(self, settings: Settings, bots: Mapping[str, Answering]) -> None:
        """Ready once every bot's module is loaded."""
        self.settings = settings
        self.bots = bots
        self.loaded = False
        self.calls = Calls(
            Admission(settings.max_calls),
            # The bot's own limit comes first, and with a goodbye.
            Limits(offer_secs=settings.offer_secs, call_secs=settings.max_call_secs + 30),
        )
        self.tokens = CallTokens()
        self.rate = RateLimit(settings.starts_per_minute)
        self.desk = Desk(settings)
        self.recorded = CallIndex(settings.record_dir, keep_days=settings.record_keep_days)
        self.webrtc = WebRTCWay(self.calls, settings)
        self.ways: dict[str, Way] = {"webrtc": self.webrtc.start}
        self.daily: DailyWays | None = None
        if settings.daily_api_key:
            self.daily = DailyWays(
                self.calls,
                settings,
                reserve=self.reserve,
                knock=self.admit_knock,
                check_key=self.check_key,
            )
            self.ways["daily"] = self.daily.start

    async def start(self, wanted: StartRequest) -> dict[str, Any]:
        """Reserve a call and prepare its way in.

        Raises:
            HTTPException: 404 no such bot, 400 no such way in, 502 or 503 it cannot be prepared.
            Refused: no call can be taken now.
        """
        way = self.ways.get(wanted.transport)
        if way is None:
            known = ", ".join(sorted(self.ways))
            raise HTTPException(400, f"no way in is called {wanted.transport!a}; there are {known}")
        return await way(self.reserve(wanted.bot))

    def reserve(self, name: str) -> Call:
        """Take a slot for a call with the bot of that name.

        Raises:
            HTTPException: 404 no such bot, 503 the bot is broken.
            Refused: no call can be taken now.
        """
        bot = self.bots.get(name)
        if bot is None:
            known = ", ".join(sorted(self.bots))
            raise HTTPException(404, f"no bot is called {name!a}; there are {known}")
        try:
            entry = bot.entry
        except Exception as error:
            logger.error(f"bot {name} cannot be loaded: {type(error).__name__}: {error}")
            raise HTTPException(503, f"bot {name!a} cannot be loaded; see the log") from error
        return self.calls.reserve(name, self.desk.attending(entry))

    def admit_knock(self, request: Request) -> None:
        """Count one knock of this address.

        Raises:
            HTTPException: 429, with when to try again.
        """
        address = request.client.host if request.client else "unknown"
        wait = self.rate.wait_secs(address, time.monotonic())
        if wait > 0:
            metrics.REFUSED.labels("rate").inc()
            after = {"Retry-After": str(int(wait) + 1)}
            raise HTTPException(429, "too many calls from this address; wait", headers=after)

    def check_key(self, authorization: str | None) -> None:
        """Let in whoever shows one of the API keys or a fresh pass of the page.

        Raises:
            HTTPException: 401.
        """
        if not self.settings.api_keys:
            return
        shown = _shown(authorization)
        keys = [key.get_secret_value().encode() for key in self.settings.api_keys]
        # Every key is compared, so that the time taken says nothing about which one is near.
        if any([hmac.compare_digest(shown, key) for key in keys]):
            return
        try:
            self.tokens.redeem(shown.decode(), time.time())
        except TokenError as error:
            metrics.REFUSED.labels("key").inc()
            challenge = {"WWW-Authenticate": "Bearer"}
            raise HTTPException(401, f"not allowed: {error}", headers=challenge) from error

    def check_scraper(self, request: Request, authorization: str | None) -> None:
        """Let in whoever may read the counters: with METRICS_TOKEN, or else from this machine.

        Raises:
            HTTPException: 401 without the token, 403 from elsewhere where there is none.
        """
        token = self.settings.metrics_token
        if token is not None:
            if not hmac.compare_digest(_shown(authorization), token.get_secret_value().encode()):
                challenge = {"WWW-Authenticate": "Bearer"}
                raise HTTPException(401, "show METRICS_TOKEN as a bearer token", headers=challenge)
            return
        address = request.client.host if request.client else ""
        if not is_this_machine(address, request.headers.get("host", "")):
            raise HTTPException(
                403, "counters are shown on this machine only; set METRICS_TOKEN to read them here"
            )


def _shown(authorization: str | None) -> bytes:
    return (authorization or "").removeprefix("Bearer ").encode()
