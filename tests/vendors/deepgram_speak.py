"""One voice over `/v1/speak`: Speak, Flush, Clear, Close; audio comes as binary messages.

Text is spoken when it is flushed, as by Deepgram, `first_audio` seconds later.
"""

import json
from typing import TYPE_CHECKING, Any

from tests.vendors import voice
from tests.vendors.outbox import Outbox
from tests.vendors.server import Outlet

if TYPE_CHECKING:
    from tests.vendors.deepgram import DeepgramStandIn

_CHUNK_SECS = 0.1


class Speaker:
    """A voice on one connection."""

    def __init__(
        self, stand_in: "DeepgramStandIn", sample_rate: int, outlet: Outlet, outbox: Outbox
    ):
        self._stand_in = stand_in
        self._counts = stand_in.counts
        self._rate = sample_rate
        self._outlet = outlet
        self._outbox = outbox
        self._text = ""
        self._sequence = 0
        self._generation = 0  # what was put before a Clear is not sent after it

    @staticmethod
    def error(kind: str, _: object) -> str:
        """Deepgram's message for something that went wrong on an open connection."""
        return json.dumps({"type": "Warning", "code": kind, "description": f"failed: {kind}"})

    async def begin(self) -> None:
        """Name the model."""
        await self._outlet.send(json.dumps({"type": "Metadata", "model_name": "aura-2-stand-in"}))

    def obey(self, command: dict[str, Any]) -> bool:
        """Do what the client asks; returns whether the connection ends with it."""
        match command.get("type"):
            case "Speak":
                self._text += command["text"]
                self._counts.characters += len(command["text"])
            case "Flush":
                self._speak(self._text)
                self._text = ""
                self._reply("Flushed")
            case "Clear":
                self._counts.clears += 1
                self._text = ""
                self._generation += 1
                self._reply("Cleared")
            case "Close":
                return True
        return False

    def _speak(self, text: str) -> None:
        pcm = voice.pcm(text, self._rate)
        step = 2 * round(self._rate * _CHUNK_SECS)
        for at in range(0, len(pcm), step):
            self._put(self._stand_in.first_audio, pcm[at : at + step])

    def _reply(self, kind: str) -> None:
        self._sequence += 1
        self._put(0, json.dumps({"type": kind, "sequence_id": self._sequence}))

    def _put(self, delay: float, message: str | bytes) -> None:
        generation = self._generation

        async def send() -> None:
            if generation != self._generation:
                return
            if isinstance(message, bytes):
                self._counts.spoken_secs += len(message) / 2 / self._rate
            await self._outlet.send(message)

        self._outbox.put(delay, send)
