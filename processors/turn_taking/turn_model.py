"""Has the caller finished? The sound alone, judged by Pipecat's smart-turn model.

One model for all calls of a process, on a thread of its own, so that no call's event loop stands
still while another caller's pause is judged::

    call A ──┐
    call B ──┼─▶ queue ─▶ one thread, one session ─▶ probability that the turn is complete
    call C ──┘      └── longer than `patience_secs`? ─▶ None: the silence alone decides
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from time import perf_counter

import numpy as np
import soxr
from loguru import logger
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3

MODEL_RATE = 16_000
WINDOW_SECS = 8.0  # what the model looks at; more is cut off at the front


class TurnModel:
    """Probability that a caller's turn is complete, from its last seconds of sound.

    Args:
        patience_secs: How long a pause may queue behind other calls' pauses, in seconds.
    """

    def __init__(self, *, patience_secs: float = 0.2) -> None:
        """Nothing is loaded before the first question, or before `warm`."""
        self._patience_secs = patience_secs
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turn-model")
        self._analyzer: LocalSmartTurnAnalyzerV3 | None = None
        self._waiting = 0
        self._usual_secs = 0.08  # one inference, smoothed; 0.05 s on a quiet core
        self.asked = 0
        self.skipped = 0

    async def warm(self) -> None:
        """Load the model (0.2 s of a thread) and run it once, so that no caller waits for it."""
        silence = np.zeros(MODEL_RATE, np.float32)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._judge, silence)

    async def complete(self, pcm: bytes, rate: int) -> float | None:
        """How likely it is that the turn ended with `pcm`, in [0, 1].

        Args:
            pcm: The turn so far and the silence after it, 16-bit mono.
            rate: Its sample rate in Hz.

        Returns:
            None when the answer would come too late, when there is nothing to judge or when the
            model fails; the caller then goes by the silence.
        """
        self.asked += 1
        if not pcm or self._waiting * self._usual_secs > self._patience_secs:
            self.skipped += 1
            return None
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._timed, pcm, rate)
        except Exception as failure:
            logger.warning(f"the turn model failed, the silence decides: {failure!r}")
            return None
        finally:
            self._waiting -= 1

    def _timed(self, pcm: bytes, rate: int) -> float:
        started = perf_counter()
        probability = self._judge(samples_for_model(pcm, rate))
        self._usual_secs += 0.2 * (perf_counter() - started - self._usual_secs)
        return probability

    def _judge(self, samples: np.ndarray) -> float:
        if self._analyzer is None:
            self._analyzer = LocalSmartTurnAnalyzerV3(sample_rate=MODEL_RATE)
            self._analyzer.set_sample_rate(MODEL_RATE)
        # The hook that every smart-turn analyzer implements; the public way round it keeps one
        # caller's audio inside the analyzer, which is what cannot be shared.
        return float(self._analyzer._predict_endpoint(samples)["probability"])


@cache
def shared_turn_model() -> TurnModel:
    """The one turn model of this process."""
    return TurnModel()


def samples_for_model(pcm: bytes, rate: int) -> np.ndarray:
    """The last `WINDOW_SECS` of 16-bit mono `pcm` as float32 in [-1, 1] at `MODEL_RATE`.

    >>> samples_for_model(bytes(4), 16_000).tolist()
    [0.0, 0.0]
    """
    keep = int(WINDOW_SECS * rate) * 2
    samples = np.frombuffer(pcm[-keep:], "<i2").astype(np.float32) / 32768
    if rate == MODEL_RATE:
        return samples
    return soxr.resample(samples, rate, MODEL_RATE).astype(np.float32)
