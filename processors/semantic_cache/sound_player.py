"""Where a stored sound becomes speech: behind the voice, in the order of what it speaks.

::

    SemanticCache ─▶ … ─▶ TTS service ─▶ SoundPlayer ─▶ (gate for drafts) ─▶ output
         AnswerSoundFrame ─────────────▶ TTSStarted · TTSAudioRaw · TTSText · TTSStopped
"""

from dataclasses import dataclass

from pipecat.frames.frames import DataFrame, Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from processors.semantic_cache.voice import Sound


@dataclass
class AnswerSoundFrame(DataFrame):
    """An answer whose sound is known; takes the place of its text."""

    sound: Sound | None = None


class SoundPlayer(FrameProcessor):
    """Play stored sounds.

    Place: directly behind the TTS service, inside a `HeldVoice`.
    Reads: AnswerSoundFrame; passes every other frame on.
    Emits: for each what a TTS service emits for its text.
    """

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Turn a stored sound into speech."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, AnswerSoundFrame):
            await self.push_frame(frame, direction)
        elif frame.sound is not None:
            for part in frame.sound.frames(self.get_clock().get_time()):
                await self.push_frame(part, direction)
