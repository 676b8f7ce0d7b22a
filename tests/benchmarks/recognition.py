"""How well and how fast the embedded recogniser hears: `python -m tests.benchmarks.recognition`.

A dental front desk (`recognition.toml`), said by synthetic callers. Each row is a set of sentences
in a kind of voice over a kind of line:

    WER        word errors by words said
    exact      sentences without an error
    accepted   sentences whose `understood` is True; of those of another subject it should be none
    RTF        seconds of one core for each second of sound, phone loop included

The recogniser is measured, not the service around it. `--write` keeps the table in `results/`.
"""

import argparse
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from pipelines.services.embedded.phrases import Domain, words_of
from pipelines.services.embedded.recognizer import Recognizer
from pipelines.services.embedded.stt import UNDERSTOOD
from tests.speech import RATE, Samples, add_noise, concat, over_the_phone, pause, resample, say

HERE = Path(__file__).parent
FLITE = ("slt", "rms", "awb")
ESPEAK = (
    "espeak/en-us@150",
    "espeak/en-us@180",
    "espeak/en-us+f3@165",
    "espeak/en-us+m3@165",
    "espeak/en-gb@165",
    "espeak/en-gb-scotland@160",
    "espeak/en-gb-x-rp+f2@165",
)
SETS = ("domain", "paraphrases", "combinations", "foreign")
LINES: dict[str, tuple[int, Callable[[Samples], Samples]]] = {
    "clean": (RATE, lambda speech: speech),
    "8 kHz": (8000, lambda speech: resample(speech, RATE, 8000)),
    "mu-law": (8000, lambda speech: over_the_phone(speech, 8000)),
    "noise 20 dB": (RATE, lambda speech: add_noise(speech, 20)),
    "noise 10 dB": (RATE, lambda speech: add_noise(speech, 10)),
}


@dataclass
class Row:
    """What came of a set of sentences."""

    said: int = 0
    errors: int = 0
    sentences: int = 0
    exact: int = 0
    accepted: int = 0
    secs: float = 0.0
    cpu_secs: float = 0.0
    final_ms: list[float] = field(default_factory=list)
    scores: list[tuple[float, float]] = field(default_factory=list)  # (score, word error rate)


def distance(first: list[str], second: list[str]) -> int:
    """Insertions, deletions and substitutions between two word lists."""
    row = list(range(len(second) + 1))
    for number, word in enumerate(first, 1):
        previous, row = row, [number]
        for place, other in enumerate(second, 1):
            changed = previous[place - 1] + (word != other)
            row.append(min(previous[place] + 1, row[-1] + 1, changed))
    return row[-1]


def corpus() -> dict[str, Any]:
    """`recognition.toml`."""
    return tomllib.loads((HERE / "recognition.toml").read_text(encoding="utf-8"))


def domain_of(read: dict[str, Any]) -> Domain:
    """What the bot knows of the corpus."""
    return Domain(
        phrases=tuple(read["domain"]),
        topics=tuple(read["topics"]),
        vocabulary=read["vocabulary"],
    )


class Ear:
    """A recogniser for one call, spoken to in pieces of 20 ms."""

    def __init__(self, domain: Domain, rate: int = RATE) -> None:
        self._messages: list[tuple[str, dict[str, Any]]] = []
        self._rate = rate
        self._utterance = 0
        self._recognizer = Recognizer(self._emit, rate=rate, domain=asdict(domain))

    def hear(self, speech: Samples, row: Row) -> dict[str, Any]:
        """The final message of an utterance; what it cost goes to `row`."""
        self._utterance += 1
        fields = {"utterance": self._utterance}
        pcm, size = speech.tobytes(), self._rate // 50 * 2
        began = time.process_time()
        for at in range(0, len(pcm), size):
            self._recognizer.receive("audio", fields, pcm[at : at + size])
        ended = time.process_time()
        self._recognizer.receive("end", fields, b"")
        row.final_ms.append(1000 * (time.process_time() - ended))
        row.cpu_secs += time.process_time() - began
        row.secs += speech.size / self._rate
        return next(fields for name, fields in reversed(self._messages) if name == "final")

    def close(self) -> None:
        """Give back what the call holds."""
        self._recognizer.close()

    def _emit(self, name: str, _blob: bytes = b"", **fields: Any) -> None:
        self._messages.append((name, fields))


def measure(read: dict[str, Any], name: str, voices: tuple[str, ...], line: str, every: int) -> Row:
    """One row: each voice is a call of its own."""
    rate, change = LINES[line]
    domain, sentences, said_as = domain_of(read), read[name], read["said_as"]
    row = Row()
    for number, voice in enumerate(voices):
        ear = Ear(domain, rate)
        for sentence in sentences[number % every :: every]:
            said = words_of(sentence)
            spelled = " ".join(said_as.get(word, word) for word in said)
            speech = concat(pause(0.3), say(spelled, voice), pause(0.2))
            final = ear.hear(change(speech), row)
            heard = [word[0] for word in final["words"]]
            errors = distance(said, heard)
            row.said += len(said)
            row.errors += errors
            row.sentences += 1
            row.exact += not errors
            row.accepted += final["confidence"] >= UNDERSTOOD
            row.scores.append((final["score"], errors / len(said)))
        ear.close()
    return row


def area_under_curve(good: list[float], bad: list[float]) -> float:
    """The chance that a good score is above a bad one."""
    pairs = [(high > low) + 0.5 * (high == low) for high in good for low in bad]
    return float(np.mean(pairs)) if pairs else float("nan")


def table(read: dict[str, Any], every: int) -> Iterator[str]:
    """The benchmark, line by line as it is measured."""
    yield (
        "| voices | line | set | WER | exact | accepted | score p5/p50/p95 | RTF "
        "| final ms p50/p95 |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    kinds = [("flite", FLITE, "clean"), ("espeak", ESPEAK, "clean")]
    kinds += [("flite", FLITE, line) for line in LINES if line != "clean"]
    for kind, voices, line in kinds:
        rows = {name: measure(read, name, voices, line, every) for name in SETS}
        for name, row in rows.items():
            scores = [score for score, _ in row.scores]
            low, middle, high = np.percentile(np.maximum(scores, -9), (5, 50, 95))
            median, late = np.percentile(row.final_ms, (50, 95))
            yield (
                f"| {kind} | {line} | {name} | {row.errors / row.said:.3f} "
                f"| {row.exact / row.sentences:.2f} | {row.accepted / row.sentences:.2f} "
                f"| {low:.2f}/{middle:.2f}/{high:.2f} | {row.cpu_secs / row.secs:.3f} "
                f"| {median:.1f}/{late:.1f} |"
            )
        foreign = [score for score, _ in rows["foreign"].scores]
        rest = [pair for name in SETS[:3] for pair in rows[name].scores]
        good = [score for score, errors in rest if errors <= 0.2]
        bad = [score for score, errors in rest if errors > 0.4]
        yield (
            f"| {kind} | {line} | | AUC understood/foreign {area_under_curve(good, foreign):.3f}, "
            f"understood/misheard {area_under_curve(good, bad):.3f} | | | | | |"
        )


def memory(domain: Domain, calls: int = 10) -> str:
    """What one more call adds to the process, idle and while speaking."""
    process = psutil.Process()
    speech = concat(pause(0.3), say("what are your opening hours"), pause(0.2))
    ears = [Ear(domain)]
    ears[0].hear(speech, Row())
    before = process.memory_full_info().uss
    ears += [Ear(domain) for _ in range(calls)]
    for ear in ears[1:]:
        ear.hear(speech, Row())
    each = (process.memory_full_info().uss - before) / calls / 1e6
    return f"Memory: {each:.1f} MB for each further call (a phone loop more for each at a time)."


def main() -> None:
    """Print the table; `--write` keeps it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--every", type=int, default=1, help="take every n-th sentence of each voice"
    )
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    options = parser.parse_args()
    read = corpus()
    domain = domain_of(read)
    began = time.process_time()
    Ear(domain).close()
    lines = [f"The first call of a bot: {time.process_time() - began:.2f} s of one core."]
    lines += [memory(domain), f"Of each voice, one sentence in {options.every} is said.", ""]
    print("\n".join(lines), flush=True)
    for line in table(read, options.every):
        print(line, flush=True)
        lines.append(line)
    if options.write:
        title = "# The embedded recogniser, heard by synthetic callers\n\n"
        text = title + "\n".join(lines) + "\n"
        (HERE / "results" / "recognition.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
