"""Deepgram: recognition ("deepgram/nova-3", "deepgram/flux") and voices ("deepgram/aura-2-…").

    DEEPGRAM_API_KEY            the key
    DEEPGRAM_URL                wss://api.deepgram.com; in Europe wss://api.eu.deepgram.com
    DEEPGRAM_ENDPOINTING_MS     silence after which nova's words are final
    DEEPGRAM_VOICE              the voice of "deepgram/default"

Nova recognises utterances, and the pipeline decides when a turn has ended. Flux decides that itself
and brings its own turn strategies along.
"""

import asyncio
from typing import Any

from pipecat.frames.frames import Frame, InterimTranscriptionFrame, TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.deepgram.tts import DeepgramTTSService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language

from pipelines.brief import Brief
from pipelines.services.connecting import PromptConnect
from pipelines.services.errors import UnknownServiceError
from pipelines.services.needs import key
from pipelines.settings import Settings

# Deepgram takes at most 500 tokens of keyterms; names come first in a bot's knowledge.
_MAX_KEYTERMS = 100


def stt(name: str, brief: Brief, settings: Settings) -> STTService:
    """The recogniser `name`: "flux", or a nova model such as "nova-3".

    Raises:
        UnknownServiceError: `name` is neither.
        MissingKeyError: DEEPGRAM_API_KEY is not set.
    """
    if name.startswith("nova-"):
        return _nova(name, brief, settings)
    if name == "flux" or name.startswith("flux-"):
        return _flux(name, brief, settings)
    raise UnknownServiceError(
        f"Deepgram has no recogniser {name!r}; there are deepgram/nova-3 and deepgram/flux"
    )


def tts(name: str, brief: Brief, settings: Settings) -> TTSService:
    """The voice `name`, e.g. "aura-2-thalia-en", or the deployment's "default" one.

    Raises:
        UnknownServiceError: `name` is no aura voice.
        MissingKeyError: DEEPGRAM_API_KEY is not set.
    """
    if name != "default" and not name.startswith("aura-"):
        raise UnknownServiceError(
            f"Deepgram has no voice {name!r}; there are deepgram/default "
            "and the aura voices, e.g. deepgram/aura-2-thalia-en"
        )
    return PromptDeepgramTTS(
        api_key=key(settings, "deepgram_api_key"),
        base_url=settings.deepgram_url,
        connect_secs=settings.vendor_connect_secs,
        stop_frame_timeout_s=settings.voice_silence_secs,
        settings=DeepgramTTSService.Settings(
            voice=settings.deepgram_voice if name == "default" else name
        ),
    )


def _nova(model: str, brief: Brief, settings: Settings) -> STTService:
    # Models before nova-3 know no keyterms and refuse a connection that has some.
    keyterms = _keyterms(brief) if model.startswith("nova-3") else None
    return PromptNova(
        api_key=key(settings, "deepgram_api_key"),
        base_url=settings.deepgram_url,
        connect_secs=settings.vendor_connect_secs,
        settings=DeepgramSTTService.Settings(
            model=model,
            language=Language(brief.language),
            interim_results=True,
            endpointing=settings.deepgram_endpointing_ms,
            keyterm=keyterms,
        ),
    )


def _flux(name: str, brief: Brief, settings: Settings) -> STTService:
    language = Language(brief.language)
    english = brief.language.split("-")[0] == "en"
    model = ("flux-general-en" if english else "flux-general-multi") if name == "flux" else name
    return PromptFlux(
        api_key=key(settings, "deepgram_api_key"),
        url=f"{settings.deepgram_url}/v2/listen",
        connect_secs=settings.vendor_connect_secs,
        settings=DeepgramFluxSTTService.Settings(
            model=model,
            keyterm=_keyterms(brief),
            language_hints=[language] if model == "flux-general-multi" else None,
        ),
    )


def _keyterms(brief: Brief) -> list[str]:
    return list(brief.knowledge.keyterms()[:_MAX_KEYTERMS])


class PromptNova(DeepgramSTTService):
    """Nova that keeps no call waiting, and no words to itself when its connection is lost.

    Pipecat 1.14 sets up the pipeline only when the first attempt to connect has come to an end,
    which takes 10 s where nobody answers. Here the call begins after `connect_secs`, with an error
    that says so; the attempts go on. What was heard of an utterance whose connection breaks is
    transcribed as far as it goes, as Flux does it.
    """

    def __init__(self, *, connect_secs: float, **kwargs: Any):
        """Take Pipecat's arguments and how long connecting may keep the call waiting."""
        super().__init__(**kwargs)
        self._connect_secs = connect_secs
        self._heard: InterimTranscriptionFrame | None = None

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Push a frame, and remember the words that are not yet final."""
        if isinstance(frame, InterimTranscriptionFrame):
            self._heard = frame
        elif isinstance(frame, TranscriptionFrame):
            self._heard = None
        await super().push_frame(frame, direction)

    async def _on_error(self, error: Any) -> None:
        await super()._on_error(error)
        if heard := self._heard:
            await self.push_frame(
                TranscriptionFrame(heard.text, heard.user_id, heard.timestamp, heard.language)
            )

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self._connect_secs):
                await super()._connect()
        except TimeoutError as error:
            await self.push_error(
                f"Deepgram has not answered within {self._connect_secs:g} s", exception=error
            )


class PromptFlux(PromptConnect, DeepgramFluxSTTService):
    """Flux that keeps no call waiting, and says when its connection is lost.

    It also takes no longer than `connect_secs` to be told that Flux is ready.
    """

    def __init__(self, *, connect_secs: float, **kwargs: Any):
        super().__init__(connect_secs=connect_secs, **kwargs)
        self._CONNECTION_TIMEOUT = connect_secs  # of Pipecat's class; 10 s there


class PromptDeepgramTTS(PromptConnect, DeepgramTTSService):
    """A voice that keeps no call waiting, and says when its connection is lost."""
