"""What the trace promises: `uv run -m tests.benchmarks.trace [PART …]`, all parts by default.

::

    drift    half an hour with pauses, bursts and reconnects: recording against events   (seconds)
    heard    200 interruptions: the right channel against what the loudspeaker played   (5 minutes)
    kill     50 processes killed in mid-call: what is missing of their records          (3 minutes)
    store    10,000 calls: how long `/calls` takes                                       (seconds)
    page     a call of an hour in Chromium: how long until it can be used               (a minute)
    memory   an hour-long call on a clock that jumps: what the process holds             (seconds)
    cost     the same call with the trace and without, in pairs: CPU, memory, waiting  (13 minutes)
    ledger   100 calls at the stand-ins: our accounts against their counts             (17 minutes)

Writes `trace.json` to `tests/benchmarks/results/`, part by part.
"""

import argparse
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from loguru import logger

from tests.benchmarks._event_loop import run_as_served
from tests.benchmarks._trace_calls import cost
from tests.benchmarks._trace_ledger import ledger
from tests.benchmarks._trace_record import drift, heard, kill, memory
from tests.benchmarks._trace_store import page, store

RESULTS = Path(__file__).parent / "results" / "trace.json"

PARTS: dict[str, Callable[[float], Awaitable[dict[str, Any]]]] = {
    "drift": drift,
    "heard": heard,
    "kill": kill,
    "store": store,
    "page": page,
    "memory": memory,
    "cost": cost,
    "ledger": ledger,
}


async def main(parts: list[str], scale: float) -> None:
    """Measure each part, print it and keep it."""
    for part in parts:
        found = {"scale": scale} | await PARTS[part](scale)
        print(part.ljust(8), json.dumps(found))
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps(results | {part: found}, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the trace.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    parser.add_argument("--scale", type=float, default=1.0, help="a part of it, e.g. 0.1")
    arguments = parser.parse_args()
    logger.remove()
    run_as_served(main(arguments.parts, arguments.scale))
