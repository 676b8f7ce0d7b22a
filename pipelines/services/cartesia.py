"""Cartesia's voices, with the time of every word: "cartesia/default", "cartesia/<voice id>".

    CARTESIA_API_KEY    the key
    CARTESIA_VOICE      the voice of "cartesia/default"
    CARTESIA_MODEL      sonic-3.6
    CARTESIA_URL        wss://api.cartesia.ai/tts/websocket

The times of the words are what lets the context hold what was heard when the bot is interrupted.
"""

from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language

from pipelines.brief import Brief
from pipelines.services.connecting import PromptConnect
from pipelines.services.needs import key
from pipelines.settings import Settings


def tts(name: str, brief: Brief, settings: Settings) -> TTSService:
    """The voice with the id `name`, or the deployment's "default" one.

    Raises:
        MissingKeyError: CARTESIA_API_KEY is not set.
    """
    service = PromptCartesia(
        api_key=key(settings, "cartesia_api_key"),
        url=settings.cartesia_url,
        stop_frame_timeout_s=settings.voice_silence_secs,
        settings=CartesiaTTSService.Settings(
            model=settings.cartesia_model,
            voice=settings.cartesia_voice if name == "default" else name,
            language=Language(brief.language),
        ),
    )
    service.connect_secs = settings.vendor_connect_secs
    return service


class PromptCartesia(PromptConnect, CartesiaTTSService):
    """Cartesia that does not keep a call waiting while nobody answers."""
