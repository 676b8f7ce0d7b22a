"""Every call of this process, from the moment it is asked for until everything of it is freed.

::

    reserve ──▶ RESERVED ── begin ──▶ TALKING ──▶ ENDED     the slot is given back here, once
                   │                     ├── the bot is done ─────────── "completed"
                   │                     ├── the bot raised ──────────── "failed"
                   │                     ├── nobody ever came ────────── "never_connected"
                   │                     ├── nobody there any more ───── "caller_gone"
                   │                     ├── over the limit ──────────── "too_long"
                   │                     └── the server closes ───────── "drained"
                   └── nobody came within offer_secs ─────────────────── "abandoned"

A call is ended in three steps, each with a limit: the bot is asked, then cancelled, then let go.
"""

import asyncio
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from loguru import logger
from pipecat.runner.types import RunnerArguments

from pipelines import metrics
from pipelines.admission import Admission
from pipelines.hang_up import CURRENT, HangUp

Entry = Callable[[RunnerArguments], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long anything may last, in seconds.

    Args:
        offer_secs: From the reservation to the caller's offer, and from there to their being there.
        gone_secs: How long the line may be dead before the call is over.
        call_secs: A whole call; a bot that says goodbye by itself does so earlier.
        goodbye_secs: How long a bot that was asked to end may still speak.
        cancel_secs: How long a cancelled bot may take to let go.
    """

    offer_secs: float = 30
    gone_secs: float = 10
    call_secs: float = 1800
    goodbye_secs: float = 8
    cancel_secs: float = 5


@dataclass(kw_only=True, eq=False)
class Call:
    """One call.

    Args:
        bot: The bot's name in the table.
        entry: The bot.
        since: When the present state began, in seconds of the calls' clock.
    """

    bot: str
    entry: Entry
    since: float
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    task: asyncio.Task[None] | None = None
    hang_up: HangUp = field(default_factory=HangUp)
    alive: Callable[[], bool] = lambda: True
    close: Callable[[], Awaitable[None]] | None = None
    seen_alive: float | None = None
    over: bool = False


class Calls:
    """Hold calls within limits and free each of them once.

    Args:
        admission: The slots.
        limits: How long anything may last.
        clock: Steady seconds.
    """

    def __init__(
        self,
        admission: Admission,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """No call yet."""
        self.admission = admission
        self._limits = limits or Limits()
        self._clock = clock
        self._calls: dict[str, Call] = {}
        self._endings: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        """Calls that are not over."""
        return len(self._calls)

    def get(self, call_id: str) -> Call | None:
        """The call of that id unless it is over."""
        return self._calls.get(call_id)

    def reserve(self, bot: str, entry: Entry) -> Call:
        """Take a slot for a call that is about to come.

        Raises:
            Refused: no slot is free, or the server closes.
        """
        self.admission.take()
        call = Call(bot=bot, entry=entry, since=self._clock())
        self._calls[call.id] = call
        metrics.LIVE.set(self.admission.taken)
        return call

    def begin(
        self,
        call: Call,
        runner_args: RunnerArguments,
        *,
        alive: Callable[[], bool] = lambda: True,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Let the bot run in a task of its own.

        Args:
            call: A reserved call.
            runner_args: How the call arrives.
            alive: Whether somebody is on the line just now.
            close: Frees the line, whatever has become of the bot.

        Raises:
            ValueError: the call has begun or is over.
        """
        if call.task or call.over:
            raise ValueError(f"call {call.id} has begun before; a call has one bot")
        call.alive, call.close = alive, close
        call.since = self._clock()
        call.task = asyncio.create_task(self._hold(call, runner_args), name=f"call {call.id}")
        metrics.STARTED.labels(call.bot).inc()

    async def _hold(self, call: Call, runner_args: RunnerArguments) -> None:
        CURRENT.set(call.hang_up)
        reason = "completed"
        try:
            await call.entry(runner_args)
        except asyncio.CancelledError:
            reason = "cancelled"
        except Exception as error:
            reason = "failed"
            # The message may quote a key or the caller; where it happened says enough.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{place.filename}:{place.lineno}"
            logger.error(f"call {call.id}: {call.bot} raised {type(error).__name__} at {where}")
        finally:
            await self._free(call, call.hang_up.reason or reason)

    async def _free(self, call: Call, reason: str) -> None:
        if call.over:
            return
        call.over = True
        try:
            if call.close:
                async with asyncio.timeout(self._limits.cancel_secs):
                    await call.close()
        except Exception as error:
            logger.error(f"call {call.id}: its line did not close: {type(error).__name__}")
        finally:
            self._calls.pop(call.id, None)
            self.admission.give_back()
            metrics.LIVE.set(self.admission.taken)
            metrics.ENDED.labels(call.bot, reason).inc()
            if call.task:
                metrics.CALL_SECS.labels(call.bot).observe(self._clock() - call.since)
            logger.info(f"call {call.id}: over, {reason}")

    async def end(self, call: Call, reason: str) -> None:
        """Bring a call to its end; returns when it is freed. The first reason stands."""
        await asyncio.shield(self._ending(call, reason))

    def _ending(self, call: Call, reason: str) -> asyncio.Task[None]:
        if call.id not in self._endings:
            ending = asyncio.create_task(self._end(call, reason), name=f"end of call {call.id}")
            ending.add_done_callback(lambda _: self._endings.pop(call.id, None))
            self._endings[call.id] = ending
        return self._endings[call.id]

    async def _end(self, call: Call, reason: str) -> None:
        call.hang_up.ask(reason)
        if call.task:
            # With nobody on the line there is nobody to say goodbye to.
            patience = self._limits.goodbye_secs if call.alive() else 0
            await asyncio.wait([call.task], timeout=patience)
            if not call.task.done():
                call.task.cancel()
                await asyncio.wait([call.task], timeout=self._limits.cancel_secs)
            if not call.task.done():
                logger.error(f"call {call.id}: {call.bot} does not let go")
        await self._free(call, reason)

    def due(self) -> list[tuple[Call, str]]:
        """The calls whose time is up now, each with the reason."""
        now, limits, due = self._clock(), self._limits, []
        for call in self._calls.values():
            if call.task is None:
                if now - call.since > limits.offer_secs:
                    due.append((call, "abandoned"))
                continue
            if call.alive():
                call.seen_alive = now
            if call.seen_alive is None:
                if now - call.since > limits.offer_secs:
                    due.append((call, "never_connected"))
            elif now - call.seen_alive > limits.gone_secs:
                due.append((call, "caller_gone"))
            elif now - call.since > limits.call_secs:
                due.append((call, "too_long"))
        return due

    async def reap(self, period_secs: float = 1.0) -> None:
        """End for ever whatever is due."""
        while True:
            for call, reason in self.due():
                self._ending(call, reason)
            await asyncio.sleep(period_secs)

    async def drain(self, patience_secs: float) -> None:
        """Take no new call; let those that run finish in time, then end them.

        Args:
            patience_secs: How long the running calls may go on.
        """
        self.admission.close()
        await asyncio.gather(
            *(self.end(call, "drained") for call in self._calls.values() if not call.task)
        )
        tasks = [call.task for call in self._calls.values() if call.task]
        if tasks:
            logger.info(f"{len(tasks)} calls may go on for {patience_secs:g} s")
            await asyncio.wait(tasks, timeout=patience_secs)
        await asyncio.gather(*(self.end(call, "drained") for call in list(self._calls.values())))
