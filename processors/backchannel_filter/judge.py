"""One sound of the caller over the bot's voice, from its first sample to its verdict.

::

    sound begins ──▶ LISTEN ──── nothing known for hold_secs ──▶ HOLD
                       │  ▲                                       │
                       │  └── feedback, or the sound is over ◀────┤
                       ▼                                          ▼
              over, and only feedback: LET_GO       more than feedback, or it lasts: TAKE

Knows no frames and no clock: whoever owns the time hands it in, in seconds.
"""

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from processors.backchannel_filter.language import Language
from processors.backchannel_filter.rules import (
    Overlap,
    begins_feedback,
    classify,
    leans_to_feedback,
)

_ECHO_SECS = 2.0
# A pause that has lasted so long, in a sound without words so far, is rather its end.
_QUIET_SECS = 0.06
_HELD_SECS = 0.26
# Words that are as likely feedback as anything deserve a short silence, not a long one.
_DOUBT_SECS = 0.26
# Words may come before the voice detector has noticed their sound.
_UNHEARD_SECS = 0.1
_QUIET_PART = 0.1  # of the loudest: 20 dB below it


class Move(Enum):
    """What the bot does about the sound, as things stand."""

    LISTEN = "listen"
    """Talk on; nothing is decided."""

    HOLD = "hold"
    """Pause, ready to go on from the same sample."""

    LET_GO = "let go"
    """Talk on; it was a backchannel, and it is over."""

    TAKE = "take"
    """Be silent; the caller's words are a turn."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long the bot waits before it believes something. All in seconds.

    Args:
        hold_secs: From the moment a sound is noticed until the bot pauses, unless its words are
            feedback. Short: a barge-in is silent sooner; long: a slow "mm-hmm" leaves no gap.
        grace_secs: What a sound without words may last.
        settle_secs: From the end of a sound with words until it counts as complete without a
            final transcript.
        words_secs: From the end of a sound until no more words of it are expected.

    Raises:
        ValueError: one of them is negative, or `hold_secs` is beyond 0.3 s, after which the bot
            would talk over a caller who takes the floor.
    """

    hold_secs: float = 0.0
    grace_secs: float = 0.7
    settle_secs: float = 0.3
    words_secs: float = 1.5

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name, value in vars(self).items():
            if not value >= 0:
                raise ValueError(f"{name} is {value!r}; it must be a number of seconds >= 0")
        if self.hold_secs > 0.3:
            raise ValueError(f"hold_secs is {self.hold_secs!r}; it must not be more than 0.3 s")


PATIENCE = {
    "brisk": Patience(grace_secs=0.5),
    "balanced": Patience(),
    "patient": Patience(hold_secs=0.15, grace_secs=1.0),
}
"""By the latency profile of a bot."""


@dataclass(kw_only=True)
class Sound:
    """What is known of one sound, and what to do about it.

    Args:
        spoken: The language of the conversation.
        patience: How long to wait.
        onset_secs: When it began; None where words came without a sound.
        noticed_secs: When it was noticed, later than its onset.
    """

    spoken: Language
    patience: Patience
    onset_secs: float | None
    noticed_secs: float
    ended_secs: float | None = None
    finals: list[str] = field(default_factory=list)
    interim: str = ""
    overlap: Overlap = Overlap.UNDECIDED

    @property
    def said(self) -> str:
        """All words of it so far, of final transcripts and of the one that still grows."""
        return " ".join(part for part in (*self.finals, self.interim) if part)

    def add(self, text: str, *, final: bool) -> None:
        """Take in what the recogniser heard: a guess that still grows, or the last word on it."""
        if final:
            self.finals.append(text.strip())
            self.interim = ""
        else:
            self.interim = text.strip()

    def speech_secs(self, now: float, *, lag_secs: float = 0.0) -> float | None:
        """How long it has lasted; `lag_secs` is how late its end would be noticed."""
        if self.onset_secs is None:
            return None
        end = self.ended_secs if self.ended_secs is not None else now - lag_secs
        return max(0.0, end - self.onset_secs)

    def judge(
        self, now: float, bot_said: str, *, lag_secs: float = 0.0, quiet_secs: float = 0.0
    ) -> Move:
        """What to do at `now`, with the bot having said `bot_said` so far.

        Args:
            now: Seconds on the clock of all the other times.
            bot_said: What the caller has heard of the bot's turn.
            lag_secs: How late the end of the sound would be noticed, in seconds.
            quiet_secs: For how long it has been quiet, whether or not it has ended.
        """
        self.overlap = classify(
            self.said,
            self.spoken,
            bot_said=bot_said,
            speech_secs=self.speech_secs(now, lag_secs=max(lag_secs, quiet_secs)),
            grace_secs=self.patience.grace_secs,
        )
        match self.overlap:
            case Overlap.BARGE_IN | Overlap.AFFIRMATION:
                return Move.TAKE
            case Overlap.BACKCHANNEL:
                return Move.LET_GO if self._complete(now) else Move.LISTEN
        return self._undecided(now, quiet_secs)

    def _complete(self, now: float) -> bool:
        """Whether no more words are to come."""
        if self.onset_secs is None:
            return not self.interim or now >= self.noticed_secs + self.patience.words_secs
        if self.ended_secs is None:
            return False
        heard = bool(self.finals) and not self.interim
        return heard or now >= self.ended_secs + self.patience.settle_secs

    def _undecided(self, now: float, quiet_secs: float) -> Move:
        over = self.ended_secs if self.onset_secs is not None else self.noticed_secs
        if over is None:
            held = now - self.noticed_secs - self.patience.hold_secs
            if held < 0 or leans_to_feedback(self.said, self.spoken):
                return Move.LISTEN
            if self.said:
                doubt = held >= _DOUBT_SECS and begins_feedback(self.said, self.spoken)
            else:
                # A short sound that is over needs no silence; the verdict may still come.
                doubt = held >= _HELD_SECS and quiet_secs >= _QUIET_SECS
            return Move.LISTEN if doubt else Move.HOLD
        if self.onset_secs is None and now < over + _UNHEARD_SECS:
            return Move.LISTEN
        settled = now >= over + self.patience.settle_secs
        leans = leans_to_feedback(self.said, self.spoken)
        # A caller who broke off has given the floor back.
        if now >= over + self.patience.words_secs or (leans and settled):
            return Move.LET_GO
        return Move.HOLD if self.said and not settled and not leans else Move.LISTEN


@dataclass(kw_only=True)
class Loudness:
    """For how long a sound has been quiet, long before a voice detector calls it over.

    Args:
        quiet_secs: Since when the level is well below the loudest of this sound, in seconds.
    """

    quiet_secs: float = 0.0
    _loudest: float = 0.0

    def feed(self, pcm: bytes, secs: float) -> None:
        """Take in 16-bit mono audio of `secs`."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        level = float(np.sqrt(np.mean(samples**2))) if samples.size else 0.0
        self._loudest = max(self._loudest, level)
        loud = level > _QUIET_PART * self._loudest
        self.quiet_secs = 0.0 if loud else self.quiet_secs + secs


@dataclass(kw_only=True)
class Repeats:
    """Tell a transcript that comes again from one that was spoken again.

    Recognisers send finals twice, and interims after their finals. What was said again was said:
    between the two the voice detector heard something.
    """

    _heard: str = ""
    _at: float = -_ECHO_SECS
    _silent: bool = True

    def voice(self, speaks: bool) -> None:
        """The voice detector's view."""
        self._silent = not speaks
        if speaks:
            self._heard = ""

    def again(self, text: str, *, final: bool, now: float) -> bool:
        """Whether `text` says only what came in this silence less than 2 s ago."""
        plain = " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
        if not plain or not self._silent:
            return False
        recent = bool(self._heard) and now - self._at < _ECHO_SECS
        edge = f"{self._heard} ".startswith(f"{plain} ") or f" {self._heard}".endswith(f" {plain}")
        if recent and edge:
            return True
        if final:
            self._heard, self._at = f"{self._heard} {plain}".strip() if recent else plain, now
        return False
