"""A caller who does not answer any more.

::

    bot stops ── remind_after_secs ──▶ "are you still there?" ── 5 s ──▶ evidence ── 5 s ──▶ more
                                        a reminder is no evidence yet
"""

from processors.escalation.events import BotSaid, CallerSaid, Event, Evidence, Quiet
from processors.escalation.wording import phrases


class Silence:
    """Silence after a reminder; a caller who has asked for a moment, or is given one, gets it.

    Args:
        remind_after_secs: Silence after which somebody reminds the caller, once.
        after_reminder_secs: Silence after that.
        language: Of the phrases.
    """

    name = "silence"

    def __init__(
        self,
        remind_after_secs: float = 5.0,
        after_reminder_secs: float = 5.0,
        language: str = "en",
    ) -> None:
        """The caller has not been silent yet."""
        self._remind_after_secs = remind_after_secs
        self._after_reminder_secs = after_reminder_secs
        self._language = language
        self._unanswered = 0
        self._moments = 0
        self._granted = 0

    def notice(self, event: Event) -> Evidence | None:
        """Count silences in a row."""
        match event:
            case CallerSaid(text=text):
                # Somebody who speaks again is there, whatever they say.
                self._unanswered = self._granted = 0
                self._moments = 1 if phrases(self._language, "silence", "wait").find(text) else 0
            case BotSaid(text=text):
                self._on_bot(text)
            case Quiet(secs=secs):
                return self._on_quiet(secs)
        return None

    def _on_bot(self, text: str) -> None:
        # Only once for a turn: a caller who has fainted does not get all the time in the world.
        if self._granted < 1 and phrases(self._language, "silence", "no_hurry").find(text):
            self._granted += 1
            self._moments = 1

    def _on_quiet(self, secs: float) -> Evidence | None:
        if self._moments:
            self._moments -= 1
            return None
        reminded = self._unanswered > 0
        if secs < (self._after_reminder_secs if reminded else self._remind_after_secs):
            return None
        self._unanswered += 1
        if not reminded and secs >= 2 * (self._remind_after_secs + self._after_reminder_secs):
            self._unanswered += 1
        if self._unanswered == 1:
            return Evidence(self.name, 0.2, f"silent for {secs:.0f} s")
        weight = 0.65 if self._unanswered == 2 else 1.2
        return Evidence(self.name, weight, "silent after a reminder")
