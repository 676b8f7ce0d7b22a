"""What the bot does with a decision: offer a person, call one, wait for one, go on without.

::

          offer ┌─────────┐ yes                      somebody comes
     ┌─────────▶│ OFFERED │──────┐                ┌────────────────▶ PERSON
     │   no     └─────────┘      ▼   ┌─────────┐  │                     │
    BOT ◀───────────┘          ring ▶│ WAITING │──┤                     │ hands back,
     ▲ ────────────────────────────▶ └─────────┘  │ nobody in time      │ or the line drops
     └────────────────────────────────────────────┴─────────────────────┘
"""

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from processors.escalation.at_once import TOPICS
from processors.escalation.decision import Decision, Escalation, Level
from processors.escalation.events import CallerSaid, Event
from processors.escalation.policy import Handover
from processors.escalation.resemblance import Resemblance
from processors.escalation.wish import wish_for_a_person
from processors.escalation.wording import content_words, phrases, table

_BARE_NO = 1  # content words; a no with more than that also says what to do instead


class Mode(StrEnum):
    """Who has the caller."""

    BOT = "bot"
    OFFERED = "offered"
    WAITING = "waiting"
    PERSON = "person"


@dataclass(frozen=True)
class Act:
    """What is to be done.

    Args:
        say: To the caller; empty for nothing.
        answers: Whether that is the answer to the caller's turn, and the bot gives none.
        ring: Whether a person is to be called.
        note: Why a note is to be left for somebody to call back; empty for none.
        cancel: Whether a person who was called is needed no longer.
    """

    say: str = ""
    answers: bool = False
    ring: bool = False
    note: str = ""
    cancel: bool = False


_NOTHING = Act()


class Conduct:
    """One call's way to a person and back.

    Args:
        policy: The bot's.
        language: Of what is said.
        resembles: What turns are like; None: not asked.
        now: Tells the time, for office hours; aware.
    """

    def __init__(
        self,
        policy: Handover,
        *,
        language: str = "en",
        resembles: Resemblance | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        """The bot has the caller."""
        self._policy = policy
        self._language = language
        self._now = now
        self._says = table(language)["says"]
        self._escalation = Escalation(policy, language=language, resembles=resembles)
        self._holds = 0
        self.mode = Mode.BOT
        self.why = ""

    @property
    def decision(self) -> Decision:
        """How the call stands."""
        return self._escalation.decision

    @property
    def open(self) -> bool:
        """Whether anybody can be asked at this time of the day."""
        hours = self._policy.hours
        return hours is None or hours.open_at(self._now())

    def would_answer(self, said: CallerSaid) -> bool:
        """Whether `on_caller` would answer this turn itself; nothing is taken note of."""
        return copy.deepcopy(self).on_caller(said).answers

    def on_caller(self, said: CallerSaid) -> Act:
        """A turn of the caller is over."""
        if self.mode is Mode.PERSON:
            return _NOTHING
        decision = self._escalation.notice(said)
        if self.mode is Mode.WAITING:
            return self._while_waiting(said.text)
        if self.mode is Mode.OFFERED:
            return self._on_reply(said.text, decision)
        return self._act_on(decision, answers=True)

    def on_event(self, event: Event) -> Act:
        """Something else has happened: a tool, a silence, the bot's own words, a budget."""
        if self.mode is Mode.PERSON:
            return _NOTHING
        decision = self._escalation.notice(event)
        return _NOTHING if self.mode is Mode.WAITING else self._act_on(decision, answers=False)

    def ring(self, why: str) -> Act:
        """Call a person, whatever the signals say; the bot has found that it must."""
        if self.mode in (Mode.WAITING, Mode.PERSON) or not self._policy.to:
            return _NOTHING
        self.why = why
        if not self.open:
            return self._back_with_note(self._says["closed"], why)
        self.mode = Mode.WAITING
        self._holds = 0
        return Act(say=self._calling(), answers=True, ring=True)

    def on_nobody(self) -> Act:
        """Nobody has come in time."""
        return self._back_with_note(self._says["nobody"], self.why)

    def on_taken(self) -> None:
        """A person has the caller."""
        self.mode = Mode.PERSON

    def on_back(self, *, lost: bool) -> Act:
        """The bot has the caller again.

        Args:
            lost: Whether the person's line has dropped, rather than that they said so.
        """
        self.mode = Mode.BOT
        self._escalation.taken_back()
        if not lost:
            return Act(say=self._says["handed_back"])
        # "Shall I try again?": a yes has to be understood.
        self.mode = Mode.OFFERED
        return Act(say=self._says["lost"])

    def hold_phrase(self, position: int) -> str:
        """Something to say to a caller who waits; never twice the same in a row."""
        self._holds += 1
        if position > 1 and self._holds % 2:
            return self._says["position"].format(position=position)
        hold = self._says["hold"]
        return hold[(self._holds - 1) % len(hold)]

    def introduction(self, who: str, wants: str) -> str:
        """What both hear when a colleague has come to the telephone."""
        says = self._says["introduced" if who else "introduced_unnamed"]
        return says.format(who=who, wants=wants)

    def _act_on(self, decision: Decision, *, answers: bool) -> Act:
        if not self._policy.to:
            return _NOTHING
        if decision.level is Level.HAND_OVER:
            act = self.ring(decision.why)
            return Act(act.say, answers and act.answers, act.ring, act.note)
        if decision.level is Level.OFFER and self.mode is Mode.BOT:
            self.mode, self.why = Mode.OFFERED, decision.why
            name = "offer" if self.open else "offer_call_back"
            return Act(say=self._says[name], answers=answers)
        return _NOTHING

    def _on_reply(self, text: str, decision: Decision) -> Act:
        """The caller has been asked whether they want a person."""
        if self._has("offer", "no", text) and not wish_for_a_person(text, self._language):
            self.mode = Mode.BOT
            self._escalation.declined()
            bare = len(content_words(text)) <= _BARE_NO
            return Act(say=self._says["declined"], answers=True) if bare else _NOTHING
        if self._has("offer", "yes", text):
            return self.ring(self.why or decision.why)
        self.mode = Mode.BOT
        act = self._act_on(decision, answers=True)
        if self.mode is Mode.OFFERED:
            # Asked a moment ago; asking again would be deaf.
            return _NOTHING
        return act

    def _while_waiting(self, text: str) -> Act:
        if self._has("waiting", "call_back", text):
            return self._back_with_note(self._says["call_back"], f"wants a call back; {self.why}")
        if self._has("waiting", "withdraw", text):
            self._go_back()
            return Act(say=self._says["withdrawn"], answers=True, cancel=True)
        if wish_for_a_person(text, self._language):
            return Act(say=self.hold_phrase(1), answers=True)
        return _NOTHING

    def _back_with_note(self, say: str, why: str) -> Act:
        self._go_back()
        return Act(say=say, answers=True, note=why, cancel=True)

    def _go_back(self) -> None:
        self.mode = Mode.BOT
        self._escalation.taken_back()

    def _calling(self) -> str:
        for topic, words in TOPICS.items():
            if f"speaks of {words}" in self.why:
                return self._says.get(f"calling_{topic}", self._says["calling"])
        return self._says["calling"]

    def _has(self, section: str, name: str, text: str) -> bool:
        return bool(phrases(self._language, section, name).find(text))
