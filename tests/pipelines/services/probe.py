"""One or more services on a running pipeline, with everything that leaves it at both ends.

::

    probe.up ◀─ source ─▶ service … ─▶ sink ─▶ probe.down
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from pipecat.frames.frames import ErrorFrame, Frame, InputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

IN_RATE = 16_000
OUT_RATE = 24_000

F = TypeVar("F", bound=Frame)


class Probe:
    """What has left the services, and a way to wait for it."""

    def __init__(self) -> None:
        self.up: list[Frame] = []
        self.down: list[Frame] = []
        self.worker: PipelineWorker | None = None
        self._changed = asyncio.Event()

    async def send(self, *frames: Frame) -> None:
        """Queue frames at the beginning of the pipeline."""
        assert self.worker
        await self.worker.queue_frames(list(frames))

    async def say(self, secs: float) -> None:
        """Send so much audio, in pieces of 20 ms."""
        piece = bytes(2 * IN_RATE // 50)
        await self.send(*(InputAudioRawFrame(piece, IN_RATE, 1) for _ in range(round(secs * 50))))

    def got(self, kind: type[F]) -> list[F]:
        """The frames of a kind that have left at either end."""
        return [frame for frame in (*self.up, *self.down) if isinstance(frame, kind)]

    @property
    def errors(self) -> list[ErrorFrame]:
        """The errors so far."""
        return self.got(ErrorFrame)

    async def until(self, fulfilled: Callable[[], object], *, secs: float = 8.0) -> None:
        """Wait for a condition on what has left, or on a stand-in's counts."""
        async with asyncio.timeout(secs):
            while not fulfilled():
                self._changed.clear()
                try:
                    # What a stand-in counts makes no frame: look again from time to time.
                    await asyncio.wait_for(self._changed.wait(), 0.01)
                except TimeoutError:
                    continue

    def keep(self, frame: Frame, direction: FrameDirection) -> None:
        """Take note of a frame that leaves."""
        (self.up if direction is FrameDirection.UPSTREAM else self.down).append(frame)
        self._changed.set()


class _End(FrameProcessor):
    """One end of the pipeline."""

    def __init__(self, probe: Probe, direction: FrameDirection):
        super().__init__()
        self._probe = probe
        self._leaving = direction

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction is self._leaving:
            self._probe.keep(frame, direction)
        await self.push_frame(frame, direction)


@asynccontextmanager
async def running(*services: FrameProcessor) -> AsyncIterator[Probe]:
    """Run the services; when it ends nothing of them may be left.

    Raises:
        AssertionError: a task is still running afterwards.
    """
    before = asyncio.all_tasks()
    probe = Probe()
    ends = _End(probe, FrameDirection.UPSTREAM), _End(probe, FrameDirection.DOWNSTREAM)
    worker = probe.worker = PipelineWorker(
        Pipeline([ends[0], *services, ends[1]]),
        params=PipelineParams(
            audio_in_sample_rate=IN_RATE,
            audio_out_sample_rate=OUT_RATE,
            enable_metrics=True,
            enable_usage_metrics=True,
        ),
        cancel_on_idle_timeout=False,
        enable_rtvi=False,
    )
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def on_started(*_: object) -> None:
        started.set()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    run = asyncio.create_task(runner.run())
    try:
        await asyncio.wait_for(started.wait(), 10)
        yield probe
    finally:
        await runner.cancel("the test has ended")
        await asyncio.wait_for(run, 10)
    left = {task for task in asyncio.all_tasks() - before if _of_pipecat(task)}
    assert not left, f"left running: {left}"


def _of_pipecat(task: asyncio.Task[object]) -> bool:
    return "::" in task.get_name() and not task.done()
