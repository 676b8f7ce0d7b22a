"""Piper's neural voices on this machine: "piper/en_US-ryan-high", "piper/<voice>".

    uv sync --extra piper     piper-tts, which is GPL-3: mind it where you pass the house on

A voice is downloaded to ~/.cache/pipecat/piper when it is used for the first time.
"""

from pipecat.services.tts_service import TTSService

from pipelines.brief import Brief
from pipelines.services.needs import extra
from pipelines.settings import Settings


def tts(name: str, brief: Brief, settings: Settings) -> TTSService:
    """The voice `name`.

    Raises:
        MissingExtraError: piper-tts is not installed.
    """
    extra("piper", "piper")
    from pipecat.services.piper.tts import PiperTTSService

    return PiperTTSService(settings=PiperTTSService.Settings(voice=name))
