"""The embedded voice: eSpeak NG in a process of its own, with word timestamps.

The voice is no person's, but it speaks within milliseconds, on any machine, without a download::

    text ─▶ Narration.script ─▶ speaker process ─▶ audio + word events ─▶ Narration.cut
                                                                             │
            TTSTextFrame "Hello," · audio · TTSTextFrame "that's" · audio ◀──┘

A word's frame is due when its audio is heard, not when it was made, so that the context holds what
the caller heard when they interrupt.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from pipecat.frames.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    Frame,
    InterruptionFrame,
    StartFrame,
    TTSAudioRawFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.utils.tracing.service_decorators import traced_tts
from pipecat.utils.types import NOT_GIVEN, NotGiven

from pipelines.brief import Brief
from pipelines.services.embedded.narration import Narration, Piece
from pipelines.services.embedded.process import Channel, Message, WorkerDied, shared_worker
from pipelines.services.embedded.voices import voice
from pipelines.services.errors import UnknownServiceError
from pipelines.settings import Settings

SPEAKER = "pipelines.services.embedded.speaker"
STALL_SECS = 5.0  # a speaker that says nothing for so long is given up
_USUAL_RATE = 24_000
_QUIET_SECS = 0.02  # what is heard of a text that has no sound


def tts(name: str, brief: Brief, settings: Settings) -> TTSService:
    """The voice "espeak", in the language of the brief, or one by its own name ("en-us+m3").

    Raises:
        UnknownServiceError: there is no such voice; the message says which there are.
    """
    chosen = EspeakTTSSettings(voice=voice(name, brief.language), language=brief.language)
    return EspeakTTSService(settings=chosen)


@dataclass
class EspeakTTSSettings(TTSSettings):
    """Settings of the embedded voice, also during a call (TTSUpdateSettingsFrame).

    Args:
        words_per_minute: Speed, 80 to 450.
        pitch: 0 (low) to 99.
    """

    words_per_minute: int | NotGiven = field(default_factory=lambda: NOT_GIVEN)
    pitch: int | NotGiven = field(default_factory=lambda: NOT_GIVEN)


class SpeakerFailed(RuntimeError):
    """The speaker process could not say a sentence; the message says why."""


class EspeakTTSService(TTSService):
    """Speaks with eSpeak NG.

    Place: where any TTS service stands, before `transport.output()`.
    Reads: text, TTSSpeakFrame, TTSUpdateSettingsFrame.
    Emits: TTSStarted, TTSAudioRaw at the rate of the line, one TTSTextFrame per word, TTSStopped;
        an ErrorFrame when the speaker fails, after which the next sentence is tried afresh.

    Args:
        settings: What differs from the defaults.
    """

    Settings = EspeakTTSSettings
    _settings: EspeakTTSSettings

    def __init__(self, *, settings: EspeakTTSSettings | None = None, **kwargs: Any) -> None:
        """Nothing is started until the pipeline is."""
        chosen = EspeakTTSSettings(
            model=None, voice=voice("espeak", "en"), language="en", words_per_minute=165, pitch=50
        )
        if settings is not None:
            chosen.apply_update(settings)
        super().__init__(
            push_text_frames=False,
            push_start_frame=True,
            push_stop_frames=True,
            settings=chosen,
            **kwargs,
        )
        self._heard = HeardClock()
        self._context = ""
        self._spoken_secs = 0.0  # audio made for the present context

    async def warm_up(self) -> None:
        """Have the speaker process up, with its voice loaded."""
        async for _ in self._messages("hello"):
            pass

    def can_generate_metrics(self) -> bool:
        """Time to first byte, processing time and characters are measured."""
        return True

    async def start(self, frame: StartFrame) -> None:
        """Have the speaker process up before the first sentence."""
        await super().start(frame)
        try:
            (await self._open("")).close()
        except (OSError, WorkerDied) as error:
            await self.push_error(f"the embedded voice does not start: {error}", error)

    @traced_tts
    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Speak one sentence.

        Yields:
            Audio, each piece after the words that begin in it were noted.
        """
        await self.start_tts_usage_metrics(text)
        if context_id != self._context:
            self._context, self._spoken_secs = context_id, 0.0
        narration = Narration.of(text)
        try:
            # A speaker that dies in the middle is started once more, at the word it had reached.
            try:
                async for piece in self._narrate(narration):
                    yield await self._voiced(piece, context_id)
            except WorkerDied:
                async for piece in self._narrate(narration.rest()):
                    yield await self._voiced(piece, context_id)
        except (OSError, WorkerDied, SpeakerFailed, TimeoutError) as error:
            reason = str(error) or f"silent for {STALL_SECS} s"
            await self.push_error(f"the embedded voice did not say {text!r}: {reason}", error)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Forget the audio that an interruption throws away."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._heard.interrupt()
            self._context = ""

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Give a word the time at which it is heard."""
        now = self.get_clock().get_time()
        if isinstance(frame, TTSAudioRawFrame):
            seconds = frame.num_frames / frame.sample_rate
            self._heard.play(now, int(seconds * 1e9), interruptible=frame.interruptible)
        elif isinstance(frame, AggregatedTextFrame | AggregatedTextProgressFrame):
            # A sentence is announced when it is about to be heard.
            if frame.pts is not None or getattr(frame, "will_be_spoken", False):
                frame.pts = self._heard.word(now, frame.pts or now)
        elif frame.pts is not None:
            frame.pts = self._heard.after_words(frame.pts)
        await super().push_frame(frame, direction)

    async def _update_settings(self, delta: TTSSettings) -> dict[str, Any]:
        """Take over new settings; a voice that does not exist leaves the old one."""
        if isinstance(delta.voice, str):
            try:
                delta.voice = voice(delta.voice, str(self._settings.language))
            except UnknownServiceError as error:
                delta.voice = NOT_GIVEN
                await self.push_error(f"the voice stays {self._settings.voice}: {error}", error)
        return await super()._update_settings(delta)

    async def _open(self, script: str) -> Channel:
        return await shared_worker(SPEAKER).open(
            "speak",
            text=script,
            voice=self._settings.voice,
            words_per_minute=self._settings.words_per_minute,
            pitch=self._settings.pitch,
            sample_rate=self.sample_rate or _USUAL_RATE,  # no rate is set before a call
        )

    async def _narrate(self, narration: Narration) -> AsyncIterator[Piece]:
        if not narration.script:
            yield Piece((), 0, bytes(2 * int(_QUIET_SECS * self.sample_rate)))
        else:
            async for message in self._messages(narration.script):
                narration.place((character, at) for character, at in message.fields["words"])
                for piece in narration.cut(message.blob):
                    yield piece
        yield narration.finish()

    async def _messages(self, script: str) -> AsyncIterator[Message]:
        """The audio messages of the speaker, until it is done; leaving early abandons the rest."""
        channel = await self._open(script)
        try:
            messages = aiter(channel)
            while True:
                async with asyncio.timeout(STALL_SECS):
                    message = await anext(messages)
                if message.name == "error":
                    raise SpeakerFailed(message.fields["text"])
                if message.name == "done":
                    break
                yield message
        finally:
            channel.close()

    async def _voiced(self, piece: Piece, context_id: str) -> TTSAudioRawFrame | None:
        """Note the words of a piece; its audio as a frame, or None where there is none."""
        if piece.words:
            # As one: Pipecat gives the signs at the end of a text to its last word, and would
            # write them twice if they came on their own.
            await self.add_word_timestamps([(" ".join(piece.words), self._spoken_secs)], context_id)
        if not piece.pcm:
            return None
        frame = TTSAudioRawFrame(piece.pcm, self.sample_rate, 1, context_id=context_id)
        self._spoken_secs += frame.num_frames / self.sample_rate
        return frame


class HeardClock:
    """When what is pushed now will be heard, in nanoseconds of the pipeline's clock.

    Audio plays without a gap after the audio before it, or at once where nothing plays. What
    Pipecat reckons with, the time since the context's first audio, runs ahead of what is heard
    when two contexts queue up or the text comes late.
    """

    def __init__(self) -> None:
        """Nothing plays."""
        self._until = 0  # end of all audio pushed
        self._kept_until = 0  # end of the audio that no interruption throws away
        self._last_word = 0

    def play(self, now: int, duration: int, *, interruptible: bool) -> None:
        """Audio of `duration` was pushed."""
        self._until = max(now, self._until) + duration
        if not interruptible:
            self._kept_until = self._until

    def word(self, now: int, pts: int) -> int:
        """When a word is heard whose audio is the next to be pushed; never before `pts`."""
        self._last_word = max(pts, now, self._until)
        return self._last_word

    def after_words(self, pts: int) -> int:
        """When something is due that follows the words pushed so far."""
        return max(pts, self._last_word)

    def interrupt(self) -> None:
        """What has not been heard is thrown away."""
        self._until = self._kept_until
        self._last_word = min(self._last_word, self._kept_until)
