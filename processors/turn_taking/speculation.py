"""Answers prepared before the turn has ended: when to start one, when to keep it, what it may cost.

An answer made from words that may not be the whole turn is a *draft*. It is held behind the voice
until the turn is confirmed::

    held ──┬── the turn ends, and its words mean the same ──▶ kept      (heard at once)
           └── the caller goes on, or the words differ ─────▶ discarded (costs money, is counted)

No frames, no clock, no network.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from processors.turn_taking import words
from processors.turn_taking.completeness import Completeness, tokens

CHARACTERS_PER_TOKEN = 4  # English, all common tokenisers, within a fifth


class DraftState(Enum):
    """What has become of a draft."""

    HELD = "held"
    KEPT = "kept"
    DISCARDED = "discarded"


@dataclass(eq=False)
class Draft:
    """One answer prepared ahead.

    Args:
        text: The words it answers.
        started_secs: When it was started, on the strategy's clock.
        state: What has become of it.
        why: Why it was discarded.
        confirmed: Whether the end of the turn has been announced with it as the answer.
        wants_tools: Whether its answerer has called tools, which wait for the end of the turn.
        characters: Characters of it written so far.
    """

    text: str
    started_secs: float = 0.0
    state: DraftState = DraftState.HELD
    why: str = ""
    confirmed: bool = False
    wants_tools: bool = False
    characters: int = 0

    @property
    def tokens(self) -> int:
        """Tokens of it written so far, estimated from its characters."""
        return -(-self.characters // CHARACTERS_PER_TOKEN)


@dataclass
class Drafts:
    """The drafts of one call and what they cost; shared by who starts, holds and watches them.

    Args:
        limit_tokens: Tokens of discarded drafts after which none is started any more.

    `unpurged` are discarded drafts of which the voice may still have something; `withdrawals` are
    announcements of a discarded draft that are still on their way to the door; `managed` says that
    a strategy opens and discards the drafts, and not the door.
    """

    limit_tokens: int = 2_000
    current: Draft | None = None
    started: int = 0
    kept: int = 0
    discarded_tokens: int = 0
    discarded_characters: int = 0
    discards: dict[str, int] = field(default_factory=dict)
    unpurged: list[Draft] = field(default_factory=list)
    withdrawals: int = 0
    managed: bool = False
    _recent: deque[Draft] = field(default_factory=lambda: deque(maxlen=8))
    _watchers: list[Callable[[Draft], None]] = field(default_factory=list)

    @property
    def held(self) -> Draft | None:
        """The draft that waits for its turn to be confirmed, if there is one."""
        return self.current if self.current and self.current.state is DraftState.HELD else None

    @property
    def may_start(self) -> bool:
        """Whether the call can still afford a draft."""
        return self.discarded_tokens < self.limit_tokens

    def open(self, text: str, now_secs: float = 0.0) -> Draft:
        """Begin a draft that answers `text`; one still held is discarded."""
        self.discard("superseded")
        self.current = Draft(text, now_secs)
        self._recent.append(self.current)
        self.started += 1
        return self.current

    def about(self, text: str) -> Draft | None:
        """The last draft that answers exactly `text`."""
        return next((draft for draft in reversed(self._recent) if draft.text == text), None)

    def keep(self) -> Draft | None:
        """The turn is confirmed: the held draft is its answer. Returns it, if there is one."""
        draft = self.held
        if draft:
            draft.state = DraftState.KEPT
            self.kept += 1
            self._tell(draft)
        return draft

    def discard(self, why: str) -> Draft | None:
        """The held draft answers nothing. Returns it, if there is one."""
        draft = self.held
        if draft:
            draft.state, draft.why = DraftState.DISCARDED, why
            self.discards[why] = self.discards.get(why, 0) + 1
            self.unpurged.append(draft)
            self.discarded_tokens += draft.tokens
            self.discarded_characters += draft.characters
            self._tell(draft)
        return draft

    def wrote(self, draft: Draft, characters: int) -> None:
        """Count what an answerer has written of `draft`, also after it was discarded."""
        before = draft.tokens
        draft.characters += characters
        if draft.state is DraftState.DISCARDED and characters:
            self.discarded_tokens += draft.tokens - before
            self.discarded_characters += characters

    def purged(self, draft: Draft | None) -> None:
        """Nothing of `draft` is left on the line."""
        if draft in self.unpurged:
            self.unpurged.remove(draft)

    def watch(self, settled: Callable[[Draft], None]) -> None:
        """Call `settled` with every draft that is kept or discarded."""
        self._watchers.append(settled)

    def _tell(self, draft: Draft) -> None:
        for settled in self._watchers:
            settled(draft)


def worth_a_draft(
    text: str, verdict: Completeness, probability: float | None, quiet_secs: float
) -> bool:
    """Whether `text` is likely enough to be the whole turn that an answer is prepared now.

    Args:
        text: The words so far.
        verdict: How finished they are.
        probability: The turn model's view; None when it has not been asked yet.
        quiet_secs: Silence since the last voiced sound.
    """
    if not text.strip() or verdict is Completeness.INCOMPLETE or quiet_secs < 0.06:
        return False
    if verdict in (Completeness.COMPLETE, Completeness.LIKELY):
        return True
    # A sentence that could go on: the sound decides, or a silence longer than a breath.
    return quiet_secs >= 0.12 if probability is None else probability >= 0.3 or quiet_secs >= 0.5


def same_meaning(draft_text: str, final_text: str) -> bool:
    """Whether an answer to `draft_text` also answers `final_text`.

    Case, punctuation, fillers, politeness, contractions and the spelling of numbers do not matter;
    every other word does.

    >>> same_meaning("What are your hours", "What are your hours, please?")
    True
    >>> same_meaning("I can come", "I can't come")
    False
    """
    return _meaning(draft_text) == _meaning(final_text)


_CONTRACTIONS = (
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(i)'m\b"), r"\1 am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"\b(it|that|what|where|who|how|there|he|she|name)'s\b"), r"\1 is"),
)
_POLITE = re.compile(
    r"\b(?:please|thank you(?: very much| so much)?|thanks(?: a lot| so much)?|if you (?:can|could)"
    r"|if possible)\b"
)


@lru_cache(maxsize=256)
def _meaning(text: str) -> tuple[str, ...]:
    plain = " ".join(word for word in tokens(text) if word not in words.FILLERS)
    for contraction, full in _CONTRACTIONS:
        plain = contraction.sub(full, plain)
    # A text that is nothing but politeness means something by it.
    bare = _POLITE.sub(" ", plain).split() or plain.split()
    spelled: list[str] = []
    for word in bare:
        digit = words.NUMBER_WORDS.get(word) if word not in ("o", "oh") else None
        value = digit or str(words.TEENS_AND_TENS.get(word, word)).replace("'", "")
        joins = spelled and value.isdigit() and spelled[-1].isdigit()
        if joins:
            spelled[-1] += value
        else:
            spelled.append(value)
    return tuple(spelled)
