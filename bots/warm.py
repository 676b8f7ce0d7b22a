"""Speak a bot's known answers ahead of time: `make warm BOT=receptionist`.

What is already kept in `var/voices/` is not spoken again, so it costs nothing to call it twice.
"""

import asyncio
import sys
from importlib import import_module

from loguru import logger
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bots import BOTS
from pipelines.brief import Brief
from pipelines.services import MissingKeyError, UnknownServiceError
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from pipelines.speak_ahead import NotSpokenError, speak_ahead, voice_of


async def warm(name: str) -> None:
    """Speak what the bot `name` knows, with a bar that shows how far it is."""
    if name not in BOTS:
        raise SystemExit(f"no bot is called {name!r}; there are {', '.join(sorted(BOTS))}")
    settings = Settings()
    briefs = [it for it in vars(import_module(BOTS[name].module)).values() if isinstance(it, Brief)]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn()) as progress:
        for brief in briefs:
            task = progress.add_task(f"{brief.name} · {voice_of(brief, settings).address}")
            await speak_ahead(
                brief,
                settings,
                done=lambda kept, of, task=task: progress.update(task, completed=kept, total=of),
            )


async def _main(name: str) -> None:
    try:
        await warm(name)
    except (MissingKeyError, UnknownServiceError, NotSpokenError) as error:
        raise SystemExit(str(error)) from error
    finally:
        await stop_workers()


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    asyncio.run(_main(sys.argv[1] if len(sys.argv) > 1 else "receptionist"))
