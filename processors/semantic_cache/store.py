"""The answers in the SQL database, shared by all processes of a machine, or of many.

::

    learn ─▶ AnswerCache ── Change ─▶ StoredAnswers ─▶ table, with the next revision
                 ▲                         │
                 └──── newer rows ◀── every second: is the revision another one?

Every write takes the next number of one counter, in the same transaction: who has seen all rows up
to a number misses nothing. A database that fails is a line in the log; the answers in memory go on.
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
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from processors.semantic_cache.cache import AnswerCache
from processors.semantic_cache.entries import Change, Entry
from processors.semantic_cache.reading import read
from processors.semantic_cache.scope import Scope

VERSION = 1

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
_FAILURES = (SQLAlchemyError, OSError, ValueError)
_WAITING = 2_000  # changes kept for a database that does not take them
_KEEP_GONE_SECS = 24 * 3600.0


class StoredAnswers:
    """Keep an `AnswerCache` and a database the same, for one scope.

    Args:
        cache: The answers in memory.
        scope: Which answers.
        url: SQLAlchemy's, with an async driver: `sqlite+aiosqlite:///var/downbeat.db`,
            `postgresql+asyncpg://…`.
        poll_secs: How often to ask for what others learnt.
    """

    def __init__(
        self, cache: AnswerCache, scope: Scope, url: str, *, poll_secs: float = 1.0
    ) -> None:
        """Nothing is opened yet."""
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
        self._ready = False

    async def open(self) -> None:
        """Load what is stored, and follow from now on. Never raises: see the module."""
        self._loop = asyncio.get_running_loop()
        self._cache.watch(self._on_change)
        await self.sync()
        self._task = asyncio.create_task(self._follow(), name=f"stored answers of {self._scope}")

    async def close(self) -> None:
        """Write what is left, and close the database."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.sync()
        await self._engine.dispose()

    async def sync(self) -> bool:
        """Write what was learnt here, read what was learnt elsewhere; False where that failed."""
        try:
            if not self._ready:
                await self._prepare()
            await self._write()
            await self._read()
        except _FAILURES as error:
            if not self._failing:
                logger.warning(f"answers of {self._scope} are not shared for now: {error}")
            self._failing = True
            return False
        if self._failing:
            logger.info(f"answers of {self._scope} are shared again")
        self._failing = False
        return True

    async def _follow(self) -> None:
        while True:
            with suppress(TimeoutError):  # nothing was learnt here; others may have
                await asyncio.wait_for(self._wake.wait(), self._poll_secs)
            self._wake.clear()
            if not await self.sync():
                await asyncio.sleep(self._poll_secs)

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
            elif row.version != VERSION:
                raise ValueError(
                    f"the answers are stored in version {row.version}, this is version {VERSION}; "
                    "drop the tables answers, answer_rejections and answer_counter to start afresh"
                )
            # Others had a day to notice that these are gone.
            old = _ANSWERS.c.learnt_at < time.time() - _KEEP_GONE_SECS
            await connection.execute(delete(_ANSWERS).where(_ANSWERS.c.gone & old))
        self._ready = True

    async def _write(self) -> None:
        while self._changes:
            change = self._changes[0]
            await asyncio.to_thread(self._cache.vectors, [change.entry])
            async with self._engine.begin() as connection:
                await self._write_one(connection, change)
            if self._changes and self._changes[0] is change:
                self._changes.popleft()

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
        used_at=row.learnt_at,
        rejected=row.rejected,
        vector=vector,
    )
