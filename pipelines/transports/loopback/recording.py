"""Both sides of a call on one time line, as they were heard.

::

    0 s ────────────────────────────────────────────────────────▶ the call's time
    caller  ▁▂▅▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▅▅▁        left
    bot               ▂▅▅▂▅▁▁▁               right; silence where nothing was played

An offset is the number of samples since the call began, at the rate of its side.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Side = Literal["caller", "bot"]
# (side, 16-bit mono PCM, offset in samples of that side)
Heard = Callable[[Side, bytes, int], None]
Samples = NDArray[np.int16]


class Recording:
    """What was heard on both sides.

    Args:
        keep: Whether to keep the sound; without, the watchers are told and nothing is held.
    """

    def __init__(self, *, keep: bool = True) -> None:
        """Nothing was heard."""
        self._keep = keep
        self._rates: dict[Side, int] = {"caller": 16_000, "bot": 16_000}
        self._pieces: dict[Side, list[tuple[int, bytes]]] = {"caller": [], "bot": []}
        self._ends: dict[Side, int] = {"caller": 0, "bot": 0}
        self._watchers: list[Heard] = []

    def watch(self, heard: Heard) -> None:
        """Have `heard(side, pcm, offset)` called as it is heard; it must not wait."""
        self._watchers.append(heard)

    def set_rate(self, side: Side, rate: int) -> None:
        """Say at how many samples per second a side comes; before anything is heard of it."""
        self._rates[side] = rate

    def rate(self, side: Side) -> int:
        """Samples per second of a side."""
        return self._rates[side]

    def secs(self, side: Side) -> float:
        """When the last sound of a side ended, in seconds since the call began."""
        return self._ends[side] / self._rates[side]

    def add(self, side: Side, pcm: bytes, offset: int) -> None:
        """Put down what was heard from `offset` on.

        Raises:
            ValueError: it would lie over what was heard before.
        """
        if offset < self._ends[side]:
            raise ValueError(
                f"{side} audio at sample {offset} lies before {self._ends[side]}, where the last "
                "piece ended; a recording only grows"
            )
        self._ends[side] = offset + len(pcm) // 2
        if self._keep:
            self._pieces[side].append((offset, pcm))
        for heard in self._watchers:
            heard(side, pcm, offset)

    def side(self, side: Side) -> Samples:
        """One side at its own rate: (samples,) int16, silence filled in."""
        line = np.zeros(self._ends[side], np.int16)
        for offset, pcm in self._pieces[side]:
            line[offset : offset + len(pcm) // 2] = np.frombuffer(pcm, "<i2")
        return line

    def stereo(self) -> tuple[Samples, int]:
        """(samples, 2) int16, caller left and bot right, and its rate: that of the finer side."""
        rate = max(self._rates.values())
        lines = [_at(self.side(side), self._rates[side], rate) for side in ("caller", "bot")]
        both = np.zeros((max(map(len, lines)), 2), np.int16)
        for column, line in enumerate(lines):
            both[: len(line), column] = line
        return both, rate

    def save(self, path: Path | str) -> Path:
        """Write the call as a stereo 16-bit WAV file; returns its path."""
        both, rate = self.stereo()
        soundfile.write(str(path), both, rate, subtype="PCM_16", format="WAV")
        return Path(path)


def _at(line: Samples, rate: int, wanted: int) -> Samples:
    return line if rate == wanted or not line.size else soxr.resample(line, rate, wanted)
