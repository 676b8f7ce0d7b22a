"""The calls of this process as the desk sees them, and what an operator may do with one.

::

    BOT ──ring──▶ RINGING ──take──▶ PERSON ──hand back, line lost──▶ BOT
     └────────────take─────────────────▲            one operator a call, ever
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, replace
from typing import Any

from loguru import logger
from pipecat.processors.frame_processor import FrameProcessor

from pipelines.brief import Brief
from pipelines.desk.number_line import HERE, NumberLine
from pipelines.desk.operator_line import OperatorLine, until_lost
from pipelines.desk.tickets import Tickets
from pipelines.transports.second_voice import SecondVoice
from pipelines.transports.way import Numbers
from processors.escalation import Decision, Level
from processors.escalation.conduct import Mode
from processors.escalation.door import PersonDoor
from processors.escalation.record import Packet, Said, packet

_MOST_WAITING_EVENTS = 2000  # of one page that does not read; then it has to ask for everything

Feed = asyncio.Queue[dict[str, Any] | None]
Summarise = Callable[[list[Said]], Awaitable[str]]


class DeskError(Exception):
    """What an operator wants cannot be done now; the message says why."""


class LiveCall:
    """One call at the desk; it is the `Colleagues` of its door.

    Args:
        id: The call's.
        brief: The bot.
        door: Where a person comes into the call.
        second_voice: Through which a person speaks; None where none can.
        output: The transport's.
        tickets: Where notes are left.
        publish: Tells the pages.
        queue: The calls that ring, the first who rang first.
        numbers: Telephone numbers that can be reached; None: none can.
        room_url: Of the room that the caller is in, which a person may join; "" for none.
        summarise: Two sentences about the call, by a model; None: there is none.
    """

    def __init__(
        self,
        *,
        id: str,
        brief: Brief,
        door: PersonDoor,
        second_voice: SecondVoice | None,
        output: FrameProcessor,
        tickets: Tickets,
        publish: Callable[[dict[str, Any]], None],
        queue: deque["LiveCall"],
        numbers: Numbers | None = None,
        room_url: str = "",
        summarise: Summarise | None = None,
    ) -> None:
        """The bot has the caller."""
        self.id = id
        self.brief = brief
        self.door = door
        self.second_voice = second_voice
        self.room_url = room_url
        self.since = time.time()
        self.taken_by = ""
        self.over = False
        self.packet: Packet | None = None
        self.line_of: dict[str, OperatorLine] = {}
        self._output = output
        self._tickets = tickets
        self._publish = publish
        self._queue = queue
        self._summarise = summarise
        self._number = NumberLine(numbers, self)
        self._decision = Decision(Level.CALM)
        self._tasks: set[asyncio.Task[None]] = set()
        self._talking: list[asyncio.Task[None]] = []
        self._changing = asyncio.Lock()  # hands, one after the other
        door.colleagues = self
        door.record.watch(self._on_line)

    # What the pages see ------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """`person`, `ringing`, or `bot`."""
        if self.taken_by:
            return "person"
        return "ringing" if self in self._queue else "bot"

    def card(self) -> dict[str, Any]:
        """The call in the list."""
        said = [line for line in self.door.record.lines if line.who != "note"]
        return {
            "id": self.id,
            "bot": self.brief.name,
            "title": self.brief.title,
            "since": self.since,
            "state": self.state,
            "level": self._decision.level.name.lower(),
            "mood": round(self._decision.mood, 2),
            "why": list(self._decision.reasons) or ([self.packet.why] if self.packet else []),
            "takenBy": self.taken_by,
            "room": bool(self.room_url),
            "last": asdict(said[-1]) if said else None,
        }

    def whole(self) -> dict[str, Any]:
        """The card, all lines, and what a person has to know."""
        known = self.packet or packet(self.door.record, self._decision.why)
        lines = [asdict(line) for line in self.door.record.lines]
        return {"call": self.card(), "lines": lines, "packet": _shown(known)}

    def _on_line(self, said: Said) -> None:
        self._publish({"type": "line", "id": self.id, "line": asdict(said)})
        self._changed()

    def _changed(self) -> None:
        if not self.over:
            self._publish({"type": "call", "call": self.card()})

    # Colleagues, as the door sees them ---------------------------------------------------------

    def watch(self, decision: Decision) -> None:
        """Show how the call stands."""
        if decision != self._decision:
            self._decision = decision
            self._changed()

    async def call(self, packet: Packet, patience_secs: float) -> bool:
        """Ring at the desk; somebody may come to it yet, so the caller always waits."""
        self.packet, self._number.problem = packet, ""
        if self not in self._queue:
            self._queue.append(self)
        logger.info(f"call {self.id} rings at the desk: {packet.why}")
        self._publish({"type": "ring", "id": self.id, "packet": _shown(packet)})
        self._changed()
        if self._summarise is not None:
            self._spawn(self._write_summary(self._summarise, packet), "summary")
        return True

    def position(self) -> int:
        """Who rang before, and this one."""
        return self._queue.index(self) + 1 if self in self._queue else 1

    async def transfer(self, to: str) -> bool:
        """Ring a number up, where the caller's way in can do that."""
        return self._number.ring(to)

    @property
    def expected(self) -> bool:
        """Whether a number that was rung up last may still answer; the desk always may."""
        return not self._number.problem

    async def come_in(self, who: str) -> bool:
        """Give the caller to a person who is in the call without the desk's line.

        Args:
            who: Somebody in the same room, or at a number; False when another has the call.
        """
        if self.taken_by or self.over:
            return False
        self.taken_by = who
        async with self._changing:
            if self in self._queue:
                self._queue.remove(self)
            if who != HERE:
                await self._number.let_go()
            await self.door.take_over(who)
        self._changed()
        return True

    async def go(self, who: str) -> None:
        """Somebody who came in has left; if they had the call, the bot has it again."""
        with suppress(DeskError):
            await self.hand_back(who)

    async def give_up(self, packet: Packet, why: str) -> None:
        """Nobody came: a ticket is written."""
        self.withdraw()
        ticket = await self._tickets.add(self.id, self.brief.name, packet)
        logger.info(f"call {self.id}: ticket {ticket['id']}, {why}")
        self._publish({"type": "ticket", "id": ticket["id"], "done": False})

    def withdraw(self) -> None:
        """It rings no longer, at the desk or at a number."""
        self._spawn(self._number.let_go(), "let go of a number")
        if self in self._queue:
            self._queue.remove(self)
            self._changed()

    async def _write_summary(self, summarise: Summarise, asked: Packet) -> None:
        try:
            summary = await summarise(list(self.door.record.lines))
        except Exception as error:  # the packet is complete without it
            logger.warning(f"call {self.id}: no summary: {type(error).__name__}")
            return
        if summary and self.packet is asked:
            self.packet = replace(asked, summary=summary)
            self._publish({"type": "packet", "id": self.id, "packet": _shown(self.packet)})

    # What an operator does ---------------------------------------------------------------------

    async def take(self, operator: str) -> None:
        """Give the caller to `operator`.

        Raises:
            DeskError: somebody else has the call, it is over, or nobody can speak in it.
        """
        self._check_open()
        if self.second_voice is None:
            raise DeskError("no person can speak in this kind of call")
        if self.taken_by:
            raise DeskError(f"{self.taken_by} has this call")
        self.taken_by = operator
        async with self._changing:
            if self in self._queue:
                self._queue.remove(self)
            await self._number.let_go()
            await self.door.take_over(operator)
            if self.over:
                return
            self._talking = [
                asyncio.create_task(self.second_voice.flow(self._output), name=f"voice {self.id}"),
                asyncio.create_task(self._watch_line(operator), name=f"line {self.id}"),
            ]
        self._changed()

    async def hand_back(self, operator: str, *, lost: bool = False) -> None:
        """Give the caller back to the bot.

        Args:
            operator: Who has the call.
            lost: Whether their line has dropped.

        Raises:
            DeskError: `operator` does not have the call.
        """
        async with self._changing:
            if self.taken_by != operator:
                raise DeskError("you do not have this call")
            self.packet = None
            await self._end_talk()
            if not self.over:
                await self.door.hand_back(operator, lost=lost)
            # Last: until the bot has the caller nobody else can take them.
            self.taken_by = ""
        self._changed()

    async def say(self, text: str) -> None:
        """Have the bot's voice say `text`.

        Raises:
            DeskError: a person speaks with the caller, or the call is over.
        """
        self._check_open()
        if self.door.conduct.mode is Mode.PERSON:
            raise DeskError(f"{self.taken_by} speaks with the caller; the bot's voice is off")
        self.door.record.add("note", f"a colleague has the bot say: {text}")
        await self.door.tell(text)

    def whisper(self, operator: str, text: str) -> None:
        """Tell the bot something for what it says next.

        Raises:
            DeskError: the call is over.
        """
        self._check_open()
        self.door.instruct(f"Note from a colleague, for you alone, heed it from now on: {text}")
        self.door.record.add("note", f"{operator} whispers: {text}")

    async def end(self) -> None:
        """The call is over."""
        self.over = True
        if self in self._queue:
            self._queue.remove(self)
        self.taken_by = ""
        await self._end_talk()
        await self._number.let_go()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _check_open(self) -> None:
        if self.over:
            raise DeskError("this call is over")

    async def _watch_line(self, operator: str) -> None:
        """Give the caller back when nothing comes from the operator's line any more."""
        await until_lost(lambda: self.line_of.get(operator))
        logger.warning(f"call {self.id}: the line of {operator} is lost")
        self._spawn(self._on_line_lost(operator), "line lost")

    async def _on_line_lost(self, operator: str) -> None:
        with suppress(DeskError):  # handed back in the same moment
            await self.hand_back(operator, lost=True)

    async def _end_talk(self) -> None:
        talking, self._talking = self._talking, []
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)

    def _spawn(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=f"{name} {self.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class LiveCalls:
    """All calls of this process that the desk may see.

    Args:
        tickets: Where notes are left when nobody comes.
    """

    def __init__(self, tickets: Tickets) -> None:
        """No call, and nobody watches."""
        self.tickets = tickets
        self._calls: dict[str, LiveCall] = {}
        self._queue: deque[LiveCall] = deque()
        self._feeds: set[Feed] = set()

    def __iter__(self) -> Iterator[LiveCall]:
        """The calls, the oldest first."""
        return iter(tuple(self._calls.values()))

    def get(self, id: str) -> LiveCall | None:
        """The call of that id unless it is over."""
        return self._calls.get(id)

    def add(self, **parts: Any) -> LiveCall:
        """A call has begun; `parts` as for `LiveCall`."""
        call = LiveCall(**parts, tickets=self.tickets, publish=self.publish, queue=self._queue)
        self._calls[call.id] = call
        self.publish({"type": "call", "call": call.card()})
        return call

    async def remove(self, call: LiveCall) -> None:
        """A call is over."""
        self._calls.pop(call.id, None)
        await call.end()
        self.publish({"type": "gone", "id": call.id})

    def publish(self, event: dict[str, Any]) -> None:
        """Tell every page; one that does not read is told to begin anew."""
        for feed in tuple(self._feeds):
            if feed.qsize() >= _MOST_WAITING_EVENTS:
                self._feeds.discard(feed)
                feed.put_nowait(None)
            else:
                feed.put_nowait(event)

    @contextmanager
    def subscribe(self) -> Iterator[Feed]:
        """All that happens from now on; None says that it ends."""
        feed: Feed = asyncio.Queue()
        self._feeds.add(feed)
        try:
            yield feed
        finally:
            self._feeds.discard(feed)

    def close(self) -> None:
        """End all feeds."""
        for feed in tuple(self._feeds):
            self._feeds.discard(feed)
            feed.put_nowait(None)


CURRENT: ContextVar[LiveCalls | None] = ContextVar("live_calls", default=None)


def _shown(packet: Packet) -> dict[str, Any]:
    shown = asdict(packet)
    del shown["lines"]
    return shown
