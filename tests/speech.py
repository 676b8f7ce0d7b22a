"""Callers' speech for tests and benchmarks, made by the machine's own speech synthesisers.

::

    say("what are your opening hours")            a woman's voice (flite slt), int16 at 16 kHz
    say("stop", "espeak/en-us+f3@170")            a formant voice at 170 words a minute
    call = concat(pause(1.0), say("hello"), pause(0.8), say("goodbye"), pause(1.0))
    over_the_phone(call, 8000)                    mu-law at 8 kHz, back as int16 at 8 kHz
    add_noise(call, snr_db=20)                    steady noise, reproducible

`flite` (Debian package `flite`) has voices that were built from recorded people: slt, rms, awb,
kal16. `espeak-ng` (Debian package `espeak-ng`) is a formant synthesiser and harder to recognise.
What was said once is kept in `var/speech/`, so that a test run synthesises every sentence once.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

RATE = 16_000
FLITE_VOICES = ("slt", "rms", "awb", "kal16")

Samples = NDArray[np.int16]  # (samples,) mono

_CACHE = Path(__file__).parent.parent / "var" / "speech"
_ESPEAK = "espeak/"


class VoiceMissing(RuntimeError):
    """The synthesiser of a voice is not installed; the message names the package."""


def has_voice(voice: str = "slt") -> bool:
    """Whether `say` can speak with `voice` on this machine."""
    return shutil.which(_program(voice)) is not None


def say(text: str, voice: str = "slt") -> Samples:
    """`text` spoken by `voice`, at 16 kHz.

    Args:
        text: What to say; numbers and dates are read as words.
        voice: One of `FLITE_VOICES`, or `espeak/<voice>[@words per minute]`.

    Raises:
        VoiceMissing: the synthesiser is not installed.
        ValueError: no voice is called so.
    """
    if not voice.startswith(_ESPEAK) and voice not in FLITE_VOICES:
        raise ValueError(
            f"no voice is called {voice!r}; there are {', '.join(FLITE_VOICES)} and espeak/<voice>"
        )
    key = hashlib.sha256(f"{voice}\n{text}".encode()).hexdigest()[:20]
    kept = _CACHE / f"{key}.wav"
    if not kept.exists():
        _synthesise(text, voice, kept)
    return read_wav(kept)


def pause(secs: float, rate: int = RATE) -> Samples:
    """A pause as a telephone has it: all but silent, as no microphone is ever quite silent."""
    count = round(secs * rate)
    return np.random.default_rng(count).integers(-3, 4, count).astype(np.int16)


def concat(*parts: Samples) -> Samples:
    """The parts one after another."""
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def noise(secs: float, rms: float = 300.0, seed: int = 0, rate: int = RATE) -> Samples:
    """Steady room noise (more of the low than of the high), `rms` in units of a sample."""
    count = round(secs * rate)
    if not count:
        return np.zeros(0, np.int16)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / rate)
    shaped = np.fft.irfft(spectrum / np.sqrt(1 + (hertz / 400) ** 2), count)
    return _clip(shaped * (rms / max(np.sqrt(np.mean(shaped**2)), 1e-9)))


def add_noise(speech: Samples, snr_db: float, seed: int = 0) -> Samples:
    """`speech` (16 kHz) with steady noise, `snr_db` below the speech's own level."""
    level = np.sqrt(np.mean(speech.astype(float) ** 2)) if speech.size else 0.0
    rms = float(level / 10 ** (snr_db / 20))
    return _clip(speech.astype(float) + noise(speech.size / RATE, rms, seed)[: speech.size])


def resample(speech: Samples, rate_in: int, rate_out: int) -> Samples:
    """`speech` at another rate."""
    return speech if rate_in == rate_out else _clip(soxr.resample(speech, rate_in, rate_out))


def over_the_phone(speech: Samples, rate: int = RATE) -> Samples:
    """`speech` (16 kHz) as a telephone line delivers it: 8 kHz, mu-law, then at `rate`."""
    narrow = resample(speech, RATE, 8000).astype(float) / 32768
    squeezed = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log1p(255)
    coded = np.round(squeezed * 127) / 127
    opened = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(255)) / 255
    return resample(_clip(opened * 32768), 8000, rate)


def read_wav(path: Path) -> Samples:
    """A 16-bit mono WAV file at 16 kHz, whatever its own rate."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
        return resample(samples, file.getframerate(), RATE)


def write_wav(path: Path, speech: Samples, rate: int = RATE) -> Path:
    """Write a 16-bit mono WAV file; returns `path`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(speech.astype("<i2").tobytes())
    return path


def _program(voice: str) -> str:
    return "espeak-ng" if voice.startswith(_ESPEAK) else "flite"


def _synthesise(text: str, voice: str, kept: Path) -> None:
    if not has_voice(voice):
        program = _program(voice)
        raise VoiceMissing(
            f"voice {voice!r} needs the program {program}, which is not installed; "
            f"on Debian: apt-get install {program}"
        )
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Test processes run side by side: a file appears whole or not at all.
    handle, draft = tempfile.mkstemp(suffix=".wav", dir=kept.parent)
    os.close(handle)
    try:
        subprocess.run(_command(text, voice, draft), check=True, capture_output=True, timeout=60)
        os.replace(draft, kept)
    finally:
        Path(draft).unlink(missing_ok=True)


def _command(text: str, voice: str, out: str) -> list[str]:
    if not voice.startswith(_ESPEAK):
        return ["flite", "-voice", voice, "-t", text, "-o", out]
    name, _, speed = voice.removeprefix(_ESPEAK).partition("@")
    return ["espeak-ng", "-v", name, "-s", speed or "165", "-w", out, "--", text]


def _clip(samples: NDArray) -> Samples:
    return np.clip(np.round(samples), -32768, 32767).astype(np.int16)
