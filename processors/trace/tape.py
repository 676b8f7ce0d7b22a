"""The sound of a call on disk while it goes on: stereo FLAC, caller left, bot right.

FLAC frames stand alone, so a file whose writer was killed can be read up to its last frame (about
0.2 s); only its length is missing, which `mend` writes. Beside it lie the peaks that a page draws
instead of reading an hour of sound.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from processors.trace.clock import Piece

PEAK_SECS = 0.02  # one pair of peaks for so much sound
_BLOCK = 1 << 16
_FLAC_BLOCK = 4096  # what libFLAC puts into one frame

Samples = NDArray[np.int16]
Span = tuple[int, int]


class Side:
    """One side at the tape's rate, gaps filled with silence; memory holds what is not yet written.

    Args:
        rate: Of the sound that comes.
        tape_rate: Of the tape.
    """

    def __init__(self, rate: int, tape_rate: int) -> None:
        """Nothing yet."""
        self.rate = rate
        self._resample = soxr.ResampleStream(rate, tape_rate, 1, "int16", quality="MQ")
        self._same = rate == tape_rate
        self._end = 0
        self._ready: list[Samples] = []

    def add(self, piece: Piece) -> None:
        """Append a piece; it never lies before the last one."""
        self.fill(piece.start)
        self._push(np.frombuffer(piece.pcm, "<i2"))

    def fill(self, until: int) -> None:
        """Fill with silence up to position `until` of this side."""
        while self._end < until:
            # In pieces: a pause may be an hour long.
            self._push(np.zeros(min(until - self._end, _BLOCK), np.int16))

    def _push(self, samples: Samples) -> None:
        self._end += samples.size
        self._ready.append(samples if self._same else self._resample.resample_chunk(samples))

    def take(self) -> Samples:
        """What has come, at the tape's rate."""
        ready, self._ready = self._ready, []
        return np.concatenate(ready) if ready else np.zeros(0, np.int16)

    def flush(self) -> None:
        """Get the resampler's last samples."""
        if not self._same:
            rest = self._resample.resample_chunk(np.zeros(0, np.int16), last=True)
            self._ready.append(rest)


class Tape:
    """Writes `call.flac` and `peaks.bin` into a folder.

    Args:
        folder: Exists.
        caller_rate: Samples per second from the caller.
        bot_rate: Samples per second to the caller.

    Raises:
        OSError, RuntimeError: the disk does not take it, here and in `write`.
    """

    def __init__(self, folder: Path, caller_rate: int, bot_rate: int) -> None:
        """Open both files."""
        # The bot's side is written as it was sent, sample by sample.
        self.rate = max(caller_rate, bot_rate)
        self.sides = (Side(caller_rate, self.rate), Side(bot_rate, self.rate))
        self._left = [np.zeros(0, np.int16), np.zeros(0, np.int16)]
        self._silences: tuple[list[Span], list[Span]] = ([], [])
        self._peaks = Peaks(folder / "peaks.bin", self.rate)
        self._flac = soundfile.SoundFile(
            folder / "call.flac", "w", self.rate, 2, subtype="PCM_16", format="FLAC"
        )
        self.written = 0

    def silence(self, side: int, start: int, end: int) -> None:
        """Write silence instead of the sound of a side in that span of the tape."""
        self._silences[side].append((start, end))

    def write(self) -> None:
        """Write as much as both sides have."""
        for index, side in enumerate(self.sides):
            self._left[index] = np.concatenate((self._left[index], side.take()))
        count = min(len(left) for left in self._left)
        if count:
            both = np.stack([left[:count] for left in self._left], axis=1)
            self._left = [left[count:] for left in self._left]
            for column, spans in enumerate(self._silences):
                for start, end in spans:
                    low, high = max(start - self.written, 0), max(end - self.written, 0)
                    both[low:high, column] = 0
                spans[:] = [span for span in spans if span[1] > self.written + count]
            self._flac.write(both)
            self._peaks.write(both)
            self.written += count

    def close(self) -> None:
        """Bring both sides to the same length and finish the files."""
        secs = max(side._end / side.rate for side in self.sides)
        for side in self.sides:
            side.fill(round(secs * side.rate))
            side.flush()
        try:
            self.write()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the files as they are."""
        # A full disk fails once more when the header is written.
        with contextlib.suppress(OSError, RuntimeError):
            self._flac.close()
        self._peaks.close()


class Peaks:
    """The loudest sample of each side in every `PEAK_SECS`, one byte each: 0 … 255.

    Args:
        path: The file.
        rate: Samples per second.
    """

    def __init__(self, path: Path, rate: int) -> None:
        """Open the file."""
        self._file = path.open("wb", buffering=0)
        self._size = int(rate * PEAK_SECS)
        self._rest = np.zeros((0, 2), np.int16)

    def write(self, both: Samples) -> None:
        """Append the peaks of (samples, 2)."""
        both = np.concatenate((self._rest, both))
        count = len(both) // self._size
        self._rest = both[count * self._size :]
        windows = both[: count * self._size].reshape(count, self._size, 2).astype(np.int32)
        self._file.write((np.abs(windows).max(axis=1) >> 7).astype(np.uint8).tobytes())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def length(path: Path) -> int | None:
    """Samples of a FLAC file; None where its writer did not live to say so.

    Raises:
        OSError, RuntimeError: there is no such file, or it is no sound.
    """
    with soundfile.SoundFile(path) as flac:
        return flac.frames if flac.frames < 1 << 36 else None


def _blocks(flac: soundfile.SoundFile) -> Iterator[Samples]:
    """Frame by frame, (samples, 2): the last one may be half a frame, and fails."""
    with contextlib.suppress(RuntimeError):
        while len(block := flac.read(_FLAC_BLOCK, dtype="int16", always_2d=True)):
            yield np.asarray(block, np.int16)


def mend(folder: Path) -> bool:
    """Make a recording whole whose writer was killed; returns whether there was anything to do.

    Raises:
        OSError, RuntimeError: what is there cannot be read, or nothing can be written.
    """
    path, new = folder / "call.flac", folder / "call.mended"
    if length(path) is not None:
        return False
    with soundfile.SoundFile(path) as old:
        rate = old.samplerate
        peaks = Peaks(folder / "peaks.bin", rate)
        with soundfile.SoundFile(new, "w", rate, 2, subtype="PCM_16", format="FLAC") as whole:
            for block in _blocks(old):
                whole.write(block)
                peaks.write(block)
        peaks.close()
    os.replace(new, path)
    return True
