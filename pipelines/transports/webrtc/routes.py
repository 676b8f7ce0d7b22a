"""How a browser call is signalled over HTTP, as Pipecat's own JavaScript client does it.

::

    POST  /sessions/{id}/api/offer   an SDP offer ─▶ the answer, and the bot begins
    PATCH /sessions/{id}/api/offer   ICE candidates found later
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path
from pipecat.runner.types import SmallWebRTCRunnerArguments
from pipecat.transports.smallwebrtc.connection import IceServer
from pydantic import AliasChoices, BaseModel, Field

from pipelines.calls import Call, Calls
from pipelines.http_shapes import problems
from pipelines.settings import Settings
from pipelines.transports.webrtc.offer import BadOfferError, read_candidates
from pipelines.transports.webrtc.signalling import Signalling

CallId = Annotated[str, Path(max_length=64, description="`sessionId` of `POST /start`")]
Name = Annotated[str, Field(max_length=200)]


class Offer(BaseModel):
    """A browser's session description."""

    sdp: Annotated[str, Field(min_length=1, max_length=60_000)]
    type: Literal["offer"]
    pc_id: Name | None = None
    restart_pc: bool | None = None


class Answer(BaseModel):
    """This side's session description, and the connection's name for later messages."""

    sdp: str
    type: Literal["answer"]
    pc_id: str


class Candidate(BaseModel):
    """One way to the browser; an empty `candidate` says that there are no more."""

    candidate: Annotated[str, Field(max_length=1000)]
    sdp_mid: Annotated[Name | None, Field(validation_alias=AliasChoices("sdp_mid", "sdpMid"))] = (
        None
    )
    sdp_mline_index: Annotated[
        int | None,
        Field(ge=0, le=64, validation_alias=AliasChoices("sdp_mline_index", "sdpMLineIndex")),
    ] = None


class Candidates(BaseModel):
    """Ways to the browser found after its offer."""

    pc_id: Name
    candidates: Annotated[list[Candidate], Field(max_length=60)]


class Done(BaseModel):
    """It was done."""

    status: Literal["success"] = "success"


class WebRTCWay:
    """The way in through a browser: what `/start` promises, and the routes that keep it.

    Args:
        calls: Where calls are held.
        settings: STUN and TURN servers.
    """

    def __init__(self, calls: Calls, settings: Settings) -> None:
        """No browser yet."""
        self._calls = calls
        self._settings = settings
        self._lines: dict[str, Signalling] = {}
        self.router = APIRouter(tags=["webrtc"])
        self._add_routes()

    async def start(self, call: Call) -> dict[str, Any]:
        """Expect a browser for `call`; what it needs to know to make its offer."""
        line = Signalling(self._own_ice_servers())
        self._lines = {id: line for id, line in self._lines.items() if self._calls.get(id)}
        self._lines[call.id] = line
        return {"sessionId": call.id, "iceConfig": {"iceServers": ice_servers(self._settings)}}

    async def answer(self, call_id: str, offer: Offer) -> dict[str, str]:
        """Answer an offer; the first one starts the bot.

        Raises:
            HTTPException: 404 for a call that does not exist, 400 for an offer that is none.
        """
        call, line = self._find(call_id)
        try:
            answer = await line.answer(
                offer.sdp, pc_id=offer.pc_id, restart=offer.restart_pc or False
            )
        except BadOfferError as error:
            if call.task is None:
                await line.close()
                await self._calls.end(call, "bad_offer")
            raise HTTPException(400, str(error)) from error
        if call.over:
            await line.close()
            raise HTTPException(404, "this call is over; POST /start for another")
        if call.task is None:
            arguments = SmallWebRTCRunnerArguments(
                webrtc_connection=line.connection, session_id=call.id
            )
            self._calls.begin(call, arguments, alive=line.alive, close=line.close)
        return answer

    async def add_candidates(self, call_id: str, body: Candidates) -> Done:
        """Take candidates.

        Raises:
            HTTPException: 404 for a call or connection that does not exist, 400 for garbage.
        """
        _, line = self._find(call_id)
        items = [(one.candidate, one.sdp_mid, one.sdp_mline_index) for one in body.candidates]
        try:
            await line.add_candidates(body.pc_id, read_candidates(items))
        except BadOfferError as error:
            raise HTTPException(400, str(error)) from error
        except LookupError as error:
            raise HTTPException(404, str(error)) from error
        return Done()

    def _find(self, call_id: str) -> tuple[Call, Signalling]:
        call, line = self._calls.get(call_id), self._lines.get(call_id)
        if call is None or line is None:
            raise HTTPException(404, "no such call, or it is over; POST /start for another")
        return call, line

    def _own_ice_servers(self) -> list[IceServer]:
        return [IceServer(**server) for server in ice_servers(self._settings)]

    def _add_routes(self) -> None:
        refusals = problems(400, 403, 404)

        @self.router.post(
            "/sessions/{call_id}/api/offer", response_model=Answer, responses=refusals
        )
        async def offer(call_id: CallId, body: Offer) -> dict[str, str]:
            """Answer a browser's offer and let the bot begin."""
            return await self.answer(call_id, body)

        @self.router.patch("/sessions/{call_id}/api/offer", response_model=Done, responses=refusals)
        async def candidates(call_id: CallId, body: Candidates) -> Done:
            """Take ICE candidates that the browser found after its offer."""
            return await self.add_candidates(call_id, body)


def ice_servers(settings: Settings) -> list[dict[str, Any]]:
    """The STUN and TURN servers in the shape of `RTCConfiguration.iceServers`."""
    servers = []
    for url in settings.ice_servers:
        server: dict[str, Any] = {"urls": url}
        if url.startswith("turn") and settings.turn_username and settings.turn_credential:
            server["username"] = settings.turn_username
            server["credential"] = settings.turn_credential.get_secret_value()
        servers.append(server)
    return servers
