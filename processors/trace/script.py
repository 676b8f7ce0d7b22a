"""The call as it is put down: what the observer sees, with the turn and the reason it belongs to.

Keeps what has to be remembered from one event to the next (which turn it is, what the bot has said
of its answer, which number a draft has) and hands each event to the record, masked where the bot's
policy asks for it, and to whoever keeps accounts.
"""

import time
from collections.abc import Callable
from typing import Any

from processors.trace.budget import after_the_turn
from processors.trace.events import Event
from processors.trace.record import BOT, CALLER, Record
from processors.trace.redaction import SpeechGuard, mask_all

Told = Callable[[Event], None]

_NAMES = ("model", "provider", "station")  # their digits are nobody's
_WITHOUT_WORDS = ("call.began", "call.ended", "usage", "answer", "turn.began", "turn.over")


class CallScript:
    """Write the events of one call.

    Args:
        record: Where they go; None: nowhere, only `told` hears of them.
        about: What `call.began` says.
        waits: Whether the caller has still to consent: until "consent.given" is noted, no sound and
            no words are kept.
        masks: Whether private data is masked in words and silenced in sound.
        told: Hears every event as it is put down; its `at` is not known yet and 0.
        clock_ns: Steady nanoseconds, the record's.
    """

    def __init__(
        self,
        record: Record | None,
        about: dict[str, Any],
        *,
        waits: bool = False,
        masks: bool = False,
        told: Told | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """The call has not begun."""
        self.clock_ns = clock_ns
        self.turn_number = 0
        self._record = record
        self._about = about
        self._waits = waits
        self._masks = masks
        self._told = told
        self._why_ended = ""
        self._answer: list[str] = []
        self._heard: list[str] = []
        self._drafts: dict[int, int] = {}
        self._guards = {side: SpeechGuard() for side in (CALLER, BOT)} if masks and record else {}
        self._answer_turn = 0
        self._unwritten: list[tuple[int, str]] = []
        self._bot_speaks = False
        self._filler = ""
        self._held_ns = 0
        self._zero_ns = 0
        self._bot_began_ns = self._turn_over_ns = 0

    def note(
        self,
        kind: str,
        at_ns: int,
        *,
        after: int | None = None,
        turn: int | None = None,
        **about: Any,
    ) -> None:
        """Put one event down, in the present turn or in another."""
        turn = self.turn_number if turn is None else turn
        if self._masks:
            about = {k: v if k in _NAMES else mask_all(v) for k, v in about.items()}
        self._waits = self._waits and kind != "consent.given"
        if self._record and not (self._waits and kind not in _WITHOUT_WORDS):
            self._record.note(kind, at_ns, turn=turn, after=after, **about)
        if self._told:
            secs = max(0, at_ns - self._zero_ns) / 1e9
            self._told(Event(kind, 0, secs, turn, "", about))

    # Beginning and end --------------------------------------------------------------------------

    def began(self, at_ns: int) -> None:
        """The line runs."""
        self._zero_ns = at_ns
        self.note("call.began", at_ns, **self._about)

    def ending(self, why: str) -> None:
        """The line is told to end; the last words may still be on their way."""
        self._why_ended = self._why_ended or why

    def ended(self, why: str = "") -> None:
        """Everything is over."""
        self.note("call.ended", self.clock_ns(), why=self._why_ended or why or "the call was over")

    # Sound --------------------------------------------------------------------------------------

    def caller_sound(self, pcm: bytes, at_ns: int) -> int:
        """Sound of the caller; returns its number."""
        if self._record is None:
            return 0
        # Without consent there is silence, so that the clock is the same afterwards.
        return self._record.caller(bytes(len(pcm)) if self._waits else pcm, at_ns)

    def bot_sound(self, pcm: bytes) -> None:
        """Sound handed to the caller's loudspeaker now."""
        if self._record:
            self._record.bot(bytes(len(pcm)) if self._waits else pcm, self.clock_ns())

    def bot_cut(self) -> None:
        """What was handed over and has not been played is dropped now."""
        if self._record:
            self._record.cut(self.clock_ns())

    def voice(self, become: str) -> None:
        """The bot's voice is "held" while a sound of the caller is undecided, and then "resumed" or
        "dropped".
        """
        at_ns = self.clock_ns()
        if become == "held":
            self._held_ns = at_ns
            self.note("voice.held", at_ns, why="the caller makes a sound")
            return
        held_ms = round((at_ns - self._held_ns) / 1e6)
        why = "the caller takes the floor" if become == "dropped" else "the bot goes on"
        self.note(f"voice.{become}", at_ns, held_ms=held_ms, why=f"{why}, after {held_ms} ms")

    def caller_speech(self, at_ns: int, *, began: bool, secs_ago: float, after: int | None) -> None:
        """The caller's voice is heard, or not any more, since `secs_ago`."""
        kind = "speech.began" if began else "speech.ended"
        self.note(kind, at_ns, after=after, who="caller", secs_ago=round(secs_ago, 3))
        guard = self._guards.get(CALLER)
        if guard:
            self._silence(CALLER, guard.begins(at_ns) if began else guard.pauses(at_ns))

    def bot_speech(self, at_ns: int, *, began: bool) -> None:
        """The bot's voice is heard, or not any more."""
        self._bot_speaks = began
        if began:
            self._bot_began_ns = at_ns
        self.note("speech.began" if began else "speech.ended", at_ns, who="bot")
        guard = self._guards.get(BOT)
        if guard and began:
            self._silence(BOT, guard.begins(at_ns))
        elif guard:
            self._silence(BOT, [*guard.pauses(at_ns), *guard.settles(at_ns)])
        if not began and self._unwritten:
            (first_ns, _), words = self._unwritten[0], [text for _, text in self._unwritten]
            self._unwritten.clear()
            self.note("bot.words", first_ns, text=" ".join(words))

    def _silence(self, side: int, spans: list[tuple[int, int]]) -> None:
        assert self._record
        for start_ns, end_ns in spans:
            self._record.silence(side, start_ns, end_ns)
        holds = [guard.hold_ns for guard in self._guards.values() if guard.hold_ns is not None]
        self._record.hold(min(holds, default=None))

    # Words --------------------------------------------------------------------------------------

    def turn(self, at_ns: int, *, began: bool) -> None:
        """The caller takes the turn, or has ended it."""
        self.turn_number += began
        # The next turn begins before the interruption that it makes.
        self._filler = self._filler if began else ""
        self.note("turn.began" if began else "turn.over", at_ns)
        if not began:
            self._turn_over_ns = at_ns
        if not began and CALLER in self._guards:
            self._silence(CALLER, self._guards[CALLER].settles(at_ns))

    def caller_words(self, at_ns: int, text: str, *, final: bool, confidence: float | None) -> None:
        """The recogniser heard words."""
        about: dict[str, Any] = {} if confidence is None else {"confidence": confidence}
        if not final and self._masks:
            # Half a card number is private too, and cannot be told from any other number.
            text = ""
        kind = "words.final" if final else "words.partial"
        self.note(kind, at_ns, text=text, **about)
        if final and CALLER in self._guards:
            self._guards[CALLER].said(text)
            self._silence(CALLER, self._guards[CALLER].settles(at_ns))

    def bot_words(self, at_ns: int, text: str) -> None:
        """Words of the bot have been heard."""
        self._heard.append(text.strip())
        if not self._masks:
            self.note("bot.words", at_ns, text=text.strip())
            return
        # A number is many words; whether it is private is known when it has been said.
        self._unwritten.append((at_ns, text.strip()))
        if BOT in self._guards:
            self._guards[BOT].said(text)

    def filled(self, says: str) -> None:
        """Something is said that belongs to no answer."""
        self._filler = says

    def answer_begins(self) -> None:
        """A model begins an answer."""
        self._answer_turn = self.turn_number
        self._answer.clear()

    def answer_text(self, text: str) -> None:
        """A model goes on with its answer."""
        self._answer.append(text)

    def interrupted(self, at_ns: int) -> None:
        """The caller takes the floor: what was not heard is dropped."""
        heard = " ".join(self._heard).removeprefix(self._filler).strip()
        answer = "".join(self._answer)
        words = answer.split()
        dropped = " ".join(words[len(heard.split()) :]) if heard in " ".join(words) else ""
        if self._bot_speaks or dropped:
            about = {"speaking": self._bot_speaks, "of_turn": self._answer_turn}
            self.note("interruption", at_ns, **about, heard=heard, dropped=dropped)
        self._heard.clear()
        self._answer.clear()

    # Drafts and accounts ------------------------------------------------------------------------

    def draft_started(self, at_ns: int, draft: Any) -> None:
        """An answer is prepared ahead."""
        self._drafts[id(draft)] = len(self._drafts) + 1
        why = "the words so far may be the whole turn"
        self.note("draft.started", at_ns, draft=self._drafts[id(draft)], text=draft.text, why=why)

    def draft_settled(self, draft: Any, *, kept: bool) -> None:
        """A draft became the answer, or nothing."""
        number = self._drafts.get(id(draft), 0)
        kind = "draft.kept" if kept else "draft.discarded"
        about = {"draft": number, "text": draft.text, "tokens": draft.tokens}
        why = "the turn ended with the same words" if kept else draft.why
        self.note(kind, self.clock_ns(), **about, why=why)

    def measured(
        self,
        at_ns: int,
        kind: str,
        about: dict[str, Any],
        draft: object | None,
        *,
        turn: int | None = None,
    ) -> None:
        """A service reports what it used, or how long it took.

        Args:
            at_ns: When.
            kind: "usage" or "first".
            about: What.
            draft: What it was used for.
            turn: The turn in which it was asked for; the present one by default.
        """
        if draft is not None and (number := self._drafts.get(id(draft))):
            about = about | {"draft": number}
        self.note(kind, at_ns, turn=turn, **about)

    def answered(self, total_secs: float, stages: list[tuple[str, str, float]]) -> None:
        """The bot's first sound after a turn of the caller.

        Args:
            total_secs: From the caller's last sound.
            stages: Key, label and seconds of each stage.
        """
        at_ns = self._bot_began_ns or self.clock_ns()
        waited_secs = total_secs - (at_ns - self._turn_over_ns) / 1e9
        parts = [
            {"key": key, "label": label, "ms": round(1000 * secs)}
            for key, label, secs in after_the_turn(stages, waited_secs)
        ]
        total = round(1000 * total_secs)
        self.note("answer", at_ns, voice_to_voice_ms=total, stages=parts)
        self._heard.clear()
