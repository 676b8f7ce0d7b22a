"""The embedded recogniser as a Pipecat service: `stt("embedded/pocketsphinx", brief, settings)`.

::

    audio ──▶ the last half second is kept
    VAD started ──▶ that and what follows goes to the recogniser's process
                    ◀── words so far ─────▶ InterimTranscriptionFrame
    VAD stopped ──▶ "end"
                    ◀── all words ────────▶ TranscriptionFrame, finalized

It knows what this bot's callers talk about and nothing else. What does not fit is pushed all the
same, with `frame.result.understood` False.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict
from typing import Any

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameProcessorSetup
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.transcriptions.language import Language
from pipecat.utils.time import time_now_iso8601
from pipecat.utils.tracing.service_decorators import traced_stt

from pipelines.brief import Brief
from pipelines.services.embedded.heard import Heard, HeardWord
from pipelines.services.embedded.phrases import Domain, writings
from pipelines.services.embedded.process import Channel, Message, WorkerDied, shared_worker
from pipelines.services.embedded.pronunciation import checked_phones
from pipelines.services.errors import UnknownServiceError
from pipelines.settings import Settings

RECOGNIZER = "pipelines.services.embedded.recognizer"
UNDERSTOOD = 0.5  # confidence from which words are worth acting on

# From the end of speech to the final transcript: VAD waits 0.2 s, the recogniser 0.01 to 0.05, and
# 0.3 on a busy machine. Nobody waits longer than it takes; but a turn that is ended before, on a
# guess, has to be corrected aloud where the final differs.
_TTFS_P99_SECS = 0.5
# VAD is sure of speech this long after a quiet first sound, beyond its own start_secs.
_LEAD_SECS = 0.3
_START_SECS = 0.2
_FINAL_TIMEOUT_SECS = 2.0
_READY_TIMEOUT_SECS = 10.0  # a new process and a bot's language model, on a busy machine
_USUAL_RATE = 16_000
# Longer speech is recognised in parts, which bounds what a decoder holds.
_LONGEST_SECS = 30.0


def stt(name: str, brief: Brief, settings: Settings) -> "EmbeddedSTTService":
    """The recogniser for a bot.

    Raises:
        UnknownServiceError: nothing here is called `name`, or the bot does not speak English.
        PhonesError: the bot's vocabulary has phones that do not exist.
    """
    if name != "pocketsphinx":
        raise UnknownServiceError(f"no embedded STT is called {name!r}; there is pocketsphinx")
    if not brief.language.lower().startswith("en"):
        raise UnknownServiceError(
            f"embedded/pocketsphinx knows English only and {brief.name} speaks {brief.language!r}; "
            "name a vendor's recogniser in its `stt`"
        )
    return EmbeddedSTTService(domain_of(brief))


def domain_of(brief: Brief) -> Domain:
    """What a bot's callers talk about; raises PhonesError."""
    knowledge = brief.knowledge
    for word, phones in knowledge.vocabulary.items():
        checked_phones(word, phones)
    return Domain(
        phrases=knowledge.phrases(),
        topics=tuple(fact.topic for fact in knowledge.facts),
        heard=tuple(fact.answer for fact in knowledge.facts),
        vocabulary=dict(knowledge.vocabulary),
    )


class EmbeddedSTTService(STTService):
    """Recognises what this bot's callers talk about.

    Place: after the transport's input. VAD may stand before it or in the user aggregator behind it.
    Reads: audio; VADUserStartedSpeaking, VADUserStoppedSpeaking from either side; passes all on.
    Emits: InterimTranscriptionFrame as words come, TranscriptionFrame (finalized) when VAD says
        stop; both with a `Heard` as `result`. Nothing for a noise without words.

    All services of an event loop share one process (`stop_workers` ends it); each has a decoder of
    its own there for the whole call. Where the process ends or does not answer, an ErrorFrame is
    pushed, the words so far are pushed as they are, and the next utterance starts anew.

    Args:
        domain: What the callers talk about.
        understood: Confidence from which `result.understood` is True, 0 to 1.
        final_timeout_secs: How long the recogniser may be without a sign of life before the final
            words, in seconds.
    """

    def __init__(
        self,
        domain: Domain,
        *,
        understood: float = UNDERSTOOD,
        final_timeout_secs: float = _FINAL_TIMEOUT_SECS,
        **kwargs: Any,
    ) -> None:
        """Nothing is started yet."""
        super().__init__(
            ttfs_p99_latency=_TTFS_P99_SECS,
            settings=STTSettings(model="pocketsphinx", language=Language.EN),
            **kwargs,
        )
        self._domain = domain
        self._writings = writings(domain)
        self._understood = understood
        self._final_timeout_secs = final_timeout_secs
        self._channel: Channel | None = None
        self._ready = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._deadline: asyncio.Task[None] | None = None
        self._kept: deque[bytes] = deque()
        self._kept_secs = 0.0
        self._lead_secs = _START_SECS + _LEAD_SECS
        self._utterance = 0
        self._utterance_secs = 0.0
        self._listening = False
        self._partial: Heard | None = None

    async def warm_up(self) -> None:
        """Have the recogniser's process up, and all that it needs to know of this bot in it."""
        channel = await shared_worker(RECOGNIZER).open(
            "stt", rate=_USUAL_RATE, domain=asdict(self._domain)
        )
        channel.send("end", utterance=0)
        async for message in channel:
            if message.name in ("final", "error"):
                break
        channel.close()

    def can_generate_metrics(self) -> bool:
        """TTFB and usage."""
        return True

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Make the decoder while the call is being set up."""
        await super().setup(setup)
        await self._open()

    async def stop(self, frame: EndFrame) -> None:
        """Give the decoder back."""
        await super().stop(frame)
        await self._close()

    async def cancel(self, frame: CancelFrame) -> None:
        """Give the decoder back."""
        await super().cancel(frame)
        await self._close()

    async def cleanup(self) -> None:
        """Give the decoder back."""
        await super().cleanup()
        await self._close()

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Pass `audio` on while someone speaks, else keep it for a moment; yields nothing."""
        if self._listening:
            await self._send("audio", audio)
            self._utterance_secs += self._secs(audio)
            if self._utterance_secs > _LONGEST_SECS:
                await self._send("end")
                await self._begin()
        else:
            self._keep(audio)
        yield None

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._lead_secs = (frame.start_secs or _START_SECS) + _LEAD_SECS
        if not self._listening:
            await self._begin()

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        if self._listening:
            self._listening = False
            await self._send("end")
            await self._expect_final()

    async def _begin(self) -> None:
        """Start an utterance with what was said before VAD was sure of it."""
        await self._stop_deadline()
        if self._channel is None:
            await self._open()
        self._listening = True
        self._utterance += 1
        self._partial = None
        lead = b"".join(self._kept)
        self._utterance_secs, self._kept_secs = self._kept_secs, 0.0
        self._kept.clear()
        if lead:
            await self._send("audio", lead)

    def _keep(self, audio: bytes) -> None:
        self._kept.append(audio)
        self._kept_secs += self._secs(audio)
        while self._kept_secs - self._secs(self._kept[0]) > self._lead_secs:
            self._kept_secs -= self._secs(self._kept.popleft())

    def _secs(self, audio: bytes) -> float:
        return len(audio) / 2 / self.sample_rate

    async def _open(self) -> None:
        self._ready.clear()
        try:
            self._channel = await shared_worker(RECOGNIZER).open(
                "stt", rate=self.sample_rate, domain=asdict(self._domain)
            )
        except (OSError, WorkerDied) as error:
            await self.push_error(f"cannot start the recogniser: {error}", exception=error)
            return
        self._reader = self.create_task(self._read(self._channel), name="read")

    async def _close(self) -> None:
        await self._stop_deadline()
        self._listening = False
        channel, self._channel = self._channel, None
        reader, self._reader = self._reader, None
        if channel is not None:
            channel.close()
        if reader is not None:
            await self.cancel_task(reader)

    async def _send(self, name: str, audio: bytes = b"") -> None:
        if self._channel is None:
            return
        try:
            self._channel.send(name, audio, utterance=self._utterance)
        except WorkerDied as error:
            await self._fail(str(error))

    async def _read(self, channel: Channel) -> None:
        try:
            async for message in channel:
                await self._receive(message)
        except WorkerDied as error:
            if channel is self._channel:
                await self._fail(str(error))

    async def _receive(self, message: Message) -> None:
        match message.name:
            case "ready":
                self._ready.set()
            case "partial" if message.fields["utterance"] == self._utterance:
                self._partial = self._heard(message.fields)
                if self._deadline is not None:
                    await self._expect_final()
                await self._push_interim(self._partial)
            case "final":
                await self._push_final(message.fields["utterance"], self._heard(message.fields))
            case "error":
                await self._fail(message.fields["text"])

    async def _push_interim(self, heard: Heard) -> None:
        await self.push_frame(
            InterimTranscriptionFrame(
                text=text_of(heard),
                user_id=self._user_id,
                timestamp=time_now_iso8601(),
                language=Language.EN,
                result=heard,
            )
        )

    async def _push_final(self, utterance: int, heard: Heard) -> None:
        last = utterance == self._utterance and not self._listening
        if last:
            await self._stop_deadline()
            self._partial = None
        await self.emit_stt_usage_metrics()
        if not heard.words:
            return
        text = text_of(heard)
        await self._trace(text, True, Language.EN)
        await self.push_frame(
            TranscriptionFrame(
                text=text,
                user_id=self._user_id,
                timestamp=time_now_iso8601(),
                language=Language.EN,
                result=heard,
                finalized=last,
            )
        )

    @traced_stt
    async def _trace(self, transcript: str, is_final: bool, language: Language | None) -> None:
        """Lets Pipecat's tracing see the transcript."""

    async def _expect_final(self) -> None:
        await self._stop_deadline()
        if self._channel is not None:
            self._deadline = self.create_task(self._time_out(), name="final")

    async def _stop_deadline(self) -> None:
        deadline, self._deadline = self._deadline, None
        if deadline is not None:
            await self.cancel_task(deadline)

    async def _time_out(self) -> None:
        try:
            await asyncio.wait_for(self._ready.wait(), _READY_TIMEOUT_SECS)
            await asyncio.sleep(self._final_timeout_secs)
            reason = f"the recogniser gave no final words in {self._final_timeout_secs} s"
        except TimeoutError:
            reason = f"the recogniser did not start in {_READY_TIMEOUT_SECS} s"
        self._deadline = None
        await self._fail(reason)

    async def _fail(self, reason: str) -> None:
        """Go on poorer: the words so far are all there is, the next utterance starts anew."""
        channel, self._channel = self._channel, None
        if channel is None:
            return
        channel.close()
        await self._stop_deadline()
        self._listening = False
        await self.push_error(reason)
        partial, self._partial = self._partial, None
        if partial is not None:
            await self._push_final(self._utterance, partial)

    def _heard(self, fields: Mapping[str, Any]) -> Heard:
        words = tuple(
            HeardWord(self._writings.get(str(word)) or word, start, end, confidence)
            for word, start, end, confidence in fields["words"]
        )
        confidence = fields["confidence"]
        return Heard(confidence, words, confidence >= self._understood)


def text_of(heard: Heard) -> str:
    """The words as a line of text.

    >>> text_of(Heard(0.9, (HeardWord("hello", 0, 0.5, 0.9), HeardWord("Sarah", 0.5, 1, 1)), True))
    'Hello Sarah'
    """
    line = " ".join(word.text for word in heard.words)
    return line[:1].upper() + line[1:]
