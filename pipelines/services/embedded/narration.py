"""Which words of a text are heard at which sample of its audio.

A synthesiser is given the *script* (what is said) and reports where in it, and when, a word
begins; the audio comes in pieces of any length. Out come the written words, each just before the
audio in which it begins::

    events  (character 0, sample 0) (character 6, sample 3200) …
    audio   ├──── piece ────┼──── piece ────┤
    cut     ["Hello,"] ├─3200─┤ ["that's"] ├──────────┤ …
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipelines.services.embedded.reading import Word, words


@dataclass(frozen=True)
class Piece:
    """Audio and the words that begin with its first sample.

    Args:
        words: As they are written; empty where a word only goes on.
        start: The first sample, from the start of the narration.
        pcm: 16-bit mono; empty when only words are left.
    """

    words: tuple[str, ...]
    start: int
    pcm: bytes = b""


@dataclass
class Narration:
    """One text on its way to be heard; every word comes out exactly once, in order."""

    written: list[Word]
    script: str = field(init=False, default="")
    _indexes: list[int] = field(init=False, default_factory=list)  # of words that are said
    _places: list[int] = field(init=False, default_factory=list)  # where in the script they start
    _begun: int = field(init=False, default=0)  # words that came out
    _position: int = field(init=False, default=0)  # samples that came out
    _due: deque[tuple[int, int]] = field(init=False, default_factory=deque)  # (sample, word)

    def __post_init__(self) -> None:
        """Write the script."""
        for index, word in enumerate(self.written):
            if word.spoken:
                self._indexes.append(index)
                self._places.append(len(self.script))
                self.script += word.spoken + " "
        self.script = self.script.rstrip()

    @classmethod
    def of(cls, text: str) -> "Narration":
        """The narration of a written text."""
        return cls(words(text))

    def place(self, events: Iterable[tuple[int, int]]) -> None:
        """Note that at these (character of the script, sample) a word begins.

        An event may point into the middle of a word, or be missing: numbers are said as several
        words, and some words run together.
        """
        for character, sample in events:
            nth = bisect_right(self._places, character) - 1
            if nth >= 0:
                self._due.append((sample, self._indexes[nth]))

    def cut(self, pcm: bytes) -> Iterator[Piece]:
        """Split the next piece of audio where words begin in it."""
        end = self._position + len(pcm) // 2
        while pcm or (self._due and self._due[0][0] < end):
            begun = self._begin_due()
            until = min(self._due[0][0], end) if self._due else end
            length = 2 * (until - self._position)
            piece, pcm = pcm[:length], pcm[length:]
            yield Piece(begun, self._position, piece)
            self._position = until

    def finish(self) -> Piece:
        """The words that no event has announced."""
        return Piece(self._take(len(self.written)), self._position)

    def rest(self) -> "Narration":
        """The narration of the words that have not come out."""
        return Narration(self.written[self._begun :])

    def _begin_due(self) -> tuple[str, ...]:
        """The words that have begun by the present sample."""
        last = self._begun
        while self._due and self._due[0][0] <= self._position:
            last = max(last, self._due.popleft()[1] + 1)
        # What is not said, an emoji or a closing tag, goes with the word before it.
        while self._begun < last < len(self.written) and not self.written[last].spoken:
            last += 1
        return self._take(last)

    def _take(self, last: int) -> tuple[str, ...]:
        taken = tuple(word.text for word in self.written[self._begun : last])
        self._begun = last
        return taken
