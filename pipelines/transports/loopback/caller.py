"""Who calls: a recording that plays to its end, or a script that reacts to what it hears."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE = 16_000
MAX_SECS = 3600
_BLOCK = 1 << 16  # frames read at a time

Samples = NDArray[np.int16]


class CallerAudioError(ValueError):
    """A file that cannot be a caller; the message names it, the rule and the way out."""


class Caller(Protocol):
    """Somebody who speaks, 16-bit mono at the rate of the line."""

    def start(self) -> None:
        """The caller is connected."""
        ...

    def take(self, count: int) -> bytes | None:
        """The next `count` samples, never waiting; None when there is nothing more to say."""
        ...

    def close(self) -> None:
        """The call is over."""
        ...


class RecordedCaller:
    """Plays a recording from its first sample to its last.

    Args:
        samples: (samples,) int16 at the rate of the line.
    """

    def __init__(self, samples: Samples) -> None:
        """Nothing is played yet."""
        self._pcm = samples.astype("<i2").tobytes()
        self._position = 0

    def start(self) -> None:
        """The recording begins with the call."""

    def take(self, count: int) -> bytes | None:
        """The next samples; the last piece is filled with silence."""
        if self._position >= len(self._pcm):
            return None
        piece = self._pcm[self._position : self._position + 2 * count]
        self._position += 2 * count
        return piece.ljust(2 * count, b"\0")

    def close(self) -> None:
        """Nothing is held."""


class ScriptedCaller:
    """Says what an async generator yields, which may wait for anything in between.

    The generator is asked for more when what it gave has been spoken; while it waits, the caller is
    silent. What it raises ends the caller and is raised by the next `take`.

    Args:
        script: Yields 16-bit mono PCM at the rate of the line, in pieces of any length.
    """

    def __init__(self, script: AsyncIterator[bytes]) -> None:
        """The script is not started yet."""
        self._script = script
        self._pcm = bytearray()
        self._spoken = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the script."""
        self._reading = asyncio.create_task(self._read(), name="caller's script")

    def take(self, count: int) -> bytes | None:
        """What the script has ready, filled up with silence."""
        piece = bytes(self._pcm[: 2 * count])
        del self._pcm[: 2 * count]
        if not self._pcm:
            self._spoken.set()
        if not piece and self._reading and self._reading.done():
            self._reading.result()
            return None
        return piece.ljust(2 * count, b"\0")

    def close(self) -> None:
        """End the script."""
        if self._reading:
            self._reading.cancel()

    async def _read(self) -> None:
        async for pcm in self._script:
            self._pcm += pcm
            self._spoken.clear()
            if self._pcm:
                await self._spoken.wait()


def read_caller(path: Path | str, rate: int = RATE) -> Samples:
    """A WAV file as a caller, whatever its rate, width and channels.

    Args:
        path: The file: PCM of 8, 16, 24 or 32 bits or floating point; channels are mixed.
        rate: The rate to bring it to, in Hz.

    Returns:
        (samples,) int16 mono at `rate`.

    Raises:
        CallerAudioError: there is no such file, it is no WAV, it is empty or longer than an hour.
    """
    path = Path(path)
    if not path.is_file():
        raise CallerAudioError(f"there is no file {path}; name a WAV file with the caller's voice")
    if not path.stat().st_size:
        raise CallerAudioError(f"{path} is empty (0 bytes); record at least a moment of sound")
    try:
        with soundfile.SoundFile(path) as file:
            _check(file, path)
            return _mono(file, rate)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise CallerAudioError(
            f"{path} cannot be read as a WAV file ({error}); convert it, for example with "
            "ffmpeg -i IN -ar 16000 -ac 1 caller.wav"
        ) from error


def _check(file: soundfile.SoundFile, path: Path) -> None:
    if file.format not in {"WAV", "WAVEX", "RF64"}:
        raise CallerAudioError(
            f"{path} is a {file.format} file; a caller is a WAV file: convert it, for example with "
            "ffmpeg -i IN -ar 16000 -ac 1 caller.wav"
        )
    if not file.frames:
        raise CallerAudioError(f"{path} holds no sound (0 samples); record at least a moment")
    secs = file.frames / file.samplerate
    if secs > MAX_SECS:
        raise CallerAudioError(
            f"{path} is {secs:.0f} s long; a caller speaks for at most {MAX_SECS} s: cut the file"
        )


def _mono(file: soundfile.SoundFile, rate: int) -> Samples:
    """All channels mixed, at `rate`; read in blocks, as an hour may be gigabytes."""
    source = int(file.samplerate)
    stream = soxr.ResampleStream(source, rate, 1, "float32") if source != rate else None
    parts: list[NDArray[np.float32]] = []
    for block in file.blocks(_BLOCK, dtype="float32", always_2d=True):
        mixed = np.nan_to_num(block.mean(axis=1, dtype=np.float32), posinf=1.0, neginf=-1.0)
        parts.append(stream.resample_chunk(mixed) if stream else mixed)
    if stream:
        parts.append(stream.resample_chunk(np.zeros(0, np.float32), last=True))
    scaled = np.concatenate(parts) * 32768
    return np.clip(np.round(scaled), -32768, 32767).astype(np.int16)
