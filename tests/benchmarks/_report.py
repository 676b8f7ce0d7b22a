"""The table of `tests.benchmarks.latency`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

STAGES = ("words final", "model asked", "first words", "first sound", "turn over", "heard")

Turns = Sequence[Mapping[str, Any]]


def report(results: Mapping[str, Any]) -> str:
    """What was measured, as text."""
    bots = [bot for bot in ("downbeat", "scaffold") if turns_of(results, bot)]
    lines = [f"profile {results['profile']}", "", _row("", [name.ljust(24) for name in bots])]
    lines += [
        _row(title, [_spread(_waits(turns_of(results, bot), pick)) for bot in bots])
        for title, pick in _PICKS
    ]
    lines += ["", _row("from the caller's last sound (ms)", ["p50 / p90"] * len(bots))]
    lines += [
        _row(stage, [_stage(turns_of(results, bot), stage) for bot in bots]) for stage in STAGES
    ]
    lines += ["", _row("cut-ins / hesitations", [_cut_ins(results, bot) for bot in bots])]
    lines += [
        _row("not answered within 8 s", [str(_missed(turns_of(results, bot))) for bot in bots])
    ]
    lines += [_row("model tokens", [str(_sum(results, bot, "output_tokens")) for bot in bots])]
    lines += [_row("characters spoken", [str(_sum(results, bot, "characters")) for bot in bots])]
    lines += [_row("CPU, % of a core", [_cpu(results, bot) for bot in bots])]
    lines += _drafts(results)
    if len(bots) == 2:
        lines += ["", *_ratios(results)]
    return "\n".join(lines)


def waits(turns: Turns, known: bool | None = None) -> list[float]:
    """Voice-to-voice of each answered turn that was not cut into, in ms."""
    return _waits(turns, lambda turn: known is None or turn["known"] is known)


def _waits(turns: Turns, pick: Callable[[Mapping[str, Any]], bool]) -> list[float]:
    return [
        1000 * (turn["heard"] - turn["ended"])
        for turn in turns
        if turn["heard"] is not None and not turn["cut_ins"] and pick(turn)
    ]


_PICKS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("voice-to-voice, the model answers", lambda turn: not turn["known"]),
    ("  with hesitations", lambda turn: not turn["known"] and turn["hesitations"] > 0),
    ("  without", lambda turn: not turn["known"] and not turn["hesitations"]),
    ("  decided within a second", lambda turn: not turn["known"] and _at_once(turn)),
    ("voice-to-voice, answer known", lambda turn: turn["known"]),
)


def turns_of(results: Mapping[str, Any], bot: str) -> list[Mapping[str, Any]]:
    """Every turn that `bot` took part in."""
    return [turn for call in results["calls"] if call["bot"] == bot for turn in call["turns"]]


def _at_once(turn: Mapping[str, Any]) -> bool:
    """Whether no silence timer but the evidence ended the turn (Smart Turn's runs for 3 s)."""
    return turn["marks"].get("turn over", 9.0) < 1.0


def _spread(values: Iterable[float]) -> str:
    values = list(values)
    if not values:
        return "-"
    p50, p90, p95 = np.percentile(values, [50, 90, 95])
    return f"{p50:.0f} / {p90:.0f} / {p95:.0f}, max {max(values):.0f} (n {len(values)})"


def _stage(turns: Turns, stage: str) -> str:
    found = [
        1000 * (turn["heard"] - turn["ended"] if stage == "heard" else turn["marks"][stage])
        for turn in turns
        if turn["heard"] is not None
        and not turn["known"]
        and not turn["cut_ins"]
        and (stage == "heard" or stage in turn["marks"])
    ]
    return "{:.0f} / {:.0f}".format(*np.percentile(found, [50, 90])) if found else "-"


def _cut_ins(results: Mapping[str, Any], bot: str) -> str:
    turns = turns_of(results, bot)
    cuts, pauses = (sum(turn[key] for turn in turns) for key in ("cut_ins", "hesitations"))
    return f"{cuts} / {pauses}" + (f" ({100 * cuts / pauses:.1f} %)" if pauses else "")


def _missed(turns: Turns) -> int:
    return sum(turn["heard"] is None for turn in turns)


def _sum(results: Mapping[str, Any], bot: str, key: str) -> int:
    return sum(call[key] for call in results["calls"] if call["bot"] == bot)


def _cpu(results: Mapping[str, Any], bot: str) -> str:
    calls = [call for call in results["calls"] if call["bot"] == bot]
    return f"{100 * sum(c['cpu_secs'] for c in calls) / sum(c['wall_secs'] for c in calls):.1f}"


def _drafts(results: Mapping[str, Any]) -> list[str]:
    calls = [call for call in results["calls"] if call["bot"] == "downbeat"]
    started, kept, thrown = (
        sum(call["drafts"][key] for call in calls)
        for key in ("started", "kept", "discarded_tokens")
    )
    why: dict[str, int] = {}
    for call in calls:
        for reason, count in call["drafts"]["discards"].items():
            why[reason] = why.get(reason, 0) + count
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(why.items()))
    return [
        _row("drafts started / kept", [f"{started} / {kept}"]),
        _row("discarded", [f"about {thrown} tokens ({reasons or 'none'})"]),
    ]


def _ratios(results: Mapping[str, Any]) -> list[str]:
    ours, theirs = (turns_of(results, bot) for bot in ("downbeat", "scaffold"))
    lines = []
    quick = [[t for t in turns if not t["known"] and _at_once(t)] for turns in (ours, theirs)]
    if all(quick):
        ratio = np.median(waits(quick[0])) / np.median(waits(quick[1]))
        lines.append(_row("p50 ratio, decided within a second", [f"{ratio:.2f}"]))
    for title, known in (("model", False), ("known", True)):
        a, b = waits(ours, known), waits(theirs, known)
        if a and b:
            lines.append(_row(f"p50 ratio, {title}", [f"{np.median(a) / np.median(b):.2f}"]))
    tokens = [_sum(results, bot, "output_tokens") for bot in ("downbeat", "scaffold")]
    if tokens[1]:
        lines.append(_row("extra tokens", [f"{100 * (tokens[0] / tokens[1] - 1):.0f} %"]))
    return lines


def _row(title: str, cells: Sequence[str]) -> str:
    return title.ljust(36) + "".join(cell.ljust(40) for cell in cells).rstrip()
