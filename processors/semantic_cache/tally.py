"""What came of the questions of a scope, counted until somebody writes it down."""

import threading
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Literal

# `hit` and `wrong` by the stored question, `miss` by its reason; the rest without a name.
Counted = Literal["hit", "wrong", "miss", "saved ms", "saved dollars"]
Counts = Mapping[tuple[str, str], float]


class Tally:
    """Sums by kind and name, thread-safe."""

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._sums: dict[Hashable, Counter[tuple[str, str]]] = {}
        self._lock = threading.Lock()

    def add(self, scope: Hashable, kind: Counted, name: str = "", by: float = 1.0) -> None:
        """Count something."""
        with self._lock:
            sums = self._sums.setdefault(scope, Counter())
            sums[kind, name] += by  # pyright: ignore[reportArgumentType]  (a Counter sums floats)

    def take(self, scope: Hashable) -> Counts:
        """All that was counted of a scope since the last time."""
        with self._lock:
            return self._sums.pop(scope, Counter())

    def give_back(self, scope: Hashable, counts: Counts) -> None:
        """Count again what could not be written down."""
        with self._lock:
            sums = self._sums.setdefault(scope, Counter())
            for key, by in counts.items():
                sums[key] += by  # pyright: ignore[reportArgumentType]
