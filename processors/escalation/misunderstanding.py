"""The two talk past each other: the caller says it again, or says so; the bot asks again.

::

    caller  I want to move my appointment          bot  When would you like to come?
    caller  no, I said MOVE                        ── denied
    caller  move the appointment I have            ── second phrasing
                                                   bot  When would you like to come?  ── asked twice
"""

from collections import deque
from collections.abc import Callable

from processors.escalation.events import BotSaid, CallerSaid, Event, Evidence
from processors.escalation.wording import content_words, likeness, phrases, plain

_SAME = 0.6  # likeness of two of the caller's turns that say the same
_SAME_QUESTION = 0.85  # and of two of the bot's
_REMEMBERED = 4  # turns of each side
_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}


class Misunderstanding:
    """Repeats, denials, confusion, and a bot that asks again.

    Args:
        language: Of the phrases.
        alike: How much two turns mean the same, 0 to 1.
    """

    name = "misunderstanding"

    def __init__(self, language: str = "en", alike: Callable[[str, str], float] = likeness) -> None:
        """Nothing was said yet."""
        self._language = language
        self._alike = alike
        self._caller: deque[str] = deque(maxlen=_REMEMBERED)
        self._bot: deque[str] = deque(maxlen=_REMEMBERED)
        self._phrasings = 1
        self._missed = 0
        self._quiet_turns = 0
        self._denials = 0
        self._contradictions = 0

    def notice(self, event: Event) -> Evidence | None:
        """Read both sides' turns."""
        if isinstance(event, BotSaid):
            return self._on_bot(event.text)
        if isinstance(event, CallerSaid):
            evidence = self._on_caller(event)
            self._caller.append(event.text)
            return evidence
        return None

    def _on_bot(self, text: str) -> Evidence | None:
        missed, twice = self._has(text, "bot_missed"), self._says_again(text)
        self._bot.append(text)
        if missed:
            self._missed += 1
            if self._missed > 1:
                weight = min(0.25 + 0.2 * (self._missed - 1), 0.85)
                return Evidence(self.name, weight, f"not understood {self._missed} times")
            return Evidence(self.name, 0.15, "not understood once")
        return Evidence(self.name, 0.3, "the bot says the same thing twice") if twice else None

    def _says_again(self, text: str) -> bool:
        words = content_words(text)
        if len(words) < 2 or self._has(text, "bot_usual") or self._was_asked_to():
            return False
        for before in self._bot:
            other = content_words(before)
            if len(words & other) >= _SAME_QUESTION * max(len(words), len(other)):
                return True
        return False

    def _was_asked_to(self) -> bool:
        """Whether the caller has asked the bot to say it again."""
        return bool(self._caller) and self._has(self._caller[-1], "again")

    def _on_caller(self, event: CallerSaid) -> Evidence | None:
        found = [
            *self._said_so(event),
            *(self._said_again(event.text) or self._insists(event.text)),
        ]
        if not found:
            self._quiet_turns += 1
            if self._quiet_turns > 1:
                # Two turns in which all went well: what was missed before is forgotten.
                self._phrasings, self._missed, self._denials = 1, 0, 0
                self._contradictions = 0
            return None
        self._quiet_turns = 0
        weight = min(max(found)[0] + 0.15 * (len(found) - 1), 0.9)
        return Evidence(self.name, weight, ", ".join(because for _, because in found))

    def _said_so(self, event: CallerSaid) -> list[tuple[float, str]]:
        found = []
        if self._has(event.text, "denied"):
            self._denials += 1
            weight = min(0.4 + 0.25 * (self._denials - 1), 0.9)
            found.append((weight, "says that they were misunderstood"))
        if self._has(event.text, "lost"):
            self._denials += 1
            weight = min(0.4 + 0.25 * (self._denials - 1), 0.9)
            found.append((weight, "does not follow the bot"))
        elif plain(event.text).startswith(("no ", "not ")) and len(content_words(event.text)) > 1:
            # Once it is a correction; again and again the two do not meet.
            self._contradictions += 1
            if self._contradictions > 1:
                weight = min(0.15 * self._contradictions, 0.6)
                found.append((weight, f"contradicts for the {_ordinal(self._contradictions)} time"))
        if self._rejects(event.text):
            found.append((0.35, "does not want what the bot proposes"))
        if not event.understood:
            found.append((0.2, "the recogniser made nothing of it"))
        return found

    def _rejects(self, text: str) -> bool:
        """Whether the caller turns down what the bot has just spoken of, with more than a no."""
        bot = content_words(self._bot[-1]) if self._bot else frozenset()
        return self._has(text, "rejects") and bool(content_words(text) & bot)

    def _insists(self, text: str) -> list[tuple[float, str]]:
        """A word in three turns of four that the bot does not take up."""
        bot = content_words(self._bot[-1]) if self._bot else frozenset()
        if self._has(text, "agrees"):
            return []
        for word in sorted(content_words(text) - bot):
            times = 1 + sum(word in content_words(before) for before in list(self._caller)[-3:])
            if times > 2:
                return [(0.35 + 0.2 * (times - 3), f"says “{word}” again and again")]
        return []

    def _said_again(self, text: str) -> list[tuple[float, str]]:
        bot = self._bot[-1] if self._bot else ""
        further = plain(text).startswith(("and ", "what about ", "how about ", "also "))
        if len(content_words(text)) < 2 or further or self._has(text, "agrees"):
            return []
        if not any(self._means_the_same(text, before) for before in self._caller):
            return []
        missed = self._has(bot, "asked_to_repeat")
        if not missed and self._alike(text, bot) >= _SAME:
            return []  # takes up the bot's own words
        self._phrasings += 1
        weight = 0.3 if missed else 0.4
        because = f"{_ordinal(self._phrasings)} phrasing"
        return [(min(weight + 0.2 * (self._phrasings - 2), 0.8), because)]

    def _means_the_same(self, text: str, before: str) -> bool:
        if len(content_words(before)) < 2:
            return plain(text) == plain(before)
        return self._alike(text, before) >= _SAME

    def _has(self, text: str, name: str) -> bool:
        return bool(phrases(self._language, self.name, name).find(text))


def _ordinal(number: int) -> str:
    return _ORDINALS.get(number, f"{number}th")
