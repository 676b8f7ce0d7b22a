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
    """Hold the same call with the trace and without, in turns."""
    samples = read_caller(CALLER)
    rows: dict[str, list[dict[str, float]]] = {"with": [], "without": []}
    with tempfile.TemporaryDirectory() as place:
        await _held(samples, Path(place), traced=False)  # whatever is loaded once
        for number in range(max(1, round(6 * scale))):
            # Who begins alternates, so that neither always has the warmer machine.
            for kind in ("with", "without") if number % 2 else ("without", "with"):
                rows[kind].append(await _held(samples, Path(place), traced=kind == "with"))
    await stop_workers()
    middle = {
        kind: {name: median(row[name] for row in found) for name in found[0]}
        for kind, found in rows.items()
    }
    return {
        "calls": len(rows["with"]),
        "cpu_percent": round(middle["with"]["cpu"] - middle["without"]["cpu"], 2),
        "memory_mb": round(middle["with"]["mb"] - middle["without"]["mb"], 2),
        "voice_to_voice_ms": round(middle["with"]["wait"] - middle["without"]["wait"], 1),
        "medians": middle,
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
