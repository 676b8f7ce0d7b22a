"""Where an answer is true: for one bot, as it knows things now, in one language, for one tenant."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Answers of one scope are never given in another.

    Args:
        bot: Name of the bot.
        knowledge: Version of what it knows and how it speaks; with another version every entry
            of the one before is out of use in the same moment.
        language: BCP 47. The guards read English; in any other language only the same words match.
        tenant: Whose callers they are.
    """

    bot: str
    knowledge: str = ""
    language: str = "en"
    tenant: str = ""

    def __str__(self) -> str:
        """One line, for logs and for the store.

        >>> str(Scope("receptionist", "3fa1", tenant="acme"))
        'receptionist/3fa1/en/acme'
        """
        return "/".join((self.bot, self.knowledge, self.language, self.tenant))
