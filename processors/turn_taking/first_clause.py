"""The first clause of an answer goes to the voice as soon as it can be spoken well.

A voice that waits for the first whole sentence is silent for as long as the model takes to write
it. People draw breath at commas, too, and before "because" or "for"::

    "Of course, next Tuesday is fine. What …"
     └── now ─┘└──── with the sentence ──┘

A voice that goes on in the same melody from one piece to the next may begin even sooner, after a
few words::

    "Ten o'clock is free. …"
     └── now ────┘└ ─ ─ ─
"""

import re
from collections.abc import AsyncIterator

from pipecat.utils.text.base_text_aggregator import Aggregation, BaseTextAggregator, TextType
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

_LEAST_LETTERS = 6  # shorter beginnings ("Oh,") sound torn off
_LONG_LETTERS = 16  # a beginning as long as this may also end before a joining word
_MARK = re.compile(r"[,;:—–](?=\s|$)|\s[-–—](?=\s)|[.!?…](?=\s|$)")
_JOINING = re.compile(
    r"\s(?=(?:and|but|or|so|because|if|when|while|which|who|that|for|from|with|without|until|before"
    r"|after|between|behind|on|in|at|by)\s)"
)
# What comes before a mark that ends nothing: "1,000", "Dr. Lee", "J. Smith", "e.g."
_NO_END = re.compile(r"(?:\d|\b(?:mr|mrs|ms|dr|st|no|vs|etc|e\.g|i\.e|[a-z]))$", re.IGNORECASE)


def first_clause(text: str, *, enough_words: int | None = None) -> str:
    """The clause with which `text` begins, once it is there; else empty.

    Args:
        text: The answer so far.
        enough_words: How many whole words do for a beginning; None: only a whole clause does.

    >>> first_clause("Of course,")
    'Of course,'
    >>> first_clause("Well, yes")
    ''
    >>> first_clause("Dr. Lee has 1,000")
    ''
    >>> first_clause("You can park your car behind the")
    'You can park your car'
    >>> first_clause("Ten o'clock is free", enough_words=3)
    "Ten o'clock is"
    """
    for mark in _MARK.finditer(text):
        if _letters(text[: mark.end()]) >= _LEAST_LETTERS and not _NO_END.search(
            text[: mark.start()]
        ):
            return text[: mark.end()]
    for joining in _JOINING.finditer(text):
        if _letters(text[: joining.start()]) >= _LONG_LETTERS:
            return text[: joining.start()]
    if enough_words and (words := re.match(rf"\s*(?:\S+\s+){{{enough_words - 1}}}\S+(?=\s)", text)):
        return words.group() if _letters(words.group()) >= _LEAST_LETTERS else ""
    return ""


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


class FirstClauseAggregator(BaseTextAggregator):
    """Give out the first clause of each answer early, and leave the rest to `sentences`.

    Args:
        sentences: Cuts everything after the first clause; Pipecat's by default.
        enough_words: See `first_clause`.
    """

    def __init__(
        self, sentences: BaseTextAggregator | None = None, *, enough_words: int | None = None
    ) -> None:
        """At the beginning of an answer."""
        self._enough_words = enough_words
        self._sentences = sentences or SimpleTextAggregator()
        super().__init__(aggregation_type=TextType.SENTENCE, language=self._sentences.language)
        self._begin()

    def _begin(self) -> None:
        self._beginning: str | None = ""

    @property
    def text(self) -> Aggregation:
        """What has not been given out yet."""
        if self._beginning is None:
            return self._sentences.text
        return Aggregation(self._beginning.strip(), TextType.SENTENCE)

    def set_language(self, language: str | None) -> None:
        """Cut sentences of another language."""
        super().set_language(language)
        self._sentences.set_language(language)

    async def aggregate(self, text: str) -> AsyncIterator[Aggregation]:
        """Take in a piece of text; yields what can be spoken now."""
        if self._beginning is not None:
            self._beginning += text
            clause = first_clause(self._beginning, enough_words=self._enough_words)
            if not clause:
                return
            text, self._beginning = self._beginning[len(clause) :], None
            yield Aggregation(clause.strip(), TextType.SENTENCE)
        async for sentence in self._sentences.aggregate(text):
            yield sentence

    async def flush(self) -> Aggregation | None:
        """What is left at the end of the answer."""
        left = await self._sentences.flush()
        if self._beginning and self._beginning.strip():
            left = Aggregation(self._beginning.strip(), TextType.SENTENCE)
        self._begin()
        return left

    async def handle_interruption(self) -> None:
        """Forget the answer."""
        self._begin()
        await self._sentences.handle_interruption()

    async def reset(self) -> None:
        """Forget the answer."""
        self._begin()
        await self._sentences.reset()
