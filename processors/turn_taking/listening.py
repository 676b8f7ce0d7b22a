"""Silero's ear, and how long it has heard nothing.

Pipecat's analyzer says only "started" and "stopped", both late on purpose. An answer can be
prepared earlier than that, since throwing it away costs little; for that the silence is counted
here while it grows::

    voice ▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
                  └─ quiet_secs ─▶│ stopped (stop_secs)
"""

import numpy as np
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams

# Below this a window counts as silent; Silero's own threshold for "speaking" is higher (0.7).
_VOICED = 0.5
# Of voice before it counts as speech: five windows, one less than Pipecat's 0.2 s takes. The bot is
# silent that much sooner; what a shorter sound was is decided while it pauses.
_START_SECS = 0.16


class ListeningVAD(SileroVADAnalyzer):
    """A Silero analyzer that also knows for how long it has been quiet.

    Place: wherever a `SileroVADAnalyzer` stands (`VADProcessor`, `LLMUserAggregatorParams`).

    Args:
        sample_rate: 8000 or 16000 Hz; taken from the pipeline when left out.
        params: Pipecat's parameters; speech starts after 0.16 s where they are left out.
    """

    def __init__(self, *, sample_rate: int | None = None, params: VADParams | None = None) -> None:
        """Quiet, until something is heard."""
        params = params or VADParams(start_secs=_START_SECS)
        super().__init__(sample_rate=sample_rate, params=params)
        self.quiet_secs = float("inf")

    def voice_confidence(self, buffer: bytes) -> float:
        """Silero's confidence that `buffer` (one window of 32 ms) is voice; counts the silence."""
        confidence = float(np.asarray(super().voice_confidence(buffer)).item())
        window_secs = self.num_frames_required() / self.sample_rate
        self.quiet_secs = 0.0 if confidence >= _VOICED else self.quiet_secs + window_secs
        return confidence
