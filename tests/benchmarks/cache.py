"""How much the answer cache answers, and how much of that is right.

`uv run -m tests.benchmarks.cache [--corpus FOLDER] [--draws 4]` prints a table::

    receptionist   paraphrases that nobody put in, and questions to which it knows no answer
    adversarial    pairs of questions that differ in one word that matters
    corpus         FOLDER/*-train.csv and *-test.csv with the columns text,category: ten phrasings
                   learnt of two thirds of the categories, the test questions of all of them asked
    time           10,000 entries: until the first look-up, each look-up, and how long an event
                   loop waits meanwhile; the receptionist: end of turn → first sound of a hit

and draws hits against precision into `results/cache.svg`. No corpus comes with the project; figures
in the README are on BANKING77 (PolyAI, CC BY 4.0), CLINC150 (Larson et al., CC BY 3.0) and HWU64
(Liu et al., CC BY 4.0). The decision was fitted to these three: give another one to see how it does
on a set that it never saw.
"""

import argparse
import csv
import json
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from loguru import logger
from rich.console import Console
from rich.table import Table

from bots.receptionist import RECEPTIONIST
from pipelines.answers import seed
from processors.embeddings import wordllama_embeddings
from processors.semantic_cache import AnswerCache, Hit
from processors.semantic_cache.reading import read
from tests.benchmarks._cache_live import blocked_ms, hits_ms
from tests.benchmarks._cache_plot import curve_svg

HERE = Path(__file__).parent
RESULTS = HERE / "results"
LISTS = HERE.parent / "processors" / "semantic_cache"
PHRASINGS = 10
KNOWN_SHARE = 2 / 3

Question = tuple[str, str]  # the words, and the answer they should get; "" for none


@dataclass(frozen=True)
class Score:
    """What came of a list of questions.

    Args:
        name: Of the list.
        asked: How many questions.
        answerable: To how many of them an answer is stored.
        hits: How many were answered.
        wrong: How many of those wrongly.
    """

    name: str
    asked: int
    answerable: int
    hits: int
    wrong: int


def score(name: str, cache: AnswerCache, questions: Sequence[Question]) -> Score:
    """Ask every question."""
    found = [(cache.find(words), right) for words, right in questions]
    hits = [(hit, right) for hit, right in found if hit]
    wrong = sum(hit.answer != right for hit, right in hits)
    answerable = sum(bool(right) for _, right in questions)
    return Score(name, len(questions), answerable, len(hits), wrong)


def receptionist() -> Score:
    """The shipped bot, asked in words that are not in its knowledge."""
    cache = AnswerCache()
    seed(cache, RECEPTIONIST, None)
    answers = {fact.topic: fact.answer for fact in RECEPTIONIST.knowledge.facts}
    stored = {entry.reading.key for entry in cache.entries()}
    asked = [
        (row["asked"], answers.get(row["topic"], ""))
        for row in _rows("faq.tsv", "\t")
        if read(row["asked"]).key not in stored
    ]
    return score("receptionist", cache, asked)


def adversarial() -> Score:
    """Every question of the list, with its twin and all other twins stored."""
    rows = _rows("adversarial.tsv", "\t")
    cache = AnswerCache()
    for row in rows:
        cache.learn(row["known"], row["known"])
    twins = [(cache.find(row["asked"]), row["known"]) for row in rows]
    wrong = sum(hit is not None and hit.answer == known for hit, known in twins)
    return Score("adversarial", len(rows), 0, wrong, wrong)


def corpus(folder: Path, seed: int) -> tuple[Score, list[tuple[float, bool]]]:
    """One draw of a corpus: the score, and confidence and outcome of every question."""
    learnt, asked = _draw(folder, seed)
    cache = AnswerCache()
    for words, answer in learnt:
        cache.learn(words, answer)
    drawn = score(f"{folder.name}, draw {seed}", cache, asked)
    return drawn, [_outcome(cache, words, right) for words, right in asked]


def _outcome(cache: AnswerCache, words: str, right: str) -> tuple[float, bool]:
    found = cache.look(words)
    if isinstance(found, Hit):
        return found.confidence, found.answer == right
    answers = {entry.question: entry.answer for entry in cache.entries()}
    return found.confidence, answers.get(found.nearest) == right


def _draw(folder: Path, seed: int) -> tuple[list[Question], list[Question]]:
    train, test = (
        [
            (row["text"], row["category"])
            for path in folder.glob(f"*-{part}.csv")
            for row in _csv(path)
        ]
        for part in ("train", "test")
    )
    chosen = random.Random(seed)
    categories = sorted({category for _, category in train})
    chosen.shuffle(categories)
    known = set(categories[: round(len(categories) * KNOWN_SHARE)])
    learnt = []
    for category in sorted(known):
        phrasings = [question for question in train if question[1] == category]
        learnt += chosen.sample(phrasings, min(PHRASINGS, len(phrasings)))
    return learnt, [(words, right if right in known else "") for words, right in test]


def timing(entries: int = 10_000) -> dict[str, float]:
    """Seconds until the first look-up, milliseconds for each after that and for who waits."""
    wordllama_embeddings()
    topics = [f"{one} {two}" for one in _ADJECTIVES for two in _NOUNS]
    frames = (
        "What is the {}?",
        "Where do I find the {}?",
        "Do you have the {}?",
        "Is the {} open?",
    )
    questions = [frame.format(topic) for frame in frames for topic in topics][:entries]
    cache = AnswerCache()
    started = time.perf_counter()
    cache.seed((question, f"About {question}") for question in questions)
    cache.find(questions[0])
    first_secs = time.perf_counter() - started
    sample = random.Random(0).sample(questions, 1_000)
    asked = [question.replace("the", "that").replace("?", " please") for question in sample]
    blocked = blocked_ms(cache, asked[:300])
    took = []
    for question in asked:
        begun = time.perf_counter()
        cache.look(question)
        took.append((time.perf_counter() - begun) * 1000)
    p50, p99 = np.percentile(took, [50, 99])
    kept, spoken = hits_ms(kept=True), hits_ms(kept=False)
    return {
        "entries": len(questions),
        "first look-up, s": first_secs,
        "look-up p50, ms": float(p50),
        "look-up p99, ms": float(p99),
        **{f"loop waits, {what}, ms": longest for what, longest in blocked.items()},
        "hit → kept sound p50, ms": kept[0],
        "hit → kept sound p95, ms": kept[1],
        "hit → embedded voice p50, ms": spoken[0],
        "hit → embedded voice p95, ms": spoken[1],
    }


_ADJECTIVES = [f"{a}{b}" for a in "north south east west upper lower new old".split() for b in
               ("", "ern", "side", "gate", "hall", "field", "bridge")]  # fmt: skip
_NOUNS = (
    "pool gym desk garden library clinic office kitchen station shop bakery museum theatre school "
    "market tower parking elevator terrace lounge studio gallery laundry pharmacy cafe bar chapel "
    "court stadium harbour airport bridge tunnel forest lake beach island castle factory farm "
    "warehouse archive"
).split()


def _rows(name: str, delimiter: str) -> list[dict[str, str]]:
    return _csv(LISTS / name, delimiter)


def _csv(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def _table(scores: Iterable[Score]) -> Table:
    table = Table("list", "questions", "answerable", "answered", "of answerable", "wrong", "right")
    for each in scores:
        right = each.hits - each.wrong
        table.add_row(
            each.name,
            str(each.asked),
            str(each.answerable),
            str(each.hits),
            f"{right / each.answerable:.1%}" if each.answerable else "–",
            str(each.wrong),
            f"{right / each.hits:.2%}" if each.hits else "–",
        )
    return table


def main() -> None:
    """Print the tables, write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="a folder")
    parser.add_argument("--draws", type=int, default=4, help="how often a corpus is drawn")
    chosen = parser.parse_args()
    logger.remove()
    scores, curves = [receptionist(), adversarial()], {}
    for folder in chosen.corpus:
        drawn = [corpus(folder, seed) for seed in range(chosen.draws)]
        scores += [each for each, _ in drawn]
        curves[folder.name] = [outcome for _, outcomes in drawn for outcome in outcomes]
    times = timing()
    console = Console()
    console.print(_table(scores))
    for name, value in times.items():
        console.print(f"{name:>30}: {value:.2f}")
    RESULTS.mkdir(exist_ok=True)
    results = {"scores": [asdict(each) for each in scores], "time": times}
    (RESULTS / "cache.json").write_text(json.dumps(results, indent=1))
    if curves:
        (RESULTS / "cache.svg").write_text(curve_svg(curves))


if __name__ == "__main__":
    main()
