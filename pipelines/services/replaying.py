"""A recogniser that is lost in mid-utterance, or deaf without saying so, loses no word.

::

    voice ──▶ kept ──▶ sent ──▶ words           what has become final words is kept no longer
                │        ├─ the connection breaks ───────────────┐
                │        └─ voice, and no message for some secs ─┤ it is broken off
                └──────────── sent again from the beginning ◀────┘ another connection

A connection that breaks is made anew at once, then as the service itself does it. An utterance is
replayed on each new connection; where none comes in time, the words that were understood of it are
all there is.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.stt_service import STTService

KEPT_SECS = 10.0  # of an utterance that has not become words; the oldest goes first
_BEFORE_VOICE_SECS = 0.6  # kept while nobody speaks: voice is noticed 0.2 s late
_PIECE_SECS = 0.08  # of what is sent again; what Deepgram advises for Flux


class KeptSound:
    """The end of a stream of 16-bit mono sound, at positions in bytes from its beginning.

    >>> kept = KeptSound(most=4)
    >>> kept.add(b"abcdef")
    >>> kept.start, kept.end, kept.piece(2, 3)
    (2, 6, b'cde')
    """

    def __init__(self, most: int) -> None:
        """Nothing yet; at most `most` bytes are ever kept."""
        self._most = most
        self._sound = bytearray()
        self.start = 0

    @property
    def end(self) -> int:
        """Where the next sound begins."""
        return self.start + len(self._sound)

    def add(self, sound: bytes) -> None:
        """Keep more."""
        self._sound += sound
        self.forget(self.end - self._most)

    def forget(self, until: int) -> None:
        """Keep nothing before `until`."""
        if until > self.start:
            until = min(until, self.end)
            del self._sound[: until - self.start]
            self.start = until

    def piece(self, at: int, size: int) -> bytes:
        """At most `size` bytes from `at` on; empty at the end."""
        at = max(at, self.start) - self.start
        return bytes(self._sound[at : at + size])


class Replaying(STTService):
    """Sends an utterance again over a new connection, and notices one that is deaf.

    Put it before Pipecat's service; the VAD stands before both in the pipeline. A service says what
    its connection is (`_line`), how it is broken off (`_break_off`), and `_alive` for each message.

    Args:
        silence_secs: How long the service may send nothing at all about a voice, in seconds.
        kwargs: Pipecat's arguments.
    """

    def __init__(self, *, silence_secs: float, **kwargs: Any):
        super().__init__(**kwargs)
        self._silence_secs = silence_secs
        self._kept = KeptSound(0)
        self._on: object | None = None  # the connection that hears the sound
        self._on_since = 0  # its first byte
        self._sent = 0
        self._came = b""
        self._renewed = False  # since the last word or the last voice
        self._renewing: asyncio.Task[None] | None = None
        self._voice = False
        self._owed = False  # there is voice, or words, that more has to be said about
        self._final = True  # words have come for good since the voice began
        self._words: InterimTranscriptionFrame | None = None
        self._timer: asyncio.TimerHandle | None = None

    def _line(self) -> object | None:
        """The open connection, None where there is none."""
        raise NotImplementedError

    def _break_off(self, why: str) -> None:
        """Let the connection break at once, without a goodbye that nobody may answer."""
        raise NotImplementedError

    async def _renew(self) -> None:
        """Connect anew at once, where the service does not do so by itself."""

    def _bytes(self, secs: float) -> int:
        return 2 * round(secs * self.sample_rate)

    async def setup(self, setup: Any) -> None:
        """Set the service up; the rate of the sound is known from here on."""
        await super().setup(setup)
        self._kept = KeptSound(self._bytes(KEPT_SECS))

    async def cleanup(self) -> None:
        """Release what is held."""
        self._rest()
        if self._renewing:
            await self.cancel_task(self._renewing)
        await super().cleanup()

    async def process_audio_frame(
        self, frame: InputAudioRawFrame, direction: FrameDirection
    ) -> None:
        """Take sound in; it is counted when it is sent."""
        self._came = frame.audio
        await super().process_audio_frame(frame, direction)

    def _record_stt_audio_usage(self, audio: bytes | bytearray) -> None:
        # A vendor bills what it is sent: nothing of what came while there was no connection, and
        # what it is sent again, again.
        if audio is not self._came:
            super()._record_stt_audio_usage(audio)

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Keep the sound, and send what this connection has not heard."""
        self._kept.add(audio)
        if not self._owed:
            self._kept.forget(self._kept.end - self._bytes(_BEFORE_VOICE_SECS) - len(audio))
        line = self._line()
        if line is not self._on:
            await self._changed_to(line)
        if line is not None:
            while piece := self._kept.piece(self._sent, self._bytes(_PIECE_SECS)):
                self._sent = max(self._sent, self._kept.start) + len(piece)
                sending = super().run_stt(piece)  # pyright: ignore[reportAbstractUsage]
                async for frame in sending:
                    yield frame
                if self._line() is line:
                    self._record_stt_audio_usage(piece)
        yield None

    async def _changed_to(self, line: object | None) -> None:
        self._on = line
        if line is not None:
            self._sent = self._on_since = self._kept.start
            self._wait()
        elif not self._renewed:
            self._renewed = True
            self._wait()
            self._renewing = self.create_task(self._renew(), f"{self}::renew")
        else:
            await self._give_up()

    # What is owed ------------------------------------------------------------------------------

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._voice, self._owed = True, True
        self._final = self._renewed = False
        self._wait()

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        self._voice = False
        if self._final:
            self._settled()
        else:
            self._wait()

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Push a frame, and take note of the words in it."""
        if isinstance(frame, InterimTranscriptionFrame):
            self._words, self._owed = frame, True
            self._final = self._renewed = False
        elif isinstance(frame, TranscriptionFrame):
            self._words, self._final, self._renewed = None, True, False
            until = self._heard_until_secs(frame.result)
            end = self._sent if until is None else self._on_since + self._bytes(until)
            self._kept.forget(min(end, self._sent))
        await super().push_frame(frame, direction)

    def _heard_until_secs(self, result: Any) -> float | None:
        """Where in its connection's sound a final result ends; None: with all that was sent."""
        return None

    def _alive(self) -> None:
        """Take note of a message."""
        if self._voice or self._words:
            self._wait()
        else:
            self._settled()

    def _settled(self) -> None:
        self._rest()
        self._owed = False

    def _wait(self) -> None:
        """Begin to wait for a message, where there is something that it could be about."""
        self._rest()
        if self._owed:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._silence_secs, self._waited_too_long)

    def _rest(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _waited_too_long(self) -> None:
        self._timer = None
        if self._renewed or self._line() is None:
            self.create_task(self._give_up(), f"{self}::give_up")
            return
        why = f"nothing was said about a voice for {self._silence_secs:g} s; connecting anew"
        logger.warning(f"{self}: {why}")
        self._break_off(why)

    async def _give_up(self) -> None:
        """Take what was understood for all there is: no connection hears more of it in time."""
        self._rest()
        self._owed = self._voice
        words, self._words = self._words, None
        self._kept.forget(self._kept.end)
        if words:
            await self.push_frame(
                TranscriptionFrame(words.text, words.user_id, words.timestamp, words.language)
            )
