"""Fit a course's weights to scripted calls: `uv run -m tests.benchmarks.escalation_fit`.

Logistic regression over the looks at every caller's turn (`processors/escalation/course.py`): did
the call need a person by then? Prints, for each collection of scripts, how well weights that were
fitted to the others tell its turns apart, and then the weights that are fitted to all. The
collections `strangers` and `more_strangers` are looked at with what was learnt without the turns
that take up what they taught.
"""

from dataclasses import asdict, fields

import numpy as np

from processors.embeddings import wordllama_embeddings
from processors.escalation.course import Look, Watch
from processors.escalation.resemblance import Resemblance, learnt_anew
from tests.benchmarks.escalation_script import Script, read_scripts

COLLECTIONS = ("", "_more", "_other_trades", "_strangers", "_more_strangers")
NAMES = [field.name for field in fields(Look)]
_RIDGE = 1e-2
_STEPS = 30

Table = tuple[np.ndarray, np.ndarray]


def looks(scripts: list[Script], known: Resemblance) -> Table:
    """All looks, shape (turns, len(NAMES)), and whether a person was needed, shape (turns,)."""
    rows, needed = [], []
    for script in scripts:
        watch = Watch(known)
        for number, event in enumerate(script.events):
            if (seen := watch.look(event)) is not None:
                rows.append(list(asdict(seen).values()))
                needed.append(script.marked is not None and number >= script.marked)
    return np.array(rows, float), np.array(needed)


def fitted(rows: np.ndarray, needed: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and constant, by Newton's method."""
    mean, spread = rows.mean(0), rows.std(0) + 1e-6
    scaled = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    ridge = np.diag([*[_RIDGE] * rows.shape[1], 0.0])
    weights = np.zeros(scaled.shape[1])
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (likely - needed) / len(rows) + ridge @ weights
        bend = (scaled * (likely * (1 - likely))[:, None]).T @ scaled / len(rows) + ridge
        weights -= np.linalg.solve(bend, slope)
    raw = weights[:-1] / spread
    return raw, float(weights[-1] - raw @ mean)


def ranked(odds: np.ndarray, needed: np.ndarray) -> float:
    """How often a turn in need ranks above one that is not."""
    bad, fine = odds[needed], odds[~needed]
    return float((bad[:, None] > fine).mean() + (bad[:, None] == fine).mean() / 2)


def main() -> None:
    """Print what is left out and told, and the weights."""
    full, without = (
        Resemblance(*learnt_anew("en", parts), wordllama_embeddings())
        for parts in (("first", "later"), ("first",))
    )
    tables: dict[str, Table] = {}
    for name in COLLECTIONS:
        scripts = [*read_scripts(f"wrong{name}"), *read_scripts(f"well{name}")]
        tables[name] = looks(scripts, without if name.endswith("_strangers") else full)
    for name, (rows, needed) in tables.items():
        others = [table for other, table in tables.items() if other != name]
        weights, constant = fitted(*map(np.concatenate, zip(*others, strict=True)))
        odds = rows @ weights + constant
        seen = (odds[needed] > np.quantile(odds[~needed], 0.98)).mean()
        told = ranked(odds, needed)
        print(f"{name or 'first':14} ranked {told:.3f}, {seen:.0%} seen at 2 % false alarms")
    weights, constant = fitted(*map(np.concatenate, zip(*tables.values(), strict=True)))
    for name, weight in zip(NAMES, weights, strict=True):
        print(f'    "{name}": {weight:.2f},')
    print(f"CONSTANT = {constant:.2f}")


if __name__ == "__main__":
    main()
