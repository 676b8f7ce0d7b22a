"""Whole calls on the embedded stack, over loopback: `uv run -m tests.benchmarks.calls`.

Spoken callers (flite's voices) run their errands with the shipped front desk, in real time. What is
measured::

    voice-to-voice   from the recording: the caller's last voiced sample to the bot's first audible
    tasks            what stands in the book of appointments when the call is over
    CPU              of this process and the embedded workers, as a share of one core
    memory           unique to these processes, above what they hold when idle; and after each call

Writes `calls.json` (every turn and every call) and `calls.md` (the table) to
`tests/benchmarks/results/`. Takes about 20 minutes: nothing in it is faster than real time.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from loguru import logger

from bots.receptionist import RECEPTIONIST
from pipelines._session import run
from pipelines.answers import close_answers
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from pipelines.streaming import streaming
from pipelines.transports.loopback import LoopbackRunnerArguments, Recording
from pipelines.warm_up import warm_up
from tests.benchmarks._calls_report import table
from tests.benchmarks._errands import ERRANDS, Caller, Errand, new_book
from tests.benchmarks._event_loop import run_as_served
from tests.benchmarks._use import Use, memory_mb
from tests.spoken_caller import Held, answering, embedded, hold, spoken

RESULTS = Path(__file__).parent / "results"
_RECORDINGS = sorted((Path(__file__).parents[2] / "bots" / "callers").glob("*.wav"))
_SHORT_CALL = ("How much is a cleaning?", "Thank you. Goodbye.")
_SAMPLE_SECS = 1.0


@dataclass
class Call:
    """One call: what it was, how it went, what it took. Memory in MB."""

    title: str
    voice: str
    reached: bool
    secs: float
    cpu_secs: float
    greeted_ms: float | None
    turns: list[dict[str, Any]]
    log: list[str]
    before_mb: float = 0.0
    peak_mb: float = 0.0
    after_mb: float = 0.0


async def main(errands: Iterable[Errand], in_a_row: int, rounds: int) -> None:
    """Hold the calls, print the table, write the results."""
    await warm_up(embedded(RECEPTIONIST), Settings())
    for line in _SHORT_CALL:
        spoken(line)
    results: dict[str, Any] = {
        "idle_mb": memory_mb(),
        "in_a_row": [],
        "recorded": [],
        "errands": [],
    }
    try:
        for number in range(in_a_row):
            _keep(results, "in_a_row", await _short_call(number))
        for recording in _RECORDINGS:
            _keep(results, "recorded", await _recorded_call(recording))
        for errand in [*errands] * rounds:
            _keep(results, "errands", await _errand(errand))
    finally:
        await close_answers()
        await stop_workers()
    print(table(results))


def _keep(results: dict[str, Any], kind: str, call: Call) -> None:
    """Write what there is after every call, as a long run may be broken off."""
    results[kind].append(asdict(call))
    results["machine"] = {"cores": psutil.cpu_count(), "load": psutil.getloadavg()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "calls.json").write_text(json.dumps(results, indent=1))
    (RESULTS / "calls.md").write_text(table(results))


async def _short_call(number: int) -> Call:
    use = Use()
    before = memory_mb()
    async with _sampled() as samples:
        with use.measured():
            held = await hold(embedded(RECEPTIONIST), answering(*_SHORT_CALL), voice="slt")
    call = _call(f"short call {number + 1}", "slt", held, use, reached=len(held.turns) == 2)
    call.before_mb, call.peak_mb, call.after_mb = before, max(samples), memory_mb()
    logger.info(f"{call.title}: {call.peak_mb:.0f} MB at most, {call.after_mb:.0f} MB after it")
    return call


async def _recorded_call(recording: Path) -> Call:
    """A shipped caller, and nobody who watches: what a call takes when it is not a benchmark."""
    use, call = Use(), LoopbackRunnerArguments(caller=recording, recording=Recording(keep=False))
    with use.measured():
        await run(embedded(RECEPTIONIST, resources=new_book()), streaming, call)
    return Call(
        title=recording.stem,
        voice="",
        reached=True,
        secs=use.secs,
        cpu_secs=use.cpu_secs,
        greeted_ms=None,
        turns=[],
        log=[],
    )


async def _errand(errand: Errand) -> Call:
    for line in errand.lines():
        spoken(line, errand.voice)  # so that no synthesiser takes CPU during the call
    book, use = new_book(), Use()
    with use.measured():
        held = await hold(
            embedded(RECEPTIONIST, resources=book), Caller(errand).reply, voice=errand.voice
        )
    call = _call(errand.title, errand.voice, held, use, reached=errand.reached(book))
    result = "reached" if call.reached else "NOT REACHED"
    logger.info(f"{errand.title}: {result} in {len(call.turns)} turns, {call.secs:.0f} s")
    return call


def _call(title: str, voice: str, held: Held, use: Use, *, reached: bool) -> Call:
    greeted = held.greeted_secs
    return Call(
        title=title,
        voice=voice,
        reached=reached,
        secs=use.secs,
        cpu_secs=use.cpu_secs,
        greeted_ms=None if greeted is None else 1000 * greeted,
        turns=[asdict(turn) | {"voice_to_voice_ms": turn.voice_to_voice_ms} for turn in held.turns],
        log=held.log,
    )


@asynccontextmanager
async def _sampled() -> AsyncIterator[list[float]]:
    samples = [memory_mb()]

    async def sample() -> None:
        while True:
            await asyncio.sleep(_SAMPLE_SECS)
            samples.append(await asyncio.to_thread(memory_mb))

    sampling = asyncio.create_task(sample())
    try:
        yield samples
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--in-a-row", type=int, default=20, help="short calls (default 20)")
    parser.add_argument("--rounds", type=int, default=1, help="times each errand is run (1)")
    parser.add_argument("--only", help="errands whose title has this in it")
    chosen = parser.parse_args()
    logger.remove()
    logger.add(lambda line: print(line, end=""), level="INFO", filter="__main__")
    wanted = [errand for errand in ERRANDS if (chosen.only or "") in errand.title]
    run_as_served(main(wanted, chosen.in_a_row, chosen.rounds))
