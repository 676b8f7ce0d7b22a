"""Whole calls: what the trace costs, and whether its accounts are the vendors'."""

import gc
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import psutil
from pipecat.observers.user_bot_latency_observer import UserBotLatencyObserver

from bots.receptionist import RECEPTIONIST
from pipelines import _session
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from pipelines.streaming import streaming
from pipelines.transports.loopback import (
    LoopbackRunnerArguments,
    RecordedCaller,
    read_caller,
)

CALLER = Path(__file__).parents[2] / "bots" / "callers" / "questions.wav"


@asynccontextmanager
async def _nothing(*_: Any) -> AsyncIterator[list[Any]]:
    yield []


async def cost(scale: float) -> dict[str, Any]:
    """Hold the same call with the trace and without, in pairs; the median of their differences.

    What else the machine does weighs on both halves of a pair, and on other pairs differently.
    """
    samples, pairs = read_caller(CALLER), max(1, round(8 * scale))
    found: list[dict[str, dict[str, float]]] = []
    with tempfile.TemporaryDirectory() as place:
        await _held(samples, Path(place), traced=False)  # whatever is loaded once
        for number in range(pairs):
            # Who begins alternates, so that neither always has the warmer machine.
            order = ("with", "without") if number % 2 else ("without", "with")
            found.append(
                {kind: await _held(samples, Path(place), traced=kind == "with") for kind in order}
            )
    await stop_workers()
    apart = {
        name: [round(pair["with"][name] - pair["without"][name], 2) for pair in found]
        for name in ("cpu", "mb", "wait")
    }
    return {
        "pairs": pairs,
        "cpu_percent": round(median(apart["cpu"]), 2),
        "memory_mb": round(median(apart["mb"]), 2),
        "voice_to_voice_ms": round(median(apart["wait"]), 1),
        "differences": apart,
        "without": {name: round(median(p["without"][name] for p in found), 2) for name in apart},
    }


async def _held(samples: np.ndarray, place: Path, *, traced: bool) -> dict[str, float]:
    waits: list[float] = []
    latency = UserBotLatencyObserver()

    async def measured(_: object, secs: float) -> None:
        waits.append(1000 * secs)

    latency.add_event_handler("on_latency_measured", measured)
    arguments = LoopbackRunnerArguments(caller=RecordedCaller(samples), observers=(latency,))
    settings = Settings(record_dir=place)
    gc.collect()
    process = psutil.Process()
    before, cpu, began = process.memory_info().rss, time.process_time(), time.monotonic()
    replaced = _session.recorded if traced else _nothing
    with patch.object(_session, "recorded", replaced):
        await _session.run(RECEPTIONIST, streaming, arguments, settings=settings)
    used = 100 * (time.process_time() - cpu) / (time.monotonic() - began)
    gc.collect()
    grown = (process.memory_info().rss - before) / 1e6
    return {"cpu": used, "mb": grown, "wait": median(waits) if waits else 0.0}
