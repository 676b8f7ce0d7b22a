"""The last gate before the caller's ear: hold the voice, go on, cut it, and know what was heard.

::

    HeardWords ──▶ transport.output() ─┬─ audio queue ─▶ PlayOut.filter() ─▶ written ─▶ the caller
        │                              │                    │ hold · go_on · cut
        └── words, with their place ───┼────────────────────┤
                                       └──◀ each word once its audio is written ─▶ assistant context

Pipecat times words by the clock, which runs on while the voice is held. Here a word has a place in
the audio instead, and leaves the transport when that place has been written: held with the voice,
dropped with it, never ahead of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pipecat.audio.filters.base_audio_filter import BaseAudioFilter
from pipecat.frames.frames import FilterControlFrame, Frame

from processors.backchannel_filter.script import Script

_REMEMBERED_CHARS = 400

Emit = Callable[[Frame], Awaitable[None]]
Pause = Literal["held", "resumed", "dropped"]


@dataclass
class SpeechMark(FilterControlFrame):
    """Travels with the audio and tells the gate where it is.

    Args:
        script: The speech that begins here or ends here; None where the gate opens again.
        ends: Whether it ends here.
    """

    script: Script | None = None
    ends: bool = False


class PlayOut(BaseAudioFilter):
    """Hold, resume or cut the bot's voice between two chunks, sample by sample.

    Place: `TransportParams(audio_out_filter=...)`; awaited for each chunk (40 ms) just before it is
    written.

    Args:
        buffered_secs: What the transport has taken and not yet played when it asks for the next
            chunk. This is the one place that corrects for it; the last words of a speech count
            with the last chunk.
        max_hold_secs: When nobody decides, the voice goes on by itself after so long, in seconds.
        duck_gain: How loud the bot speaks while a sound of the caller is undecided; 1 is unchanged.

    Raises:
        ValueError: `buffered_secs` is negative, `max_hold_secs` is not positive, or `duck_gain` is
            not within 0 and 1.
    """

    def __init__(
        self, *, buffered_secs: float = 0.04, max_hold_secs: float = 3.0, duck_gain: float = 1.0
    ) -> None:
        """The gate is open."""
        if not buffered_secs >= 0:
            raise ValueError(f"buffered_secs is {buffered_secs!r}; it must be >= 0")
        if not max_hold_secs > 0:
            raise ValueError(f"max_hold_secs is {max_hold_secs!r}; it must be > 0")
        if not 0 <= duck_gain <= 1:
            raise ValueError(f"duck_gain is {duck_gain!r}; it must be between 0 and 1")
        self._buffered_secs = buffered_secs
        self._max_hold_secs = max_hold_secs
        self._duck_gain = duck_gain
        self._open = asyncio.Event()
        self._open.set()
        self._cut = False
        self._ducked = False
        self._gain = 1.0
        self._rate = 0
        self._script: Script | None = None
        self._said = ""
        self._emit: Emit | None = None
        self._listeners: list[tuple[Callable[[bytes], None], Callable[[], None]]] = []
        self._watchers: list[Callable[[Pause], None]] = []

    def listen(self, written: Callable[[bytes], None], cut: Callable[[], None]) -> None:
        """Have `written` called with each chunk as it goes out, `cut` when the rest is dropped."""
        self._listeners.append((written, cut))

    def on_pause(self, watch: Callable[[Pause], None]) -> None:
        """Have `watch` called when the voice is held, and with what becomes of it then."""
        self._watchers.append(watch)

    def on_word(self, emit: Emit) -> None:
        """Have `emit` awaited with each word (and what belongs to it) as it has been heard."""
        self._emit = emit

    @property
    def heard(self) -> str:
        """What the caller has heard of the bot's turn, with the word that is being said."""
        now = self._script.begun() if self._script else ""
        return f"{self._said} {now}".strip()

    def forget(self) -> None:
        """A new turn: what was heard before it no longer counts."""
        self._said = ""
        if self._script is not None and self._script.finished:
            self._script = None

    @property
    def connected(self) -> bool:
        """Whether a transport plays its audio through this gate."""
        return self._rate > 0

    @property
    def held(self) -> bool:
        """Whether the voice is paused."""
        return not self._open.is_set()

    def hold(self) -> None:
        """Pause after the present chunk."""
        if not self.held:
            self._open.clear()
            self._tell_of("held")

    def go_on(self) -> None:
        """Go on with the very next sample."""
        self._open_again("resumed")

    def _open_again(self, become: Pause) -> None:
        if self.held:
            self._open.set()
            self._tell_of(become)

    def _tell_of(self, pause: Pause) -> None:
        for watch in self._watchers:
            watch(pause)

    def duck(self, lower: bool) -> None:
        """Speak lower, or at full voice again."""
        self._ducked = lower

    def cut(self) -> None:
        """Throw away what comes, until a mark opens the gate again."""
        if self._script is None or self._script.interruptible:
            self._cut = True
            self._script = None
            self._said = ""
            for _, cut in self._listeners:
                cut()
        self._ducked = False
        self._open_again("dropped" if self._cut else "resumed")

    async def start(self, sample_rate: int) -> None:
        """Learn the rate of the audio, in Hz."""
        self._rate = sample_rate

    async def stop(self) -> None:
        """Let go of everything that waits."""
        self.go_on()

    async def process_frame(self, frame: FilterControlFrame) -> None:
        """Follow the marks in the audio."""
        if not isinstance(frame, SpeechMark):
            return
        if frame.script is None:
            self._cut = False
        elif frame.ends:
            await self._tell(frame.script.finish())
        else:
            self._said = self.heard[-_REMEMBERED_CHARS:]
            self._script = frame.script

    async def filter(self, audio: bytes) -> bytes:
        """The chunk that may be written now: `audio`, or nothing once it was cut.

        Args:
            audio: 16-bit mono PCM at the transport's rate.
        """
        secs = len(audio) / 2 / self._rate
        if self._script is not None:
            await self._tell(self._script.due(secs, self._buffered_secs))
            if not self._open.is_set() and self._script.interruptible:
                await self._wait()
        if self._cut:
            return b""
        if self._script is not None:
            self._script.played_secs += secs
        sound = self._at_volume(audio)
        for written, _ in self._listeners:
            written(sound)
        return sound

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._open.wait(), self._max_hold_secs)
        except TimeoutError:
            self.go_on()

    async def _tell(self, frames: list[Frame]) -> None:
        if self._emit is not None:
            for frame in frames:
                await self._emit(frame)

    def _at_volume(self, audio: bytes) -> bytes:
        """The chunk at the present gain, gliding over its length where the gain changes."""
        target = self._duck_gain if self._ducked else 1.0
        if self._gain == target == 1.0:
            return audio
        samples = np.frombuffer(audio, "<i2")
        glide = np.linspace(self._gain, target, samples.size)
        self._gain = target
        return (samples * glide).astype("<i2").tobytes()
