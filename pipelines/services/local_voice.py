"""A neural voice on this machine, which speaks in a process of its own (`local_speaker`).

Piper and Kokoro are used through it (`piper`, `kokoro`). Nothing of them runs in the server: the
event loop only passes sound on.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.utils.tracing.service_decorators import traced_tts

from pipelines.services.embedded.process import Message, WorkerDied, shared_worker

LOCAL_SPEAKER = "pipelines.services.local_speaker"
_USUAL_RATE = 24_000
STALL_SECS = 10.0  # a speaker that makes no sound for so long is given up


class LocalSpeakerFailed(RuntimeError):
    """The speaker could not say a text; the message says why."""


class LocalVoice(TTSService):
    """Speaks with a neural voice of this machine.

    Place: where any TTS service stands, before `transport.output()`.
    Emits: TTSStarted, TTSAudioRaw at the rate of the line, the text, TTSStopped; an ErrorFrame
        where the speaker fails, after which the next text is tried afresh.

    Args:
        engine: "piper" or "kokoro".
        voice: The engine's name of the voice.
        language: What is spoken, e.g. "en".
        kwargs: Pipecat's arguments.
    """

    def __init__(self, *, engine: str, voice: str, language: str, **kwargs: Any) -> None:
        """Nothing is loaded before `warm_up` or the first text."""
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=engine, voice=voice, language=language),
            **kwargs,
        )
        self._voice = {"engine": engine, "voice": voice, "language": language}

    async def warm_up(self) -> None:
        """Have the voice loaded, and downloaded where it is not there yet.

        Raises:
            LocalSpeakerFailed: it cannot be.
        """
        async for _ in self._messages("", within_secs=None):
            pass

    def can_generate_metrics(self) -> bool:
        """Time to first byte and characters are measured."""
        return True

    @traced_tts
    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Speak one text.

        Yields:
            Audio.
        """
        await self.start_tts_usage_metrics(text)
        try:
            async for message in self._messages(text, within_secs=STALL_SECS):
                await self.stop_ttfb_metrics()
                yield TTSAudioRawFrame(message.blob, self.sample_rate, 1, context_id=context_id)
        except (OSError, WorkerDied, LocalSpeakerFailed, TimeoutError) as error:
            reason = str(error) or f"silent for {STALL_SECS:g} s"
            await self.push_error(f"{self._voice['engine']} did not speak: {reason}", error)
        finally:
            await self.stop_ttfb_metrics()

    async def _messages(self, text: str, *, within_secs: float | None) -> AsyncIterator[Message]:
        """The speaker's sound, until it is done; leaving early abandons the rest."""
        rate = self.sample_rate or _USUAL_RATE  # no rate is set before a call
        channel = await shared_worker(LOCAL_SPEAKER).open(
            "speak", text=text, sample_rate=rate, **self._voice
        )
        try:
            messages = aiter(channel)
            while True:
                async with asyncio.timeout(within_secs):
                    message = await anext(messages)
                if message.name == "error":
                    raise LocalSpeakerFailed(message.fields["text"])
                if message.name == "done":
                    return
                yield message
        finally:
            channel.close()
