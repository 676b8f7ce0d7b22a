"""Answers given before, found again for questions that mean the same.

>>> cache = AnswerCache()
>>> cache.learn("What are your opening hours?", "From eight to five.")
True
>>> cache.find("um, what're your opening hours please").answer
'From eight to five.'
>>> cache.look("What are your opening hours on Sunday?").reason
'when'
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from loguru import logger

from processors.embeddings import Embeddings, wordllama_embeddings
from processors.semantic_cache.entries import Change, Entry, Hit, Miss, Origin
from processors.semantic_cache.long_lived import long_lived
from processors.semantic_cache.matcher import Correction, Matcher, Refusal
from processors.semantic_cache.normalize import MAX_WORDS, foreign_letters
from processors.semantic_cache.reading import Reading, read
from processors.semantic_cache.tally import Tally

_MAX_LETTERS = 600
_AT_ONCE = 4_000  # entries that are arranged while the asker waits; more are in the background
_REJECTIONS = 2  # after so many an entry is withdrawn
_CORRECTIONS = 1_000  # kept of one scope


@dataclass
class _Shelf:
    """What is stored of one scope; `matcher` and `rows` as of the `arranged`-th change."""

    entries: dict[str, Entry] = field(default_factory=dict)
    corrections: list[Correction] = field(default_factory=list)
    changes: int = 0
    arranged: int = 0
    matcher: Matcher | None = None
    rows: list[Entry] = field(default_factory=list)
    arranging: threading.Thread | None = None


class AnswerCache:
    """Answers by question, in scopes that know nothing of each other; thread-safe.

    Args:
        embeddings: Sentences as vectors; the ones that ship, by default loaded when first needed.
        max_wrong: The greatest share of wrong answers among those given, 0 < max_wrong < 1.
        max_entries: Of one scope; the least useful goes when there are more.
        ttl_secs: How long an entry is used after it was learnt; None for ever. What was learnt
            from the bot's own knowledge does not age.
        in_background: Whether what is new is arranged beside, while questions are answered from
            what was known before; for calls, in which nobody waits a second. The same words are
            found at once either way.
        clock: Seconds since the epoch.

    Raises:
        ValueError: a bound is out of its range.
    """

    def __init__(
        self,
        embeddings: Embeddings | None = None,
        *,
        max_wrong: float = 0.01,
        max_entries: int = 20_000,
        ttl_secs: float | None = None,
        in_background: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not 0 < max_wrong < 1:
            raise ValueError(f"max_wrong is {max_wrong}; it is a share, between 0 and 1")
        if max_entries < 1:
            raise ValueError(f"max_entries is {max_entries}; a cache needs room for at least 1")
        self._embeddings = embeddings
        self._max_wrong = max_wrong
        self._max_entries = max_entries
        self._ttl_secs = ttl_secs
        self._in_background = in_background
        self._clock = clock
        self._shelves: dict[Hashable, _Shelf] = {}
        self._lock = threading.RLock()
        self._watchers: list[Callable[[Change], None]] = []
        self.tally = Tally()

    def watch(self, watcher: Callable[[Change], None]) -> None:
        """Call `watcher` after each change made here, in the thread that makes it."""
        self._watchers.append(watcher)

    def learn(
        self, question: str, answer: str, scope: Hashable = None, *, origin: Origin = "person"
    ) -> bool:
        """Store an answer; a later one for the same words replaces it.

        Returns:
            False for what cannot be a frequent question: no words, too many, an empty answer.
        """
        if not answer.strip() or len(question) > _MAX_LETTERS:
            return False
        reading = read(question)
        if not reading.words or len(reading.words) > MAX_WORDS:
            return False
        now = self._clock()
        entry = Entry(question.strip(), answer.strip(), reading, origin, learnt_at=now, used_at=now)
        self.put([entry], scope)
        self._tell(Change(scope, entry))
        return True

    def seed(
        self,
        answers: Iterable[tuple[str, str]],
        scope: Hashable = None,
        *,
        unanswered: Iterable[str] = (),
    ) -> None:
        """Store what the bot itself knows; it is known to every process.

        Args:
            answers: Questions and their answers.
            scope: Where they are true.
            unanswered: Questions that sound like those but have none of these answers: the more
                of them are known, the surer all others are. One that is among `answers` is not.
        """
        now = self._clock()
        self.put(
            [
                Entry(question, "", reading, "knowledge", learnt_at=now, used_at=now)
                for question in unanswered
                if (reading := read(question)).words
            ],
            scope,
        )
        self.put(
            [
                Entry(question, answer, reading, "knowledge", learnt_at=now, used_at=now)
                for question, answer in answers
                if (reading := read(question)).words and answer.strip()
            ],
            scope,
        )

    def put(self, entries: Iterable[Entry], scope: Hashable = None) -> None:
        """Store entries as they are, without telling who watches."""
        with self._lock:
            shelf = self._shelves.setdefault(scope, _Shelf())
            for entry in entries:
                same = shelf.entries.get(entry.reading.key)
                if same is None or not _alike(same, entry):
                    shelf.entries[entry.reading.key] = entry
                    shelf.changes += 1
            self._make_room(shelf)

    def forget(self, question: str, scope: Hashable = None) -> bool:
        """Remove what is stored for these words; False where nothing was."""
        with self._lock:
            shelf = self._shelves.get(scope)
            entry = shelf.entries.pop(read(question).key, None) if shelf else None
            if shelf is None or entry is None:
                return False
            shelf.changes += 1
        self._tell(Change(scope, entry, forgotten=True))
        return True

    def drop(self, keys: Iterable[str], scope: Hashable = None) -> None:
        """Remove entries by their readings' keys, without telling who watches."""
        with self._lock:
            shelf = self._shelves.get(scope)
            gone = [shelf.entries.pop(key, None) for key in keys] if shelf else []
            if shelf and any(gone):
                shelf.changes += 1

    def clear(self, scope: Hashable = None) -> None:
        """Remove everything of a scope."""
        with self._lock:
            self._shelves.pop(scope, None)

    def entries(self, scope: Hashable = None) -> tuple[Entry, ...]:
        """What is stored of a scope, oldest first."""
        with self._lock:
            shelf = self._shelves.get(scope)
            return tuple(shelf.entries.values()) if shelf else ()

    def scopes(self) -> tuple[Hashable, ...]:
        """The scopes of which anything is stored."""
        with self._lock:
            return tuple(scope for scope, shelf in self._shelves.items() if shelf.entries)

    def find(self, question: str, scope: Hashable = None) -> Hit | None:
        """The stored answer to a question; None where there is none that is safe to give."""
        found = self.look(question, scope)
        return found if isinstance(found, Hit) else None

    def why(self, question: str, scope: Hashable = None) -> str:
        """Why there is no answer to a question; "" where there is one."""
        found = self.look(question, scope)
        return found.reason if isinstance(found, Miss) else ""

    def look(self, question: str, scope: Hashable = None) -> Hit | Miss:
        """The stored answer to a question, or why there is none."""
        if len(question) > _MAX_LETTERS:
            return Miss("too long")
        reading = read(question)
        if not reading.words:
            return Miss("no words")
        if len(reading.words) > MAX_WORDS:
            return Miss("too long")
        with self._lock:
            shelf = self._shelves.get(scope)
            if shelf is None or not shelf.entries:
                return Miss("nothing is stored")
            same = shelf.entries.get(reading.key)
            if same is not None and self._usable(same) and not _rejected(shelf, reading, same):
                return self._hit(same, 1.0, question, scope)
        if not getattr(scope, "language", "en").startswith("en"):
            return Miss("another language")
        if foreign_letters(question):
            return Miss("foreign letters")
        return self._look_further(reading, question, scope, shelf)

    def reject(self, hit: Hit) -> None:
        """Take back a hit that the caller did not accept, and count it against its entry.

        The question does not get that answer again; an entry rejected twice is withdrawn; and
        the confidence asked of all others rises if such errors are more than `max_wrong`.
        """
        with self._lock:
            shelf = self._shelves.get(hit.scope)
            if shelf is None:
                return
            entry = shelf.entries.get(read(hit.question).key)
            if entry is None or entry.answer != hit.answer:
                return
            self.correct(hit.asked, hit.answer, hit.scope)
            entry.rejected += 1
            withdrawn = entry.rejected >= _REJECTIONS and entry.origin != "knowledge"
            if withdrawn:
                del shelf.entries[entry.reading.key]
        self._tell(Change(hit.scope, entry, forgotten=withdrawn, rejected=hit.asked))

    def correct(self, asked: str, answer: str, scope: Hashable = None) -> None:
        """Never give `answer` to the question `asked`; without telling who watches."""
        with self._lock:
            shelf = self._shelves.setdefault(scope, _Shelf())
            correction = Correction(read(asked), answer)
            if correction not in shelf.corrections:
                shelf.corrections.append(correction)
                del shelf.corrections[:-_CORRECTIONS]
                shelf.changes += 1

    def prepare(self, scope: Hashable = None) -> None:
        """Arrange what was learnt for looking up: seconds of work for 10,000 entries."""
        with self._lock:
            shelf = self._shelves.get(scope)
        if shelf is not None:
            self._arrange(shelf)

    def _look_further(
        self, reading: Reading, question: str, scope: Hashable, shelf: _Shelf
    ) -> Hit | Miss:
        if shelf.arranged != shelf.changes:
            if self._in_background or len(shelf.entries) > _AT_ONCE:
                self._arrange_later(shelf)
            else:
                self._arrange(shelf)
        with self._lock:
            matcher, rows = shelf.matcher, shelf.rows
        if matcher is None:
            return Miss("not ready")
        found = matcher.match(reading)
        entry = rows[found.row] if found.row >= 0 else None
        if isinstance(found, Refusal):
            return Miss(found.reason, entry.question if entry else "", found.confidence)
        with self._lock:
            if entry is None or not self._usable(entry) or not _is_stored(shelf, entry):
                return Miss("nothing is stored")
            if _rejected(shelf, reading, entry):
                return Miss("rejected before", entry.question)
            return self._hit(entry, found.confidence, question, scope)

    def _hit(self, entry: Entry, confidence: float, asked: str, scope: Hashable) -> Hit | Miss:
        if not entry.answer:
            return Miss("no answer is known", entry.question)
        entry.hits += 1
        entry.used_at = self._clock()
        return Hit(entry.answer, entry.question, confidence, asked, scope)

    def _usable(self, entry: Entry) -> bool:
        if self._ttl_secs is None or entry.origin == "knowledge":
            return True
        return self._clock() - entry.learnt_at <= self._ttl_secs

    def _tell(self, change: Change) -> None:
        for watcher in self._watchers:
            watcher(change)

    def vectors(self, entries: Sequence[Entry]) -> None:
        """Give every entry its vector: about 0.1 ms each, so off the event loop."""
        new = [entry for entry in entries if entry.vector is None]
        embeddings = self._embeddings or wordllama_embeddings()
        vectors = embeddings.embed([entry.reading.key for entry in new])
        for entry, vector in zip(new, vectors, strict=True):
            entry.vector = vector

    def _make_room(self, shelf: _Shelf) -> None:
        """Drop what is too old, then the least used; the bot's own knowledge goes last."""
        if len(shelf.entries) <= self._max_entries:
            return
        stale = [key for key, entry in shelf.entries.items() if not self._usable(entry)]
        for key in stale:
            del shelf.entries[key]
        extra = len(shelf.entries) - self._max_entries
        if extra > 0:
            worth = sorted(
                shelf.entries.values(),
                key=lambda entry: (entry.origin == "knowledge", entry.hits > 0, entry.used_at),
            )
            for entry in worth[:extra]:
                del shelf.entries[entry.reading.key]

    def _arrange_later(self, shelf: _Shelf) -> None:
        with self._lock:
            if shelf.arranging is not None and shelf.arranging.is_alive():
                return
            shelf.arranging = threading.Thread(
                target=self._arrange, args=(shelf,), name="arrange answers", daemon=True
            )
            shelf.arranging.start()

    def _arrange(self, shelf: _Shelf) -> None:
        """Make a matcher of what is stored now; without the lock, as it takes its time."""
        with self._lock:
            changes = shelf.changes
            if shelf.arranged == changes:
                return
            rows = [entry for entry in shelf.entries.values() if self._usable(entry)]
            corrections = tuple(shelf.corrections)
        started = time.perf_counter()
        with long_lived():
            matcher = self._matcher(rows, corrections) if rows else None
        with self._lock:
            shelf.matcher, shelf.rows, shelf.arranged = matcher, rows, changes
        took = time.perf_counter() - started
        logger.debug(f"arranged {len(rows)} cached answers in {took:.2f} s")

    def _matcher(self, rows: list[Entry], corrections: tuple[Correction, ...]) -> Matcher:
        embeddings = self._embeddings or wordllama_embeddings()
        self.vectors(rows)
        stacked = np.stack([entry.vector for entry in rows if entry.vector is not None])
        return Matcher(
            [entry.reading for entry in rows],
            [entry.answer for entry in rows],
            stacked,
            embeddings,
            max_wrong=self._max_wrong,
            corrections=corrections,
        )


def _alike(one: Entry, other: Entry) -> bool:
    """Whether nothing would change if one took the other's place."""
    return (one.answer, one.origin, one.rejected) == (other.answer, other.origin, other.rejected)


def _rejected(shelf: _Shelf, reading: Reading, entry: Entry) -> bool:
    return any(
        correction.reading.key == reading.key and correction.answer == entry.answer
        for correction in shelf.corrections
    )


def _is_stored(shelf: _Shelf, entry: Entry) -> bool:
    return shelf.entries.get(entry.reading.key) is entry
