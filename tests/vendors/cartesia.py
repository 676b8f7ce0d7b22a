"""Cartesia: speech over a websocket, `/tts/websocket`, several contexts at once.

::

    {"context_id": "a", "transcript": "Hello.", "continue": true}  ─▶  timestamps, chunk, …
    {"context_id": "a", "transcript": "", "continue": false}       ─▶  done
    {"context_id": "a", "cancel": true}                            ─▶  nothing more of "a"
"""

import asyncio
import base64
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.vendors import voice
from tests.vendors.server import ConnectionCut, Outlet, StandIn

_CHUNK_SECS = 0.1


@dataclass
class CartesiaCounts:
    """What the stand-in has received, generated and left out because of a cancel.

    `requests` are the messages received.
    """

    connections: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    contexts: int = 0
    characters: int = 0
    audio_secs: float = 0.0
    cancelled: int = 0
    cancelled_secs: float = 0.0


class CartesiaStandIn(StandIn):
    """Cartesia on a loopback port.

    Args:
        first_audio: Seconds from a text to the first audio of it.
        speed: How many seconds of audio are generated in a second.
        key: The API key it accepts.
    """

    scheme = "ws"

    def __init__(self, *, first_audio: float = 0.0, speed: float = 50.0, key: str = "test"):
        super().__init__(key=key, counts=CartesiaCounts())
        self.first_audio = first_audio
        self.speed = speed

    @property
    def url(self) -> str:
        """The address of the websocket."""
        return f"{super().url}/tts/websocket"

    def routes(self) -> list[web.RouteDef]:
        """The one websocket."""
        return [web.get("/tts/websocket", self._speak)]

    def key_of(self, request: web.Request) -> str:
        """The `X-API-Key` header."""
        return request.headers.get("X-API-Key", "")

    def refusal(self, status: int) -> web.Response:
        """A refused handshake."""
        return web.json_response({"error": f"refused with {status}"}, status=status)

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        if not request.headers.get("Cartesia-Version"):
            return self.refusal(400)
        self.counts.connections += 1
        ws, outlet = await self.websocket(request, error=_error, hangs_up=False)
        contexts: dict[str, _Context] = {}
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    asked = json.loads(message.data)
                    self.counts.requests.append(asked)
                    await self._take(asked, contexts, outlet)
        finally:
            await asyncio.gather(*(context.close() for context in contexts.values()))
        return ws

    async def _take(
        self, asked: dict[str, Any], contexts: dict[str, "_Context"], outlet: Outlet
    ) -> None:
        name = asked["context_id"]
        if asked.get("cancel"):
            if name in contexts:
                await contexts.pop(name).cancel()
            return
        if not asked["voice"].get("id"):
            await outlet.send(failure(name, "voice.id: a voice is required"))
            return
        if name not in contexts or contexts[name].ended:
            self.counts.contexts += 1
            contexts[name] = _Context(self, name, outlet, asked["output_format"]["sample_rate"])
        contexts[name].take(asked)


class _Context:
    """One utterance: the texts that continue each other, spoken in order."""

    def __init__(self, stand_in: CartesiaStandIn, name: str, outlet: Outlet, sample_rate: int):
        self._stand_in = stand_in
        self._counts = stand_in.counts
        self._name = name
        self._outlet = outlet
        self._rate = sample_rate
        self._asked: asyncio.Queue[tuple[float, dict[str, Any]]] = asyncio.Queue()
        self._spoken_secs = 0.0
        self._wanted_secs = 0.0
        self._flushes = 0
        self._task = asyncio.create_task(self._run())

    @property
    def ended(self) -> bool:
        """Whether everything of it has been said, or its connection is gone."""
        return self._task.done()

    def take(self, asked: dict[str, Any]) -> None:
        """Speak one more text."""
        text = asked["transcript"]
        self._counts.characters += len(text)
        self._wanted_secs += voice.duration_secs(text)
        if text.strip():
            self._stand_in.note("asked", text)
        self._asked.put_nowait((time.monotonic(), asked))

    async def cancel(self) -> None:
        """Say nothing more of it."""
        left = self._wanted_secs - self._spoken_secs
        if not self._task.done():
            self._counts.cancelled += 1
            self._counts.cancelled_secs += max(0.0, left)
        await self.close()

    async def close(self) -> None:
        """Stop and wait for it."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        with contextlib.suppress(ConnectionCut):
            while True:
                came, asked = await self._asked.get()
                if asked["transcript"].strip():
                    await self._say(came, asked)
                if not asked.get("continue"):
                    await self._send("done", done=True, status_code=200)
                    return

    async def _say(self, came: float, asked: dict[str, Any]) -> None:
        text = asked["transcript"]
        pcm, spoken = voice.pcm(text, self._rate), voice.timings(text)
        offset, begun = self._spoken_secs, came + self._stand_in.first_audio
        step = 2 * round(self._rate * _CHUNK_SECS)
        for at in range(0, len(pcm), step):
            secs = at / 2 / self._rate
            due = begun + secs / self._stand_in.speed
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if not at:
                self._stand_in.note("first audio", text)
            words = [word for word in spoken if secs <= word.start_secs < secs + _CHUNK_SECS]
            if words and asked.get("add_timestamps"):
                await self._send_timestamps(words, offset)
            await self._send_chunk(pcm[at : at + step])
        if asked.get("max_buffer_delay_ms") == 0 or asked.get("flush"):
            self._flushes += 1
            await self._send("flush_done", flush_done=True, flush_id=self._flushes)

    async def _send_timestamps(self, words: list[voice.SpokenWord], offset: float) -> None:
        await self._send(
            "timestamps",
            word_timestamps={
                "words": [word.text for word in words],
                "start": [round(offset + word.start_secs, 3) for word in words],
                "end": [round(offset + word.end_secs, 3) for word in words],
            },
        )

    async def _send_chunk(self, pcm: bytes) -> None:
        secs = len(pcm) / 2 / self._rate
        self._spoken_secs += secs
        self._counts.audio_secs += secs
        await self._send("chunk", data=base64.b64encode(pcm).decode(), step_time=1.0)

    async def _send(self, kind: str, **more: object) -> None:
        base = {"type": kind, "context_id": self._name, "done": False, "status_code": 206}
        await self._outlet.send(json.dumps(base | more))


def _error(kind: str, instead: str) -> str:
    return failure(json.loads(instead)["context_id"], kind)


def failure(context: str | None, message: str) -> str:
    """Cartesia's error message."""
    return json.dumps(
        {
            "type": "error",
            "context_id": context,
            "done": True,
            "status_code": 400,
            "error_code": "invalid_request",
            "title": "Invalid request",
            "message": message,
        }
    )
