"""Whisper on this machine: "whisper/base", "whisper/large-v3", "whisper/<any CTranslate2 model>".

    uv sync --extra whisper     faster-whisper
    WHISPER_DEVICE              "auto", "cpu" or "cuda"

It recognises an utterance when it has ended, without interim results. A model is downloaded from
Hugging Face when it is used for the first time, and shared by all calls of a process.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

from pipecat.services.stt_service import STTService

from pipelines.brief import Brief
from pipelines.services.needs import extra
from pipelines.settings import Settings


def stt(name: str, brief: Brief, settings: Settings) -> STTService:
    """The recogniser with the model `name`.

    Raises:
        MissingExtraError: faster-whisper is not installed.
        ValueError: the model does not know the language of the bot.
    """
    extra("whisper", "faster_whisper")
    from pipecat.services.whisper.stt import WhisperSTTService
    from pipecat.transcriptions.language import Language

    class SharedWhisper(WhisperSTTService):
        """Pipecat's service with a model that is loaded once for a process."""

        def _load(self) -> None:
            self._model = _model(name, settings.whisper_device)
            if unsupported := self._unsupported_language():
                raise ValueError(unsupported)

    return SharedWhisper(
        device=settings.whisper_device,
        settings=WhisperSTTService.Settings(
            model=name,
            language=Language(brief.language),
            hotwords=", ".join(brief.knowledge.keyterms()) or None,
        ),
    )


@lru_cache(maxsize=4)
def _model(name: str, device: str) -> Any:
    return import_module("faster_whisper").WhisperModel(name, device=device)
