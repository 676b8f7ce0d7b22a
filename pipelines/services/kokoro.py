"""Kokoro's neural voices on this machine: "kokoro/af_heart", "kokoro/<voice>".

    uv sync --extra kokoro     kokoro-onnx

The model is downloaded to ~/.cache/pipecat/kokoro-onnx when it is used for the first time.
"""

from pipecat.services.tts_service import TTSService

from pipelines.brief import Brief
from pipelines.services.needs import extra
from pipelines.settings import Settings


def tts(name: str, brief: Brief, settings: Settings) -> TTSService:
    """The voice `name`.

    Raises:
        MissingExtraError: kokoro-onnx is not installed.
        ValueError: there is no such voice.
    """
    extra("kokoro", "kokoro_onnx", "requests")
    from pipecat.services.kokoro.tts import KokoroTTSService
    from pipecat.transcriptions.language import Language

    return KokoroTTSService(
        settings=KokoroTTSService.Settings(voice=name, language=Language(brief.language))
    )
