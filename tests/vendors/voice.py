"""A voice that is plainly a machine's: every word a tone of its own, with a true duration.

>>> [(word.text, word.start_secs, word.end_secs) for word in timings("Hello, you.")]
[('Hello,', 0.0, 0.38), ('you.', 0.43, 0.69)]
"""

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

_SECS_A_LETTER = 0.06
_SECS_A_WORD = 0.08
_GAP_SECS = 0.05
_PAUSE_SECS = 0.2
_FADE_SECS = 0.005


@dataclass(frozen=True)
class SpokenWord:
    """A word and when it is heard, in seconds from the start of its text."""

    text: str
    start_secs: float
    end_secs: float


def timings(text: str) -> list[SpokenWord]:
    """When each word of `text` is heard; a sentence ends in a pause."""
    spoken, at = [], 0.0
    for word in text.split():
        letters = sum(map(str.isalnum, word))
        end = at + _SECS_A_WORD + _SECS_A_LETTER * letters
        spoken.append(SpokenWord(word, round(at, 3), round(end, 3)))
        at = end + (_PAUSE_SECS if word[-1] in ".?!" else _GAP_SECS)
    return spoken


def duration_secs(text: str) -> float:
    """How long `text` sounds, with the pause after its last word."""
    spoken = timings(text)
    if not spoken:
        return 0.0
    return spoken[-1].end_secs + (_PAUSE_SECS if spoken[-1].text[-1] in ".?!" else _GAP_SECS)


@lru_cache(maxsize=256)
def pcm(text: str, sample_rate: int) -> bytes:
    """`text` as 16-bit little-endian mono audio of `duration_secs(text)`."""
    samples = np.zeros(
        round(duration_secs(text) * sample_rate), np.float64
    )  # (samples,) in [-1, 1]
    for word in timings(text):
        start, end = round(word.start_secs * sample_rate), round(word.end_secs * sample_rate)
        samples[start:end] = _tone(word.text, end - start, sample_rate)
    return (samples * 32767).astype("<i2").tobytes()


def _tone(word: str, count: int, sample_rate: int) -> np.ndarray:
    seed = zlib.crc32(word.lower().encode())
    pitch, formant = 95 + seed % 70, 350 + seed // 70 % 450  # Hz
    seconds = np.arange(count) / sample_rate
    tone = np.zeros(count)
    for harmonic in range(1, 12):
        frequency = pitch * harmonic
        loudness = 1 / (1 + ((frequency - formant) / 150) ** 2) + 0.1 / harmonic
        tone += loudness * np.sin(2 * np.pi * frequency * seconds)
    fade = np.minimum(1, np.minimum(seconds, seconds[::-1]) / _FADE_SECS)
    return 0.5 * fade * tone / max(1e-9, float(np.abs(tone).max()))
