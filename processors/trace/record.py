"""The record of one call: a folder that grows while the call goes on.

::

    the event loop ── sound, events ──▶ queue ──▶ a thread ──▶ call.flac   caller left, bot right
                                                          ├──▶ peaks.bin   what a page draws
                                                          └──▶ events.jsonl

The thread stays `LAG_SECS` behind: only then is known where late sound belongs (see `clock`), and
what has to be silenced. After a kill everything is there that is older than a second. A disk that
fails ends the record and not the call.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from loguru import logger

from processors.trace.clock import BotSide, CallerSide, Piece
from processors.trace.events import Event
from processors.trace.tape import Tape

LAG_SECS = 0.4
_PERIOD_SECS = 0.1
_MOST_WAITING = 20_000  # things in the queue: minutes of a disk that does not answer
_FOREVER_NS = 1 << 62
CALLER, BOT = 0, 1


@dataclass
class _Note:
    kind: str
    at_ns: int
    turn: int
    about: dict[str, Any]
    after: int | None


class Record:
    """Writes one call down.

    Args:
        folder: Made where there is none.
        caller_rate: Samples per second from the caller.
        bot_rate: Samples per second to the caller.
        sound: Whether to keep the sound; else events only.
        clock_ns: Steady nanoseconds.
        began: The wall time at the beginning, UTC; now by default.
        on_failure: Told once, from the thread, when the record cannot go on.

    Times given to the methods are nanoseconds of `clock_ns`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        caller_rate: int,
        bot_rate: int,
        sound: bool = True,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        began: datetime | None = None,
        on_failure: Callable[[str], None] | None = None,
    ) -> None:
        """Begin; nothing touches the disk yet."""
        self.folder = folder
        self.rate = max(caller_rate, bot_rate)
        self.failure = ""
        self._sound = sound
        self._clock_ns = clock_ns
        self._zero_ns = clock_ns()
        self._began = began or datetime.now(UTC)
        self._on_failure = on_failure
        self._caller, self._bot = CallerSide(caller_rate), BotSide(bot_rate)
        self._number = 0
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._notes: list[_Note] = []
        self._placed: tuple[deque[Piece], deque[Piece]] = (deque(), deque())
        self._hold_ns: int | None = None
        self._done = threading.Event()
        self._tape: Tape | None = None
        self._events: Any = None
        self._thread = threading.Thread(target=self._run, name=f"record {folder.name}", daemon=True)

    def start(self) -> None:
        """Let the thread write."""
        self._thread.start()

    # From the event loop ----------------------------------------------------------------------

    def caller(self, pcm: bytes, at_ns: int) -> int:
        """The caller's sound, complete at `at_ns`; returns its number."""
        self._number += 1
        number, at = self._number, self._position(at_ns, self._caller.rate)
        self._put(lambda: self._caller.arrived(number, pcm, at))
        return number

    def bot(self, pcm: bytes, at_ns: int) -> None:
        """Sound handed to the caller's loudspeaker at `at_ns`."""
        at = self._position(at_ns, self._bot.rate)
        self._put(lambda: self._bot.written(pcm, at))

    def cut(self, at_ns: int) -> None:
        """The loudspeaker has forgotten what it had not played."""
        at = self._position(at_ns, self._bot.rate)
        self._put(lambda: self._bot.cut(at))

    def note(
        self, kind: str, at_ns: int, *, turn: int = 0, after: int | None = None, **about: Any
    ) -> None:
        """Something happened.

        Args:
            kind: What.
            at_ns: When.
            turn: The caller's turn.
            after: The number of the caller's piece after which it was noticed.
            about: What belongs to it; must be fit for JSON.
        """
        note = _Note(kind, at_ns, turn, about, after)
        self._put(lambda: self._notes.append(note), always=True)

    def hold(self, from_ns: int | None) -> None:
        """Write no sound from `from_ns` on until told otherwise; None: write on."""
        self._put(lambda: setattr(self, "_hold_ns", from_ns), always=True)

    def silence(self, side: int, start_ns: int, end_ns: int) -> None:
        """Write silence instead of a side's sound in that span; before the span is written."""
        start, end = (self._position(ns, self.rate) for ns in (start_ns, end_ns))

        def silence() -> None:
            if self._tape:
                self._tape.silence(side, start, end)

        self._put(silence, always=True)

    def close(self) -> None:
        """Write the rest and finish; blocks, so call it off the event loop."""
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def _position(self, at_ns: int, rate: int) -> int:
        return max(0, (at_ns - self._zero_ns) * rate // 1_000_000_000)

    def _put(self, act: Callable[[], None], *, always: bool = False) -> None:
        if not self.failure and (always or self._queue.qsize() < _MOST_WAITING):
            self._queue.put(act)

    # In the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._open()
            while not self._done.wait(_PERIOD_SECS):
                self._advance(self._clock_ns() - int(LAG_SECS * 1e9))
            self._hold_ns = None
            self._advance(None)
            if self._tape:
                self._tape.close()
        except Exception as error:
            self._fail(error)
        finally:
            if self._events:
                self._events.close()

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._events = (self.folder / "events.jsonl").open("ab", buffering=0)
        if self._sound:
            self._tape = Tape(self.folder, self._caller.rate, self._bot.rate)

    def _advance(self, until_ns: int | None) -> None:
        """Write everything up to that moment; None: everything there is."""
        for _ in range(self._queue.qsize()):
            self._queue.get()()
        end_ns = _FOREVER_NS if until_ns is None else until_ns
        for side, placed in zip((self._caller, self._bot), self._placed, strict=True):
            placed.extend(side.settle(self._position(end_ns, side.rate)))
        if self._tape:
            # Held sound stays where it is; events go on, their text is masked already.
            self._write_sound(self._tape, end_ns if self._hold_ns is None else self._hold_ns)
        else:
            self._placed = (deque(), deque())
        self._write_notes(end_ns)

    def _write_sound(self, tape: Tape, until_ns: int) -> None:
        for track, side, placed in zip(
            tape.sides, (self._caller, self._bot), self._placed, strict=True
        ):
            until = self._position(until_ns, side.rate)
            while placed and placed[0].end <= until:
                track.add(placed.popleft())
            if not placed and until_ns < _FOREVER_NS:
                # Where nothing came, time passes all the same: the other side must not wait for it.
                track.fill(side.pause(until))
        tape.write()

    def _write_notes(self, until_ns: int) -> None:
        due = [note for note in self._notes if note.at_ns <= until_ns]
        if not due:
            return
        self._notes = [note for note in self._notes if note.at_ns > until_ns]
        self._events.write(b"".join(self._event(note).line() for note in due))

    def _event(self, note: _Note) -> Event:
        if note.after is None:
            at = self._position(note.at_ns, self.rate)
        else:
            side = self._caller
            heard = side.position_after(note.after, self._position(note.at_ns, side.rate))
            at = heard * self.rate // side.rate
        wall = self._began + timedelta(seconds=(note.at_ns - self._zero_ns) / 1e9)
        text = wall.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Event(note.kind, at, at / self.rate, note.turn, text, note.about)

    def _fail(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {error}"
        logger.error(f"call {self.folder.name} is not recorded any more: {self.failure}")
        if self._tape:
            self._tape.abandon()
        if self._on_failure:
            self._on_failure(self.failure)
