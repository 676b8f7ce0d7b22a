"""The table of `tests.benchmarks.calls`, beside its bars."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Calls = Sequence[Mapping[str, Any]]


def table(results: Mapping[str, Any]) -> str:
    """What was measured, as a Markdown document."""
    errands, row = results["errands"], results["in_a_row"]
    lines = [
        "# Whole calls on the embedded stack, over loopback",
        "",
        f"{len(errands)} errands, {len(row)} short calls, on {results['machine']['cores']} cores "
        f"with a load of {results['machine']['load'][0]:.1f} at the end.",
        "",
        "| what | measured | bar |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {bar} |" for what, measured, bar in _rows(results)),
        "",
        "| errand | voice | reached | turns | voice-to-voice p50, max (ms) | CPU of a core |",
        "|---|---|---|---|---|---|",
        *(_errand(call) for call in errands),
    ]
    return "\n".join(lines) + "\n"


def _rows(results: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    errands, row = results["errands"], results["in_a_row"]
    calls = [*errands, *row]
    reached = sum(call["reached"] for call in errands)
    unanswered = sum(turn["heard_secs"] is None for call in calls for turn in call["turns"])
    rows = [
        ("voice-to-voice", _spread(waits(calls)), "p50 ≤ 700 ms, p95 ≤ 1200 ms"),
        ("turns without an answer", str(unanswered), "0"),
        ("greeting after the caller is there", _spread(_greetings(calls)), ""),
        ("tasks reached", f"{reached} of {len(errands)}", "all"),
        ("CPU of one core during a call", _share(results["recorded"] or calls), "≤ 25 %"),
        ("the same while the benchmark watches every frame", _share(calls), ""),
    ]
    return rows + (_memory(results["idle_mb"], row) if row else [])


def _memory(idle_mb: float, row: Calls) -> list[tuple[str, str, str]]:
    above = [call["peak_mb"] - idle_mb for call in row]
    rows = [
        (
            f"memory in a call above the idle server ({idle_mb:.0f} MB)",
            f"first call {above[0]:.0f} MB, most of all {max(above):.0f} MB",
            "≤ 60 MB",
        )
    ]
    if len(row) > 3:
        third, last = row[2]["after_mb"], row[-1]["after_mb"]
        grown = f"{100 * (last / third - 1):+.1f} % ({third:.0f} → {last:.0f} MB)"
        rows.append((f"memory after call {len(row)}, against call 3", grown, "≤ +15 %"))
    return rows


def waits(calls: Calls) -> list[float]:
    """Voice-to-voice of every answered turn, in ms."""
    turns = [turn for call in calls for turn in call["turns"]]
    return [turn["voice_to_voice_ms"] for turn in turns if turn["voice_to_voice_ms"] is not None]


def _greetings(calls: Calls) -> list[float]:
    return [call["greeted_ms"] for call in calls if call["greeted_ms"] is not None]


def _share(calls: Calls) -> str:
    shares = [100 * call["cpu_secs"] / call["secs"] for call in calls]
    return f"{np.mean(shares):.0f} % on average, {max(shares):.0f} % at most" if shares else "-"


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "-"
    p50, p95 = np.percentile(values, [50, 95])
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, max {max(values):.0f} ms (n {len(values)})"


def _errand(call: Mapping[str, Any]) -> str:
    found = waits([call])
    spread = f"{np.median(found):.0f}, {max(found):.0f}" if found else "-"
    share = f"{100 * call['cpu_secs'] / call['secs']:.0f} %"
    reached = "yes" if call["reached"] else "**no**"
    turns = len(call["turns"])
    return f"| {call['title']} | {call['voice']} | {reached} | {turns} | {spread} | {share} |"
