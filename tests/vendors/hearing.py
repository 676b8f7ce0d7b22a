"""What is heard when: recognition by a script, keyed to the position in the received audio.

::

    audio   ░░░░░▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░        Said(0.5, 1.7, "are you open")
    heard         are  you  open|           each word at its end; the utterance ends with its last

A script's seconds count from the first sample of the connection. With `from_onset` they count from
the moment at which the next voice begins: the nth stretch of voice is the nth entry, whenever it
comes, for callers who wait for the bot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# What separates two utterances when they are told apart by their onsets.
_SILENCE_SECS = 0.25


@dataclass(frozen=True)
class Said:
    """One utterance: `text` is spoken from `start_secs` to `end_secs`.

    With `goes_on` the speaker only pauses after it: a recogniser that detects turns (Flux) predicts
    an end there and takes it back.
    """

    start_secs: float
    end_secs: float
    text: str
    confidence: float = 0.98
    goes_on: bool = False


@dataclass(frozen=True)
class Heard:
    """A word, spoken from `start_secs` to `end_secs` of the stream; the `last` of `said` or not."""

    word: str
    start_secs: float
    end_secs: float
    said: Said
    first: bool
    last: bool


def words(said: Said, offset_secs: float = 0.0) -> list[Heard]:
    """The words of an utterance that begins `offset_secs` later, sharing its time by their letters.

    >>> [(word.word, word.end_secs) for word in words(Said(1.0, 2.0, "oh really"))]
    [('oh', 1.25), ('really', 2.0)]
    """
    texts = said.text.split()
    letters = sum(map(len, texts))
    heard, spoken = [], 0
    for index, text in enumerate(texts):
        start, spoken = spoken, spoken + len(text)
        heard.append(
            Heard(
                word=text,
                start_secs=offset_secs + _share(said, start / letters),
                end_secs=offset_secs + _share(said, spoken / letters),
                said=said,
                first=index == 0,
                last=index == len(texts) - 1,
            )
        )
    return heard


def _share(said: Said, part: float) -> float:
    return said.start_secs + (said.end_secs - said.start_secs) * part


class Ear:
    """Listens to 16-bit mono audio and tells which words of the script have been spoken.

    Args:
        script: What is said, in order.
        sample_rate: Of the audio, in Hz.
        from_onset: Whether the script's seconds count from the next voice rather than the start.
        threshold: Sample value above which there is voice, of 32,768.
    """

    def __init__(
        self,
        script: Sequence[Said],
        *,
        sample_rate: int,
        from_onset: bool = False,
        threshold: int = 300,
    ):
        self._script = list(script)
        self.rate = sample_rate
        self._from_onset = from_onset
        self._threshold = threshold
        self._samples = 0
        self._quiet_since = -_SILENCE_SECS
        self._coming: list[Heard] = []
        if not from_onset:
            self._coming = [word for said in self._script for word in words(said)]

    @property
    def secs(self) -> float:
        """How much audio has been received."""
        return self._samples / self.rate

    def feed(self, pcm: bytes) -> list[Heard]:
        """Take in audio; returns the words that have ended in it."""
        if self._from_onset:
            self._await_onset(np.frombuffer(pcm, "<i2"))
        self._samples += len(pcm) // 2
        heard = []
        while self._coming and self._coming[0].end_secs <= self.secs + 1e-6:
            heard.append(self._coming.pop(0))
        return heard

    def _await_onset(self, samples: np.ndarray) -> None:
        voiced = np.flatnonzero(np.abs(samples.astype(np.int32)) > self._threshold)
        if not voiced.size:
            return
        onset_secs = self.secs + int(voiced[0]) / self.rate
        new = onset_secs - self._quiet_since >= _SILENCE_SECS
        if new and self._script and not self._coming:
            self._coming = words(self._script.pop(0), onset_secs)
        self._quiet_since = self.secs + (int(voiced[-1]) + 1) / self.rate
