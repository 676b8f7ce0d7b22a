"""The pictures of `tests.benchmarks.latency`, drawn by hand as SVG: no plotting library needed.

::

    latency.svg     every answer of both bots as a dot, with median and 90th percentile
    timeline.svg    the stages of the median answer of both bots, one under the other
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from tests.benchmarks._report import turns_of, waits

_WIDTH, _LEFT, _RIGHT = 920, 150, 30
_COLOURS = {"downbeat": "#0b7285", "scaffold": "#868e96"}
_NAMES = {"downbeat": "Downbeat", "scaffold": "pipecat init"}
_INK, _GRID = "#212529", "#dee2e6"
# What happens between two moments of an answer: (from, to, what, colour).
_BARS = (
    ("last sound", "words final", "recogniser", "#ffd8a8"),
    ("model asked", "first words", "model", "#a5d8ff"),
    ("first words", "first sound", "clause + voice", "#b2f2bb"),
    ("last sound", "turn over", "is the turn over?", "#eebefa"),
)


def write_pictures(results: Mapping[str, Any], folder: Path) -> None:
    """Write both pictures into `folder`."""
    bots = [bot for bot in _COLOURS if turns_of(results, bot)]
    (folder / "latency.svg").write_text(_dots(results, bots))
    (folder / "timeline.svg").write_text(_timeline(results, bots))


def _dots(results: Mapping[str, Any], bots: Sequence[str]) -> str:
    rows = [(bot, known) for known in (False, True) for bot in bots]
    top, row = 60, 62
    height = top + row * len(rows) + 50
    values = {key: waits(turns_of(results, key[0]), key[1]) for key in rows}
    most = max([1200.0, *(min(max(v), 4000.0) for v in values.values() if v)])
    parts = [
        _text(_LEFT, 28, "Voice-to-voice: from the caller's last sound to the bot's first", 16)
    ]
    parts += _axis(most, top, height - 40)
    for index, key in enumerate(rows):
        bot, known = key
        y = top + row * index + row / 2
        title = f"{_NAMES[bot]}{', known' if known else ''}"
        parts.append(_text(_LEFT - 12, y + 5, title, 13, anchor="end"))
        parts += _dot_row(values[key], most, y, _COLOURS[bot])
    return _svg(height, parts)


def _dot_row(values: Sequence[float], most: float, y: float, colour: str) -> list[str]:
    # A fixed jitter keeps dots apart and the picture the same for the same numbers.
    jitter = np.random.default_rng(1).uniform(-14, 14, len(values))
    parts = [
        f'<circle cx="{_x(min(v, most), most):.1f}" cy="{y + j:.1f}" r="3.5" fill="{colour}" '
        'fill-opacity="0.45"/>'
        for v, j in zip(values, jitter, strict=True)
    ]
    if values:
        p50, p90 = np.percentile(values, [50, 90])
        for value, label, dash in ((p50, f"p50 {p50:.0f}", ""), (p90, f"p90 {p90:.0f}", "4 3")):
            x = _x(min(value, most), most)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 22}" y2="{y + 22}" stroke="{_INK}" '
                f'stroke-width="2" stroke-dasharray="{dash}"/>'
            )
            beside = (x - 4, "end") if x > _WIDTH - 90 else (x + 4, "start")
            parts.append(_text(beside[0], y - 14, label, 11, anchor=beside[1]))
    return parts


def _timeline(results: Mapping[str, Any], bots: Sequence[str]) -> str:
    top, row = 60, 26
    block = row * (len(_BARS) + 1) + 24
    height = top + block * len(bots) + 50
    picked = {bot: _median_turn(turns_of(results, bot)) for bot in bots}
    most = max([900.0, *(1.1 * _at(turn, "heard") for turn in picked.values() if turn)])
    parts = [_text(_LEFT, 28, "One answer of median length: what overlaps what", 16)]
    parts += _axis(most, top, height - 40)
    for index, bot in enumerate(bots):
        turn = picked[bot]
        y = top + block * index + 10
        parts.append(_text(_LEFT - 12, y + row, _NAMES[bot], 14, anchor="end"))
        if turn:
            parts += _bars(turn, most, y, row)
    return _svg(height, parts)


def _bars(turn: Mapping[str, Any], most: float, y: float, row: int) -> list[str]:
    parts = []
    for start, end, what, colour in _BARS:
        a, b = _at(turn, start), _at(turn, end)
        if b > a >= 0:
            parts.append(_bar(a, b, most, y, row, colour))
            parts.append(_text(_x(a, most) + 6, y + row - 9, f"{what} {b - a:.0f}", 12))
        y += row
    a, heard = max(_at(turn, "turn over"), _at(turn, "first sound")), _at(turn, "heard")
    if _at(turn, "first sound") < _at(turn, "turn over"):
        parts.append(_text(_x(a, most) + 6, y - row - 9, "held, then let go", 11))
    x = _x(heard, most)
    parts.append(
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - row * len(_BARS):.1f}" y2="{y + 8:.1f}" '
        f'stroke="{_INK}" stroke-width="2"/>'
    )
    parts.append(_text(x - 4, y + 14, f"heard {heard:.0f} ms", 12, anchor="end"))
    return parts


def _bar(a: float, b: float, most: float, y: float, row: int, colour: str) -> str:
    return (
        f'<rect x="{_x(a, most):.1f}" y="{y:.1f}" width="{_x(b, most) - _x(a, most):.1f}" '
        f'height="{row - 5}" rx="3" fill="{colour}" stroke="{_INK}" stroke-opacity="0.25"/>'
    )


def _median_turn(turns: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    whole = [
        turn
        for turn in turns
        if turn["heard"] is not None
        and not turn["known"]
        and not turn["cut_ins"]
        and {"words final", "model asked", "first words", "first sound", "turn over"}
        <= set(turn["marks"])
    ]
    whole.sort(key=lambda turn: turn["heard"] - turn["ended"])
    return whole[len(whole) // 2] if whole else None


def _at(turn: Mapping[str, Any], moment: str) -> float:
    if moment == "last sound":
        return 0.0
    if moment == "heard":
        return 1000 * (turn["heard"] - turn["ended"])
    return 1000 * turn["marks"][moment]


def _axis(most: float, top: int, bottom: int) -> list[str]:
    step = 200 if most <= 2000 else 500
    parts = []
    for ms in range(0, int(most) + 1, step):
        x = _x(ms, most)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 12}" y2="{bottom}" stroke="{_GRID}"/>'
        )
        parts.append(_text(x, bottom + 18, f"{ms} ms", 11, anchor="middle"))
    return parts


def _x(ms: float, most: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * ms / most


def _text(x: float, y: float, text: str, size: int, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{_INK}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _svg(height: float, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        f'font-family="system-ui, sans-serif">\n<rect width="100%" height="100%" fill="white"/>\n'
        f"{inside}\n</svg>\n"
    )
