"""Cartesia's voices, with the time of every word: "cartesia/default", "cartesia/<voice id>".

    CARTESIA_API_KEY    the key
    CARTESIA_VOICE      the voice of "cartesia/default"
    CARTESIA_MODEL      sonic-3.6
    CARTESIA_URL        wss://api.cartesia.ai/tts/websocket

The times of the words are what lets the context hold what was heard when the bot is interrupted.
"""

from typing import Any

from pipecat.frames.frames import Frame, TTSAudioRawFrame, TTSStoppedFrame
from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language
from pipecat.utils.errors import ErrorCategory

from pipelines.brief import Brief
from pipelines.services.connecting import PromptConnect
from pipelines.services.needs import key
from pipelines.settings import Settings


def tts(name: str, brief: Brief, settings: Settings) -> TTSService:
    """The voice with the id `name`, or the deployment's "default" one.

    Raises:
        MissingKeyError: CARTESIA_API_KEY is not set.
    """
    return PromptCartesia(
        api_key=key(settings, "cartesia_api_key"),
        url=settings.cartesia_url,
        connect_secs=settings.vendor_connect_secs,
        stop_frame_timeout_s=settings.voice_silence_secs,
        settings=CartesiaTTSService.Settings(
            model=settings.cartesia_model,
            voice=settings.cartesia_voice if name == "default" else name,
            language=Language(brief.language),
        ),
    )


class PromptCartesia(PromptConnect, CartesiaTTSService):
    """Cartesia that keeps no call waiting, and says when it is lost or stops in the middle.

    Pipecat 1.14 reports a text of which nothing was heard. One of which the end is missing, because
    Cartesia has gone silent, it takes for spoken.

    Its melody goes on from one piece of a context to the next, so that three words are enough to
    begin with (after fewer, a voice may waver).
    """

    enough_words = 3

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self._begun: set[str] = set()  # contexts of which something was heard
        self._awaited: set[str] = set()  # contexts to which Cartesia owes an end

    async def flush_audio(self, context_id: str | None = None) -> None:
        """Nothing more is to be said in the context."""
        self._awaited.add(context_id or self.get_active_audio_context_id() or "")
        await super().flush_audio(context_id)

    async def append_to_audio_context(self, context_id: str | None, frame: Frame) -> None:
        """Take note of what comes for a context."""
        if isinstance(frame, TTSAudioRawFrame):
            self._begun.add(context_id or "")
        elif isinstance(frame, TTSStoppedFrame):
            self._awaited.discard(context_id or "")
        await super().append_to_audio_context(context_id, frame)

    async def on_audio_context_completed(self, context_id: str) -> None:
        """Report a context that was never ended."""
        if context_id in self._awaited & self._begun:
            await self.push_error(
                f"Cartesia stopped in the middle of context {context_id}",
                category=ErrorCategory.CONNECTIVITY,
            )
        self._forget(context_id)
        await super().on_audio_context_completed(context_id)

    async def on_audio_context_interrupted(self, context_id: str) -> None:
        """Nobody waits for the end of what was interrupted."""
        self._forget(context_id)
        await super().on_audio_context_interrupted(context_id)

    def _forget(self, context_id: str) -> None:
        self._begun.discard(context_id)
        self._awaited.discard(context_id)
