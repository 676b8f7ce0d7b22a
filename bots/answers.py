"""What a bot answers without a model: list, search, try, add, edit and delete it.

::

    uv run -m bots.answers receptionist                          what was learnt, and from whom
    uv run -m bots.answers receptionist search parking           in the bot's own facts too
    uv run -m bots.answers receptionist ask "can I park there"   what a caller gets, or why not
    uv run -m bots.answers receptionist add "Is there wifi?" "Yes, ask at the desk."
    uv run -m bots.answers receptionist counts                   hits, misses, wrong ones, gains

Changes reach running servers within a second. `cached_answers=False` in a `Brief` switches it off.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping
from importlib import import_module

from loguru import logger
from rich.console import Console
from rich.table import Table

from bots import BOTS
from pipelines.answer_book import AnswerBook, AnswerBookError, Row
from pipelines.brief import Brief
from pipelines.settings import Settings


def _rows(rows: list[Row]) -> Table:
    table = Table("question", "answer", "from", "hits", "wrong")
    for row in rows:
        answer = row.answer or "(the model is asked)"
        table.add_row(row.question, answer, row.origin, f"{row.hits:.0f}", f"{row.wrong:.0f}")
    return table


def _counts(counts: Mapping[tuple[str, str], float]) -> Table:
    table = Table("what", "which", "how much")
    for (kind, name), amount in sorted(counts.items(), key=lambda it: (it[0][0], -it[1])):
        digits = 4 if kind == "saved dollars" else 0
        table.add_row(kind, name, f"{amount:,.{digits}f}")
    return table


async def _run(chosen: argparse.Namespace, console: Console) -> None:
    if chosen.bot not in BOTS:
        raise SystemExit(f"no bot is called {chosen.bot!r}; there are {', '.join(sorted(BOTS))}")
    module = vars(import_module(BOTS[chosen.bot].module))
    for brief in (it for it in module.values() if isinstance(it, Brief)):
        async with AnswerBook(brief, Settings().database_url) as book:
            match chosen.do:
                case "list":
                    console.print(_rows(await book.rows(facts=chosen.all)))
                case "search":
                    console.print(_rows(await book.rows(facts=True, words=chosen.words)))
                case "ask":
                    console.print(await book.ask(chosen.question))
                case "counts":
                    console.print(_counts(await book.counts()))
                case "delete":
                    await book.delete(chosen.question)
                    console.print(f"deleted: {chosen.question}")
                case change:
                    await (book.add if change == "add" else book.edit)(
                        chosen.question, chosen.answer
                    )
                    console.print(f"{chosen.question} → {chosen.answer}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bots.answers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bot")
    does = parser.add_subparsers(dest="do")
    add: Callable[..., argparse.ArgumentParser] = does.add_parser
    add("list").add_argument("--all", action="store_true", help="the bot's own facts too")
    add("search").add_argument("words")
    add("counts")
    for name in ("ask", "delete"):
        add(name).add_argument("question")
    for name in ("add", "edit"):
        command = add(name)
        command.add_argument("question")
        command.add_argument("answer")
    parser.set_defaults(do="list", all=False)
    return parser


def main(arguments: list[str] | None = None, console: Console | None = None) -> None:
    """Run one command; SystemExit says why it could not be done."""
    chosen = _parser().parse_args(arguments)
    try:
        asyncio.run(_run(chosen, console or Console()))
    except AnswerBookError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    main()
