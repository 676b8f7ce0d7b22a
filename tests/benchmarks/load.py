"""How many calls one server carries: `uv run -m tests.benchmarks.load`.

Callers hold the same kind of short call with the shipped front desk at once, in real time, in one
process as the server holds them, on the embedded stack. They all come in the same moment, which is
the worst of moments, and drift apart as they ask about different things. What is measured::

    voice-to-voice   from the recordings: each caller's last voiced sample to the first audible one
    lag              how late the event loop wakes up; every call feels it
    CPU              of this process and the embedded workers, in cores
    memory           unique to these processes above what they hold when idle, for each call

The callers live in the same process and cost it something too, so the number is on the safe side.
It is the largest at which nobody is left without an answer and 95 of 100 answers come within
1,200 ms, and so it is at all numbers below. `MAX_CALLS` follows from it (`pipelines.settings`).

Writes `load.json` and `load.md` to `tests/benchmarks/results/`. Takes about five minutes: it
stops at the first number that is too many.
"""

import argparse
import asyncio
import json
import math
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from loguru import logger

from bots.receptionist import RECEPTIONIST
from pipelines.answers import close_answers
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from pipelines.warm_up import warm_up
from tests.benchmarks._event_loop import run_as_served
from tests.benchmarks._use import Use, memory_mb
from tests.spoken_caller import Held, answering, embedded, hold, spoken

RESULTS = Path(__file__).parent / "results"
LEVELS = (1, 2, 4, 5, 6, 8)
BAR_MS = 1200.0

_VOICES = ("slt", "rms", "awb")
_QUESTIONS = (
    "What are your opening hours?",
    "How much is a cleaning?",
    "Where can I park my car?",
    "Do you take insurance?",
    "What is your address?",
)
_GOODBYE = "Thank you. Goodbye."
_TURNS = 4
_FEWEST_TURNS = 12  # for a percentile to mean something
_LAG_PERIOD_SECS = 0.01
_MEMORY_PERIOD_SECS = 4.0


@dataclass(frozen=True)
class Level:
    """So many calls at once. Times in ms, CPU in cores, memory in MB for each call.

    `waits` is how long each thing that was said waited for its answer.
    """

    calls: int
    turns: int
    unanswered: int
    p50_ms: float
    p95_ms: float
    lag_p99_ms: float
    cores: float
    own_cores: float
    call_mb: float
    waits: list[tuple[str, float | None]]

    @property
    def holds(self) -> bool:
        """Whether everybody was answered, and in time."""
        return not self.unanswered and self.p95_ms <= BAR_MS


async def main(levels: Sequence[int], out: Path | None) -> None:
    """Hold the calls, print the table, write the results."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(record_dir=Path(folder, "calls"), desk_dir=Path(folder, "desk"))
        brief = embedded(RECEPTIONIST)
        await warm_up(brief, settings)
        for line in (*_QUESTIONS, _GOODBYE):
            for voice in _VOICES:
                spoken(line, voice)  # so that no synthesiser takes CPU during the calls
        try:
            # The first call of a process loads what later ones find loaded.
            await hold(brief, answering(_GOODBYE), settings=settings)
            idle_mb = memory_mb()
            measured: list[Level] = []
            for calls in levels:
                level = await _level(calls, settings, idle_mb)
                measured.append(level)
                logger.info(_row(level))
                if not level.holds:
                    break
        finally:
            await close_answers()
            await stop_workers()
    _tell(measured, idle_mb, out)


def _tell(levels: Sequence[Level], idle_mb: float, out: Path | None) -> None:
    results = {
        "machine": {"cores": psutil.cpu_count(), "load": psutil.getloadavg()},
        "idle_mb": idle_mb,
        "carried": carried(levels),
        "levels": [asdict(level) for level in levels],
    }
    print(table(results, levels))
    if out:
        out.mkdir(exist_ok=True)
        (out / "load.json").write_text(json.dumps(results, indent=1) + "\n")
        (out / "load.md").write_text(table(results, levels))


def carried(levels: Sequence[Level]) -> int:
    """The largest number of calls up to which every measured one holds; 0 where none does."""
    best = 0
    for level in sorted(levels, key=lambda level: level.calls):
        if not level.holds:
            break
        best = level.calls
    return best


async def _level(calls: int, settings: Settings, idle_mb: float) -> Level:
    held: list[Held] = []
    use = Use()
    async with _watched() as seen:
        with use.measured():
            for first in range(0, math.ceil(_FEWEST_TURNS / _TURNS), calls):
                callers = range(first, first + calls)
                held += await asyncio.gather(*(_call(caller, settings) for caller in callers))
    turns = [turn for call in held for turn in call.turns]
    waits = [turn.voice_to_voice_ms for turn in turns if turn.voice_to_voice_ms is not None]
    p50, p95 = np.percentile(waits, [50, 95]) if waits else (math.inf, math.inf)
    return Level(
        calls=calls,
        turns=len(turns),
        unanswered=sum(turn.heard_secs is None for turn in turns)
        + sum(len(call.turns) < _TURNS for call in held),
        p50_ms=float(p50),
        p95_ms=float(p95),
        lag_p99_ms=1000 * float(np.percentile(seen.lags, 99)),
        cores=use.cpu_secs / use.secs,
        own_cores=use.own_secs / use.secs,
        call_mb=(max(seen.memory_mb) - idle_mb) / calls,
        waits=[(turn.text, turn.voice_to_voice_ms) for turn in turns],
    )


async def _call(caller: int, settings: Settings) -> Held:
    """One caller, who asks three things and says goodbye."""
    asked = [_QUESTIONS[(caller + turn) % len(_QUESTIONS)] for turn in range(_TURNS - 1)]
    voice = _VOICES[caller % len(_VOICES)]
    return await hold(
        embedded(RECEPTIONIST), answering(*asked, _GOODBYE), voice=voice, settings=settings
    )


@dataclass
class _Seen:
    lags: list[float]
    memory_mb: list[float]


@asynccontextmanager
async def _watched() -> AsyncIterator[_Seen]:
    """Look at the event loop and the memory beside what happens inside."""
    seen = _Seen([], [memory_mb()])

    async def lag() -> None:
        while True:
            due = time.monotonic() + _LAG_PERIOD_SECS
            await asyncio.sleep(_LAG_PERIOD_SECS)
            seen.lags.append(max(0.0, time.monotonic() - due))

    async def memory() -> None:
        while True:
            await asyncio.sleep(_MEMORY_PERIOD_SECS)
            # Off the event loop, whose lag is measured.
            seen.memory_mb.append(await asyncio.to_thread(memory_mb))

    watching = [asyncio.create_task(lag()), asyncio.create_task(memory())]
    try:
        yield seen
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


def table(results: dict[str, Any], levels: Sequence[Level]) -> str:
    """What was measured, as a Markdown document."""
    cores, load = results["machine"]["cores"], results["machine"]["load"][0]
    lines = [
        "# Calls at once, in one process on the embedded stack",
        "",
        f"On {cores} cores, with a load of {load:.1f} at the end; the callers are in the same "
        "process. CPU in cores: of all processes, and of the server's own.",
        "",
        "| calls | turns | without an answer | voice-to-voice p50 | p95 | event loop late, p99 "
        "| CPU | its own | memory a call | holds |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *map(_row, levels),
        "",
        f"**{results['carried']} calls at once** are carried: everybody is answered, 95 of 100 "
        f"within {BAR_MS:,.0f} ms, there and at every number below.",
    ]
    return "\n".join(lines) + "\n"


def _row(level: Level) -> str:
    return (
        f"| {level.calls} | {level.turns} | {level.unanswered} | {level.p50_ms:.0f} ms "
        f"| {level.p95_ms:.0f} ms | {level.lag_p99_ms:.0f} ms | {level.cores:.2f} "
        f"| {level.own_cores:.2f} | {level.call_mb:.0f} MB | {'yes' if level.holds else 'no'} |"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--levels", type=int, nargs="+", default=LEVELS, help="calls at once")
    parser.add_argument("--dry", action="store_true", help="write no results")
    chosen = parser.parse_args()
    logger.remove()
    logger.add(
        lambda line: print(line, end=""), level="INFO", filter="__main__", format="{message}"
    )
    run_as_served(main(chosen.levels, None if chosen.dry else RESULTS))
