"""Hits against precision as an SVG, drawn by hand: no plotting library needed."""

from collections.abc import Mapping, Sequence

import numpy as np

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 720, 420, 70, 50, 60
_COLOURS = ("#0b7285", "#c2255c", "#5c940d", "#e67700")
_LOWEST = 0.9  # precision at the bottom
_INK, _GRID = "#212529", "#dee2e6"


def curve_svg(curves: Mapping[str, Sequence[tuple[float, bool]]]) -> str:
    """One line per corpus: the share of right answers among the `n` surest, for every `n`.

    Args:
        curves: By name, the confidence and the outcome of every question.
    """
    parts = [_text(_LEFT, 26, "Answered without a model, and how much of it is right", 16)]
    most = max(0.3, *(_widest(outcomes) for outcomes in curves.values()))
    parts += _axes(most)
    for number, (name, outcomes) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        shares, precision = _curve(outcomes)
        kept = (precision >= _LOWEST) & (shares <= most)
        points = " ".join(
            f"{_x(share, most):.1f},{_y(right):.1f}"
            for share, right in zip(shares[kept], precision[kept], strict=True)
        )
        stroke = f'fill="none" stroke="{colour}" stroke-width="2"'
        parts.append(f'<polyline points="{points}" {stroke}/>')
        parts.append(_text(_WIDTH - 150, _TOP + 20 + 20 * number, name, 13, colour))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n'
        f"{body}\n</svg>\n"
    )


def _curve(outcomes: Sequence[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    """Share of questions answered and share of those right, surest first."""
    right = np.array([correct for _, correct in sorted(outcomes, key=lambda each: -each[0])], float)
    answered = np.arange(1, len(right) + 1)
    return answered / len(right), np.cumsum(right) / answered


def _widest(outcomes: Sequence[tuple[float, bool]]) -> float:
    shares, precision = _curve(outcomes)
    return float(shares[precision >= _LOWEST].max(initial=0.0))


def _axes(most: float) -> list[str]:
    parts = []
    for right in (0.90, 0.92, 0.94, 0.96, 0.98, 0.99, 1.0):
        y = _y(right)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - 20}" y1="{y}" y2="{y}" stroke="{_GRID}"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{right:.0%}", 12, anchor="end"))
    for share in np.arange(0, most + 0.001, 0.05):
        x = _x(share, most)
        parts.append(_text(x, _HEIGHT - _BOTTOM + 20, f"{share:.0%}", 12, anchor="middle"))
    parts.append(_text(_WIDTH / 2, _HEIGHT - 14, "of all questions answered", 13, anchor="middle"))
    return parts


def _x(share: float, most: float) -> float:
    return _LEFT + share / most * (_WIDTH - _LEFT - 20)


def _y(right: float) -> float:
    span = _HEIGHT - _TOP - _BOTTOM
    return _TOP + (1 - right) / (1 - _LOWEST) * span


def _text(
    x: float, y: float, text: str, size: int, colour: str = _INK, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}">{text}</text>'
    )
