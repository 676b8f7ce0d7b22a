"""Notes of calls that nobody took: who wants to be called back, about what, and what was said."""

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loguru import logger

from pipelines.desk.webhook import Webhook
from processors.escalation.record import Packet


class Tickets:
    """Keep tickets in a file, one JSON object a line, and post them to a webhook.

    Args:
        path: The file; its folder is made when it is needed.
        webhook: Who gets every ticket as well; None: nobody.
    """

    def __init__(self, path: Path, webhook: Webhook | None = None) -> None:
        """Nothing is written yet."""
        self._path = path
        self._webhook = webhook
        self._deliveries: set[asyncio.Task[bool]] = set()

    def add(self, call: str, bot: str, packet: Packet) -> Mapping[str, Any]:
        """Write a ticket down, and have it delivered."""
        ticket = {
            "id": uuid.uuid4().hex,
            "at": round(time.time(), 3),
            "call": call,
            "bot": bot,
            **asdict(packet),
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(ticket, ensure_ascii=False) + "\n")
        except OSError as error:
            logger.error(f"ticket {ticket['id']} not written ({error.strerror})")
        if self._webhook is not None:
            delivery = asyncio.create_task(self._webhook.deliver(ticket), name="deliver a ticket")
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)
        return ticket

    async def close(self) -> None:
        """Stop delivering; what is still under way is in the file."""
        for delivery in tuple(self._deliveries):
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
