"""All of the desk that one server holds: who is there, what they may do, and what is written down.

::

    request ─▶ operator ─▶ do ─▶ LiveCall          each deed, done or refused, is in the audit log
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from fastapi import HTTPException, Request, Response
from pipecat.runner.types import RunnerArguments
from pipecat.transports.smallwebrtc.connection import IceServer

from pipelines.desk.audit import AuditLog
from pipelines.desk.leg import Leg
from pipelines.desk.live_calls import CURRENT, DeskError, LiveCall, LiveCalls
from pipelines.desk.operators import SESSION_SECS, OperatorError, Operators, is_this_machine
from pipelines.desk.tickets import Tickets, TicketsError
from pipelines.desk.webhook import Webhook
from pipelines.rate_limit import RateLimit
from pipelines.services.errors import MissingKeyError
from pipelines.settings import Settings
from pipelines.transports.daily.rooms import RoomError, Rooms
from pipelines.transports.webrtc.offer import BadOfferError, read_candidates
from pipelines.transports.webrtc.routes import Candidates, Offer, ice_servers
from pipelines.transports.webrtc.signalling import Signalling

COOKIE = "desk"
_LOGINS_PER_MINUTE = 10
_HEARTBEAT_SECS = 10.0
_THIS_MACHINE = "this machine"

Entry = Callable[[RunnerArguments], Awaitable[None]]


class Desk:
    """All of the desk that one server holds.

    Args:
        settings: Operators, the webhook, STUN and TURN.

    Raises:
        ValueError: DESK_OPERATORS cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        """Nobody is at the desk."""
        folder, url = settings.desk_dir, settings.desk_webhook
        secret = settings.desk_webhook_secret
        webhook = None
        if url:
            signing = secret.get_secret_value() if secret else None
            webhook = Webhook(url, signing, folder / "dead_letters.jsonl")
        entries = [entry.get_secret_value() for entry in settings.desk_operators]
        self.operators = Operators(entries, time.time)
        self.audit = AuditLog(folder / "audit.jsonl")
        self.live = LiveCalls(Tickets(settings.database_url, folder / "tickets.jsonl", webhook))
        self._settings = settings
        self._log_ins = RateLimit(_LOGINS_PER_MINUTE)
        self._legs: dict[tuple[str, str], tuple[Signalling, Leg]] = {}

    def attending(self, entry: Entry) -> Entry:
        """`entry`, with its call on this desk."""

        async def attended(runner_args: RunnerArguments) -> None:
            CURRENT.set(self.live)
            await entry(runner_args)

        return attended

    async def close(self) -> None:
        """End every line and every feed."""
        self.live.close()
        await asyncio.gather(*(leg.close() for _, leg in self._legs.values()))
        await self.live.tickets.close()

    # Who asks ----------------------------------------------------------------------------------

    def operator(self, request: Request) -> str:
        """Who asks.

        Raises:
            HTTPException: 401 nobody who is logged in, 403 the desk is for this machine only.
        """
        if not self.operators.any:
            if _from_here(request):
                return _THIS_MACHINE
            raise HTTPException(
                403, "the desk answers on its own machine only; set DESK_OPERATORS to use it here"
            )
        try:
            return self.operators.whose(request.cookies.get(COOKIE, ""))
        except OperatorError as error:
            raise HTTPException(401, str(error)) from error

    def log_in(self, token: str, request: Request, response: Response) -> str:
        """Log an operator in; the session travels in a cookie that no script can read.

        Raises:
            HTTPException: 401 a wrong or expired token, 429 too many attempts.
        """
        address = request.client.host if request.client else "unknown"
        wait = self._log_ins.wait_secs(address, time.monotonic())
        if wait > 0:
            after = {"Retry-After": str(int(wait) + 1)}
            raise HTTPException(429, "too many attempts; wait", headers=after)
        try:
            name, session = self.operators.log_in(token)
        except OperatorError as error:
            self.audit.add("", "log-in refused", address=address, why=str(error))
            raise HTTPException(401, str(error)) from error
        self.audit.add(name, "log-in", address=address)
        response.set_cookie(
            COOKIE,
            session,
            max_age=int(SESSION_SECS),
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return name

    def ice_servers(self) -> list[dict[str, Any]]:
        """STUN and TURN servers for the operators' browsers."""
        return ice_servers(self._settings)

    # What they do ------------------------------------------------------------------------------

    def find(self, call_id: str) -> LiveCall:
        """The call.

        Raises:
            HTTPException: 404.
        """
        call = self.live.get(call_id)
        if call is None:
            raise HTTPException(404, "no such call, or it is over")
        return call

    async def do(
        self,
        operator: str,
        action: str,
        call_id: str,
        done: Callable[[LiveCall], Any],
        text: str = "",
    ) -> None:
        """Do it, and write it down, whether it could be done or not.

        Raises:
            HTTPException: 404 no such call, 409 not possible now.
        """
        call = self.find(call_id)
        details = {"text": text} if text else {}
        try:
            result = done(call)
            if asyncio.iscoroutine(result):
                await result
        except DeskError as error:
            self.audit.add(operator, action, call_id, refused=str(error), **details)
            raise HTTPException(409, str(error)) from error
        self.audit.add(operator, action, call_id, **details)

    async def tickets(self, *, done: bool) -> list[dict[str, Any]]:
        """The tickets that are open, or done.

        Raises:
            HTTPException: 503 the database does not answer.
        """
        try:
            return await self.live.tickets.listed(done=done)
        except TicketsError as error:
            raise HTTPException(503, str(error)) from error

    async def mark_ticket(self, operator: str, id: str, *, done: bool) -> None:
        """Mark a ticket as done or as open again, write that down, and tell every page.

        Raises:
            HTTPException: 409 there is none, or somebody was faster; 503 no database.
        """
        action = "ticket done" if done else "ticket open again"
        try:
            changed = await self.live.tickets.mark(id, operator, done=done)
        except TicketsError as error:
            raise HTTPException(503, str(error)) from error
        if not changed:
            self.audit.add(operator, action, ticket=id, refused="it was so already")
            raise HTTPException(409, f"this ticket is not {'open' if done else 'done'} any more")
        self.audit.add(operator, action, ticket=id)
        self.live.publish({"type": "ticket", "id": id, "done": done})

    async def answer(self, operator: str, call_id: str, offer: Offer) -> dict[str, str]:
        """Answer the offer of an operator's browser; an older line of theirs is ended.

        Raises:
            HTTPException: 404 no such call, 400 no offer.
        """
        call, key = self.find(call_id), (operator, call_id)
        line = Signalling([IceServer(**server) for server in ice_servers(self._settings)])
        try:
            answer = await line.answer(offer.sdp)
        except BadOfferError as error:
            await line.close()
            raise HTTPException(400, str(error)) from error
        assert line.connection is not None
        old = self._legs.pop(key, None)
        leg = Leg(line.connection, call, operator, self._settings)
        self._legs[key] = (line, leg)
        leg.start()
        self.audit.add(operator, "listen", call_id)
        if old is not None:
            await old[1].close()
        return answer

    async def add_candidates(self, operator: str, call_id: str, body: Candidates) -> None:
        """Take ICE candidates.

        Raises:
            HTTPException: 404 no such line, 400 garbage.
        """
        found = self._legs.get((operator, call_id))
        if found is None:
            raise HTTPException(404, "you have no line into this call")
        items = [(one.candidate, one.sdp_mid, one.sdp_mline_index) for one in body.candidates]
        try:
            await found[0].add_candidates(body.pc_id, read_candidates(items))
        except BadOfferError as error:
            raise HTTPException(400, str(error)) from error
        except LookupError as error:
            raise HTTPException(404, str(error)) from error

    async def room_link(self, operator: str, call_id: str) -> str:
        """A link by which `operator` joins the room that the caller is in.

        Raises:
            HTTPException: 404 no such call, 409 it is in no room, 502 Daily gives none.
        """
        call = self.find(call_id)
        if not call.room_url:
            raise HTTPException(409, "this call is in no room that could be joined")
        try:
            async with Rooms(self._settings) as rooms:
                link = await rooms.operator_link(call.room_url, operator)
        except (RoomError, MissingKeyError) as error:
            self.audit.add(operator, "room", call_id, refused=str(error))
            raise HTTPException(502, str(error)) from error
        self.audit.add(operator, "room", call_id)
        return link

    async def leave(self, operator: str, call_id: str) -> None:
        """End an operator's line; whoever has the call gives it back by that."""
        found = self._legs.pop((operator, call_id), None)
        if found is not None:
            self.audit.add(operator, "leave", call_id)
            await found[1].close()

    async def revoke(self, name: str, request: Request) -> None:
        """Take an operator's token, sessions and lines away.

        Raises:
            HTTPException: 403 not from this machine, 404 no such operator.
        """
        if not _from_here(request):
            raise HTTPException(403, "tokens are revoked from the desk's own machine")
        if not self.operators.revoke(name):
            raise HTTPException(404, f"no operator is called {name!a}")
        self.audit.add(_THIS_MACHINE, "revoke", whom=name)
        for operator, call_id in tuple(self._legs):
            if operator == name:
                await self.leave(operator, call_id)
        for call in self.live:
            with suppress(DeskError):
                await call.hand_back(name, lost=True)

    async def events(self, request: Request) -> AsyncIterator[str]:
        """Server-sent events: all calls first, then what happens, as long as they are logged in."""
        with self.live.subscribe() as feed:
            yield _event({"type": "calls", "calls": [call.card() for call in self.live]})
            while True:
                try:
                    event = await asyncio.wait_for(feed.get(), _HEARTBEAT_SECS)
                except TimeoutError:
                    event = {"type": "beat"}
                try:
                    self.operator(request)
                except HTTPException:
                    event = None
                if event is None:
                    return
                yield _event(event)


def _from_here(request: Request) -> bool:
    address = request.client.host if request.client else ""
    return is_this_machine(address, request.headers.get("host", ""))


def _event(event: dict[str, Any]) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"
