"""The desk over HTTP: its page, the log-in, the feed, and what an operator does with a call.

::

    GET  /desk                       the page        GET  /desk/api/feed          server-sent events
    POST /desk/api/login, logout     a session       GET  /desk/api/calls/{id}    one call
    POST /desk/api/calls/{id}/take, hand-back, say, whisper
    POST, PATCH …/{id}/offer         the operator's line;  POST …/{id}/leave ends it
    POST …/{id}/room                 a link into the caller's Daily room
    GET  /desk/api/tickets           open, or done;  POST …/{id}/done, …/{id}/open
    POST /desk/api/operators/{name}/revoke           from this machine only

The application has its `Desk` as `app.state.desk`.
"""

import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import AfterValidator, BaseModel, Field

from pipelines.desk.desk import COOKIE, Desk
from pipelines.http_shapes import problems
from pipelines.transports.webrtc.routes import Answer, Candidates, Done, Offer

PAGE = Path(__file__).parent / "page"
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069<>]")


def speakable(text: str) -> str:
    """Words without control characters and angle brackets, on one line.

    Raises:
        ValueError: nothing is left.

    >>> speakable("tell them <b>Tuesday</b>")
    'tell them b Tuesday /b'
    """
    words = " ".join(_UNSPEAKABLE.sub(" ", text).split())
    if not words:
        raise ValueError("there is nothing to say in it")
    return words


def desk_of(request: Request) -> Desk:
    """The application's desk."""
    return request.app.state.desk


def operator_of(request: Request) -> str:
    """Who asks.

    Raises:
        HTTPException: 401 nobody who is logged in, 403 the desk is for its own machine only.
    """
    return desk_of(request).operator(request)


AtDesk = Annotated[Desk, Depends(desk_of)]
Operator = Annotated[str, Depends(operator_of)]
TicketId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$")]
CallId = Annotated[str, InPath(max_length=64)]
Words = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(speakable)]


class Token(BaseModel):
    """What an operator logs in with."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


class Me(BaseModel):
    """Who is logged in, and what their browser needs for a line."""

    name: str
    iceServers: list[dict[str, Any]]


class Note(BaseModel):
    """Words for the bot, or for its voice."""

    text: Words


class Link(BaseModel):
    """Where an operator meets the caller."""

    url: str


router = APIRouter(prefix="/desk", tags=["desk"])
_calls = APIRouter(prefix="/api/calls/{call_id}", responses=problems(400, 401, 403, 404))


@router.get("", response_class=FileResponse)
async def page() -> FileResponse:
    """The desk's page; it shows nothing before somebody has logged in."""
    return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})


@router.get("/api/me", responses=problems(401, 403))
async def me(desk: AtDesk, operator: Operator) -> Me:
    """Who is logged in."""
    return Me(name=operator, iceServers=desk.ice_servers())


@router.post("/api/login", responses=problems(400, 401, 403, 429))
async def login(body: Token, desk: AtDesk, request: Request, response: Response) -> Me:
    """Log in with a token."""
    name = desk.log_in(body.token, request, response)
    return Me(name=name, iceServers=desk.ice_servers())


@router.post("/api/logout", responses=problems(403))
async def logout(desk: AtDesk, request: Request, response: Response) -> Done:
    """Log out."""
    desk.operators.log_out(request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path="/")
    return Done()


@router.post("/api/operators/{name}/revoke", responses=problems(403, 404))
async def revoke(
    name: Annotated[str, InPath(max_length=100)], desk: AtDesk, request: Request
) -> Done:
    """Take an operator's token away; from the desk's own machine only."""
    await desk.revoke(name, request)
    return Done()


@router.get("/api/feed", response_class=StreamingResponse, responses=problems(401, 403))
async def feed(desk: AtDesk, request: Request, _: Operator) -> StreamingResponse:
    """All that happens, as server-sent events."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(desk.events(request), media_type="text/event-stream", headers=headers)


@router.get("/api/tickets", responses=problems(401, 403, 503))
async def tickets(desk: AtDesk, _: Operator, done: bool = False) -> list[dict[str, Any]]:
    """Notes of calls that nobody took, the newest first; those that are done, by whom."""
    return await desk.tickets(done=done)


@router.post("/api/tickets/{ticket_id}/done", responses=problems(401, 403, 409, 503))
async def ticket_done(ticket_id: TicketId, desk: AtDesk, operator: Operator) -> Done:
    """The caller was called back."""
    await desk.mark_ticket(operator, ticket_id, done=True)
    return Done()


@router.post("/api/tickets/{ticket_id}/open", responses=problems(401, 403, 409, 503))
async def ticket_open(ticket_id: TicketId, desk: AtDesk, operator: Operator) -> Done:
    """It is not done after all."""
    await desk.mark_ticket(operator, ticket_id, done=False)
    return Done()


@_calls.get("")
async def call(call_id: CallId, desk: AtDesk, operator: Operator) -> dict[str, Any]:
    """One call: its card, all of its lines, and what a person has to know."""
    desk.audit.add(operator, "look", call_id)
    return desk.find(call_id).whole()


@_calls.post("/take", responses=problems(409))
async def take(call_id: CallId, desk: AtDesk, operator: Operator) -> Done:
    """Take the call over: the bot falls silent."""
    await desk.do(operator, "take", call_id, lambda call: call.take(operator))
    return Done()


@_calls.post("/hand-back", responses=problems(409))
async def hand_back(call_id: CallId, desk: AtDesk, operator: Operator) -> Done:
    """Give the caller back to the bot."""
    await desk.do(operator, "hand back", call_id, lambda call: call.hand_back(operator))
    return Done()


@_calls.post("/say", responses=problems(409))
async def say(call_id: CallId, body: Note, desk: AtDesk, operator: Operator) -> Done:
    """Have the bot's voice say something."""
    await desk.do(operator, "say", call_id, lambda call: call.say(body.text), body.text)
    return Done()


@_calls.post("/whisper", responses=problems(409))
async def whisper(call_id: CallId, body: Note, desk: AtDesk, operator: Operator) -> Done:
    """Tell the bot something that the caller does not hear."""
    text = body.text
    await desk.do(operator, "whisper", call_id, lambda call: call.whisper(operator, text), text)
    return Done()


@_calls.post("/offer", response_model=Answer)
async def offer(call_id: CallId, body: Offer, desk: AtDesk, operator: Operator) -> dict[str, str]:
    """Open the operator's line: they hear both sides, and are heard once they take over."""
    return await desk.answer(operator, call_id, body)


@_calls.patch("/offer")
async def candidates(call_id: CallId, body: Candidates, desk: AtDesk, operator: Operator) -> Done:
    """Take ICE candidates that the browser found after its offer."""
    await desk.add_candidates(operator, call_id, body)
    return Done()


@_calls.post("/room", responses=problems(409, 502))
async def room(call_id: CallId, desk: AtDesk, operator: Operator) -> Link:
    """A link by which the operator joins the caller's room; they have the call while inside."""
    return Link(url=await desk.room_link(operator, call_id))


@_calls.post("/leave")
async def leave(call_id: CallId, desk: AtDesk, operator: Operator) -> Done:
    """Close the operator's line."""
    await desk.leave(operator, call_id)
    return Done()


router.include_router(_calls)
