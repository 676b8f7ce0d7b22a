"""What one process learns the others use, and a database that fails stops no call."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from processors.semantic_cache import AnswerCache, Hit, Scope, StoredAnswers
from tests.processors.semantic_cache.embeddings import WordBag

SCOPE = Scope("receptionist", "v1")


class Process:
    """An own cache on a common database, synchronised only when told to."""

    def __init__(self, path: Path | str, scope: Scope = SCOPE, **kwargs) -> None:
        self.cache = AnswerCache(WordBag())
        self.scope = scope
        url = f"sqlite+aiosqlite:///{path}" if isinstance(path, Path) else path
        self.store = StoredAnswers(self.cache, scope, url, poll_secs=3_600, **kwargs)

    async def __aenter__(self) -> "Process":
        await self.store.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.close()

    def knows(self, question: str) -> bool:
        return self.cache.find(question, self.scope) is not None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.db"


async def test_what_one_process_learns_another_uses(path: Path):
    async with Process(path) as one, Process(path) as other:
        one.cache.learn("Is there parking?", "Yes.", SCOPE, origin="model")
        await one.store.sync()
        await other.store.sync()
        assert other.knows("is there parking please")


async def test_what_was_learnt_is_there_after_a_restart_with_its_vectors(path: Path):
    async with Process(path) as one:
        one.cache.learn("Is there parking?", "Yes.", SCOPE)
    async with Process(path) as later:
        [entry] = later.cache.entries(SCOPE)
        assert (entry.question, entry.answer) == ("Is there parking?", "Yes.")
        assert entry.vector is not None


async def test_two_processes_that_write_at_once_lose_nothing(path: Path):
    async with Process(path) as one, Process(path) as other:
        for number, process in enumerate([one, other] * 20):
            process.cache.learn(
                f"Do you sell thing{'abcdefghij'[number % 10]}{number}?", "Yes.", SCOPE
            )
        await asyncio.gather(one.store.sync(), other.store.sync())
        await asyncio.gather(one.store.sync(), other.store.sync())
        assert len(one.cache.entries(SCOPE)) == len(other.cache.entries(SCOPE)) == 40


async def test_a_rejection_reaches_every_process(path: Path):
    async with Process(path) as one, Process(path) as other:
        one.cache.learn("Is there parking?", "Yes.", SCOPE)
        await one.store.sync()
        await other.store.sync()
        hit = one.cache.find("Is there parking?", SCOPE)
        assert isinstance(hit, Hit)
        one.cache.reject(hit)
        await one.store.sync()
        await other.store.sync()
        assert not other.knows("Is there parking?")


async def test_what_is_forgotten_is_forgotten_everywhere(path: Path):
    async with Process(path) as one, Process(path) as other:
        one.cache.learn("Is there parking?", "Yes.", SCOPE)
        await one.store.sync()
        await other.store.sync()
        other.cache.forget("Is there parking?", SCOPE)
        await other.store.sync()
        await one.store.sync()
        assert not one.knows("Is there parking?")


async def test_another_knowledge_sees_none_of_it(path: Path):
    later = Scope("receptionist", "v2")
    async with Process(path) as one, Process(path, later) as other:
        one.cache.learn("Is there parking?", "Yes.", SCOPE)
        await one.store.sync()
        await other.store.sync()
        assert other.cache.entries(later) == ()


def corrupt(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def of_another_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table answer_counter (id integer, version integer, revision)")
        connection.execute("insert into answer_counter values (1, 0, 0)")


def read_only(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("damage", [corrupt, of_another_version, read_only])
async def test_a_database_that_cannot_be_used_stops_nothing(path: Path, damage):
    damage(path)
    async with Process(path) as process:
        process.cache.learn("Is there parking?", "Yes.", SCOPE)
        assert not await process.store.sync()
        assert process.knows("Is there parking?")


async def test_a_locked_database_stops_nothing_and_catches_up_later(path: Path):
    async with Process(path) as one:
        await one.store._engine.dispose()
        one.store._engine = create_async_engine(
            f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 0.01}
        )
        with closing(sqlite3.connect(path, isolation_level=None)) as locker:
            locker.execute("begin exclusive")
            one.cache.learn("Is there parking?", "Yes.", SCOPE)
            assert not await one.store.sync()
            assert one.knows("Is there parking?")
            locker.execute("rollback")
        assert await one.store.sync()
    async with Process(path) as later:
        assert later.knows("Is there parking?")


async def test_what_others_learn_arrives_by_itself(path: Path):
    async with Process(path) as one:
        other = Process(path)
        other.store._poll_secs = 0.01
        async with other:
            one.cache.learn("Is there parking?", "Yes.", SCOPE)
            await one.store.sync()
            async with asyncio.timeout(5):
                while not other.knows("Is there parking?"):
                    await asyncio.sleep(0)


async def test_beyond_its_bound_the_store_drops_what_was_unused_for_longest(path: Path):
    async with Process(path, max_entries=2) as one, Process(path) as other:
        for thing in ("parking", "toilets", "umbrellas"):
            one.cache.learn(f"Are there {thing}?", "Yes.", SCOPE)
            await one.store.sync()
        await other.store.sync()
        assert not other.knows("Are there parking?")
        assert other.knows("Are there toilets?")
        assert other.knows("Are there umbrellas?")
        assert not one.knows("Are there parking?")


async def test_what_is_used_stays(path: Path):
    async with Process(path, max_entries=2) as one:
        for thing in ("parking", "toilets"):
            one.cache.learn(f"Are there {thing}?", "Yes.", SCOPE)
            await one.store.sync()
        one.cache.tally.add(SCOPE, "hit", "Are there parking?")
        await one.store.sync()
        one.cache.learn("Are there umbrellas?", "Yes.", SCOPE)
        await one.store.sync()
        assert one.knows("Are there parking?")
        assert not one.knows("Are there toilets?")


def test_a_store_without_room_is_refused(path: Path):
    with pytest.raises(ValueError, match="max_entries is 0"):
        Process(path, max_entries=0)


async def test_what_all_processes_count_is_added_up(path: Path):
    async with Process(path) as one, Process(path) as other:
        for process in (one, other, other):
            process.cache.tally.add(SCOPE, "miss", "negation")
            process.cache.tally.add(SCOPE, "saved ms", by=250.0)
            await process.store.sync()
        assert await one.store.counts() == {("miss", "negation"): 3.0, ("saved ms", ""): 750.0}


async def test_counts_that_cannot_be_written_are_written_later(path: Path):
    async with Process(path) as one:
        await one.store._engine.dispose()
        one.store._engine = create_async_engine(
            f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 0.01}
        )
        with closing(sqlite3.connect(path, isolation_level=None)) as locker:
            locker.execute("begin exclusive")
            one.cache.tally.add(SCOPE, "miss", "negation")
            assert not await one.store.sync()
            locker.execute("rollback")
        assert await one.store.sync()
        assert await one.store.counts() == {("miss", "negation"): 1.0}


async def test_a_store_of_the_version_before_is_taken_over(path: Path):
    async with Process(path) as one:
        one.cache.learn("Is there parking?", "Yes.", SCOPE)
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("alter table answers drop column used_at")
        old.execute("update answer_counter set version = 1")
    async with Process(path) as later:
        assert later.knows("Is there parking?")
        assert await later.store.sync()
