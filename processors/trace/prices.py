"""What a service costs on a day, from a table with dates."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

# What is counted → the name of its price, and how many make up that price.
_UNITS = {
    "seconds": ("per_minute", 60),
    "input": ("input", 1_000_000),
    "output": ("output", 1_000_000),
    "cache_read": ("cache_read", 1_000_000),
    "cache_write": ("cache_write", 1_000_000),
    "characters": ("per_1k_characters", 1_000),
}
FREE = ("embedded", "whisper", "piper", "kokoro")  # they run on the machine itself


class PriceError(ValueError):
    """The table of prices is wrong; the message says where."""


@dataclass(frozen=True)
class Price:
    """One row of the table.

    Args:
        stage: "stt", "llm" or "tts".
        provider: As in a service's address.
        model: The beginning of the model's name.
        since: The first day.
        rates: Dollars by the name of the price.
    """

    stage: str
    provider: str
    model: str
    since: date
    rates: Mapping[str, float] = field(default_factory=dict)


class Prices:
    """The table.

    Args:
        rows: In any order.
    """

    def __init__(self, rows: tuple[Price, ...]) -> None:
        """Sorted so that the first row that fits is the one."""
        self._rows = sorted(rows, key=lambda row: (len(row.model), row.since), reverse=True)

    @classmethod
    def read(cls, path: Path) -> "Prices":
        """The table in a TOML file.

        Raises:
            PriceError: a row is incomplete, or no number.
        """
        with path.open("rb") as file:
            try:
                rows = tomllib.load(file).get("price", [])
            except tomllib.TOMLDecodeError as error:
                raise PriceError(f"{path.name} is no TOML: {error}") from error
        return cls(tuple(_row(path, number, row) for number, row in enumerate(rows, 1)))

    def dollars(self, usage: Mapping[str, Any], day: date) -> float | None:
        """What a `usage` event costs; None where the table has no price for it.

        Args:
            usage: `stage`, `provider`, `model` and what was counted.
            day: When.
        """
        if usage.get("provider") in FREE:
            return 0.0
        for row in self._rows:
            if (
                row.stage == usage.get("stage")
                and row.provider == usage.get("provider")
                and str(usage.get("model", "")).startswith(row.model)
                and row.since <= day
            ):
                return sum(
                    float(usage.get(unit, 0)) / size * row.rates.get(name, 0.0)
                    for unit, (name, size) in _UNITS.items()
                )
        return None


def _row(path: Path, number: int, row: dict[str, Any]) -> Price:
    where = f"{path.name}, price {number}"
    missing = {"stage", "provider", "from"} - row.keys()
    if missing:
        raise PriceError(f"{where}: {', '.join(sorted(missing))} missing")
    rest = {key: value for key, value in row.items() if key not in _NAMES}
    for name, rate in rest.items():
        if not isinstance(rate, int | float) or not math.isfinite(rate) or rate < 0:
            raise PriceError(f"{where}: {name} is {rate!r}; it must be dollars, >= 0")
    if not isinstance(row["from"], date):
        raise PriceError(f"{where}: from is {row['from']!r}; it must be a date, 2026-01-31")
    return Price(row["stage"], row["provider"], row.get("model", ""), row["from"], rest)


_NAMES = {"stage", "provider", "model", "from", "source", "checked"}


@lru_cache(maxsize=1)
def shipped_prices() -> Prices:
    """The table that lies beside this file."""
    return Prices.read(Path(__file__).with_name("prices.toml"))
