"""Which word stands where in the audio of one speech of the bot.

::

    audio   |━━━━━━━━━━━|━━━━━━━|━━━━━━━━━━━━━━|      a word ends where the next one begins
    words    "We are"     "open"   "until five"
    played  ━━━━━━━━━━━━━━━━━┥  ──▶ heard: "We are"; begun: "We are open"

A voice with word timestamps says where each word begins. Without them the words of a sentence share
its audio in proportion to their letters: right at both ends of the sentence, an estimate (about a
word) in between. While the sentence is still being synthesised, its length is guessed at 15 letters
a second.

Times are seconds of audio from the start of the speech. No frames are made or read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipecat.frames.frames import Frame

LETTER_SECS = 1 / 15


@dataclass
class Place:
    """A word, where its audio begins, and the frames that tell of it."""

    starts_secs: float
    text: str
    frames: list[Frame]


def _letters(place: Place) -> int:
    return len(place.text) + 1


@dataclass
class Script:
    """The words of one speech (a TTS context), as far as they are known.

    Args:
        interruptible: Whether the caller may stop it.
    """

    interruptible: bool = True
    played_secs: float = 0.0
    known_secs: float = 0.0
    ended: bool = False
    finished: bool = False
    _ahead: list[Place] = field(default_factory=list)
    _heard: list[str] = field(default_factory=list)
    _sentence: list[Place] = field(default_factory=list)
    _sentence_starts: float = 0.0

    def put(self, starts_secs: float, text: str, frames: Sequence[Frame]) -> None:
        """A word (or what belongs to the word at the same place) that begins at `starts_secs`."""
        if self._ahead and starts_secs <= self._ahead[-1].starts_secs:
            last = self._ahead[-1]
            last.text = f"{last.text} {text}".strip()
            last.frames += frames
        else:
            self._ahead.append(Place(starts_secs, text, list(frames)))

    def put_sentence(self, words: Sequence[tuple[str, Sequence[Frame]]]) -> None:
        """A sentence without word timestamps, whose audio follows what is known so far."""
        self._sentence = [Place(0.0, word, list(frames)) for word, frames in words]
        self._sentence_starts = self.known_secs
        self._fit(LETTER_SECS)
        self._ahead += self._sentence

    def close_sentence(self) -> bool:
        """All the audio of the last sentence is known; False where none is open."""
        if not self._sentence:
            return False
        self._fit((self.known_secs - self._sentence_starts) / sum(map(_letters, self._sentence)))
        self._sentence = []
        return True

    def _fit(self, letter_secs: float) -> None:
        """Have the open sentence's words begin in proportion to their letters."""
        at = self._sentence_starts
        for place in self._sentence:
            place.starts_secs = at
            at += letter_secs * _letters(place)

    def due(self, next_secs: float = 0.0, buffered_secs: float = 0.0) -> list[Frame]:
        """The frames of all words that have been heard to their end, each once.

        Args:
            next_secs: How much is written next; it counts where nothing is known to follow it, as
                nobody will ask again.
            buffered_secs: How much of what was written has not been heard yet.
        """
        starved = self.played_secs + next_secs >= self.known_secs
        heard = self.played_secs + next_secs if starved else self.played_secs - buffered_secs
        frames: list[Frame] = []
        while self._ahead and self._ends(0) <= heard + 1e-6:
            frames += self._pop()
        return frames

    def finish(self) -> list[Frame]:
        """The frames of every word left: the audio has been written."""
        frames: list[Frame] = []
        while self._ahead:
            frames += self._pop()
        self.finished = True
        return frames

    @property
    def left_secs(self) -> float:
        """Audio that is known and not yet played."""
        return 0.0 if self.finished else max(0.0, self.known_secs - self.played_secs)

    def begun(self) -> str:
        """The words heard, and the one that is being said."""
        now = [place.text for place in self._ahead if place.starts_secs < self.played_secs]
        return " ".join((*self._heard, *now))

    def _ends(self, index: int) -> float:
        if index + 1 < len(self._ahead):
            return self._ahead[index + 1].starts_secs
        return self.known_secs if self.ended else float("inf")

    def _pop(self) -> list[Frame]:
        place = self._ahead.pop(0)
        if place.text:
            self._heard.append(place.text)
        return place.frames
