"""An operator's line into a call: a second WebRTC connection with a pipeline of its own.

::

    operator ─▶ input ─▶ OperatorVoice ─┬─▶ the caller's ear, while they have the call
                                        └─▶ VAD ─▶ STT ─▶ the call's record
    operator ◀─ output ◀─ BothSides ◀── caller and bot
"""

import asyncio
import time
from collections import deque
from contextlib import suppress

from loguru import logger
from pipecat.audio.mixers.base_audio_mixer import BaseAudioMixer
from pipecat.audio.resamplers.base_audio_resampler import BaseAudioResampler
from pipecat.audio.utils import create_stream_resampler
from pipecat.frames.frames import Frame, InputAudioRawFrame, MixerControlFrame, TranscriptionFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport
from pipecat.workers.runner import WorkerRunner

from pipelines.desk.live_calls import DeskError, LiveCall
from pipelines.services import preferred
from pipelines.settings import Settings
from pipelines.transports.second_voice import Ring, mixed
from processors.turn_taking import ListeningVAD

RATE = 16_000
_MOST_PIECES = 50  # a second of sound that nobody has asked for yet


class BothSides(BaseAudioMixer):
    """What the operator hears: the caller and the bot, pulled in real time."""

    def __init__(self) -> None:
        """Silent."""
        self._rate = RATE
        self._pieces: deque[tuple[str, bytes, int]] = deque(maxlen=_MOST_PIECES)
        self._rings: dict[str, tuple[Ring, BaseAudioResampler]] = {}

    def hear(self, whose: str, pcm: bytes, rate: int) -> None:
        """Take a piece of somebody's voice; a `Listener` of the call."""
        if pcm:
            self._pieces.append((whose, pcm, rate))

    async def start(self, sample_rate: int) -> None:
        """Learn the rate of the output, in Hz."""
        self._rate = sample_rate

    async def stop(self) -> None:
        """Nothing to let go of."""

    async def process_frame(self, frame: MixerControlFrame) -> None:
        """There is nothing to control."""

    async def mix(self, audio: bytes) -> bytes:
        """`audio` with both voices on top of it."""
        while self._pieces:
            whose, pcm, rate = self._pieces.popleft()
            # One resampler a voice: a stream of which the rate changes is none.
            if whose not in self._rings:
                self._rings[whose] = (Ring(self._rate), create_stream_resampler())
            ring, resampler = self._rings[whose]
            ring.put(await resampler.resample(pcm, rate, self._rate))
        return mixed(audio, *(ring.take(len(audio)) for ring, _ in self._rings.values()))


class OperatorVoice(FrameProcessor):
    """Bring the operator's sound to the caller while they have the call, and nowhere otherwise.

    Place: behind the input of the operator's line.
    Reads: InputAudioRawFrame, TranscriptionFrame; passes audio on only while they have the call.

    Args:
        call: The call.
        operator: Who speaks.
    """

    def __init__(self, call: LiveCall, operator: str) -> None:
        """Nothing was heard yet."""
        super().__init__()
        self._call = call
        self._operator = operator
        self.heard_at = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Let the caller hear audio; pass on what is not the operator's private sound."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self.heard_at = time.monotonic()
            if self._call.taken_by != self._operator or self._call.second_voice is None:
                return
            await self._call.second_voice.speak(frame.audio, frame.sample_rate)
        await self.push_frame(frame, direction)


class _Words(FrameProcessor):
    """Write what the operator says into the call's record."""

    def __init__(self, call: LiveCall) -> None:
        super().__init__()
        self._call = call

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            self._call.door.record.add("colleague", frame.text)
        elif not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)


class Leg:
    """One operator's line into one call, from its offer until either side is gone.

    Args:
        connection: The operator's browser.
        call: The call.
        operator: Who it is.
        settings: For the bot's recogniser, which writes down what the operator says too.
    """

    def __init__(
        self,
        connection: SmallWebRTCConnection,
        call: LiveCall,
        operator: str,
        settings: Settings,
    ) -> None:
        """Nothing runs before `run`."""
        self._connection = connection
        self._call = call
        self._operator = operator
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Hold the line in a task of its own."""
        self._task = asyncio.create_task(self._run(), name=f"leg of {self._operator}")

    async def close(self) -> None:
        """End the line; if the operator has the call, the caller is given back."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        sides, voice = BothSides(), OperatorVoice(self._call, self._operator)
        transport = SmallWebRTCTransport(
            webrtc_connection=self._connection,
            params=TransportParams(
                audio_in_enabled=True, audio_out_enabled=True, audio_out_mixer=sides
            ),
        )
        stations = [transport.input(), voice, *await self._ears(), transport.output()]
        worker = PipelineWorker(
            Pipeline(stations),
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
            enable_rtvi=False,
            idle_timeout_secs=None,
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)

        @transport.event_handler("on_client_disconnected")
        async def on_client_disconnected(*_: object) -> None:
            await runner.cancel("the operator has left")

        call, second_voice = self._call, self._call.second_voice
        stop = second_voice.listen(sides.hear) if second_voice else lambda: None
        call.line_of[self._operator] = voice
        try:
            await runner.run()
        finally:
            stop()
            if call.line_of.get(self._operator) is voice:
                del call.line_of[self._operator]
                with suppress(DeskError):  # they did not have it
                    await call.hand_back(self._operator, lost=True)
            await self._connection.disconnect()

    async def _ears(self) -> list[FrameProcessor]:
        """What writes the operator's words down; nothing where no recogniser is left."""
        brief = self._call.brief
        if not brief.stt:
            return [_Words(self._call)]
        try:
            vad = await asyncio.to_thread(ListeningVAD)
            stt = preferred("stt", brief.stt, brief, self._settings)
        except Exception as error:  # they can speak all the same
            logger.error(f"the operator's words are not written down: {type(error).__name__}")
            return [_Words(self._call)]
        return [VADProcessor(vad_analyzer=vad), stt, _Words(self._call)]
