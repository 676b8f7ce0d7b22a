"""Piper's neural voices on this machine: "piper/en_US-ryan-high", "piper/<voice>".

    uv sync --extra piper     piper-tts, which is GPL-3: mind it where you pass the house on

It runs in a process of its own, which all calls share; the server never loads it. A voice is
downloaded to ~/.cache/pipecat/piper when it is used for the first time.
"""

from pipelines.brief import Brief
from pipelines.services.local_voice import LocalVoice
from pipelines.services.needs import extra
from pipelines.settings import Settings


def tts(name: str, brief: Brief, settings: Settings) -> LocalVoice:
    """The voice `name`.

    Raises:
        MissingExtraError: piper-tts is not installed.
    """
    extra("piper", "piper")
    return LocalVoice(engine="piper", voice=name, language=brief.language)
