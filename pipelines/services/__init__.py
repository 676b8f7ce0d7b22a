"""The machines at the stations, chosen by address: `stt("deepgram/nova-3", brief, settings)`.

An address is a vendor and what the vendor calls the model or voice. A module is imported only when
its vendor is asked for, so that nobody pays for what they do not use. Nothing of Pipecat is
imported here: the embedded workers are children of this package and would carry it along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from loguru import logger

from pipelines.services.errors import MissingExtraError, MissingKeyError, UnknownServiceError

if TYPE_CHECKING:
    from pipecat.services.llm_service import LLMService
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService

    from pipelines.brief import Brief
    from pipelines.settings import Settings

__all__ = [
    "MissingExtraError",
    "MissingKeyError",
    "UnknownServiceError",
    "llm",
    "preferred",
    "stt",
    "tts",
]

# vendor -> the module with a builder of the same name as the table:
# `stt(name: str, brief: Brief, settings: Settings) -> STTService`
STT = {
    "deepgram": "pipelines.services.deepgram",
    "embedded": "pipelines.services.embedded.stt",
    "whisper": "pipelines.services.whisper",
}
LLM = {
    "anthropic": "pipelines.services.anthropic",
    "embedded": "pipelines.services.embedded.llm",
    "openai": "pipelines.services.openai",
}
TTS = {
    "cartesia": "pipelines.services.cartesia",
    "deepgram": "pipelines.services.deepgram",
    "embedded": "pipelines.services.embedded.tts",
    "kokoro": "pipelines.services.kokoro",
    "piper": "pipelines.services.piper",
}
_TABLES = {"stt": STT, "llm": LLM, "tts": TTS}


def stt(address: str, brief: Brief, settings: Settings) -> STTService:
    """The recogniser at `address`; raises UnknownServiceError or MissingKeyError."""
    return _build("stt", address, brief, settings)


def llm(address: str, brief: Brief, settings: Settings) -> LLMService:
    """The language model at `address`; raises UnknownServiceError or MissingKeyError."""
    return _build("llm", address, brief, settings)


def tts(address: str, brief: Brief, settings: Settings) -> TTSService:
    """The voice at `address`; raises UnknownServiceError or MissingKeyError."""
    return _build("tts", address, brief, settings)


def preferred(kind: str, addresses: Iterable[str], brief: Brief, settings: Settings) -> Any:
    """The first service of `kind` ("stt", "llm", "tts") whose key is there.

    What is passed over is logged in one line. Raises MissingKeyError where none is left,
    UnknownServiceError for an address that names nothing.
    """
    passed_over: list[str] = []
    for address in addresses:
        try:
            service = _build(kind, address, brief, settings)
        except MissingKeyError as missing:
            passed_over.append(str(missing))
            continue
        note = f" ({'; '.join(passed_over)})" if passed_over else ""
        logger.info(f"{brief.name}: {kind} is {address}{note}")
        return service
    raise MissingKeyError(f"{brief.name} has no {kind} left: {'; '.join(passed_over)}")


def _build(kind: str, address: str, brief: Brief, settings: Settings) -> Any:
    vendor, _, name = address.partition("/")
    table = _TABLES[kind]
    if vendor not in table or not name:
        known = ", ".join(f"{vendor}/…" for vendor in sorted(table))
        raise UnknownServiceError(f"no {kind.upper()} is called {address!r}; there are {known}")
    builder: Callable[[str, Brief, Settings], Any] = getattr(import_module(table[vendor]), kind)
    return builder(name, brief, settings)
