"""The store on PostgreSQL, as far as it could differ from SQLite.

Runs where `TEST_POSTGRES_URL` names an empty database, e.g.
`postgresql+asyncpg://downbeat:downbeat@localhost/downbeat_test`.
"""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.processors.semantic_cache.test_store import SCOPE, Process

URL = os.environ.get("TEST_POSTGRES_URL", "")

pytestmark = pytest.mark.skipif(not URL, reason="TEST_POSTGRES_URL names no database")


@pytest.fixture(autouse=True)
async def no_tables() -> AsyncIterator[None]:
    engine = create_async_engine(URL)
    async with engine.begin() as connection:
        for name in ("answers", "answer_counter", "answer_rejections", "answer_counts"):
            await connection.execute(text(f"drop table if exists {name}"))
    yield
    await engine.dispose()


async def test_what_one_process_learns_another_uses():
    async with Process(URL) as one, Process(URL) as other:
        one.cache.learn("Is there parking?", "Yes.", SCOPE, origin="model")
        await one.store.sync()
        await other.store.sync()
        assert other.knows("is there parking please")


async def test_processes_that_write_at_once_lose_nothing():
    async with Process(URL) as one, Process(URL) as other:
        for number, process in enumerate([one, other] * 20):
            process.cache.learn(
                f"Do you sell thing{'abcdefghij'[number % 10]}{number}?", "Y", SCOPE
            )
            process.cache.tally.add(SCOPE, "miss", "negation")
        await asyncio.gather(one.store.sync(), other.store.sync())
        for process in (one, other, one):
            assert await process.store.sync()
        assert len(one.cache.entries(SCOPE)) == len(other.cache.entries(SCOPE)) == 40
        assert await one.store.counts() == {("miss", "negation"): 40.0}


async def test_a_rejection_and_a_removal_reach_every_process():
    async with Process(URL) as one, Process(URL) as other:
        one.cache.learn("Is there parking?", "Yes.", SCOPE)
        one.cache.learn("Are there toilets?", "Yes.", SCOPE)
        await one.store.sync()
        await other.store.sync()
        hit = one.cache.find("Is there parking?", SCOPE)
        assert hit is not None
        one.cache.reject(hit)
        one.cache.forget("Are there toilets?", SCOPE)
        await one.store.sync()
        await other.store.sync()
        assert not other.knows("Is there parking?")
        assert not other.knows("Are there toilets?")


async def test_beyond_its_bound_it_drops_what_was_unused_for_longest():
    async with Process(URL, max_entries=2) as one:
        for thing in ("parking", "toilets", "umbrellas"):
            one.cache.learn(f"Are there {thing}?", "Yes.", SCOPE)
            await one.store.sync()
        assert not one.knows("Are there parking?")
        assert one.knows("Are there umbrellas?")


async def test_a_store_of_the_version_before_is_taken_over():
    async with Process(URL) as one:
        one.cache.learn("Is there parking?", "Yes.", SCOPE)
    engine = create_async_engine(URL)
    async with engine.begin() as connection:
        await connection.execute(text("alter table answers drop column used_at"))
        await connection.execute(text("update answer_counter set version = 1"))
    await engine.dispose()
    async with Process(URL) as later:
        assert later.knows("Is there parking?")
