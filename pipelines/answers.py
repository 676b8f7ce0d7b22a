"""What a bot can answer without a model, shared by all calls of a process.

::

    the bot's facts ──▶ AnswerCache ◀──▶ SQL database ◀──▶ other processes
                            ▲
    every call's SemanticCache station
"""

import asyncio
import hashlib
from pathlib import Path

from sqlalchemy.engine import make_url

from pipelines.brief import Brief
from pipelines.settings import Settings
from processors.semantic_cache import AnswerCache, Scope, SemanticCache, StoredAnswers

# One for each event loop and database, as its connections belong to the loop.
_shared: dict[tuple[int, str], "_Answers"] = {}


class _Answers:
    """One cache and where its scopes are kept."""

    def __init__(self, url: str) -> None:
        self.cache = AnswerCache()
        self._url = url
        self._stored: dict[Scope, StoredAnswers] = {}
        self._opening = asyncio.Lock()

    async def open(self, brief: Brief, scope: Scope) -> None:
        """Have the bot's own knowledge and what was learnt of it ready to be looked up."""
        async with self._opening:
            if scope in self._stored:
                return
            await asyncio.to_thread(_make_folder, self._url)
            stored = StoredAnswers(self.cache, scope, self._url)
            facts = [(asked, fact.answer) for fact in brief.knowledge.facts for asked in fact.ask]
            await asyncio.to_thread(self.cache.seed, facts, scope)
            await stored.open()
            await asyncio.to_thread(self.cache.prepare, scope)
            self._stored[scope] = stored

    async def close(self) -> None:
        for stored in self._stored.values():
            await stored.close()


def _make_folder(url: str) -> None:
    """SQLite makes its file but not the folder that the file is in."""
    database = make_url(url)
    if database.get_backend_name() == "sqlite" and database.database:
        Path(database.database).parent.mkdir(parents=True, exist_ok=True)


def scope_of(brief: Brief) -> Scope:
    """Where a bot's answers are true: as long as it knows and speaks as it does."""
    persona = hashlib.sha256(brief.persona.encode()).hexdigest()[:8]
    return Scope(brief.name, f"{brief.knowledge.version}-{persona}", brief.language)


async def cache_station(brief: Brief, settings: Settings, *, learning: bool) -> SemanticCache:
    """The station of one call.

    Args:
        brief: The bot; its `cached_answers` says whether the station answers at all.
        settings: With `database_url`.
        learning: Whether what the model answers may enter.
    """
    key = (id(asyncio.get_running_loop()), settings.database_url)
    answers = _shared.setdefault(key, _Answers(settings.database_url))
    scope = scope_of(brief)
    await answers.open(brief, scope)
    return SemanticCache(answers.cache, scope, known=brief.system_prompt, holds_drafts=False)


async def close_answers() -> None:
    """Write down what was learnt: when the server or a command-line call ends."""
    loop = id(asyncio.get_running_loop())
    for key in [key for key in _shared if key[0] == loop]:
        await _shared.pop(key).close()
