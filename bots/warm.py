"""Speak a bot's known answers ahead of time: `make warm BOT=receptionist`.

With a key of Anthropic's, a model also thinks up other ways of asking for them. What is already
kept in `var/` is neither spoken nor thought up again, so it costs nothing to call it twice.
"""

import asyncio
import sys
from importlib import import_module

from loguru import logger
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bots import BOTS
from pipelines.answer_book import AnswerBookError
from pipelines.brief import Brief
from pipelines.paraphrases import NotParaphrasedError, learn_paraphrases
from pipelines.services import MissingKeyError, UnknownServiceError
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from pipelines.speak_ahead import NotSpokenError, speak_ahead, voice_of

_FAILURES = (
    MissingKeyError, UnknownServiceError, NotSpokenError, NotParaphrasedError, AnswerBookError,
)  # fmt: skip


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
            if settings.anthropic_api_key and brief.knowledge.facts:
                task = progress.add_task(f"{brief.name} · other ways of asking")
                paraphrased = await learn_paraphrases(
                    brief,
                    settings,
                    done=lambda fact, of, task=task: progress.update(
                        task, completed=fact, total=of
                    ),
                )
                progress.console.print(
                    f"{brief.name}: {paraphrased.kept} ways of asking learnt, "
                    f"{len(paraphrased.refused)} refused as other questions"
                )


async def _main(name: str) -> None:
    try:
        await warm(name)
    except _FAILURES as error:
        raise SystemExit(str(error)) from error
    finally:
        await stop_workers()


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    asyncio.run(_main(sys.argv[1] if len(sys.argv) > 1 else "receptionist"))
