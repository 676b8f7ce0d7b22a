"""What every recognition of Deepgram's has: its stand-in, its ear, and its way out."""

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.vendors.hearing import Ear
from tests.vendors.outbox import Outbox
from tests.vendors.server import Outlet

if TYPE_CHECKING:
    from tests.vendors.deepgram import DeepgramStandIn


@dataclass
class Recognition:
    """A recognition on one connection; `query` are the parameters that it was opened with."""

    stand_in: "DeepgramStandIn"
    query: dict[str, list[str]]
    ear: Ear
    outlet: Outlet
    outbox: Outbox
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        self.counts = self.stand_in.counts

    async def send(self, **message: object) -> None:
        """Send a message."""
        await self.outlet.send(json.dumps(message))
