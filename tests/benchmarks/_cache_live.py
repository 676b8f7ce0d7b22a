"""The answer cache beside a running event loop: how soon a hit is heard, and what else waits.

::

    end of turn confirmed ─▶ SemanticCache ─▶ voice ─▶ SoundPlayer ─▶ first sound
    every millisecond     ─▶ tick ─▶ tick ─────▶ tick      the longest time between two, less one
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np
from pipecat.frames.frames import EndFrame, Frame, LLMContextFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from bots.receptionist import RECEPTIONIST
from pipelines import services
from pipelines.answers import scope_of, seed
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from processors.semantic_cache import (
    AnswerCache,
    SemanticCache,
    Sound,
    SoundPlayer,
    SpokenAnswers,
    Voice,
)

_RATE_HZ = 24_000
_ASKED = 40
_TICK_SECS = 0.001


class _FirstSound(FrameProcessor):
    """Notes when the first sound after `begin` comes by.

    Place: the end of the line.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heard = asyncio.Event()
        self.at_secs = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame) and not self.heard.is_set():
            self.at_secs = time.perf_counter()
            self.heard.set()
        await self.push_frame(frame, direction)


def hits_ms(*, kept: bool) -> tuple[float, float]:
    """Median and 95th percentile of end of turn → first sound, in ms, for the receptionist.

    Args:
        kept: Whether the sounds are kept; otherwise the embedded voice speaks.
    """
    return asyncio.run(_hits_ms(kept))


async def _hits_ms(kept: bool) -> tuple[float, float]:
    cache, scope = AnswerCache(in_background=True), scope_of(RECEPTIONIST)
    seed(cache, RECEPTIONIST, scope)
    await asyncio.to_thread(cache.prepare, scope)
    with tempfile.TemporaryDirectory() as folder:
        spoken = SpokenAnswers(Path(folder), Voice("embedded/espeak", rate_hz=_RATE_HZ))
        for fact in RECEPTIONIST.knowledge.facts if kept else ():
            spoken.keep(Sound(bytes(2 * _RATE_HZ), _RATE_HZ, (), fact.answer))
        station = SemanticCache(cache, scope, learning=False, holds_drafts=False, spoken=spoken)
        voice = services.tts("embedded/espeak", RECEPTIONIST, Settings())
        ears = _FirstSound()
        worker = PipelineWorker(
            Pipeline([station, voice, SoundPlayer(), ears]),
            params=PipelineParams(audio_out_sample_rate=_RATE_HZ),
            enable_rtvi=False,
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())
        took = []
        for fact in (RECEPTIONIST.knowledge.facts * 2)[:_ASKED]:
            ears.heard.clear()
            context = LLMContext([{"role": "user", "content": f"um {fact.ask[0]}"}])
            begun = time.perf_counter()
            await worker.queue_frame(LLMContextFrame(context))
            await asyncio.wait_for(ears.heard.wait(), 10)
            took.append((ears.at_secs - begun) * 1000)
            await asyncio.sleep(0.2)  # the answer goes by
        await worker.queue_frame(EndFrame())
        await running
    await stop_workers()
    p50, p95 = np.percentile(took[5:], [50, 95])  # the first ones start the voice
    return float(p50), float(p95)


def blocked_ms(cache: AnswerCache, questions: Sequence[str]) -> dict[str, float]:
    """The longest time, in ms, for which an event loop waits: idle, by look-ups, by arranging.

    Args:
        cache: With everything learnt that is to be arranged, and nothing arranged yet.
        questions: To look up, in a thread, as the station does.
    """

    async def look_up() -> None:
        for question in questions:
            await asyncio.to_thread(cache.look, question)

    async def measured() -> dict[str, float]:
        return {
            "idle": await _longest_ms(lambda: asyncio.sleep(2)),
            "arranging": await _longest_ms(lambda: asyncio.to_thread(cache.prepare)),
            "look-ups": await _longest_ms(look_up),
        }

    return asyncio.run(measured())


async def _longest_ms(work: Callable[[], Awaitable[None]]) -> float:
    async with _ticking() as gaps:
        await work()
    return (max(gaps) - _TICK_SECS) * 1000


@contextlib.asynccontextmanager
async def _ticking() -> AsyncIterator[list[float]]:
    gaps = [_TICK_SECS]

    async def tick() -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(_TICK_SECS)
            now = time.perf_counter()
            gaps.append(now - before)
            before = now

    task = asyncio.create_task(tick())
    try:
        yield gaps
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
