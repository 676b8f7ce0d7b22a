"""The services that run on this machine, with doubles of their libraries."""

import os
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
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
from pipelines.services.embedded.process import stop_workers
from pipelines.services.local_voice import LocalSpeakerFailed, LocalVoice
from tests.house import settings
from tests.pipelines.services.probe import OUT_RATE, running

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


PIPER = """
from types import SimpleNamespace

class PiperVoice:
    @staticmethod
    def load(path):
        if "nobody" in path.name:
            raise FileNotFoundError(path.name)
        return PiperVoice()

    def synthesize(self, text):
        for sentence in text.split("|"):
            if sentence == "die":
                import os
                os._exit(1)
            yield SimpleNamespace(audio_int16_bytes=b"\\1\\0" * 2205, sample_rate=22_050)
"""
KOKORO = """
import numpy as np

class Kokoro:
    voices = ("af_heart",)

    def __init__(self, model, voices):
        assert open(model).read() == "model"

    def create(self, text, *, voice, speed, lang):
        assert lang == "en-us", lang
        return np.full(2400, 0.1, np.float32), 24_000
"""


@pytest.fixture
async def engines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[None]:
    """Doubles of both libraries, in this process and in the speaker's, and their models."""
    home, packages = tmp_path / "home", tmp_path / "packages"
    for name, source in (("piper", PIPER), ("kokoro_onnx", KOKORO)):
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").write_text(source)
    (packages / "piper" / "download_voices.py").write_text("def download_voice(*_): pass")
    (home / ".cache/pipecat/kokoro-onnx").mkdir(parents=True)
    for name in ("kokoro-v1.0.onnx", "voices-v1.0.bin"):
        (home / ".cache/pipecat/kokoro-onnx" / name).write_text("model")
    monkeypatch.syspath_prepend(packages)
    monkeypatch.setenv("PYTHONPATH", f"{packages}{os.pathsep}{Path(__file__).parents[3]}")
    monkeypatch.setenv("HOME", str(home))
    yield
    await stop_workers()


def voice_at(address: str) -> LocalVoice:
    """The voice at an address."""
    service = tts(address, BRIEF, settings())
    assert isinstance(service, LocalVoice)
    return service


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize("address", ["piper/en_US-ryan-high", "kokoro/af_heart"])
async def test_a_local_voice_speaks_from_a_process_of_its_own(address: str):
    service = voice_at(address)
    await service.warm_up()
    async with running(service) as probe:
        await probe.send(TTSSpeakFrame("Hello."))
        await probe.until(lambda: probe.got(TTSStoppedFrame))
    secs = sum(len(frame.audio) for frame in probe.got(TTSAudioRawFrame)) / 2 / OUT_RATE
    assert secs == pytest.approx(0.1, abs=0.005)
    assert not probe.errors
    assert not {"piper", "kokoro_onnx"} & set(sys.modules)


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize(
    ("address", "told"),
    [("piper/nobody", "FileNotFoundError"), ("kokoro/nobody", "there are af_heart")],
)
async def test_a_voice_that_does_not_exist_is_told_before_the_first_call(address: str, told: str):
    with pytest.raises(LocalSpeakerFailed, match=told):
        await voice_at(address).warm_up()


@pytest.mark.usefixtures("engines")
async def test_a_speaker_that_dies_costs_one_sentence_and_the_next_is_spoken():
    async with running(voice_at("piper/en_US-ryan-high")) as probe:
        await probe.send(TTSSpeakFrame("die"))
        await probe.until(lambda: probe.errors)
        assert "piper did not speak" in probe.errors[0].error
        await probe.send(TTSSpeakFrame("Hello."))
        await probe.until(lambda: probe.got(TTSAudioRawFrame))
