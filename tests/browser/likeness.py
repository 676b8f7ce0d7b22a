"""How much of a sound is in another one, whatever its delay."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]  # (samples,) mono


def likeness(part: Samples, whole: Samples) -> float:
    """The best normalised correlation of `part` with any stretch of `whole`: 1.0 is the same.

    >>> tone = (np.sin(np.arange(400) ** 1.5 / 9) * 9000).astype(np.int16)
    >>> round(likeness(tone, np.concatenate([np.zeros(99, np.int16), tone])), 3)
    1.0
    """
    if part.size > whole.size:
        return 0.0
    wanted, given = part.astype(float), whole.astype(float)
    size = 1 << (wanted.size + given.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(given, size) * np.conj(np.fft.rfft(wanted, size)), size)
    matches = product[: given.size - wanted.size + 1]
    energy = np.cumsum(np.concatenate([[0.0], given**2]))
    windows = energy[wanted.size :] - energy[: energy.size - wanted.size]
    scale = np.sqrt(np.maximum(windows, 1.0) * max(float(np.sum(wanted**2)), 1.0))
    return float(np.max(np.abs(matches / scale)))


def windows_likeness(part: Samples, whole: Samples, window: int) -> float:
    """The median `likeness` of the windows of `part`; a clock that drifts does not spoil it."""
    cuts = range(0, part.size - window + 1, window)
    return float(np.median([likeness(part[cut : cut + window], whole) for cut in cuts]))
