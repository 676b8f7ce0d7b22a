"""What a bot can say without a model, and without a voice: shared by all calls of a process.

::

    the bot's facts ──▶ AnswerCache ◀──▶ SQL database ◀──▶ other processes
                            ▲
    every call's SemanticCache station ◀── sounds that were spoken ahead (`make warm`)
"""

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from pipelines.brief import Brief
from pipelines.settings import Settings
from pipelines.speak_ahead import RATE_HZ, spoken_answers
from pipelines.transports.way import Way
from processors.semantic_cache import (
    AnswerCache,
    Scope,
    SemanticCache,
    SpokenAnswers,
    StoredAnswers,
)
from processors.trace.prices import Prices, shipped_prices


@dataclass(frozen=True)
class KnownAnswers:
    """What is known of one bot.

    Args:
        cache: Answers by question.
        scope: Where they are true.
        spoken: The sound of answers and of the greeting, as far as it was spoken ahead.
        dollars: What the bot's model costs for an answer, of so many letters read and said.
    """

    cache: AnswerCache
    scope: Scope
    spoken: SpokenAnswers
    dollars: Callable[[int, int], float] = lambda _read, _said: 0.0

    def station(self, brief: Brief, way: Way, *, learning: bool) -> SemanticCache:
        """The station of one call.

        Args:
            brief: The bot; its `cached_answers` says whether the station answers at all.
            way: How the call arrives; on the telephone the sounds kept have another rate.
            learning: Whether what the model answers may enter.
        """
        return SemanticCache(
            self.cache,
            self.scope,
            known=brief.system_prompt,
            learning=learning,
            enabled=brief.cached_answers,
            holds_drafts=False,
            dollars=self.dollars,
            spoken=self.spoken if way.out_rate == RATE_HZ else None,
        )


class _Answers:
    """One cache, and where its scopes are kept."""

    def __init__(self, url: str) -> None:
        self._cache = AnswerCache(in_background=True)
        self._url = url
        self._known: dict[Scope, tuple[KnownAnswers, StoredAnswers]] = {}
        self._opening = asyncio.Lock()

    async def of(self, brief: Brief, settings: Settings) -> KnownAnswers:
        """What is known of a bot, ready to be looked up."""
        scope = scope_of(brief)
        async with self._opening:
            if scope not in self._known:
                self._known[scope] = await self._open(brief, settings, scope)
        return self._known[scope][0]

    async def _open(
        self, brief: Brief, settings: Settings, scope: Scope
    ) -> tuple[KnownAnswers, StoredAnswers]:
        await asyncio.to_thread(make_folder, self._url)
        stored = StoredAnswers(self._cache, scope, self._url)
        await asyncio.to_thread(seed, self._cache, brief, scope)
        await stored.open()
        await asyncio.to_thread(self._cache.prepare, scope)
        spoken = await asyncio.to_thread(spoken_answers, brief, settings)
        return KnownAnswers(self._cache, scope, spoken, price_of_answers(brief, settings)), stored

    async def close(self) -> None:
        for _, stored in self._known.values():
            await stored.close()


# One for each event loop and database, as its connections belong to the loop.
_shared: dict[tuple[int, str], _Answers] = {}


async def known_answers(brief: Brief, settings: Settings) -> KnownAnswers:
    """What is known of a bot; the first call of a process waits a second for it.

    Raises:
        MissingKeyError, UnknownServiceError: the bot has no voice.
    """
    key = (id(asyncio.get_running_loop()), settings.database_url)
    return await _shared.setdefault(key, _Answers(settings.database_url)).of(brief, settings)


async def close_answers() -> None:
    """Write down what was learnt: when the server or a command-line call ends."""
    loop = id(asyncio.get_running_loop())
    for key in [key for key in _shared if key[0] == loop]:
        await _shared.pop(key).close()


def scope_of(brief: Brief) -> Scope:
    """Where a bot's answers are true: as long as it knows and speaks as it does."""
    persona = hashlib.sha256(brief.persona.encode()).hexdigest()[:8]
    return Scope(brief.name, f"{brief.knowledge.version}-{persona}", brief.language)


def seed(cache: AnswerCache, brief: Brief, scope: Scope | None) -> None:
    """Tell a cache what a bot knows, and what callers ask that needs a tool or has no answer."""
    knowledge = brief.knowledge
    talks = [phrase for talk in knowledge.tools.values() for phrase in (*talk.say, *talk.hear)]
    cache.seed(
        ((asked, fact.answer) for fact in knowledge.facts for asked in (*fact.ask, *fact.also)),
        scope,
        unanswered=(*knowledge.unanswered, *talks),
    )


_LETTERS = 4  # of a token, about, in English


def price_of_answers(
    brief: Brief, settings: Settings, prices: Prices | None = None
) -> Callable[[int, int], float]:
    """What the bot's model costs for an answer of so many letters read and said, in dollars.

    Nothing, where no model has a key or its price is not known. An estimate: a model that finds
    the beginning in its prompt cache reads it for less.
    """
    for address in brief.llm:
        vendor, _, name = address.partition("/")
        if getattr(settings, f"{vendor}_api_key", None):
            break
    else:
        return lambda _read, _said: 0.0
    model = getattr(settings, f"{vendor}_{name}_model", name)
    table = prices or shipped_prices()

    def dollars(read: int, said: int) -> float:
        usage = {"stage": "llm", "provider": vendor, "model": model}
        counts = {"input": read / _LETTERS, "output": said / _LETTERS}
        return table.dollars(usage | counts, dt.date.today()) or 0.0

    return dollars


def make_folder(url: str) -> None:
    """SQLite makes its file but not the folder that the file is in."""
    database = make_url(url)
    if database.get_backend_name() == "sqlite" and database.database:
        Path(database.database).parent.mkdir(parents=True, exist_ok=True)
