"""A spoken caller on a real-time line: speaks, hesitates, listens, and notes when it hears the bot.

::

    caller   ▇▇▇▇▇ ·700 ms· ▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▇▇▇▇
                                └── voice-to-voice ──▶│
    bot                                                ▇▇▇▇▇▇▇▇▇▁▁▁▁
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from pipecat.frames.frames import InputAudioRawFrame, OutputAudioRawFrame, StartFrame
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

from processors.backchannel_filter import PlayOut
from tests.benchmarks._conversation import CALL, Line, Piece, hesitations, hush, pieces
from tests.speech import RATE

OUT_RATE = 24_000
_FRAME = RATE // 50  # 20 ms
_AUDIBLE = 500  # of 32,768
_PATIENCE_SECS = 8.0  # until the caller gives up waiting for an answer
_LISTENS_SECS = 0.9  # silence after which the caller takes the bot to have finished


@dataclass
class Turn:
    """What happened in one turn; moments in seconds of `time.monotonic`."""

    number: int
    text: str
    known: bool
    hesitations: int
    began: float = 0.0
    ended: float = 0.0
    heard: float | None = None
    cut_ins: int = 0
    cut_in_secs: list[float] = field(default_factory=list)  # from the beginning of a hesitation
    marks: dict[str, float] = field(default_factory=dict)

    @property
    def voice_to_voice_ms(self) -> float | None:
        """From the caller's last voiced sample to the bot's first audible one."""
        return None if self.heard is None else 1000 * (self.heard - self.ended)


class Mouth(BaseInputTransport):
    """The caller's sound, 20 ms at a time, in real time."""

    def __init__(self) -> None:
        """Silent."""
        super().__init__(TransportParams(audio_in_enabled=True, audio_in_sample_rate=RATE))
        self._queue: deque[tuple[np.ndarray, asyncio.Future[float]]] = deque()
        self._task: asyncio.Task | None = None

    async def start(self, frame: StartFrame) -> None:
        """Begin to send."""
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._task = self.create_task(self._speak())

    async def cleanup(self) -> None:
        """Stop sending."""
        if self._task:
            await self.cancel_task(self._task)
            self._task = None
        await super().cleanup()

    def say(self, samples: np.ndarray) -> asyncio.Future[float]:
        """Speak `samples` after what is being spoken; resolves to when the last one was sent."""
        done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._queue.append((samples, done))
        return done

    async def _speak(self) -> None:
        due = time.monotonic()
        while True:
            chunk = np.zeros(0, np.int16)
            ends: list[tuple[int, asyncio.Future[float]]] = []
            while len(chunk) < _FRAME and self._queue:
                samples, done = self._queue.popleft()
                room = _FRAME - len(chunk)
                chunk = np.concatenate([chunk, samples[:room]])
                if len(samples) > room:
                    self._queue.appendleft((samples[room:], done))
                else:
                    ends.append((len(chunk), done))
            if len(chunk) < _FRAME:
                chunk = np.concatenate([chunk, hush((_FRAME - len(chunk)) / RATE)])
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.push_audio_frame(InputAudioRawFrame(chunk.tobytes(), RATE, 1))
            for count, done in ends:
                # A frame is sent when its last sample has been spoken.
                done.set_result(due - (_FRAME - count) / RATE)


class Ear(BaseOutputTransport):
    """Hears the bot, at the pace of a loudspeaker.

    Args:
        gated: Whether the bot holds its voice at `gate` when the caller makes a sound.
    """

    def __init__(self, *, gated: bool) -> None:
        """Nothing heard."""
        self.gate = PlayOut()
        super().__init__(
            TransportParams(
                audio_out_enabled=True,
                audio_out_sample_rate=OUT_RATE,
                audio_out_filter=self.gate if gated else None,
            )
        )
        self.last_audible = float("-inf")
        self.onsets: list[float] = []
        self._free_at = 0.0

    async def start(self, frame: StartFrame) -> None:
        """Ready to hear."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Hear one chunk."""
        now = time.monotonic()
        starts = max(now, self._free_at)
        samples = np.frombuffer(frame.audio, "<i2")
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
        if loud.size:
            first = starts + int(loud[0]) / frame.sample_rate
            if first - self.last_audible > 0.3:
                self.onsets.append(first)
            self.last_audible = starts + int(loud[-1]) / frame.sample_rate
        self._free_at = starts + len(samples) / frame.sample_rate
        await asyncio.sleep(max(0.0, self._free_at - now - 0.02))
        return True


class Caller:
    """Holds one call and takes notes.

    Args:
        mouth: Where it speaks.
        ear: Where it listens.
        voice: As of `tests.speech.say`.
        lines: What it says.
    """

    def __init__(self, mouth: Mouth, ear: Ear, voice: str, lines: Sequence[Line] = CALL) -> None:
        """Not called yet."""
        self._mouth = mouth
        self._ear = ear
        self._spoken = [(line, pieces(line, voice)) for line in lines]
        self.turns: list[Turn] = []

    async def hold(self) -> None:
        """Say every line, each when the bot has answered the one before."""
        await asyncio.sleep(0.5)
        for number, (line, spoken) in enumerate(self._spoken):
            turn = Turn(number, line.words, line.known, hesitations(line))
            self.turns.append(turn)
            await self._speak(turn, spoken)
            await self._listen(turn)

    async def _speak(self, turn: Turn, spoken: Sequence[Piece]) -> None:
        turn.began = time.monotonic()
        hesitated: list[float] = []
        for piece in spoken:
            done = self._mouth.say(piece.sound)
            if piece.hesitation_secs:
                self._mouth.say(hush(piece.hesitation_secs))
            turn.ended = await done - (len(piece.sound) - piece.voiced) / RATE
            hesitated.append(turn.ended)
        for onset in self._ear.onsets:
            # Before the first hesitation it is the end of the answer before, which was not over.
            if hesitated[0] < onset <= turn.ended:
                turn.cut_in_secs.append(onset - max(at for at in hesitated if at < onset))
        turn.cut_ins = len(turn.cut_in_secs)

    async def _listen(self, turn: Turn) -> None:
        while time.monotonic() - turn.ended < _PATIENCE_SECS:
            await asyncio.sleep(0.02)
            heard = [onset for onset in self._ear.onsets if onset > turn.ended]
            if not heard:
                continue
            turn.heard = heard[0]
            if time.monotonic() - self._ear.last_audible > _LISTENS_SECS:
                return
