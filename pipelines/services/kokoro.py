"""Kokoro's neural voices on this machine: "kokoro/af_heart", "kokoro/<voice>".

    uv sync --extra kokoro     kokoro-onnx

It runs in a process of its own, which all calls share; the server never loads it. The model is
downloaded to ~/.cache/pipecat/kokoro-onnx when it is used for the first time.
"""

from pipelines.brief import Brief
from pipelines.services.local_voice import LocalVoice
from pipelines.services.needs import extra
from pipelines.settings import Settings


def tts(name: str, brief: Brief, settings: Settings) -> LocalVoice:
    """The voice `name`; that there is none shows when it is warmed up.

    Raises:
        MissingExtraError: kokoro-onnx is not installed.
    """
    extra("kokoro", "kokoro_onnx")
    return LocalVoice(engine="kokoro", voice=name, language=brief.language)
