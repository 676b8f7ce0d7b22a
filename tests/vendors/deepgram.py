"""Deepgram: streaming recognition (`/v1/listen` nova, `/v2/listen` flux) and speech (`/v1/speak`).

What is recognised is a script (`tests.vendors.hearing`); interim results grow word by word as the
audio arrives, the final result comes `final_latency` seconds after the last word was spoken.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.vendors.deepgram_flux import Flux
from tests.vendors.deepgram_nova import Nova
from tests.vendors.deepgram_speak import Speaker
from tests.vendors.hearing import Ear, Said
from tests.vendors.outbox import Outbox
from tests.vendors.server import ConnectionCut, StandIn

# Deepgram ends a recognition to which neither audio nor KeepAlive has come for so long.
_IDLE_SECS = 10.0
_REQUEST_ID = "0f0e0d0c-0000-4000-8000-000000000000"


@dataclass
class DeepgramCounts:
    """What the stand-in has received and sent; `queries` are the connections' parameters."""

    queries: list[dict[str, list[str]]] = field(default_factory=list)
    audio_secs: float = 0.0
    interims: int = 0
    finals: int = 0
    finalizes: int = 0
    keepalives: int = 0
    closes: int = 0
    characters: int = 0
    spoken_secs: float = 0.0
    clears: int = 0


class DeepgramStandIn(StandIn):
    """Deepgram on a loopback port.

    Args:
        script: What is heard; every connection hears it from its beginning.
        from_onset: As of `tests.vendors.hearing.Ear`.
        final_latency: Seconds from the end of an utterance to its final result.
        interim_latency: Seconds from the end of a word to the interim result with it.
        first_audio: Seconds from a text to the first audio of it (`/v1/speak`).
        idle_secs: As Deepgram's own limit without audio or KeepAlive.
        key: The API key it accepts.
    """

    scheme = "ws"

    def __init__(
        self,
        script: Sequence[Said] = (),
        *,
        from_onset: bool = False,
        final_latency: float = 0.0,
        interim_latency: float = 0.0,
        first_audio: float = 0.0,
        idle_secs: float = _IDLE_SECS,
        key: str = "test",
    ):
        super().__init__(key=key, counts=DeepgramCounts())
        self.script = list(script)
        self.final_latency = final_latency
        self.interim_latency = interim_latency
        self.first_audio = first_audio
        self._from_onset = from_onset
        self._idle_secs = idle_secs

    def routes(self) -> list[web.RouteDef]:
        """The three websockets."""
        return [
            web.get("/v1/listen", self._listen),
            web.get("/v2/listen", self._listen),
            web.get("/v1/speak", self._speak),
        ]

    def key_of(self, request: web.Request) -> str:
        """The token of the Authorization header."""
        return request.headers.get("Authorization", "").removeprefix("Token ")

    def refusal(self, status: int) -> web.Response:
        """A refused handshake gives its reason in a header, too."""
        reason = "Invalid credentials." if status == 401 else f"Refused with {status}."
        return web.json_response(
            {"err_code": "INVALID_AUTH" if status == 401 else "ERROR", "err_msg": reason},
            status=status,
            headers={"dg-error": reason, "dg-request-id": _REQUEST_ID},
        )

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        query = {key: request.query.getall(key) for key in request.query}
        self.counts.queries.append(query)
        ear = Ear(
            self.script,
            sample_rate=int(query.get("sample_rate", ["16000"])[0]),
            from_onset=self._from_onset,
        )
        kind = Flux if request.path.startswith("/v2/") else Nova
        ws, outlet = await self.websocket(request, error=kind.error)
        async with Outbox() as outbox:
            recognition = kind(self, query, ear, outlet, outbox)
            try:
                await recognition.begin()
                await self._converse(ws, recognition)
            except ConnectionCut:
                return ws
            except TimeoutError:
                await ws.close(code=1011, message=b"NET-0001")
        return ws

    async def _converse(self, ws: web.WebSocketResponse, recognition: Nova | Flux) -> None:
        """Hand audio and commands to the recognition; raises TimeoutError when nothing comes."""
        while True:
            message = await ws.receive(timeout=self._idle_secs)
            match message.type:
                case WSMsgType.BINARY:
                    await recognition.hear(message.data)
                case WSMsgType.TEXT:
                    if await recognition.obey(json.loads(message.data)):
                        await ws.close()
                        return
                case _:
                    return

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        self.counts.queries.append({key: request.query.getall(key) for key in request.query})
        ws, outlet = await self.websocket(request, error=Speaker.error)
        async with Outbox() as outbox:
            speaker = Speaker(self, int(request.query.get("sample_rate", 24000)), outlet, outbox)
            await speaker.begin()
            async for message in ws:
                if message.type is WSMsgType.TEXT and speaker.obey(json.loads(message.data)):
                    break
        await ws.close()
        return ws
