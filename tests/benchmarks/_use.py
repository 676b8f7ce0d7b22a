"""What this process and the embedded workers, its children, take of the machine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil


@dataclass
class Use:
    """CPU and wall time of this process and its children, in seconds; `own_secs` without them."""

    cpu_secs: float = 0.0
    own_secs: float = 0.0
    secs: float = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure what happens inside."""
        before, began = _cpu_secs(), time.monotonic()
        yield
        # Whoever was started meanwhile counts from nothing.
        used = {pid: secs - before.get(pid, 0.0) for pid, secs in _cpu_secs().items()}
        self.cpu_secs, self.own_secs = sum(used.values()), used[psutil.Process().pid]
        self.secs = time.monotonic() - began


def memory_mb() -> float:
    """What would be free if all these processes ended."""
    return sum(process.memory_full_info().uss for process in _family()) / 1e6


def _family() -> list[psutil.Process]:
    me = psutil.Process()
    return [me, *me.children(recursive=True)]


def _cpu_secs() -> dict[int, float]:
    return {
        process.pid: sum(process.cpu_times()[:2]) for process in _family() if process.is_running()
    }
