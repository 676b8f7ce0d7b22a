"""Notes of calls that nobody took: who wants to be called back, about what, and what was said.

::

    nobody came ─▶ add ─┬─▶ table "tickets" ─▶ the desk's list: open ──▶ done, and by whom
                        ├─▶ a file, when the database does not take it
                        └─▶ webhook
"""

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loguru import logger
from sqlalchemy import Column, Float, MetaData, String, Table, Text, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from pipelines.desk.webhook import Webhook
from processors.escalation.record import Packet

_METADATA = MetaData()
_TICKETS = Table(
    "tickets",
    _METADATA,
    Column("id", String(32), primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("bot", String(100), nullable=False),
    Column("body", Text, nullable=False),  # all of it, as JSON
    Column("done_by", String(100), nullable=False, server_default=""),
    Column("done_at", Float),
)
_FAILURES = (SQLAlchemyError, OSError)
_MOST_LISTED = 200


class TicketsError(Exception):
    """The tickets cannot be read or changed now; the message says why."""


class Tickets:
    """Keep tickets in the SQL database, and post them to a webhook.

    Args:
        url: SQLAlchemy's, with an async driver.
        spare: The file for tickets that the database does not take, one JSON object a line; its
            folder is made when it is needed.
        webhook: Who gets every ticket as well; None: nobody.
    """

    def __init__(self, url: str, spare: Path, webhook: Webhook | None = None) -> None:
        """Nothing is opened or written yet."""
        self._url = url
        self._spare = spare
        self._webhook = webhook
        self._engine: AsyncEngine | None = None
        self._opening = asyncio.Lock()
        self._deliveries: set[asyncio.Task[bool]] = set()

    async def add(self, call: str, bot: str, packet: Packet) -> Mapping[str, Any]:
        """Write a ticket down, and have it delivered; nothing is raised."""
        ticket = {
            "id": uuid.uuid4().hex,
            "at": round(time.time(), 3),
            "call": call,
            "bot": bot,
            **asdict(packet),
        }
        body = json.dumps(ticket, ensure_ascii=False)
        row = {"id": ticket["id"], "at": ticket["at"], "bot": bot[:100], "body": body}
        try:
            engine = await self._opened()
            async with engine.begin() as connection:
                await connection.execute(insert(_TICKETS).values(**row))
        except _FAILURES as error:
            logger.error(f"the database took no ticket ({type(error).__name__}): {self._spare}")
            await asyncio.to_thread(self._write_spare, body)
        if self._webhook is not None:
            delivery = asyncio.create_task(self._webhook.deliver(ticket), name="deliver a ticket")
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)
        return ticket

    async def listed(self, *, done: bool = False) -> list[dict[str, Any]]:
        """The newest tickets that are open, or done, with by whom and when.

        Raises:
            TicketsError: the database does not answer.
        """
        wanted = _TICKETS.c.done_at.is_not(None) if done else _TICKETS.c.done_at.is_(None)
        order = _TICKETS.c.done_at if done else _TICKETS.c.at
        asked = select(_TICKETS).where(wanted).order_by(order.desc()).limit(_MOST_LISTED)
        try:
            engine = await self._opened()
            async with engine.connect() as connection:
                rows = (await connection.execute(asked)).all()
        except _FAILURES as error:
            raise TicketsError(f"the tickets cannot be read: {type(error).__name__}") from error
        return [
            json.loads(row.body) | {"doneBy": row.done_by, "doneAt": row.done_at} for row in rows
        ]

    async def mark(self, id: str, operator: str, *, done: bool) -> bool:
        """Mark a ticket as done by `operator`, or as open again; False when it was so already.

        Raises:
            TicketsError: the database does not answer.
        """
        is_done = _TICKETS.c.done_at.is_not(None)
        change = (
            update(_TICKETS)
            .where(_TICKETS.c.id == id, ~is_done if done else is_done)
            .values(done_by=operator if done else "", done_at=time.time() if done else None)
        )
        try:
            engine = await self._opened()
            async with engine.begin() as connection:
                changed = await connection.execute(change)
        except _FAILURES as error:
            raise TicketsError(f"the ticket cannot be changed: {type(error).__name__}") from error
        return changed.rowcount > 0

    async def close(self) -> None:
        """Stop delivering; what is still under way is in the database."""
        for delivery in tuple(self._deliveries):
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        if self._engine is not None:
            await self._engine.dispose()

    async def _opened(self) -> AsyncEngine:
        async with self._opening:
            if self._engine is None:
                await asyncio.to_thread(self._make_folder)
                engine = create_async_engine(self._url)
                async with engine.begin() as connection:
                    await connection.run_sync(_METADATA.create_all)
                self._engine = engine
        return self._engine

    def _make_folder(self) -> None:
        database = make_url(self._url)
        if database.get_backend_name() == "sqlite" and database.database:
            Path(database.database).parent.mkdir(parents=True, exist_ok=True)

    def _write_spare(self, body: str) -> None:
        try:
            self._spare.parent.mkdir(parents=True, exist_ok=True)
            with self._spare.open("a", encoding="utf-8") as file:
                file.write(body + "\n")
        except OSError as error:
            logger.error(f"a ticket is lost ({error.strerror})")
