"""How soon the bot answers: `uv run -m tests.benchmarks.latency`.

Two bots hold the same spoken call, in turns within one run: Downbeat, and what `pipecat init`
writes, untouched. Behind both stand the same vendor stand-ins on loopback sockets (recogniser 150
ms after the last word; model 250 ms, then 80 tokens a second; voice 120 ms) in a process of their
own. Voice-to-voice is measured where a caller would: from the last voiced sample sent to the first
audible sample heard.

Writes `latency.json` (every turn) and two pictures to `tests/benchmarks/results/`. With `--instant`
the vendors take no time, what is left is the house's own, and it writes `latency_instant.json`.
"""

import argparse
import asyncio
import json
import math
import resource
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from loguru import logger
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.workers.runner import WorkerRunner

from processors.turn_taking import Drafts, shared_turn_model
from tests.benchmarks._bots import Marks, downbeat, scaffold
from tests.benchmarks._caller import OUT_RATE, Caller, Ear, Mouth, Turn
from tests.benchmarks._conversation import VOICES, script
from tests.benchmarks._event_loop import run_as_served
from tests.benchmarks._plots import write_pictures
from tests.benchmarks._report import report
from tests.speech import RATE
from tests.vendors.process import Remote, vendors

RESULTS = Path(__file__).parent / "results"
BOTS = {"downbeat": downbeat, "scaffold": scaffold}
Build = Callable[..., Awaitable[tuple[list[FrameProcessor], Drafts]]]


@dataclass(frozen=True)
class Vendors:
    """How long the vendors take: seconds, and tokens a second."""

    words: float = 0.15
    first_token: float = 0.25
    tokens_per_sec: float = 80
    first_audio: float = 0.12


INSTANT = Vendors(words=0.0, first_token=0.0, tokens_per_sec=math.inf, first_audio=0.0)


@dataclass
class Call:
    """One call held by one bot."""

    bot: str
    voice: str
    turns: list[Turn]
    output_tokens: int
    characters: int
    cpu_secs: float
    wall_secs: float
    drafts: dict[str, Any] = field(default_factory=dict)


async def main(
    rounds: int, profile: str, only: str | None, voices: Sequence[str], takes: Vendors
) -> None:
    """Hold the calls, print the table, write the results."""
    await shared_turn_model().warm()
    calls: list[Call] = []
    for number in range(rounds):
        voice = voices[number % len(voices)]
        # Who begins alternates, so that no bot always has the warmer machine.
        bots = [name for name in BOTS if only in (None, name)]
        for bot in bots if number % 2 == 0 else reversed(bots):
            async with _stand_ins(voice, takes) as at:
                calls.append(await _hold(bot, BOTS[bot], voice, at, profile))
            logger.info(f"round {number + 1} of {rounds}, {bot}, voice {voice}: done")
    results = {"profile": profile, "calls": [asdict(call) for call in calls]}
    RESULTS.mkdir(exist_ok=True)
    name = "latency_instant" if takes == INSTANT else "latency"
    (RESULTS / f"{name}.json").write_text(json.dumps(results, indent=1))
    if takes != INSTANT:
        write_pictures(results, RESULTS)
    print(report(results))


def _stand_ins(voice: str, takes: Vendors) -> Any:
    return vendors(
        deepgram={
            "script": script(voice),
            "from_onset": True,
            "final_latency": takes.words,
            "interim_latency": takes.words,
        },
        anthropic={
            "answers": "tests.benchmarks._conversation:answer",
            "first_token": takes.first_token,
            "tokens_per_sec": takes.tokens_per_sec,
        },
        cartesia={"first_audio": takes.first_audio},
    )


async def _hold(bot: str, build: Build, voice: str, at: Mapping[str, Remote], profile: str) -> Call:
    mouth, ear, marks = Mouth(), Ear(gated=bot == "downbeat"), Marks()
    line, drafts = await build(mouth, ear, at, profile)
    worker = PipelineWorker(
        Pipeline(line),
        params=PipelineParams(
            audio_in_sample_rate=RATE,
            audio_out_sample_rate=OUT_RATE,
            enable_metrics=True,
            enable_usage_metrics=True,
        ),
        observers=[marks],
    )
    runner = WorkerRunner(handle_sigint=False, force_gc=True)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    caller = Caller(mouth, ear, voice)
    began, cpu = time.monotonic(), _cpu_secs()
    await caller.hold()
    used = _cpu_secs() - cpu
    await runner.cancel("the caller hangs up")
    await running
    for turn in caller.turns:
        if turn.heard is not None:
            turn.marks = marks.of_answer(turn.ended, turn.heard)
    model, speech = await at["anthropic"].state(), await at["cartesia"].state()
    return Call(
        bot=bot,
        voice=voice,
        turns=caller.turns,
        output_tokens=model["counts"]["output_tokens"],
        characters=speech["counts"]["characters"],
        cpu_secs=used,
        wall_secs=time.monotonic() - began,
        drafts={
            "started": drafts.started,
            "kept": drafts.kept,
            "discarded_tokens": drafts.discarded_tokens,
            "discards": drafts.discards,
        },
    )


def _cpu_secs() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=8, help="calls of each bot (default 8)")
    parser.add_argument("--profile", default="balanced", choices=("brisk", "balanced", "patient"))
    parser.add_argument("--only", choices=tuple(BOTS), help="one bot alone")
    parser.add_argument("--voice", action="append", help="callers' voices, as of tests.speech.say")
    parser.add_argument("--instant", action="store_true", help="vendors that take no time")
    parser.add_argument("--verbose", action="store_true", help="with the framework's own log")
    chosen = parser.parse_args()
    if not chosen.verbose:
        logger.remove()
    takes = INSTANT if chosen.instant else Vendors()
    voices = chosen.voice or VOICES
    run_as_served(main(chosen.rounds, chosen.profile, chosen.only, voices, takes))
