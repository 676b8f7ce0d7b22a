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
from typing import Any

from tests.vendors.deepgram_recognition import Recognition
from tests.vendors.hearing import Heard


@dataclass
class _Final:
    """A final result under way; `from_finalize` when the client asked for it meanwhile."""

    words: list[Heard]
    speech_final: bool
    from_finalize: bool = False


class Nova(Recognition):
    """A recognition on one connection."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._wants_interims = self.query.get("interim_results") == ["true"]
        self._wants_starts = self.query.get("vad_events") == ["true"]
        self._ends_itself = self.query.get("endpointing") != ["false"]
        self._utterance_end_secs = int(self.query.get("utterance_end_ms", ["0"])[0]) / 1000
        self._model = self.query.get("model", ["nova-3"])[0]
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
        for heard in self.ear.feed(pcm):
            self._pending.append(heard)
            age = self.ear.secs - heard.end_secs
            if heard.first and self._wants_starts:
                self.outbox.put(0, lambda at=heard.start_secs: self._send_start(at))
            if self._wants_interims:
                interim = list(self._pending)
                latency = self.stand_in.interim_latency
                self.outbox.put(latency - age, lambda words=interim: self._send_interim(words))
            if heard.last and self._ends_itself:
                self._end(self.stand_in.final_latency - age, speech_final=True)
        self.counts.audio_secs += len(pcm) / 2 / (self.ear.rate)

    async def obey(self, command: dict[str, Any]) -> bool:
        """Do what the client asks; returns whether the connection ends with it."""
        match command.get("type"):
            case "Finalize":
                self.counts.finalizes += 1
                self._finalize()
            case "KeepAlive":
                self.counts.keepalives += 1
            case "CloseStream":
                self.counts.closes += 1
                if self._pending:
                    self._end(0, speech_final=False)
                self.outbox.put(0, self._send_metadata)
                await self.outbox.emptied()
                return True
        return False

    def _finalize(self) -> None:
        if self._final:
            self._final.from_finalize = True
            return
        self._end(
            self.stand_in.final_latency if self._pending else 0,
            speech_final=False,
            from_finalize=True,
        )

    def _end(self, delay: float, *, speech_final: bool, from_finalize: bool = False) -> None:
        final = _Final(self._pending, speech_final, from_finalize)
        self._pending, self._final = [], final
        self.outbox.put(delay, lambda: self._send_final(final))

    async def _send_final(self, final: _Final) -> None:
        if final is self._final:
            self._final = None
        self.counts.finals += bool(final.words)
        self.stand_in.note("final", " ".join(word.word for word in final.words))
        await self.outlet.send(
            self._results(
                final.words,
                is_final=True,
                speech_final=final.speech_final,
                from_finalize=final.from_finalize,
            )
        )
        if final.words and self._utterance_end_secs:
            last = final.words[-1].end_secs
            wait = self._utterance_end_secs - self.stand_in.final_latency
            self.outbox.put(wait, lambda: self._send_utterance_end(last))

    async def _send_interim(self, heard: Sequence[Heard]) -> None:
        self.counts.interims += 1
        self.stand_in.note("interim", " ".join(word.word for word in heard))
        await self.outlet.send(self._results(heard))

    async def _send_start(self, secs: float) -> None:
        await self.send(type="SpeechStarted", channel=[0], timestamp=secs)

    async def _send_utterance_end(self, secs: float) -> None:
        await self.send(type="UtteranceEnd", channel=[0, 1], last_word_end=secs)

    async def _send_metadata(self) -> None:
        await self.send(
            type="Metadata",
            transaction_key="deprecated",
            request_id=self.request_id,
            sha256="0" * 64,
            created="2026-01-01T00:00:00.000Z",
            duration=self.ear.secs,
            channels=1,
        )

    def _results(
        self,
        heard: Sequence[Heard],
        *,
        is_final: bool = False,
        speech_final: bool = False,
        from_finalize: bool = False,
    ) -> str:
        start = heard[0].start_secs if heard else self.ear.secs
        end = heard[-1].end_secs if heard else self.ear.secs
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
                    "request_id": self.request_id,
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
