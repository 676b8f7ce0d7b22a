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

from pipecat.frames.frames import ProposedUserStoppedSpeakingFrame
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
from pipelines.services.replaying import Replaying
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
        silence_secs=settings.recogniser_silence_secs,
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
        silence_secs=settings.recogniser_silence_secs,
        settings=DeepgramFluxSTTService.Settings(
            model=model,
            keyterm=_keyterms(brief),
            language_hints=[language] if model == "flux-general-multi" else None,
        ),
    )


def _keyterms(brief: Brief) -> list[str]:
    return list(brief.knowledge.keyterms()[:_MAX_KEYTERMS])


class PromptNova(Replaying, DeepgramSTTService):
    """Nova that keeps no call waiting, and loses no words with a connection.

    Pipecat 1.14 sets up the pipeline only when the first attempt to connect has come to an end,
    which takes 10 s where nobody answers; and it waits 4 s before it connects again. Here the call
    begins after `connect_secs`, with an error that says so while the attempts go on; and the first
    attempt to connect again is made at once.
    """

    def __init__(self, *, connect_secs: float, **kwargs: Any):
        """Take Pipecat's arguments and how long connecting may keep the call waiting."""
        super().__init__(**kwargs)
        self._connect_secs = connect_secs
        self._why = ""
        self._told = False

    def _line(self) -> object | None:
        return self._connection

    def _break_off(self, why: str) -> None:
        self._why = why
        if self._connection:
            self._connection._websocket.transport.abort()

    async def _renew(self) -> None:
        if not self._told:
            await self.push_error("Deepgram has closed the connection; connecting anew")
        self._why, self._told = "", False
        await self._disconnect()
        await self._connect()
        if not self._connection:
            await self._give_up()

    async def _on_error(self, error: Any) -> None:
        self._told = True
        await super()._on_error(self._why or error)

    async def _on_message(self, message: Any) -> None:
        await super()._on_message(message)
        self._alive()

    def _heard_until_secs(self, result: Any) -> float | None:
        return result.start + result.duration if result else None

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self._connect_secs):
                await super()._connect()
        except TimeoutError as error:
            await self.push_error(
                f"Deepgram has not answered within {self._connect_secs:g} s", exception=error
            )


class PromptFlux(Replaying, PromptConnect, DeepgramFluxSTTService):
    """Flux that keeps no call waiting, and says when its connection is lost, but loses no words.

    It also takes no longer than `connect_secs` to be told that Flux is ready. A turn whose
    connection breaks is heard again by the next one, and ended as far as it goes where none comes.
    """

    def __init__(self, *, connect_secs: float, **kwargs: Any):
        super().__init__(connect_secs=connect_secs, **kwargs)
        self._CONNECTION_TIMEOUT = connect_secs  # of Pipecat's class; 10 s there
        self._why = ""
        self._cut_short = False

    def _line(self) -> object | None:
        return self._websocket if self._transport_is_active() else None

    def _break_off(self, why: str) -> None:
        self._why = why
        if self._websocket:
            self._websocket.transport.abort()

    async def _maybe_try_reconnect(
        self, error_message: str, report_error: Any, error: Exception | None = None
    ) -> bool:
        message, self._why = self._why or error_message, ""
        return await super()._maybe_try_reconnect(message, report_error, error)

    async def _process_message(self, message: str | bytes) -> None:
        await super()._process_message(message)
        self._alive()

    def _heard_until_secs(self, result: Any) -> float | None:
        return result["audio_window_end"] if result else None

    async def _end_turn_cut_short(self) -> None:
        """Leave a turn open that the next connection will hear again."""
        self._cut_short = self._user_is_speaking
        self._wait()

    async def _give_up(self) -> None:
        await super()._give_up()
        if self._cut_short:
            self._cut_short = False
            await self.broadcast_frame(ProposedUserStoppedSpeakingFrame)

    async def _handle_start_of_turn(self, transcript: str) -> None:
        self._cut_short = False
        await super()._handle_start_of_turn(transcript)


class PromptDeepgramTTS(PromptConnect, DeepgramTTSService):
    """A voice that keeps no call waiting, and says when its connection is lost."""
