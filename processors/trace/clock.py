"""Where a piece of sound lies on the recording's clock, whatever the network did to its arrival.

What the caller says cannot have been said after it arrived, and not before what came before it. So
it is placed as late as the sound that follows it allows::

    arrived    a  b  c ········ stall ········ defghi    j        k ·· muted ··  l
    placed     a  b  c  d  e  f  g  h  i  j  k           (silence)               l

A burst fills the hole that the stall has left; a hole that nothing fills is silence. What the bot
says plays when it is handed over, or behind what still plays, as at a loudspeaker.

Positions are samples of a side at its own rate, counted from the beginning of the recording.
"""

from collections import deque
from dataclasses import dataclass, field


@dataclass
class Piece:
    """Sound and where it begins.

    Args:
        start: The position of its first sample.
        pcm: 16-bit mono little-endian.
    """

    start: int
    pcm: bytes

    @property
    def end(self) -> int:
        """The position behind its last sample."""
        return self.start + len(self.pcm) // 2


@dataclass
class _Arrival:
    number: int
    at: int
    pcm: bytes

    @property
    def length(self) -> int:
        return len(self.pcm) // 2


@dataclass
class CallerSide:
    """Places the caller's sound.

    Args:
        rate: Samples per second.
        slack_secs: Smaller differences between arrival and place are jitter and change nothing.
        stall_secs: How long nothing may arrive until it is a pause that no burst will fill.

    `end` is where the placed sound ends; `lost` counts samples cut off because a sender whose clock
    is fast sent more than there was time for.
    """

    rate: int
    slack_secs: float = 0.015
    stall_secs: float = 2.0
    end: int = 0
    lost: int = 0
    _waiting: deque[_Arrival] = field(default_factory=deque)
    _last_at: int = 0
    _ends: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=1024))

    def arrived(self, number: int, pcm: bytes, at: int) -> None:
        """Take a piece that was complete at position `at`; `number` grows by one each time."""
        self._waiting.append(_Arrival(number, at, pcm))
        self._last_at = at

    def settle(self, until: int) -> list[Piece]:
        """The pieces that arrived up to `until`, placed with a view to all that came since."""
        latest: list[int] = []
        bound = None
        for arrival in reversed(self._waiting):
            bound = arrival.at if bound is None else min(arrival.at, bound)
            latest.append(bound)
            bound -= arrival.length
        placed = []
        while self._waiting and self._waiting[0].at <= until:
            arrival = self._waiting.popleft()
            piece = self._place(arrival, latest.pop())
            self._ends.append((arrival.number, piece.end))
            if piece.pcm:
                placed.append(piece)
        return placed

    def _place(self, arrival: _Arrival, end: int) -> Piece:
        slack = int(self.slack_secs * self.rate)
        start, pcm = end - arrival.length, arrival.pcm
        if start > self.end + slack:
            self.end = start
        elif start < self.end - slack:
            # Nothing may lie behind its own arrival: a little sound goes, the clock stays right.
            cut = min(self.end - start, arrival.length)
            self.lost += cut
            pcm = pcm[2 * cut :]
        piece = Piece(self.end, pcm)
        self.end = piece.end
        return piece

    def pause(self, until: int) -> int:
        """Decide that nothing was said up to `until` where nothing has arrived for long.

        Returns:
            Up to where the side is known now.
        """
        if not self._waiting and until - self._last_at >= self.stall_secs * self.rate:
            self.end = max(self.end, until)
        return self.end

    def position_after(self, number: int, otherwise: int) -> int:
        """Where piece `number` ends; `otherwise` where that is not known (any more)."""
        for known, end in reversed(self._ends):
            if known == number:
                return end
        return otherwise


@dataclass
class BotSide:
    """Places the bot's sound as a loudspeaker plays it.

    Args:
        rate: Samples per second.
        slack_secs: A hole shorter than this is jitter.
    """

    rate: int
    slack_secs: float = 0.001
    end: int = 0
    _waiting: deque[Piece] = field(default_factory=deque)

    def written(self, pcm: bytes, at: int) -> None:
        """Take a piece that was handed to the loudspeaker at position `at`."""
        start = self.end if at <= self.end + self.slack_secs * self.rate else at
        piece = Piece(start, pcm)
        self._waiting.append(piece)
        self.end = piece.end

    def cut(self, at: int) -> None:
        """The loudspeaker forgets at position `at` what it has not played."""
        while self._waiting and self._waiting[-1].end > at:
            piece = self._waiting.pop()
            heard = at - piece.start
            if heard > 0:
                self._waiting.append(Piece(piece.start, piece.pcm[: 2 * heard]))
        self.end = min(self.end, max(at, self._waiting[-1].end if self._waiting else at))

    def settle(self, until: int) -> list[Piece]:
        """The pieces that have been played up to `until`."""
        played = []
        while self._waiting and self._waiting[0].end <= until:
            played.append(self._waiting.popleft())
        return played

    def pause(self, until: int) -> int:
        """Up to where the side is known, at most `until`."""
        return min(until, self._waiting[0].start) if self._waiting else until
