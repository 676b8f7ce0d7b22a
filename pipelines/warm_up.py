"""Load what all calls of a bot share, so that the first caller does not wait for it.

Libraries, the embedded stack's processes and tables, the turn model: seconds, spent when the server
starts, or before the clock of a rehearsal does.
"""

import asyncio
from typing import Any

from pipelines.answers import known_answers
from pipelines.brief import Brief
from pipelines.services import preferred
from pipelines.settings import Settings
from processors.escalation import rehearse
from processors.turn_taking import ListeningVAD, shared_turn_model


async def warm_up(brief: Brief, settings: Settings) -> None:
    """Have everything ready that the calls of `brief` share, in the event loop that will hold them.

    A service that has something to load has `async def warm_up()`.

    Raises:
        MissingKeyError, UnknownServiceError: as the first call would.
    """
    services = await asyncio.to_thread(_services, brief, settings)
    await asyncio.gather(
        asyncio.to_thread(ListeningVAD),
        asyncio.to_thread(rehearse, brief.handover, language=brief.language),
        known_answers(brief, settings),
        shared_turn_model().warm(),
        *(service.warm_up() for service in services if hasattr(service, "warm_up")),
    )


def _services(brief: Brief, settings: Settings) -> list[Any]:
    kinds = {"stt": brief.stt, "llm": brief.llm, "tts": brief.tts}
    return [preferred(kind, addresses, brief, settings) for kind, addresses in kinds.items()]
