"""The list of all recorded calls: a table beside the records, made from them and never the truth.

::

    var/calls/<id>/summary.json ──refresh──▶ index.sqlite ──search──▶ rows · totals · days

Deleting `index.sqlite` costs nothing but a while: it is made again from the folders.
"""

import contextlib
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loguru import logger
from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    case,
    create_engine,
    delete,
    func,
    insert,
    select,
)

from processors.trace.events import RecordError
from processors.trace.summary import write_summary

CALL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LIVE_SECS = 15.0  # a record that has not grown for so long belongs to nobody any more
_FRESH_SECS = 1.0
_MOST_ROWS = 200

_CALLS = Table(
    "calls",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("bot", String, index=True),
    Column("title", String),
    Column("began", String, index=True),
    Column("secs", Float),
    Column("turns", Integer),
    Column("outcome", String),
    Column("median_ms", Integer),
    Column("worst_ms", Integer),
    Column("dollars", Float),
    Column("interruptions", Integer),
    Column("errors", Integer),
    Column("flags", String),
    Column("words", String),
    Column("why_ended", String),
)
Index("calls_by_outcome", _CALLS.c.outcome)
_NAMES = tuple(column.name for column in _CALLS.columns)
_ORDERS = {
    "newest": _CALLS.c.began.desc(),
    "oldest": _CALLS.c.began,
    "longest": _CALLS.c.secs.desc(),
    "slowest": _CALLS.c.worst_ms.desc(),
    "dearest": _CALLS.c.dollars.desc(),
}


class CallIndex:
    """Find calls.

    Args:
        root: The folder of the records.
        keep_days: Calls that began earlier are deleted whole; None: never.
        clock: Steady seconds.
        now: Seconds since 1970.

    Its methods block; call them from a thread.
    """

    def __init__(
        self,
        root: Path,
        *,
        keep_days: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is read yet."""
        self.root = root
        self._keep_days = keep_days
        self._clock, self._now = clock, now
        self._lock = threading.Lock()
        self._refreshed: float | None = None
        self._engine: Any = None
        self._unreadable: dict[str, str] = {}

    def folder(self, call_id: str) -> Path:
        """Where a call is written down.

        Raises:
            RecordError: the id is none, or there is no such call.
        """
        if not CALL_ID.fullmatch(call_id):
            raise RecordError(f"{call_id!a} is no call; ids are letters, digits, - and _")
        folder = self.root / call_id
        if not (folder / "events.jsonl").is_file():
            raise RecordError(f"no call {call_id} is recorded; it may have been deleted")
        return folder

    def search(
        self,
        *,
        text: str = "",
        bot: str = "",
        outcome: str = "",
        flag: str = "",
        slower_ms: int = 0,
        dearer: float = 0.0,
        order: str = "newest",
        offset: int = 0,
        limit: int = 50,
    ) -> dict[str, Any]:
        """Calls that fit, with totals over all of them and a row for each day.

        Args:
            text: Part of the id, or of what the caller said.
            bot: Its name.
            outcome: In a word.
            flag: One of the summary's flags.
            slower_ms: Whose slowest answer took longer.
            dearer: Which cost more, in dollars.
            order: One of newest, oldest, longest, slowest, dearest.
            offset: How many are passed over.
            limit: How many are given, at most 200.
        """
        self.refresh()
        wanted = [
            _CALLS.c.words.contains(text, autoescape=True)
            | _CALLS.c.id.startswith(text, autoescape=True)
            if text
            else None,
            _CALLS.c.bot == bot if bot else None,
            _CALLS.c.outcome == outcome if outcome else None,
            _CALLS.c.flags.contains(flag, autoescape=True) if flag else None,
            _CALLS.c.worst_ms > slower_ms if slower_ms else None,
            _CALLS.c.dollars > dearer if dearer else None,
        ]
        where = [clause for clause in wanted if clause is not None]
        rows = select(_CALLS).where(*where).order_by(_ORDERS.get(order, _ORDERS["newest"]))
        with self._connected() as connection:
            found = connection.execute(rows.offset(offset).limit(min(limit, _MOST_ROWS)))
            calls = [dict(row._mapping) for row in found]
            days = [dict(row._mapping) for row in connection.execute(_by_day(where))]
            outcomes = connection.execute(_counted(_CALLS.c.outcome, where)).all()
            bots = connection.execute(_counted(_CALLS.c.bot, [])).all()
        return {
            "calls": calls,
            "totals": _totals(days),
            "days": days,
            "outcomes": {name: count for name, count in outcomes},
            "bots": {name: count for name, count in bots},
            "unreadable": dict(self._unreadable),
        }

    def refresh(self) -> None:
        """Take in what was recorded since, drop what is gone, delete what is too old."""
        with self._lock:
            if self._refreshed is not None and self._clock() - self._refreshed < _FRESH_SECS:
                return
            self._refreshed = self._clock()
            self._refresh()

    def _refresh(self) -> None:
        there = self._folders()
        with self._connected() as connection:
            known = {row.id: row.began for row in connection.execute(_KNOWN)}
            old = self._too_old(known, there)
            for call_id in old & there:
                shutil.rmtree(self.root / call_id, ignore_errors=True)
            gone = (known.keys() - there) | old
            for some in _in_pieces(sorted(gone)):
                connection.execute(delete(_CALLS).where(_CALLS.c.id.in_(some)))
            new = [self._summary(call_id) for call_id in there - known.keys() - old]
            for some in _in_pieces([row for row in new if row]):
                connection.execute(insert(_CALLS), some)

    def _folders(self) -> set[str]:
        with contextlib.suppress(FileNotFoundError), os.scandir(self.root) as entries:
            return {
                entry.name for entry in entries if entry.is_dir() and CALL_ID.fullmatch(entry.name)
            }
        return set()

    def _too_old(self, known: Mapping[str, str], there: set[str]) -> set[str]:
        if self._keep_days is None:
            return set()
        oldest = self._now() - self._keep_days * 86_400
        first = datetime.fromtimestamp(oldest, UTC).isoformat(timespec="milliseconds")
        old = {name for name, began in known.items() if began < first.replace("+00:00", "Z")}
        # What cannot be read says no date of its own, and goes all the same.
        return old | {name for name in there - known.keys() if self._changed(name) < oldest}

    def _changed(self, call_id: str) -> float:
        """When anything was last written of a call, in seconds since 1970."""
        folder = self.root / call_id
        try:
            return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
        except OSError:
            return self._now()

    def _summary(self, call_id: str) -> dict[str, Any] | None:
        """The row of a call; None while it goes on or where it cannot be read."""
        folder = self.root / call_id
        try:
            with contextlib.suppress(OSError, ValueError):
                return _row(json.loads((folder / "summary.json").read_text()), call_id)
            if self._now() - (folder / "events.jsonl").stat().st_mtime < _LIVE_SECS:
                return None
            # Its process died: what it left is made whole now.
            row = _row(write_summary(folder), call_id)
            self._unreadable.pop(call_id, None)
            return row
        except (OSError, RecordError, ValueError) as error:
            if call_id not in self._unreadable:
                logger.warning(f"call {call_id} is not in the list: {error}")
            self._unreadable[call_id] = str(error)
            return None

    @contextlib.contextmanager
    def _connected(self) -> Any:
        if self._engine is None:
            self.root.mkdir(parents=True, exist_ok=True)
            self._engine = create_engine(f"sqlite:///{self.root / 'index.sqlite'}")
            _CALLS.metadata.create_all(self._engine)
        with self._engine.begin() as connection:
            yield connection


_KNOWN = select(_CALLS.c.id, _CALLS.c.began)


def _row(summary: Any, call_id: str) -> dict[str, Any]:
    if not isinstance(summary, dict) or summary.get("id") != call_id:
        raise ValueError(f"summary.json of {call_id} is of another call")
    row = {name: summary.get(name) for name in _NAMES}
    for column in _CALLS.columns:
        kinds = (int, float) if column.type.python_type is float else (column.type.python_type,)
        if row[column.name] is not None and not isinstance(row[column.name], kinds):
            raise ValueError(f"summary.json of {call_id}: {column.name} is {row[column.name]!r}")
    return row


def _by_day(where: list[Any]) -> Select:
    day = func.substr(_CALLS.c.began, 1, 10)
    goals = ("given up", "nobody spoke")
    return (
        select(
            day.label("day"),
            func.count().label("calls"),
            func.sum(_CALLS.c.secs).label("secs"),
            func.sum(_CALLS.c.dollars).label("dollars"),
            func.avg(_CALLS.c.median_ms).label("median_ms"),
            func.sum(_CALLS.c.interruptions).label("interruptions"),
            func.sum(_CALLS.c.errors).label("errors"),
            # Not a sum of the condition itself: SQLAlchemy makes a truth of its result.
            func.sum(case((_CALLS.c.outcome.not_in(goals), 1), else_=0)).label("completed"),
        )
        .where(*where)
        .group_by(day)
        .order_by(day)
    )


def _counted(column: Column[Any], where: list[Any]) -> Select:
    return select(column, func.count()).where(*where).group_by(column).order_by(func.count().desc())


def _totals(days: list[dict[str, Any]]) -> dict[str, float]:
    sums = {
        name: sum(day[name] or 0 for day in days)
        for name in ("calls", "secs", "dollars", "interruptions", "errors", "completed")
    }
    measured = [day for day in days if day["median_ms"] is not None]
    count = sum(day["calls"] for day in measured)
    weighted = sum(day["median_ms"] * day["calls"] for day in measured)
    return sums | {"median_ms": weighted / count if count else 0}


def _in_pieces(rows: list[Any], size: int = 500) -> list[list[Any]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
