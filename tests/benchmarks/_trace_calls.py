"""Whole calls: what the trace costs, and whether its accounts are the vendors'."""

import asyncio
import dataclasses
import gc
import json
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import psutil
from pipecat.observers.user_bot_latency_observer import UserBotLatencyObserver
from pydantic import SecretStr

from bots.receptionist import RECEPTIONIST
from pipelines import _session
from pipelines.brief import Brief
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from pipelines.streaming import streaming
from pipelines.transports.loopback import (
    LoopbackRunnerArguments,
    RecordedCaller,
    ScriptedCaller,
    read_caller,
)
from processors.trace import read_events
from tests.speech import RATE, say
from tests.vendors.hearing import Said
from tests.vendors.process import vendors

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


SAYS = (
    "What are your opening hours?",
    "Stop, how much is a cleaning?",
    "Is there parking?",
    "Could I come |pause| on Friday?",
)
_PAUSES = (5.0, 2.2, 5.0, 5.0)  # after each; the second sentence comes over the bot's voice


async def ledger(scale: float) -> dict[str, Any]:
    """Hold calls at the stand-ins, four at a time; add up both sides' counts."""
    count, ours = max(1, round(100 * scale)), Counter[str]()
    sounds = [say(text.replace(" |pause| ", " "), "slt") for text in SAYS]
    said = [
        Said(0.0, sound.size / RATE, text.replace(" |pause| ", " "))
        for sound, text in zip(sounds, SAYS, strict=True)
    ]
    answer = "We are open from eight to five, Monday to Friday, and on Saturdays until noon. " * 3
    async with vendors(
        deepgram={"script": said, "final_latency": 0.15},
        anthropic={"answers": answer.strip(), "first_token": 0.2, "tokens_per_sec": 60},
        cartesia={"first_audio": 0.12},
    ) as at:
        with tempfile.TemporaryDirectory() as place:
            settings = Settings(
                deepgram_api_key=SecretStr("test"),
                deepgram_url=at["deepgram"].url,
                anthropic_api_key=SecretStr("test"),
                anthropic_url=at["anthropic"].url,
                cartesia_api_key=SecretStr("test"),
                cartesia_url=at["cartesia"].url,
                cartesia_voice="stand-in",
                record_dir=Path(place),
            )
            at_once = asyncio.Semaphore(4)
            await asyncio.gather(*(_one(sounds, settings, at_once) for _ in range(count)))
            _add_up(Path(place), ours)
        theirs = {name: (await remote.state())["counts"] for name, remote in at.items()}
    for counts in theirs.values():
        for lengthy in ("requests", "queries"):
            counts.pop(lengthy, None)
    rounded = {name: round(value, 2) for name, value in sorted(ours.items())}
    return {"calls": count, "ours": rounded, "theirs": json.loads(json.dumps(theirs))}


def _add_up(root: Path, sums: Counter[str]) -> None:
    for path in root.glob("*/events.jsonl"):
        for event in read_events(path):
            if event.kind == "usage":
                sums.update(_counted(event.about))


def _counted(usage: dict[str, Any]) -> dict[str, float]:
    names = ("input", "output", "cache_read", "cache_write", "characters", "seconds")
    return {f"{usage['provider']} {name}": usage[name] for name in names if usage.get(name)}


async def _one(sounds: list[np.ndarray], settings: Settings, at_once: asyncio.Semaphore) -> None:
    async def talk() -> AsyncIterator[bytes]:
        await asyncio.sleep(3.0)
        for sound, pause in zip(sounds, _PAUSES, strict=True):
            yield sound.tobytes()
            await asyncio.sleep(sound.size / RATE + pause)

    brief: Brief = dataclasses.replace(
        RECEPTIONIST,
        stt=("deepgram/nova-3",),
        llm=("anthropic/fast",),
        tts=("cartesia/default",),
    )
    arguments = LoopbackRunnerArguments(caller=ScriptedCaller(talk()), hang_up_after_secs=1.0)
    async with at_once:
        await _session.run(brief, streaming, arguments, settings=settings)
