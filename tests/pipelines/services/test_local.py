"""The services that run on this machine, with doubles of their libraries."""

import sys
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from pipelines.brief import Brief
from pipelines.services import MissingExtraError, needs, stt, tts
from tests.house import settings
from tests.pipelines.services.probe import running

BRIEF = Brief(name="test", title="Test", persona="", greeting="Hello.")


def module(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    """Let a library be installed that has these members."""
    double = ModuleType(name)
    double.__dict__.update(members, __spec__=SimpleNamespace(name=name), __path__=[])
    monkeypatch.setitem(sys.modules, name, double)


def service_module(monkeypatch: pytest.MonkeyPatch, name: str) -> ModuleType:
    """Pipecat's module `name`, imported for this test only, on the doubles of its libraries."""
    monkeypatch.delitem(sys.modules, name, raising=False)
    imported = import_module(name)
    del sys.modules[name]
    monkeypatch.setitem(sys.modules, name, imported)
    return imported


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no optional package be installed, also where it is."""
    monkeypatch.setattr(needs, "find_spec", lambda _: None)


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize(
    ("build", "address", "extra"),
    [
        (stt, "whisper/base", "whisper"),
        (tts, "piper/en_US-ryan-high", "piper"),
        (tts, "kokoro/af_heart", "kokoro"),
    ],
)
def test_a_missing_package_is_told_by_the_extra_to_install(build, address, extra):
    with pytest.raises(MissingExtraError, match=f"uv sync --extra {extra}"):
        build(address, BRIEF, settings())


class WhisperModel:
    """Hears the same in everything, and counts how often it is loaded."""

    loaded = 0
    supported_languages = ("en",)

    def __init__(self, name: str, *, device: str):
        WhisperModel.loaded += 1
        self.name, self.device = name, device

    def transcribe(self, audio: np.ndarray, **_: object) -> tuple[list[Any], None]:
        """One segment."""
        return [SimpleNamespace(text=f"{self.name} on {self.device}", no_speech_prob=0.0)], None


async def test_whisper_recognises_an_utterance_and_loads_its_model_once_for_all_calls(monkeypatch):
    module(monkeypatch, "faster_whisper", WhisperModel=WhisperModel)
    service_module(monkeypatch, "pipecat.services.whisper.stt")
    on_cpu = settings(whisper_device="cpu")
    first, second = (stt("whisper/base", BRIEF, on_cpu) for _ in range(2))
    assert WhisperModel.loaded == 1
    for service in (first, second):
        async with running(service) as probe:
            await probe.send(VADUserStartedSpeakingFrame())
            await probe.say(0.4)
            await probe.send(VADUserStoppedSpeakingFrame())
            await probe.until(lambda: probe.got(TranscriptionFrame))
        assert probe.got(TranscriptionFrame)[0].text.strip() == "base on cpu"


def test_whisper_refuses_a_language_that_its_model_does_not_know(monkeypatch):
    module(monkeypatch, "faster_whisper", WhisperModel=WhisperModel)
    service_module(monkeypatch, "pipecat.services.whisper.stt")
    polish = Brief(name="test", title="Test", persona="", greeting="", language="pl")
    with pytest.raises(ValueError, match="cannot transcribe 'pl'"):
        stt("whisper/tiny.en", polish, settings())


async def test_piper_speaks_with_the_voice_that_is_named(monkeypatch, tmp_path):
    pcm = b"\1\0" * 2205
    voice = SimpleNamespace(
        config=SimpleNamespace(sample_rate=22_050),
        synthesize=lambda text: iter([SimpleNamespace(audio_int16_bytes=pcm)]),
    )
    loaded: list[str] = []

    def load(path: Any, **_: object) -> Any:
        loaded.append(path.name)
        return voice

    module(monkeypatch, "piper", PiperVoice=SimpleNamespace(load=load))
    module(monkeypatch, "piper.download_voices", download_voice=lambda *_, **__: None)
    piper = service_module(monkeypatch, "pipecat.services.piper.tts")
    monkeypatch.setattr(piper, "PIPER_CACHE_DIR", tmp_path)
    async with running(tts("piper/en_US-ryan-high", BRIEF, settings())) as probe:
        await probe.send(TTSSpeakFrame("Hello."))
        await probe.until(lambda: probe.got(TTSAudioRawFrame))
        await probe.until(lambda: probe.got(TTSStoppedFrame))
    assert loaded == ["en_US-ryan-high.onnx"]


async def test_kokoro_speaks_with_the_voice_that_is_named(monkeypatch, tmp_path):
    spoken: list[tuple[str, str]] = []

    class Kokoro:
        voices = ("af_heart",)

        def __init__(self, *_: str):
            pass

        async def create_stream(self, text: str, *, voice: str, lang: str, speed: float):
            spoken.append((voice, lang))
            yield np.full(2400, 0.1, np.float32), 24_000

    class Download:
        def raise_for_status(self) -> None:
            pass

        def iter_content(self, chunk_size: int) -> list[bytes]:
            return [b""]

    module(monkeypatch, "kokoro_onnx", Kokoro=Kokoro)
    module(monkeypatch, "requests", get=lambda *_, **__: Download())
    kokoro = service_module(monkeypatch, "pipecat.services.kokoro.tts")
    monkeypatch.setattr(kokoro, "KOKORO_CACHE_DIR", tmp_path)
    async with running(tts("kokoro/af_heart", BRIEF, settings())) as probe:
        await probe.send(TTSSpeakFrame("Hello."))
        await probe.until(lambda: probe.got(TTSAudioRawFrame))
    assert spoken == [("af_heart", "en-us")]
