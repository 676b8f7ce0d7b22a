"""The caller asks for a person, and what only sounds like it.

::

    "let me talk to a human"                      a wish
    "is a human going to do the cleaning?"        none
    "I spoke to an agent yesterday"               none
"""

from processors.escalation.events import CallerSaid, Event, Evidence
from processors.escalation.wording import phrases, plain


def wish_for_a_person(text: str, language: str = "en") -> str:
    """The words in which the caller asks for a person, or an empty string.

    >>> wish_for_a_person("No. I'd like to speak to a real person, please.")
    'speak to a real person'
    >>> wish_for_a_person("Is a human going to do the cleaning?")
    ''
    """
    said = phrases(language, "wish", "not").without(text)
    # Only words that the caller said in one piece: what is left of a sentence is no sentence.
    found = phrases(language, "wish", "ask").find(said)
    return found if found and (found in plain(text)) else ""


class Wish:
    """An explicit wish for a person: nothing else has to be asked."""

    name = "wish"

    def __init__(self, language: str = "en") -> None:
        """Nothing was said yet."""
        self._language = language

    def notice(self, event: Event) -> Evidence | None:
        """Read the caller's turns."""
        if not isinstance(event, CallerSaid):
            return None
        asked = wish_for_a_person(event.text, self._language)
        return Evidence(self.name, 1.5, f"asks for a person: “{asked}”", True) if asked else None
