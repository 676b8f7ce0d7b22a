"""The time of one call, in seconds since the caller was connected; both sides live by it.

Real time, faster than real time, or jumping: from one deadline straight to the next. What jumps or
hurries is the transport alone. Pipecat's own timers (turn stop, idle, timeouts) and whatever waits
for another process go by the real clock, so a call that depends on those belongs in real time; a
test of what stands around the transport may jump.
"""

import asyncio
import heapq
from itertools import count
from typing import Protocol

# Turns of the event loop that a jump waits for, so that everyone who was woken has said what
# they wait for next.
_SETTLE_TURNS = 50


class CallClock(Protocol):
    """The time of a call."""

    def start(self) -> None:
        """The call begins, at 0; only the first start counts."""
        ...

    def now(self) -> float:
        """Seconds since the start; 0 before it."""
        ...

    async def sleep_until(self, deadline: float) -> None:
        """Return when it is `deadline`; at once where that has passed."""
        ...


class RealClock:
    """Time as it passes.

    Args:
        pace: Seconds of the call per second; 1 is real time.

    Raises:
        ValueError: `pace` is not positive.
    """

    def __init__(self, pace: float = 1.0) -> None:
        """Not started yet."""
        if not pace > 0:
            raise ValueError(f"pace is {pace!r}; it must be > 0, and 1 is real time")
        self._pace = pace
        self._started: float | None = None

    def start(self) -> None:
        """The call begins."""
        if self._started is None:
            self._started = asyncio.get_running_loop().time()

    def now(self) -> float:
        """Seconds since the start."""
        if self._started is None:
            return 0.0
        return (asyncio.get_running_loop().time() - self._started) * self._pace

    async def sleep_until(self, deadline: float) -> None:
        """Wait; deadlines are absolute, so that being late once shifts nothing after it."""
        await asyncio.sleep(max(0.0, deadline - self.now()) / self._pace)


class JumpingClock:
    """Time that jumps to the next deadline as soon as everyone waits for one.

    Deterministic where nobody waits for the real world: no other process, no thread, no timer.
    """

    def __init__(self) -> None:
        """It is 0."""
        self._now = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._jumps: asyncio.Task[None] | None = None

    def start(self) -> None:
        """The call begins."""

    def now(self) -> float:
        """Seconds since the start."""
        return self._now

    async def sleep_until(self, deadline: float) -> None:
        """Wait until the time has jumped to `deadline`."""
        if deadline <= self._now:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (deadline, next(self._numbers), woken))
        if self._jumps is None or self._jumps.done():
            self._jumps = asyncio.create_task(self._jump(), name="jumping clock")
        await woken

    async def _jump(self) -> None:
        while self._waiting:
            for _ in range(_SETTLE_TURNS):
                await asyncio.sleep(0)
            deadline, _, woken = heapq.heappop(self._waiting)
            if not woken.done():  # else its sleeper was cancelled
                self._now = max(self._now, deadline)
                woken.set_result(None)
