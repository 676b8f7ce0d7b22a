"""Who stops for what: `uv run -m tests.benchmarks.overlap [--corpus FILE.tsv] [--voices slt,rms]`.

Spoken callers make sounds over the bot's voice: backchannels, barge-ins, answers to a question. Two
bots hear the same sounds in turns within one run: Downbeat, and the same services on Pipecat's
default strategies. Behind both stand the vendor stand-ins (recogniser 150 ms, model 250 ms, voice
120 ms) in a process of their own. Everything is measured in the recording of the call.

With `--corpus`, people's own words are classified first: a TSV file with the columns `class`
(backchannel, affirmation or barge_in), `said` and `other_said`. No such file comes with the
project.

Writes `overlap.json` to `tests/benchmarks/results/`.
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from loguru import logger

from processors.backchannel_filter import Overlap, classify_overlap
from processors.backchannel_filter.language import language
from processors.backchannel_filter.questions import asks
from tests.benchmarks._conversation import VOICES
from tests.benchmarks._event_loop import run_as_served
from tests.benchmarks._overlap_call import Kind, Outcome, Sound, SpokenCall, script
from tests.vendors.process import vendors

RESULTS = Path(__file__).parent / "results"
BOTS = ("downbeat", "scaffold")
GAP_MS = 300

WORDINGS: dict[Kind, tuple[str, ...]] = {
    "backchannel": (
        "mm hmm", "uh huh", "yeah", "okay", "right", "yes", "sure", "I see", "oh really", "got it",
        "yeah yeah", "okay yeah right", "all right", "oh okay", "exactly", "that's true",
    ),
    "barge-in": (
        "wait, check tomorrow instead", "stop", "hold on", "no, that's wrong", "excuse me",
        "can I ask you something", "what about Friday", "I only want to cancel",
    ),
    "affirmation": ("yes", "sure", "no", "yes please", "no thanks", "okay", "that works", "mm hmm"),
}  # fmt: skip


async def main(voices: Sequence[str], corpus: Path | None, only: str | None, spoken: bool) -> None:
    """Print the tables, write the results."""
    if corpus:
        print(classified(corpus))
    outcomes: list[Outcome] = []
    for number, voice in enumerate(voices if spoken else ()):
        bots = [bot for bot in BOTS if only in (None, bot)]
        # Who begins alternates, so that no bot always has the warmer machine.
        for bot in bots if number % 2 == 0 else reversed(bots):
            for asked in (False, True):
                outcomes += await _hold(bot, voice, asked)
            logger.info(f"voice {voice}, {bot}: done")
    if outcomes:
        RESULTS.mkdir(exist_ok=True)
        rows = [asdict(outcome) for outcome in outcomes]
        (RESULTS / "overlap.json").write_text(json.dumps(rows, indent=1))
        print(report(outcomes))


async def _hold(bot: str, voice: str, asked: bool) -> list[Outcome]:
    kinds: tuple[Kind, ...] = ("affirmation",) if asked else ("backchannel", "barge-in")
    sounds = [Sound(kind, text) for kind in kinds for text in WORDINGS[kind]]
    said = "agree" if asked else "answer"
    async with vendors(
        deepgram={
            "script": script(sounds, voice),
            "from_onset": True,
            "final_latency": 0.15,
            "interim_latency": 0.15,
        },
        anthropic={
            "answers": f"tests.benchmarks._overlap_call:{said}",
            "first_token": 0.25,
            "tokens_per_sec": 80,
        },
        cartesia={"first_audio": 0.12},
    ) as at:
        return await SpokenCall(bot, sounds, voice, asks=asked).hold(at)


# Tables ----------------------------------------------------------------------------------------


def report(outcomes: Iterable[Outcome]) -> str:
    """What the bots did, beside what is wanted of Downbeat."""
    by_bot: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_bot[outcome.bot].append(outcome)
    bots = [bot for bot in BOTS if bot in by_bot]
    rows = [("", *bots, "wanted")]
    for title, measure, wanted in _ROWS:
        rows.append((title, *(measure(by_bot[bot]) for bot in bots), wanted))
    lost = [o for o in by_bot["downbeat"] if not _as_wanted(o)]
    notes = [f"  {o.kind} {o.text!r} ({o.voice}): gap {o.gap_ms:.0f} ms, silent after "
             f"{o.silence_ms}, turn {o.turn}" for o in lost]  # fmt: skip
    return "\n".join([*_table(rows), "", f"not as wanted: {len(lost)}", *notes])


def _kind(outcomes: Iterable[Outcome], kind: Kind) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.kind == kind]


def _as_wanted(outcome: Outcome) -> bool:
    if outcome.kind == "backchannel":
        return outcome.gap_ms <= GAP_MS and not outcome.turn
    return outcome.silence_ms is not None and outcome.turn


def _share(outcomes: Sequence[Outcome]) -> str:
    good = sum(map(_as_wanted, outcomes))
    return f"{100 * good / max(1, len(outcomes)):.1f} % of {len(outcomes)}"


def _turns(outcomes: Sequence[Outcome]) -> str:
    return str(sum(outcome.turn for outcome in outcomes))


def _silence(outcomes: Sequence[Outcome]) -> str:
    waits = [outcome.silence_ms for outcome in outcomes if outcome.silence_ms is not None]
    return f"{np.median(waits):.0f} / {np.percentile(waits, 95):.0f}" if waits else "-"


def _gaps(outcomes: Sequence[Outcome]) -> str:
    gaps = [outcome.gap_ms for outcome in outcomes]
    return f"{np.median(gaps):.0f} / {np.percentile(gaps, 95):.0f}" if gaps else "-"


def _missed(outcomes: Sequence[Outcome]) -> str:
    missed = sum(outcome.silence_ms is None for outcome in outcomes)
    return f"{100 * missed / max(1, len(outcomes)):.1f} %"


def _of(kind: Kind, measure: Callable[[list[Outcome]], str]) -> Callable[[list[Outcome]], str]:
    return lambda outcomes: measure(_kind(outcomes, kind))


_ROWS = (
    ("backchannels that leave the bot talking", _of("backchannel", _share), ">= 95 %"),
    ("  longest gap, median / p95 ms", _of("backchannel", _gaps), f"<= {GAP_MS}"),
    ("  that became a turn", _of("backchannel", _turns), "0"),
    ("barge-in to silence, median / p95 ms", _of("barge-in", _silence), "<= 400 / 600"),
    ("  missed", _of("barge-in", _missed), "<= 1 %"),
    ("  silent, and all words a turn", _of("barge-in", _share), ""),
    ("affirmations that become the turn", _of("affirmation", _share), ">= 95 %"),
)


def classified(corpus: Path) -> str:
    """How people's own words are classified, class by class, as text."""
    counts: dict[tuple[str, str], Counter[Overlap]] = defaultdict(Counter)
    with corpus.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            asked = "asked" if asks(row["other_said"], language("en")) else "told"
            verdict = classify_overlap(row["said"], bot_said=row["other_said"])
            counts[row["class"], asked][verdict] += 1
            counts[row["class"], "all"][verdict] += 1
    members = list(Overlap)
    rows = [("class", "after", "rows", *(member.value for member in members), "feedback")]
    for (name, asked), verdicts in sorted(counts.items()):
        feedback = verdicts[Overlap.BACKCHANNEL] + verdicts[Overlap.AFFIRMATION]
        shares = [f"{100 * verdicts[member] / verdicts.total():.1f} %" for member in members]
        total = verdicts.total()
        rows.append((name, asked, str(total), *shares, f"{100 * feedback / total:.2f} %"))
    return "\n".join([*_table(rows), ""])


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Who stops for what.")
    parser.add_argument("--corpus", type=Path, help="people's own words to classify, a TSV file")
    parser.add_argument("--voices", default=",".join(VOICES), help="who calls, by comma")
    parser.add_argument("--only", choices=BOTS, help="one bot")
    parser.add_argument("--no-spoken", action="store_true", help="classify only")
    arguments = parser.parse_args()
    logger.remove()
    logger.add(lambda text: print(text, end=""), level="INFO", filter="__main__")
    run_as_served(
        main(
            arguments.voices.split(","),
            arguments.corpus,
            arguments.only,
            not arguments.no_spoken,
        )
    )
