"""Whether speech came over a telephone line, whatever rate it is delivered at now.

::

    telephone   300 ─────── 3400 Hz │ nothing above
    microphone  100 ─────────────────────────────── 7000 Hz
"""

import numpy as np
from numpy.typing import NDArray

_RATE = 16_000
_WINDOW = 512  # samples, 32 ms
_NARROW_DB = -45.0
_ROUNDINGS = 4  # on the way from the line to here


def is_narrow(samples: NDArray[np.int16]) -> bool:
    """Whether all that is above 4.3 kHz is 45 dB below the rest; (samples,) mono at 16 kHz.

    >>> is_narrow(np.zeros(0, np.int16))
    False
    """
    count = samples.size // _WINDOW
    if not count:
        return False
    window = np.hanning(_WINDOW)
    frames = samples[: count * _WINDOW].reshape(count, _WINDOW) * window
    # Rounding to integers leaves noise at all frequencies, which counts beside quiet speech.
    rounding = count * (window**2).sum() / 12
    power = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).sum(axis=0) - _ROUNDINGS * rounding
    hertz = np.fft.rfftfreq(_WINDOW, 1 / _RATE)
    low = power[(hertz > 300) & (hertz < 3400)].sum()
    high = power[(hertz > 4300) & (hertz < 7500)].sum()
    return bool(low > 0 and 10 * np.log10(max(high, 1e-9) / low) < _NARROW_DB)
