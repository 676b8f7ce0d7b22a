"""One recognition over `/v2/listen` (Flux): turns instead of utterances.

::

    Connected ─▶ StartOfTurn ─▶ Update … ─▶ EagerEndOfTurn ─▶ EndOfTurn
                                               └─▶ TurnResumed ─▶ Update …   (`Said.goes_on`)

EagerEndOfTurn is sent only to those who set `eager_eot_threshold`, half-way to the end of the turn.
"""

import json
from typing import Any

from tests.vendors.deepgram_recognition import Recognition
from tests.vendors.hearing import Heard


class Flux(Recognition):
    """A recognition on one connection."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._predicts = "eager_eot_threshold" in self.query
        self._keyterms = self.query.get("keyterm", [])
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
        await self.send(type="Connected")

    async def hear(self, pcm: bytes) -> None:
        """Take in audio; schedules the events that it causes."""
        for heard in self.ear.feed(pcm):
            age = self.ear.secs - heard.end_secs
            event = "Update"
            if not self._words:
                event = "StartOfTurn"
            elif self._paused and self._predicts:
                event = "TurnResumed"
            self._paused = False
            self._words.append(heard)
            self._put(event, self.stand_in.interim_latency - age, confidence=0.1)
            if heard.last:
                self._pause(heard, self.stand_in.final_latency - age)
        self.counts.audio_secs += len(pcm) / 2 / self.ear.rate

    async def obey(self, command: dict[str, Any]) -> bool:
        """Do what the client asks; returns whether the connection ends with it."""
        match command.get("type"):
            case "Configure":
                self._keyterms = command.get("keyterms", self._keyterms)
                await self.send(
                    type="ConfigureSuccess",
                    thresholds=command.get("thresholds", {}),
                    keyterms=self._keyterms,
                )
            case "CloseStream":
                self.counts.closes += 1
                await self.outbox.emptied()
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
        turn, heard, end = self._turn, list(self._words), self.ear.secs

        async def send() -> None:
            self.counts.finals += event == "EndOfTurn"
            self.counts.interims += event in ("StartOfTurn", "Update")
            transcript = " ".join(word.word for word in heard)
            self.stand_in.note("final" if event == "EndOfTurn" else event, transcript)
            await self.send(
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

        self.outbox.put(delay, send)

    async def send(self, **message: object) -> None:
        """Send a message with its number."""
        numbered = message | {"request_id": self.request_id, "sequence_id": self._sequence}
        self._sequence += 1
        await super().send(**numbered)
