"""What has been heard of the turn that is open: its words, its silence, its sound.

No frames and no clock: whoever keeps it says what time it is, in seconds on a clock of their own.
"""

from dataclasses import dataclass, field


@dataclass
class Heard:
    """The words of one turn as the recogniser delivers them.

    Args:
        finals: Segments the recogniser will not change any more.
        interim: Its present guess at the segment after them.
        repeated: Whether it has made the same guess twice.
        at_secs: When the last words came.
        sealed: Whether the recogniser says that nothing is left in it (a finalized transcript).
    """

    finals: list[str] = field(default_factory=list)
    interim: str = ""
    repeated: bool = False
    at_secs: float = float("-inf")
    sealed: bool = False

    @property
    def text(self) -> str:
        """All the words so far.

        >>> Heard(finals=["I would like", "to book"], interim="an app").text
        'I would like to book an app'
        """
        return " ".join(part.strip() for part in (*self.finals, self.interim) if part.strip())

    def final(self, text: str, now_secs: float, *, sealed: bool) -> None:
        """A segment is final."""
        if text.strip():
            self.finals.append(text)
        self.interim, self.repeated = "", False
        self.at_secs, self.sealed = now_secs, sealed

    def guess(self, text: str, now_secs: float) -> None:
        """The recogniser guesses at what is being said."""
        self.repeated = bool(text.strip()) and text.strip() == self.interim.strip()
        self.interim = text
        self.at_secs, self.sealed = now_secs, False

    def covers(self, pause_secs: float, now_secs: float, recogniser_secs: float) -> bool:
        """Whether every word spoken before the pause is final by now.

        Args:
            pause_secs: When the pause began.
            now_secs: What time it is.
            recogniser_secs: How long the recogniser takes at most, after the last word.
        """
        if self.interim.strip():
            return False
        late = now_secs - pause_secs >= recogniser_secs
        return bool(self.finals) and (self.sealed or self.at_secs > pause_secs or late)


class Sound:
    """The last seconds of the caller's sound, 16-bit mono.

    Args:
        most_secs: What is kept of an open turn.
        before_secs: What is kept while no turn is open, so that a turn has its beginning.
    """

    def __init__(self, *, most_secs: float = 8.0, before_secs: float = 0.8) -> None:
        """Empty."""
        self._most_secs = most_secs
        self._before_secs = before_secs
        self._pcm = bytearray()
        self.rate = 16_000

    def add(self, pcm: bytes, rate: int, *, open_turn: bool) -> None:
        """Append `pcm`; what is too old falls off."""
        self.rate = rate
        self._pcm += pcm
        keep = int((self._most_secs if open_turn else self._before_secs) * rate) * 2
        # Cutting off whole seconds keeps the cost of forgetting off most frames.
        if len(self._pcm) > keep + 2 * rate:
            del self._pcm[: len(self._pcm) - keep]

    def pcm(self) -> bytes:
        """What is kept."""
        return bytes(self._pcm)

    def clear(self) -> None:
        """Forget everything."""
        self._pcm.clear()
