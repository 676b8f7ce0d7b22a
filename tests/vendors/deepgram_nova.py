"""One recognition over `/v1/listen`: Results, Finalize, KeepAlive, CloseStream, Metadata.

::

    "are"  "are you"  "are you open"      "are you open."         ""
    interim  interim       interim         is_final, speech_final   is_final, from_finalize
    ────────────────────────────────────▶ final_latency ─▶         Finalize ─▶
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.vendors.hearing import Ear, Heard
from tests.vendors.outbox import Outbox
from tests.vendors.server import Outlet

if TYPE_CHECKING:
    from tests.vendors.deepgram import DeepgramStandIn


@dataclass
class _Final:
    """A final result under way; `from_finalize` when the client asked for it meanwhile."""

    words: list[Heard]
    speech_final: bool
    from_finalize: bool = False


class Nova:
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
        self._wants_interims = query.get("interim_results") == ["true"]
        self._wants_starts = query.get("vad_events") == ["true"]
        self._ends_itself = query.get("endpointing") != ["false"]
        self._utterance_end_secs = int(query.get("utterance_end_ms", ["0"])[0]) / 1000
        self._model = query.get("model", ["nova-3"])[0]
        self._request_id = str(uuid.uuid4())
        self._pending: list[Heard] = []  # heard, not yet in a final result
        self._final: _Final | None = None

    @staticmethod
    def error(kind: str, _: object) -> str:
        """Deepgram's message for something that went wrong on an open connection."""
        return json.dumps({"type": "Error", "variant": kind, "description": f"failed: {kind}"})

    async def begin(self) -> None:
        """Nova says nothing until there is something to say."""

    async def hear(self, pcm: bytes) -> None:
        """Take in audio; schedules the results that it causes."""
        for heard in self._ear.feed(pcm):
            self._pending.append(heard)
            age = self._ear.secs - heard.end_secs
            if heard.first and self._wants_starts:
                self._outbox.put(0, lambda at=heard.start_secs: self._send_start(at))
            if self._wants_interims:
                interim = list(self._pending)
                latency = self._stand_in.interim_latency
                self._outbox.put(latency - age, lambda words=interim: self._send_interim(words))
            if heard.last and self._ends_itself:
                self._end(self._stand_in.final_latency - age, speech_final=True)
        self._counts.audio_secs += len(pcm) / 2 / (self._ear.rate)

    async def obey(self, command: dict[str, Any]) -> bool:
        """Do what the client asks; returns whether the connection ends with it."""
        match command.get("type"):
            case "Finalize":
                self._counts.finalizes += 1
                self._finalize()
            case "KeepAlive":
                self._counts.keepalives += 1
            case "CloseStream":
                self._counts.closes += 1
                if self._pending:
                    self._end(0, speech_final=False)
                self._outbox.put(0, self._send_metadata)
                await self._outbox.emptied()
                return True
        return False

    def _finalize(self) -> None:
        if self._final:
            self._final.from_finalize = True
            return
        self._end(
            self._stand_in.final_latency if self._pending else 0,
            speech_final=False,
            from_finalize=True,
        )

    def _end(self, delay: float, *, speech_final: bool, from_finalize: bool = False) -> None:
        final = _Final(self._pending, speech_final, from_finalize)
        self._pending, self._final = [], final
        self._outbox.put(delay, lambda: self._send_final(final))

    async def _send_final(self, final: _Final) -> None:
        if final is self._final:
            self._final = None
        self._counts.finals += bool(final.words)
        self._stand_in.note("final", " ".join(word.word for word in final.words))
        await self._outlet.send(
            self._results(
                final.words,
                is_final=True,
                speech_final=final.speech_final,
                from_finalize=final.from_finalize,
            )
        )
        if final.words and self._utterance_end_secs:
            last = final.words[-1].end_secs
            wait = self._utterance_end_secs - self._stand_in.final_latency
            self._outbox.put(wait, lambda: self._send_utterance_end(last))

    async def _send_interim(self, heard: Sequence[Heard]) -> None:
        self._counts.interims += 1
        self._stand_in.note("interim", " ".join(word.word for word in heard))
        await self._outlet.send(self._results(heard))

    async def _send_start(self, secs: float) -> None:
        await self._send(type="SpeechStarted", channel=[0], timestamp=secs)

    async def _send_utterance_end(self, secs: float) -> None:
        await self._send(type="UtteranceEnd", channel=[0, 1], last_word_end=secs)

    async def _send_metadata(self) -> None:
        await self._send(
            type="Metadata",
            transaction_key="deprecated",
            request_id=self._request_id,
            sha256="0" * 64,
            created="2026-01-01T00:00:00.000Z",
            duration=self._ear.secs,
            channels=1,
        )

    async def _send(self, **message: object) -> None:
        await self._outlet.send(json.dumps(message))

    def _results(
        self,
        heard: Sequence[Heard],
        *,
        is_final: bool = False,
        speech_final: bool = False,
        from_finalize: bool = False,
    ) -> str:
        start = heard[0].start_secs if heard else self._ear.secs
        end = heard[-1].end_secs if heard else self._ear.secs
        return json.dumps(
            {
                "type": "Results",
                "channel_index": [0, 1],
                "start": start,
                "duration": end - start,
                "is_final": is_final,
                "speech_final": speech_final,
                "from_finalize": from_finalize,
                "channel": {"alternatives": [_alternative(heard)]},
                "metadata": {
                    "request_id": self._request_id,
                    "model_info": {"name": self._model, "version": "stand-in", "arch": "nova-3"},
                    "model_uuid": str(uuid.UUID(int=0)),
                },
            }
        )


def _alternative(heard: Sequence[Heard]) -> dict[str, Any]:
    confidences = [word.said.confidence for word in heard]
    return {
        "transcript": " ".join(word.word for word in heard),
        "confidence": sum(confidences) / len(confidences) if confidences else 0.0,
        "words": [
            {
                "word": word.word.strip(".,?!;:").lower(),
                "punctuated_word": word.word,
                "start": word.start_secs,
                "end": word.end_secs,
                "confidence": word.said.confidence,
            }
            for word in heard
        ],
    }
