"""The answers in the SQL database, shared by all processes of a machine, or of many.

::

    learn ─▶ AnswerCache ── Change ─▶ StoredAnswers ─▶ table, with the next revision
                 ▲                         │
                 └──── newer rows ◀── every second: is the revision another one?

Every write takes the next number of one counter, in the same transaction: who has seen all rows up
to a number misses nothing. There is room for `max_entries` of a scope; the longest unused go first.
A database that fails is a line in the log; the answers in memory go on.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress

import numpy as np
from loguru import logger
from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from processors.semantic_cache.cache import AnswerCache
from processors.semantic_cache.entries import Change, Entry
from processors.semantic_cache.reading import read
from processors.semantic_cache.scope import Scope
from processors.semantic_cache.tally import Counts

VERSION = 2

_METADATA = MetaData()
_COUNTER = Table(
    "answer_counter",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
)
_ANSWERS = Table(
    "answers",
    _METADATA,
    Column("scope", String(200), primary_key=True),
    Column("key", String(600), primary_key=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("origin", String(20), nullable=False),
    Column("learnt_at", Float, nullable=False),
    Column("used_at", Float, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, default=0),
    Column("gone", Boolean, nullable=False, default=False),
    Column("vector", LargeBinary),
    Column("revision", Integer, nullable=False, index=True),
)
_REJECTIONS = Table(
    "answer_rejections",
    _METADATA,
    Column("revision", Integer, primary_key=True),
    Column("scope", String(200), nullable=False, index=True),
    Column("asked", Text, nullable=False),
    Column("answer", Text, nullable=False),
)
_COUNTS = Table(
    "answer_counts",
    _METADATA,
    Column("scope", String(200), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("name", String(600), primary_key=True),
    Column("amount", Float, nullable=False),
)
_FAILURES = (SQLAlchemyError, OSError, ValueError)
_ADD_USED_AT = text("ALTER TABLE answers ADD COLUMN used_at FLOAT NOT NULL DEFAULT 0")
_WAITING = 2_000  # changes kept for a database that does not take them
_KEEP_GONE_SECS = 24 * 3600.0
_KEEP_OTHERS_SECS = 30 * 24 * 3600.0  # what a bot of another knowledge learnt, if nobody uses it


class StoredAnswers:
    """Keep an `AnswerCache` and a database the same, for one scope.

    Args:
        cache: The answers in memory.
        scope: Which answers.
        url: SQLAlchemy's, with an async driver: `sqlite+aiosqlite:///var/downbeat.db`,
            `postgresql+asyncpg://…`.
        poll_secs: How often to ask for what others learnt.
        max_entries: Of this scope; the longest unused one goes when there are more.

    Raises:
        ValueError: there is room for nothing.
    """

    def __init__(
        self,
        cache: AnswerCache,
        scope: Scope,
        url: str,
        *,
        poll_secs: float = 1.0,
        max_entries: int = 20_000,
    ) -> None:
        """Nothing is opened yet."""
        if max_entries < 1:
            raise ValueError(f"max_entries is {max_entries}; a store needs room for at least 1")
        self._max_entries = max_entries
        self._syncing = asyncio.Lock()
        self._closing = asyncio.Event()
        self._cache = cache
        self._scope = scope
        self._engine: AsyncEngine = create_async_engine(url, pool_pre_ping=True)
        self._poll_secs = poll_secs
        self._seen = 0
        self._changes: deque[Change] = deque(maxlen=_WAITING)
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._failing = False
        self.failure = ""  # the last one, as the database says it
        self._ready = False

    async def open(self) -> None:
        """Load what is stored, and follow from now on. Never raises: see the module."""
        self._loop = asyncio.get_running_loop()
        self._cache.watch(self._on_change)
        await self.sync()
        self._task = asyncio.create_task(self._follow(), name=f"stored answers of {self._scope}")

    async def close(self) -> None:
        """Write what is left, and close the database."""
        self._closing.set()
        self._wake.set()
        if self._task:
            # Not cancelled: a driver that is cut off in the middle leaves its thread behind, which
            # then speaks to a loop that is closed.
            await self._task
        await self.sync()
        await self._engine.dispose()

    async def counts(self) -> Counts:
        """What came of the questions of this scope, in all processes, as far as it was written.

        Raises:
            SQLAlchemyError, OSError, ValueError: the database cannot be used.
        """
        async with self._engine.connect() as connection:
            mine = _COUNTS.c.scope == str(self._scope)
            rows = (await connection.execute(select(_COUNTS).where(mine))).all()
        return {(row.kind, row.name): row.amount for row in rows}

    async def sync(self) -> bool:
        """Write what was learnt here, read what was learnt elsewhere; False where that failed."""
        async with self._syncing:
            try:
                if not self._ready:
                    await self._prepare()
                await self._write()
                await self._write_counts()
                await self._read()
            except _FAILURES as error:
                if not self._failing:
                    logger.warning(f"answers of {self._scope} are not shared for now: {error}")
                self._failing, self.failure = True, str(error)
                return False
            if self._failing:
                logger.info(f"answers of {self._scope} are shared again")
            self._failing = False
            return True

    async def _follow(self) -> None:
        while not self._closing.is_set():
            await self._pause(self._wake)
            self._wake.clear()
            if not self._closing.is_set() and not await self.sync():
                await self._pause(self._closing)

    async def _pause(self, until: asyncio.Event) -> None:
        with suppress(TimeoutError):  # nothing happened here; others may have learnt something
            await asyncio.wait_for(until.wait(), self._poll_secs)

    def _on_change(self, change: Change) -> None:
        if change.scope == self._scope and self._loop and not self._loop.is_closed():
            self._changes.append(change)
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _prepare(self) -> None:
        """Make the tables where there are none.

        Raises:
            ValueError: the tables are of another version.
        """
        async with self._engine.begin() as connection:
            await connection.run_sync(_METADATA.create_all)
            row = (await connection.execute(select(_COUNTER))).first()
            if row is None:
                await connection.execute(insert(_COUNTER).values(id=1, version=VERSION, revision=0))
            elif row.version == 1:
                await connection.execute(_ADD_USED_AT)
                await connection.execute(update(_ANSWERS).values(used_at=_ANSWERS.c.learnt_at))
                await connection.execute(update(_COUNTER).values(version=VERSION))
            elif row.version != VERSION:
                raise ValueError(
                    f"the answers are stored in version {row.version}, this is version {VERSION}; "
                    "drop the tables answers, answer_rejections and answer_counter to start afresh"
                )
            # Others had a day to notice that these are gone.
            old = _ANSWERS.c.learnt_at < time.time() - _KEEP_GONE_SECS
            await connection.execute(delete(_ANSWERS).where(_ANSWERS.c.gone & old))
            unused = _ANSWERS.c.used_at < time.time() - _KEEP_OTHERS_SECS
            others = _ANSWERS.c.scope != str(self._scope)
            await connection.execute(delete(_ANSWERS).where(others & unused))
        self._ready = True

    async def _write(self) -> None:
        while self._changes:
            change = self._changes[0]
            await asyncio.to_thread(self._cache.vectors, [change.entry])
            async with self._engine.begin() as connection:
                await self._write_one(connection, change)
            if self._changes and self._changes[0] is change:
                self._changes.popleft()

    async def _write_counts(self) -> None:
        counts = self._cache.tally.take(self._scope)
        if not counts:
            return
        try:
            async with self._engine.begin() as connection:
                for (kind, name), by in counts.items():
                    await self._count(connection, kind, name, by)
        except BaseException:
            self._cache.tally.give_back(self._scope, counts)
            raise

    async def _count(self, connection: AsyncConnection, kind: str, name: str, by: float) -> None:
        about = {"scope": str(self._scope), "kind": kind, "name": name[:600]}
        same = and_(*(_COUNTS.c[column] == value for column, value in about.items()))
        more = update(_COUNTS).where(same).values(amount=_COUNTS.c.amount + by)
        if not (await connection.execute(more)).rowcount:
            await connection.execute(insert(_COUNTS).values(**about, amount=by))
        if kind == "hit":
            used = (_ANSWERS.c.scope == about["scope"]) & (_ANSWERS.c.key == read(name).key)
            await connection.execute(update(_ANSWERS).where(used).values(used_at=time.time()))

    async def _make_room(self, connection: AsyncConnection, scope: str, revision: int) -> None:
        """Mark what has been unused for longest as gone, where there is more than there is room."""
        alive = (_ANSWERS.c.scope == scope) & ~_ANSWERS.c.gone
        count = select(func.count()).select_from(_ANSWERS).where(alive)
        extra = (await connection.execute(count)).scalar_one() - self._max_entries
        if extra <= 0:
            return
        oldest = select(_ANSWERS.c.key).where(alive).order_by(_ANSWERS.c.used_at).limit(extra)
        keys = (await connection.execute(oldest)).scalars().all()
        gone = update(_ANSWERS).where(alive & _ANSWERS.c.key.in_(keys))
        await connection.execute(gone.values(gone=True, revision=revision))

    async def _write_one(self, connection: AsyncConnection, change: Change) -> None:
        # The counter first: it is the lock behind which writers wait for each other.
        await connection.execute(update(_COUNTER).values(revision=_COUNTER.c.revision + 1))
        revision = (await connection.execute(select(_COUNTER.c.revision))).scalar_one()
        row = _row(change, str(self._scope), revision)
        same = (_ANSWERS.c.scope == row["scope"]) & (_ANSWERS.c.key == row["key"])
        done = await connection.execute(update(_ANSWERS).where(same).values(row))
        if not done.rowcount:
            await connection.execute(insert(_ANSWERS).values(row))
        if change.rejected:
            rejection = {"asked": change.rejected, "answer": change.entry.answer}
            await connection.execute(
                insert(_REJECTIONS).values(revision=revision, scope=row["scope"], **rejection)
            )
        await self._make_room(connection, row["scope"], revision)

    async def _read(self) -> None:
        """Take over every row that is newer than what was seen."""
        async with self._engine.connect() as connection:
            latest = (await connection.execute(select(_COUNTER.c.revision))).scalar_one()
            if latest == self._seen:
                return
            newer = (_ANSWERS.c.scope == str(self._scope)) & (_ANSWERS.c.revision > self._seen)
            rows = (await connection.execute(select(_ANSWERS).where(newer))).all()
            wrong = (_REJECTIONS.c.scope == str(self._scope)) & (
                _REJECTIONS.c.revision > self._seen
            )
            rejections = (await connection.execute(select(_REJECTIONS).where(wrong))).all()
        await asyncio.to_thread(self._take, rows, rejections)
        self._seen = latest

    def _take(self, rows: Sequence, rejections: Iterable) -> None:
        alive = [_entry(row) for row in rows if not row.gone]
        self._cache.put(alive, self._scope)
        self._cache.drop([row.key for row in rows if row.gone], self._scope)
        for row in rejections:
            self._cache.correct(row.asked, row.answer, self._scope)


def _row(change: Change, scope: str, revision: int) -> dict:
    entry = change.entry
    vector = None if entry.vector is None else np.asarray(entry.vector, np.float32).tobytes()
    return {
        "scope": scope,
        "key": entry.reading.key,
        "question": entry.question,
        "answer": entry.answer,
        "origin": entry.origin,
        "learnt_at": entry.learnt_at,
        "used_at": entry.used_at,
        "rejected": entry.rejected,
        "gone": change.forgotten,
        "vector": vector,
        "revision": revision,
    }


def _entry(row) -> Entry:
    vector = None if row.vector is None else np.frombuffer(row.vector, np.float32)
    return Entry(
        row.question,
        row.answer,
        read(row.question),
        row.origin,
        learnt_at=row.learnt_at,
        used_at=row.used_at,
        rejected=row.rejected,
        vector=vector,
    )
