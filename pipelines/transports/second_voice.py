"""A person's voice beside the bot's, at the caller's ear; and the caller's voice at the person's.

::

    the bot ─▶ PlayOut ─┬─────────▶ + ─▶ caller          caller ─▶ LineTap ─▶ the bot
                        │           ▲                                │
                        └─ listeners│        person ─▶ Ring ─────────┘ (listeners)

The sound of a person is pulled in the moment in which a chunk is written, from a ring that keeps
0.16 s at most: whatever arrives in a burst, or late, the delay does not grow. While a person speaks
the output must not fall asleep, so one chunk of silence is always on its way to be filled.
"""

import asyncio
from collections.abc import Callable

import numpy as np
from pipecat.audio.filters.base_audio_filter import BaseAudioFilter
from pipecat.audio.utils import create_stream_resampler
from pipecat.frames.frames import FilterControlFrame, Frame, InputAudioRawFrame, OutputAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

CHUNK_SECS = 0.04
_MOST_SECS = 0.16
_FIRST_SECS = 0.04
_ASLEEP_SECS = 0.1

Listener = Callable[[str, bytes, int], None]  # whose voice ("bot", "caller"), 16-bit mono PCM, Hz


class Ring:
    """The newest sound of one voice, taken in chunks; what is too old is thrown away.

    Args:
        rate: Samples per second at which it is taken out.
        most_secs: How much is kept.
        first_secs: How much must be there before it begins, so that it does not stutter.
    """

    def __init__(
        self, rate: int, *, most_secs: float = _MOST_SECS, first_secs: float = _FIRST_SECS
    ) -> None:
        """Empty."""
        self._most = 2 * int(rate * most_secs)
        self._first = 2 * int(rate * first_secs)
        self._pcm = bytearray()
        self._flows = False
        self.dropped_bytes = 0

    def put(self, pcm: bytes) -> None:
        """Add sound at the ring's rate."""
        self._pcm += pcm
        over = len(self._pcm) - self._most
        if over > 0:
            over += over % 2
            del self._pcm[:over]
            self.dropped_bytes += over

    def take(self, count: int) -> bytes:
        """The next `count` bytes, filled up with silence where there is not enough."""
        self._flows = self._flows or len(self._pcm) >= self._first
        if not self._flows:
            return bytes(count)
        taken = bytes(self._pcm[:count])
        del self._pcm[: len(taken)]
        self._flows = len(taken) == count
        return taken + bytes(count - len(taken))


def mixed(*voices: bytes) -> bytes:
    """Voices of the same length on top of each other, without overflow.

    >>> list(mixed(bytes([1, 0]), bytes([2, 0])))
    [3, 0]
    """
    total = sum(np.frombuffer(voice, "<i2").astype(np.int32) for voice in voices)
    return np.clip(total, -32768, 32767).astype("<i2").tobytes()


class SecondVoice(BaseAudioFilter):
    """Mix a person into what the caller hears, and let listeners hear both sides.

    Place: `TransportParams(audio_out_filter=...)`, around the bot's gate.

    Args:
        play_out: The gate through which the bot's own voice goes first.
    """

    def __init__(self, play_out: BaseAudioFilter) -> None:
        """Nobody but the bot speaks, and nobody listens."""
        self._play_out = play_out
        self._rate = 0
        self._ring: Ring | None = None
        self._resampler = create_stream_resampler()
        self._written = asyncio.Event()
        self._listeners: list[Listener] = []
        self._overhearing: list[Callable[[bytes], None]] = []

    @property
    def speaks(self) -> bool:
        """Whether a person has the caller's ear."""
        return self._ring is not None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called with each piece of both voices; returns how to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def overhear(self, written: Callable[[bytes], None]) -> None:
        """Have `written` called with each chunk as it goes out, whoever's voice is in it."""
        self._overhearing.append(written)

    def tell(self, whose: str, pcm: bytes, rate: int) -> None:
        """Let the listeners hear a piece of sound."""
        for listener in tuple(self._listeners):
            listener(whose, pcm, rate)

    async def speak(self, pcm: bytes, rate: int) -> None:
        """A piece of the person's voice, at `rate` Hz; thrown away unless they have the call."""
        if self._ring is not None and self._rate:
            self._ring.put(await self._resampler.resample(pcm, rate, self._rate))

    async def flow(self, output: FrameProcessor) -> None:
        """Give the person the caller's ear, for as long as this runs.

        Args:
            output: The transport's output, which would otherwise write nothing while the bot is
                silent.
        """
        self._ring = Ring(self._rate or 24_000)
        self._resampler = create_stream_resampler()
        silence = bytes(2 * int((self._rate or 24_000) * CHUNK_SECS))
        try:
            while True:
                self._written.clear()
                await output.queue_frame(OutputAudioRawFrame(silence, self._rate or 24_000, 1))
                try:
                    await asyncio.wait_for(self._written.wait(), _ASLEEP_SECS)
                except TimeoutError:
                    continue
        finally:
            self._ring = None

    async def start(self, sample_rate: int) -> None:
        """Learn the rate of the audio, in Hz."""
        self._rate = sample_rate
        await self._play_out.start(sample_rate)

    async def stop(self) -> None:
        """Let go of everything that waits."""
        await self._play_out.stop()

    async def process_frame(self, frame: FilterControlFrame) -> None:
        """Hand marks on to the bot's gate."""
        await self._play_out.process_frame(frame)

    async def filter(self, audio: bytes) -> bytes:
        """The chunk that may be written now."""
        bot = await self._play_out.filter(audio)
        if self._listeners:
            self.tell("bot", bot, self._rate)
        sound = self._with_person(bot, len(audio))
        for written in self._overhearing:
            written(sound)
        return sound

    def _with_person(self, bot: bytes, count: int) -> bytes:
        if self._ring is None:
            return bot
        self._written.set()
        person = self._ring.take(count)
        return mixed(person, bot) if len(bot) == len(person) else person


class LineTap(FrameProcessor):
    """Let listeners hear the caller.

    Place: behind the transport's input.
    Reads: InputAudioRawFrame; passes every frame on.

    Args:
        second_voice: Knows who listens.
    """

    def __init__(self, second_voice: SecondVoice) -> None:
        """Nothing was heard yet."""
        super().__init__()
        self._second_voice = second_voice

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Tell of the caller's sound, pass everything on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self._second_voice.tell("caller", frame.audio, frame.sample_rate)
        await self.push_frame(frame, direction)
