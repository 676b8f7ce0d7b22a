"""One recognition over `/v2/listen` (Flux): turns instead of utterances.

::

    Connected ─▶ StartOfTurn ─▶ Update … ─▶ EagerEndOfTurn ─▶ EndOfTurn
                                               └─▶ TurnResumed ─▶ Update …   (`Said.goes_on`)

EagerEndOfTurn is sent only to those who set `eager_eot_threshold`, half-way to the end of the turn.
"""

import json
import uuid
from typing import TYPE_CHECKING, Any

from tests.vendors.hearing import Ear, Heard
from tests.vendors.outbox import Outbox
from tests.vendors.server import Outlet

if TYPE_CHECKING:
    from tests.vendors.deepgram import DeepgramStandIn


class Flux:
    """A recognition on one connection."""

    def __init__(
        self,
        stand_in: "DeepgramStandIn",
        query: dict[str, list[str]],
        ear: Ear,
        outlet: Outlet,
        outbox: Outbox,
    ):
        self._stand_in = stand_in
        self._counts = stand_in.counts
        self._ear = ear
        self._outlet = outlet
        self._outbox = outbox
        self._predicts = "eager_eot_threshold" in query
        self._keyterms = query.get("keyterm", [])
        self._request_id = str(uuid.uuid4())
        self._sequence = 0
        self._turn = 0
        self._words: list[Heard] = []
        self._paused = False

    @staticmethod
    def error(kind: str, _: object) -> str:
        """Deepgram's message for something that ends the connection."""
        return json.dumps(
            {"type": "Error", "sequence_id": 0, "code": kind, "description": f"failed: {kind}"}
        )

    async def begin(self) -> None:
        """Flux confirms a connection before it listens."""
        await self._send(type="Connected")

    async def hear(self, pcm: bytes) -> None:
        """Take in audio; schedules the events that it causes."""
        for heard in self._ear.feed(pcm):
            age = self._ear.secs - heard.end_secs
            event = "Update"
            if not self._words:
                event = "StartOfTurn"
            elif self._paused and self._predicts:
                event = "TurnResumed"
            self._paused = False
            self._words.append(heard)
            self._put(event, self._stand_in.interim_latency - age, confidence=0.1)
            if heard.last:
                self._pause(heard, self._stand_in.final_latency - age)
        self._counts.audio_secs += len(pcm) / 2 / self._ear.rate

    async def obey(self, command: dict[str, Any]) -> bool:
        """Do what the client asks; returns whether the connection ends with it."""
        match command.get("type"):
            case "Configure":
                self._keyterms = command.get("keyterms", self._keyterms)
                await self._send(
                    type="ConfigureSuccess",
                    thresholds=command.get("thresholds", {}),
                    keyterms=self._keyterms,
                )
            case "CloseStream":
                self._counts.closes += 1
                await self._outbox.emptied()
                return True
        return False

    def _pause(self, heard: Heard, delay: float) -> None:
        self._paused = True
        if self._predicts:
            self._put("EagerEndOfTurn", delay / 2, confidence=0.5)
        if not heard.said.goes_on:
            self._put("EndOfTurn", delay, confidence=0.9, trigger="model")
            self._turn += 1
            self._words, self._paused = [], False

    def _put(self, event: str, delay: float, *, confidence: float, **more: str) -> None:
        turn, heard, end = self._turn, list(self._words), self._ear.secs

        async def send() -> None:
            self._counts.finals += event == "EndOfTurn"
            self._counts.interims += event in ("StartOfTurn", "Update")
            transcript = " ".join(word.word for word in heard)
            self._stand_in.note("final" if event == "EndOfTurn" else event, transcript)
            await self._send(
                type="TurnInfo",
                event=event,
                turn_index=turn,
                audio_window_start=heard[0].start_secs,
                audio_window_end=end,
                transcript=transcript,
                words=[{"word": word.word, "confidence": word.said.confidence} for word in heard],
                end_of_turn_confidence=confidence,
                **more,
            )

        self._outbox.put(delay, send)

    async def _send(self, **message: object) -> None:
        numbered = {**message, "request_id": self._request_id, "sequence_id": self._sequence}
        self._sequence += 1
        await self._outlet.send(json.dumps(numbered))
