"""One decision over all signals: how much this call needs a person now, and why.

::

    score   hand over ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄╭────
                offer ┄┄┄┄┄┄┄┄┄┄┄┄┄┄╭─────────╯        evidence adds, clean turns take away;
                watch ┄┄┄┄┄╭╮┄┄┄┄┄┄╭╯                  one bad word is never enough,
                      ─────╯╰──────╯                   a fifth bad turn is never needed

A level is left only well below the score at which it was entered, so that it does not flicker.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from processors.escalation.at_once import AtOnce
from processors.escalation.clarity import Clarity
from processors.escalation.course import Course
from processors.escalation.events import BotSaid, CallerSaid, Event, Evidence, Quiet, Signal
from processors.escalation.failures import Failures
from processors.escalation.misunderstanding import Misunderstanding
from processors.escalation.mood import Mood
from processors.escalation.policy import Handover
from processors.escalation.resemblance import Resemblance
from processors.escalation.silence import Silence
from processors.escalation.wish import Wish
from processors.escalation.wording import likeness

_KEPT = 0.85  # of the score, from one bad turn to the next
_KEPT_WHEN_CLEAN = 0.5  # and over a turn in which nothing went wrong
_KEPT_WHEN_IN_DOUBT = 0.85  # and where the call did not get on well either
_LEAVES_AT = 0.6  # of a level's score
_PLAIN = 0.65  # a single piece of evidence that needs no second bad turn beside it
_MUCH = 1.2  # evidence of one turn, of several pieces, that needs none either
_BAD = 0.15  # evidence that makes a turn a bad one
_PATIENT_TURNS = 3  # bad turns in a row after which a person is offered in any case
_MEMORY = 4  # turns in which a second bad one confirms the first
_COOL_TURNS = 4  # after a no, turns in which nobody is offered again
_IN_PASSING = 0.25  # of the evidence of words, while the call gets on well
_WORDS = ("mood", "misunderstanding")  # signals of words that may be meant for somebody else


class Level(IntEnum):
    """What is done about a call."""

    CALM = 0
    WATCH = 1
    OFFER = 2
    HAND_OVER = 3


@dataclass(frozen=True)
class Decision:
    """What is to be done now.

    Args:
        level: How far it has come.
        score: The evidence, added up.
        reasons: Why, the newest first, in words.
        mood: The caller's tone in the last turn, -1 to 1.
    """

    level: Level
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    mood: float = 0.0

    @property
    def why(self) -> str:
        """The reasons as one line."""
        return ", ".join(self.reasons)


class Escalation:
    """Watch one call and say when it needs a person.

    Args:
        policy: Levels and weights of the bot.
        language: Of the phrases.
        alike: How much two of the caller's turns mean the same, 0 to 1.
        resembles: What turns are like; None: not asked.
    """

    def __init__(
        self,
        policy: Handover | None = None,
        *,
        language: str = "en",
        alike: Callable[[str, str], float] = likeness,
        resembles: Resemblance | None = None,
    ) -> None:
        """All is well."""
        self._policy = policy or Handover()
        self._mood = Mood(language)
        self._course = Course(resembles, language) if resembles else None
        self._signals: tuple[Signal, ...] = (
            AtOnce(self._policy.at_once, self._policy.at_once_words, language),
            Wish(language),
            Failures(self._policy.most_turns),
            Misunderstanding(language, alike),
            Clarity(),
            self._mood,
            Silence(after_reminder_secs=self._policy.reminder_secs, language=language),
            *([self._course] if self._course else []),
        )
        self._level = Level.CALM
        self._score = 0.0
        self._reasons: tuple[str, ...] = ()
        self._bad_in_a_row = 0
        self._bad_lately: deque[bool] = deque(maxlen=_MEMORY)
        self._pending: list[Evidence] = []  # of the bot's turn, counted with the caller's next
        self._confirmed = False
        self._cool_turns = 0

    @property
    def decision(self) -> Decision:
        """As things stand."""
        return Decision(self._level, round(self._score, 3), self._reasons, self._mood.now)

    def notice(self, event: Event) -> Decision:
        """Take note of what happened; what is to be done now."""
        found = [evidence for signal in self._signals if (evidence := signal.notice(event))]
        says = isinstance(event, CallerSaid)
        found = [self._weighed(evidence, says=says) for evidence in found]
        found = [evidence for evidence in found if evidence.weight > 0]
        if isinstance(event, BotSaid):
            self._pending += found
            return self.decision
        turn = isinstance(event, CallerSaid | Quiet)
        if turn:
            found, self._pending = found + self._pending, []
        if turn or found:
            self._add_up(found, ends_turn=turn)
        return self.decision

    def declined(self) -> None:
        """The caller would rather go on with the bot."""
        self._cool_turns = _COOL_TURNS
        self._score, self._level, self._bad_in_a_row = 0.0, Level.CALM, 0
        self._bad_lately.clear()

    def taken_back(self) -> None:
        """A person has had the call and given it back, or nobody came: begin anew."""
        self.declined()
        self._reasons = ()

    def _weighed(self, evidence: Evidence, *, says: bool) -> Evidence:
        factor = self._policy.weights.get(evidence.signal, 1.0)
        if says and evidence.signal in _WORDS and self._course and self._course.at_ease:
            factor *= _IN_PASSING
        return Evidence(
            evidence.signal, evidence.weight * factor, evidence.because, evidence.at_once
        )

    @property
    def _kept_without(self) -> float:
        """What is kept of the score over a turn without evidence."""
        at_ease = self._course is None or self._course.at_ease
        return _KEPT_WHEN_CLEAN if at_ease else _KEPT_WHEN_IN_DOUBT

    def _add_up(self, found: list[Evidence], *, ends_turn: bool) -> None:
        new = sum(evidence.weight for evidence in found)
        bad = new >= _BAD
        if ends_turn:
            self._score *= _KEPT if bad else self._kept_without
            self._bad_in_a_row = self._bad_in_a_row + 1 if bad else 0
            self._bad_lately.append(bad)
            self._cool_turns = max(0, self._cool_turns - 1)
        self._score += new
        if found:
            strongest = sorted(found, key=lambda evidence: -evidence.weight)
            fresh = tuple(dict.fromkeys(evidence.because for evidence in strongest))
            self._reasons = (fresh + self._reasons if bad else self._reasons or fresh)[:4]
        plain = new >= _MUCH or any(
            evidence.at_once or evidence.weight >= _PLAIN for evidence in found
        )
        self._confirmed = plain or sum(self._bad_lately) > 1
        self._settle(at_once=any(evidence.at_once for evidence in found), bad=bad)

    def _settle(self, *, at_once: bool, bad: bool) -> None:
        policy = self._policy
        levels = {
            Level.WATCH: policy.watch,
            Level.OFFER: policy.offer,
            Level.HAND_OVER: policy.hand_over,
        }
        reached = max(
            (level for level, score in levels.items() if self._score >= score), default=Level.CALM
        )
        if self._bad_in_a_row >= _PATIENT_TURNS:
            reached = max(reached, Level.OFFER)
        if bad and self._level >= Level.OFFER:
            # Offered a person, the caller goes on to suffer: they need one, whatever they say.
            reached = Level.HAND_OVER
        if not self._confirmed:
            reached = min(reached, Level.WATCH)
        if self._cool_turns and reached < Level.HAND_OVER:
            reached = min(reached, Level.WATCH)
        if at_once:
            reached = Level.HAND_OVER
        if reached < self._level and self._score > _LEAVES_AT * levels[self._level]:
            reached = self._level
        if reached is Level.CALM:
            self._reasons = ()
        self._level = reached


def rehearse(policy: Handover | None = None, *, language: str = "en") -> None:
    """Compile the phrases and load the tables by which every turn is judged: 0.5 s, once a process.

    Call it off the event loop, before the first turn.
    """
    escalation = Escalation(policy, language=language)
    for event in (BotSaid("How can I help?"), CallerSaid("I said that before", 0.5), Quiet(1.0)):
        escalation.notice(event)
