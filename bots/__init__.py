"""Who answers: each module here is a bot of about a hundred lines; copy one, edit it, run it.

`BOTS` is the table of those that the server may start, by the name in its addresses.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module

from pipecat.runner.types import RunnerArguments

from pipelines.brief import Brief
from pipelines.settings import Settings
from pipelines.warm_up import warm_up


@dataclass(frozen=True, kw_only=True)
class Bot:
    """A bot as the server lists it.

    Args:
        title: How it is called on pages.
        description: One sentence on what it does.
        module: Where its `bot(runner_args)` is; imported when it is first called.
    """

    title: str
    description: str
    module: str

    @property
    def entry(self) -> Callable[[RunnerArguments], Awaitable[None]]:
        """`async def bot(runner_args)`, which holds one call."""
        return import_module(self.module).bot

    async def warm_up(self, settings: Settings) -> None:
        """Load what all of its calls share, so that the first caller does not wait for it."""
        module = await asyncio.to_thread(import_module, self.module)
        for thing in vars(module).values():
            if isinstance(thing, Brief):
                await warm_up(thing, settings)


BOTS: dict[str, Bot] = {
    "receptionist": Bot(
        title="Brightwell Dental",
        description="The front desk of a dental practice: answers questions, books appointments.",
        module="bots.receptionist",
    ),
}
