"""What a policy names: an emergency, self-harm, the law. A person is called at once."""

from collections.abc import Sequence

from processors.escalation.events import CallerSaid, Event, Evidence
from processors.escalation.wording import Phrases, phrases, plain

TOPICS = {"emergency": "an emergency", "self_harm": "danger to themselves", "law": "legal steps"}


class AtOnce:
    """Words after which no bot should go on alone.

    Args:
        topics: Which of `TOPICS` count.
        words: Further words of this bot, as they are spoken, e.g. "data breach".
        language: Of the phrases.

    Raises:
        ValueError: there is no such topic.
    """

    name = "at_once"

    def __init__(
        self,
        topics: Sequence[str] = tuple(TOPICS),
        words: Sequence[str] = (),
        language: str = "en",
    ) -> None:
        """Nothing was said yet."""
        for topic in topics:
            if topic not in TOPICS:
                raise ValueError(f"no topic is called {topic!r}; there are {', '.join(TOPICS)}")
        self._topics = tuple(topics)
        self._own = Phrases([plain(word) for word in words])
        self._language = language

    def notice(self, event: Event) -> Evidence | None:
        """Read the caller's turns."""
        if not isinstance(event, CallerSaid):
            return None
        if named := self._own.find(event.text):
            return Evidence(self.name, 1.5, f"speaks of “{named}”", True)
        said = phrases(self._language, "at_once", "not").without(event.text)
        for topic in self._topics:
            if found := phrases(self._language, "at_once", topic).find(said):
                return Evidence(self.name, 1.5, f"speaks of {TOPICS[topic]}: “{found}”", True)
        return None
