"""The transport itself: an input that takes from the caller, an output that plays like a device."""

import asyncio
from collections import deque
from dataclasses import dataclass

from loguru import logger
from pipecat.audio.utils import is_silence
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams

from pipelines.transports.loopback.caller import Caller
from pipelines.transports.loopback.clock import CallClock, RealClock
from pipelines.transports.loopback.recording import Recording

FRAME_SECS = 0.02  # the caller's audio comes in frames of this length
DEVICE_SECS = 0.04  # audio that the device has taken and not yet played


class LoopbackTransport(BaseTransport):
    """A call without a network.

    Events: `on_client_connected` and `on_client_disconnected`, each once, with the caller.

    Args:
        caller: Who speaks, at the rate of the line's input.
        params: As for any transport.
        clock: The call's time; real time by default.
        recording: Where both sides are put down.
        hang_up_after_secs: The caller hangs up when they have nothing more to say and the bot has
            been quiet for so long, in seconds, >= 0; None: never.

    Raises:
        ValueError: `hang_up_after_secs` is negative.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        params: TransportParams,
        clock: CallClock | None = None,
        recording: Recording | None = None,
        hang_up_after_secs: float | None = 4.0,
    ) -> None:
        """Nothing is connected until the pipeline starts."""
        super().__init__()
        if hang_up_after_secs is not None and hang_up_after_secs < 0:
            raise ValueError(f"hang_up_after_secs is {hang_up_after_secs!r}; it must be >= 0")
        self.caller = caller
        self.clock = clock or RealClock()
        self.recording = recording or Recording()
        self._output = _Output(self, params)
        self._input = _Input(self, params, hang_up_after_secs)
        self._register_event_handler("on_client_connected")
        self._register_event_handler("on_client_disconnected")

    def input(self) -> BaseInputTransport:
        """The caller's voice."""
        return self._input

    def output(self) -> BaseOutputTransport:
        """The caller's ear."""
        return self._output

    def bot_sound_ends_at(self) -> float:
        """When the last sound of the bot ends that the device has taken, in the call's seconds."""
        return self._output.device.sound_until / self._output.sample_rate

    async def tell(self, event: str) -> None:
        """Raise one of the transport's events."""
        await self._call_event_handler(event, self.caller)


class _Input(BaseInputTransport):
    """Pushes a frame every 20 ms, as long as the call lasts."""

    def __init__(
        self, line: LoopbackTransport, params: TransportParams, hang_up_after_secs: float | None
    ) -> None:
        super().__init__(params)
        self._line = line
        self._patience = hang_up_after_secs
        self._listening: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        """Connect the caller."""
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._line.recording.set_rate("caller", self.sample_rate)
        self._line.clock.start()
        self._line.caller.start()
        self._listening = self.create_task(self._listen(), "listen")

    async def stop(self, frame: EndFrame) -> None:
        """End the call."""
        await super().stop(frame)
        await self._end()

    async def cancel(self, frame: CancelFrame) -> None:
        """End the call at once."""
        await super().cancel(frame)
        await self._end()

    async def cleanup(self) -> None:
        """End the call, if nobody has."""
        await super().cleanup()
        await self._end()

    async def _end(self) -> None:
        listening, self._listening = self._listening, None
        if listening:
            await self.cancel_task(listening)
        self._line.caller.close()

    async def _listen(self) -> None:
        """Take from the caller on the beat of the clock until they hang up."""
        await self._line.tell("on_client_connected")
        count = int(self.sample_rate * FRAME_SECS)
        offset, spoken_secs = 0, 0.0
        silence = bytes(2 * count)
        while not self._has_enough(offset / self.sample_rate, spoken_secs):
            # A frame is there when its last sample has been spoken.
            await self._line.clock.sleep_until((offset + count) / self.sample_rate)
            pcm = self._take(count)
            if pcm is not None:
                spoken_secs = (offset + count) / self.sample_rate
            self._line.recording.add("caller", pcm or silence, offset)
            await self.push_audio_frame(InputAudioRawFrame(pcm or silence, self.sample_rate, 1))
            offset += count
        logger.debug(f"{self} the caller hangs up after {offset / self.sample_rate:.2f} s")
        await self._line.tell("on_client_disconnected")

    def _take(self, count: int) -> bytes | None:
        try:
            return self._line.caller.take(count)
        except Exception as error:
            # A script that fails is a caller who hangs up.
            logger.error(f"{self} the caller's script failed: {type(error).__name__}: {error}")
            self._patience = 0
            return None

    def _has_enough(self, now: float, spoken_secs: float) -> bool:
        """Whether the caller, who said the last word at `spoken_secs`, hangs up now."""
        if self._patience is None or now <= spoken_secs:
            return False
        quiet_since = max(spoken_secs, self._line.bot_sound_ends_at())
        return now >= quiet_since + self._patience


class _Output(BaseOutputTransport):
    """Plays what it is given, in the call's time."""

    def __init__(self, line: LoopbackTransport, params: TransportParams) -> None:
        super().__init__(params)
        self._line = line
        self.device = Device(line.recording)

    async def start(self, frame: StartFrame) -> None:
        """Switch the device on."""
        await super().start(frame)
        self._line.recording.set_rate("bot", self.sample_rate)
        self._line.clock.start()
        await self.set_transport_ready(frame)

    async def stop(self, frame: EndFrame) -> None:
        """Play to the end."""
        await super().stop(frame)
        await self._line.clock.sleep_until(self.device.until / self.sample_rate)
        self.device.play(self._now())

    async def cancel(self, frame: CancelFrame) -> None:
        """Stop in the middle of a sound."""
        await super().cancel(frame)
        self.device.play(self._now())

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Drop what the device has not played when the caller interrupts."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self.device.drop(self._now())

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Hand a chunk to the device; returns when it has room for the next."""
        self.device.take(frame.audio, self._now(), interruptible=frame.interruptible)
        await self._line.clock.sleep_until(self.device.until / self.sample_rate - DEVICE_SECS)
        self.device.play(self._now())
        return True

    def _now(self) -> int:
        """The sample that is played now."""
        return round(self._line.clock.now() * self.sample_rate)


@dataclass
class _Chunk:
    pcm: bytes
    start: int
    interruptible: bool


class Device:
    """A loudspeaker with a short buffer; all times are samples of the bot's side.

    Args:
        recording: Gets every sample once it has been played.
    """

    def __init__(self, recording: Recording) -> None:
        """Silent."""
        self._recording = recording
        self._chunks: deque[_Chunk] = deque()
        self.until = 0  # the end of everything taken
        self.sound_until = 0  # the end of the last chunk that was no silence

    def take(self, pcm: bytes, now: int, *, interruptible: bool) -> None:
        """Take a chunk; it plays after the one before it, or at once."""
        start = max(now, self.until)
        self._chunks.append(_Chunk(pcm, start, interruptible))
        self.until = start + len(pcm) // 2
        if not is_silence(pcm):
            self.sound_until = self.until

    def play(self, now: int) -> None:
        """Play everything up to `now`."""
        while self._chunks and self._chunks[0].start < now:
            chunk = self._chunks[0]
            played = 2 * (now - chunk.start)
            self._recording.add("bot", chunk.pcm[:played], chunk.start)
            if played < len(chunk.pcm):
                chunk.pcm, chunk.start = chunk.pcm[played:], now
                return
            self._chunks.popleft()

    def drop(self, now: int) -> None:
        """Play up to `now`, and forget what may be forgotten of the rest."""
        self.play(now)
        kept = [chunk for chunk in self._chunks if not chunk.interruptible]
        self._chunks.clear()
        self.until = min(self.until, now)
        self.sound_until = min(self.sound_until, now)
        for chunk in kept:
            self.take(chunk.pcm, now, interruptible=False)
