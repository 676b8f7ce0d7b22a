"""A bot's stored answers, opened by a person: to read, to try and to change them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from pipelines.answers import make_folder, scope_of, seed
from pipelines.brief import Brief
from processors.semantic_cache import AnswerCache, Entry, Hit, Miss, StoredAnswers, guards
from processors.semantic_cache.reading import Reading, read


class AnswerBookError(RuntimeError):
    """What a person wanted of the answers cannot be done; the message says why."""


@dataclass(frozen=True)
class Row:
    """A stored question.

    Args:
        question: The phrasing.
        answer: What is said to it; "" where the bot is known to have no answer.
        origin: "knowledge": the bot's facts; "model": learnt in a call; "person": added by hand.
        hits: How often it was said.
        wrong: How often callers did not accept it.
    """

    question: str
    answer: str
    origin: str
    hits: float
    wrong: float


class AnswerBook:
    """The answers of one bot, as its running servers have them.

    Args:
        brief: The bot.
        url: The database, as SQLAlchemy names it.

    Raises:
        AnswerBookError: on entering, the database cannot be used.
    """

    def __init__(self, brief: Brief, url: str) -> None:
        """Nothing is opened yet."""
        self._brief = brief
        self._url = url
        self._scope = scope_of(brief)
        self._cache = AnswerCache()
        self._stored = StoredAnswers(self._cache, self._scope, url)

    async def __aenter__(self) -> "AnswerBook":
        """Read the bot's facts and the database."""
        await asyncio.to_thread(make_folder, self._url)
        await asyncio.to_thread(seed, self._cache, self._brief, self._scope)
        await self._stored.open()
        await self._synced()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the database."""
        await self._stored.close()

    async def rows(self, *, facts: bool = False, words: str = "") -> list[Row]:
        """What is stored, the most used first.

        Args:
            facts: Whether to show the bot's own facts too.
            words: Only rows with all of these in their question or answer.
        """
        counts = await self.counts()
        wanted = words.casefold().split()
        rows = [
            Row(
                entry.question,
                entry.answer,
                entry.origin,
                counts.get(("hit", entry.question), 0),
                counts.get(("wrong", entry.question), 0),
            )
            for entry in self._cache.entries(self._scope)
            if (facts or entry.origin != "knowledge")
            and all(word in f"{entry.question} {entry.answer}".casefold() for word in wanted)
        ]
        return sorted(rows, key=lambda row: -row.hits)

    async def counts(self) -> Mapping[tuple[str, str], float]:
        """Hits and wrong ones by question, misses by reason, what was saved."""
        try:
            return await self._stored.counts()
        except (SQLAlchemyError, OSError) as error:
            raise AnswerBookError(f"{self._url} cannot be read: {error}") from error

    async def ask(self, question: str) -> str:
        """What a caller would hear, or why the model is asked."""
        found = await asyncio.to_thread(self._cache.look, question, self._scope)
        if isinstance(found, Hit):
            return f"{found.answer}\n(as {found.question!r}, sure to {found.confidence:.1%})"
        nearest = f", nearest is {found.nearest!r}" if found.nearest else ""
        return f"the model is asked: {found.reason}{nearest}"

    async def add(self, question: str, answer: str) -> None:
        """Store an answer to a new question.

        Raises:
            AnswerBookError: the question has an answer, or nothing that could be stored is said.
        """
        entry = self._entry(question)
        if entry is not None and entry.answer:
            raise AnswerBookError(
                f"{question!r} is answered with {entry.answer!r}; use edit to change it"
            )
        await self._learn(question, answer)

    async def edit(self, question: str, answer: str) -> None:
        """Change the answer to a stored question; to one of the bot's facts too, in this wording.

        Raises:
            AnswerBookError: the question is not stored, or nothing that could be stored is said.
        """
        if self._entry(question) is None:
            raise AnswerBookError(f"{question!r} is not stored; use add, or search for its wording")
        await self._learn(question, answer)

    async def delete(self, question: str) -> None:
        """Remove a stored question.

        Raises:
            AnswerBookError: it is not stored, or it is one of the bot's facts.
        """
        entry = self._entry(question)
        if entry is None:
            raise AnswerBookError(f"{question!r} is not stored; search for its wording")
        if entry.origin == "knowledge":
            raise AnswerBookError(
                f"{question!r} is one of the facts of {self._brief.name}; change it where they are"
            )
        self._cache.forget(question, self._scope)
        await self._synced()

    async def teach(self, questions: Sequence[str], answer: str) -> list[str]:
        """Store other ways of asking for a stored answer, as far as they are safe.

        Returns:
            Why each was refused, "" for those stored: the name of the guard that tells it from
            every known way of asking, or what else speaks against it.
        """
        reasons = await asyncio.to_thread(self._refusals, questions, answer)
        for question, why in zip(questions, reasons, strict=True):
            if not why:
                self._cache.learn(question, answer, self._scope, origin="model")
        await self._synced()
        return reasons

    def _refusals(self, questions: Sequence[str], answer: str) -> list[str]:
        entries = self._cache.entries(self._scope)
        known = [entry.reading for entry in entries if entry.answer == answer]
        stored = {entry.reading.key for entry in entries}
        return [self._refusal(question, answer, known, stored) for question in questions]

    def _refusal(
        self, question: str, answer: str, known: Sequence[Reading], stored: Collection[str]
    ) -> str:
        asked = read(question)
        if asked.key in stored:
            return "is stored"
        vetoes = [guards.veto(asked, reading) for reading in known]
        if None not in vetoes:
            return next(iter(vetoes), None) or "the answer is not stored"
        found = self._cache.look(question, self._scope)
        if isinstance(found, Hit) and found.answer != answer:
            return "asks for another answer"
        if isinstance(found, Miss) and found.reason in ("too long", "no words", "foreign letters"):
            return found.reason
        return ""

    def _entry(self, question: str) -> Entry | None:
        key = read(question).key
        entries = self._cache.entries(self._scope)
        return next((entry for entry in entries if entry.reading.key == key), None)

    async def _learn(self, question: str, answer: str) -> None:
        if not self._cache.learn(question, answer, self._scope):
            raise AnswerBookError(
                f"{question!r} → {answer!r} cannot be stored; a question has 1 to 60 words and an "
                "answer at least one"
            )
        await self._synced()

    async def _synced(self) -> None:
        if not await self._stored.sync():
            raise AnswerBookError(
                f"{self._url} cannot be used: {self._stored.failure}; is it there and writable, "
                "and of this version?"
            )
