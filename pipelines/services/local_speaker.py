"""Neural voices in a process of their own: Piper, which is GPL-3, and Kokoro.

Run by a `Worker` as `python -m pipelines.services.local_speaker`; nothing else imports it, so that
neither library is loaded where the application runs, and no model is loaded in its event loop::

    open(kind="speak", engine, voice, language, text, sample_rate)
        ◀── "audio" (int16 mono PCM)   a sentence at a time
        ◀── "done"                     or "error" (text=…)
    close ──▶ what is not yet spoken is left out

With an empty text the voice is only loaded. Models are downloaded when they are used for the first
time, to where Pipecat keeps them, too.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import soxr
from numpy.typing import NDArray

from pipelines.services.embedded.process import Emit, serve

_CACHE = Path.home() / ".cache" / "pipecat"
_KOKORO = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/"
_KOKORO_FILES = ("kokoro-v1.0.onnx", "voices-v1.0.bin")
# Kokoro takes eSpeak NG's names of languages; where they differ from ISO's.
_KOKORO_LANGUAGES = {"en": "en-us", "fr": "fr-fr", "zh": "cmn", "pt": "pt-br"}

Say = Callable[[str], Iterator[tuple[NDArray[np.int16], int]]]
"""Speaks a text: (samples,) and their rate in Hz, piece by piece."""


def piper(voice: str, language: str) -> Say:
    """Piper's `voice`, which speaks one language."""
    folder = _CACHE / "piper"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{voice}.onnx"
    if not path.exists():
        import_module("piper.download_voices").download_voice(voice, folder)
    model: Any = import_module("piper").PiperVoice.load(path)

    def say(text: str) -> Iterator[tuple[NDArray[np.int16], int]]:
        for chunk in model.synthesize(text):
            yield np.frombuffer(chunk.audio_int16_bytes, "<i2"), chunk.sample_rate

    return say


def kokoro(voice: str, language: str) -> Say:
    """Kokoro's `voice`, in a language.

    Raises:
        ValueError: there is no such voice.
    """
    model = _kokoro_model()
    if voice not in model.voices:
        raise ValueError(f"Kokoro has no voice {voice!r}; there are {', '.join(model.voices)}")
    code = language.lower()
    spoken = _KOKORO_LANGUAGES.get(code, code)

    def say(text: str) -> Iterator[tuple[NDArray[np.int16], int]]:
        samples, rate = model.create(text, voice=voice, speed=1.0, lang=spoken)
        yield (np.clip(samples, -1, 1) * 32767).astype(np.int16), rate

    return say


@lru_cache(maxsize=1)
def _kokoro_model() -> Any:
    folder = _CACHE / "kokoro-onnx"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in _KOKORO_FILES]
    for path in paths:
        if not path.exists():
            _download(_KOKORO + path.name, path)
    return import_module("kokoro_onnx").Kokoro(*map(str, paths))


def _download(url: str, path: Path) -> None:
    draft = path.with_suffix(".part")
    with urlopen(url, timeout=300) as response, draft.open("wb") as file:
        while piece := response.read(1 << 20):
            file.write(piece)
    # A download that broke off is not taken for a model.
    draft.replace(path)


_engines: Mapping[str, Callable[[str, str], Say]] = {"piper": piper, "kokoro": kokoro}


@lru_cache(maxsize=8)
def _voice(engine: str, voice: str, language: str) -> Say:
    return _engines[engine](voice, language)


# One at a time: the models take all cores by themselves, and Piper keeps global state.
_pool = ThreadPoolExecutor(1, thread_name_prefix="voice")


class Speech:
    """One text, spoken on the pool's thread."""

    def __init__(
        self, emit: Emit, *, engine: str, voice: str, language: str, text: str, sample_rate: int
    ) -> None:
        """Queue it."""
        self._emit = emit
        self._rate = sample_rate
        self._abandoned = threading.Event()
        _pool.submit(self._speak, (engine, voice, language), text)

    def receive(self, name: str, fields: Mapping[str, Any], blob: bytes) -> None:
        """Nothing can be said to a speech but `close`."""

    def close(self) -> None:
        """Leave out what is not yet spoken."""
        self._abandoned.set()

    def _speak(self, voice: tuple[str, str, str], text: str) -> None:
        try:
            say = _voice(*voice)
            for samples, rate in say(text) if text else ():
                if self._abandoned.is_set():
                    return
                sound = soxr.resample(samples, rate, self._rate)
                self._emit("audio", sound.astype("<i2").tobytes())
            self._emit("done")
        except Exception as error:  # whatever it is, the parent waits for a last word
            self._emit("error", text=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    serve({"speak": Speech})
