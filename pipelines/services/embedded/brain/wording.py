"""The sentences that every bot of the embedded brain has in common."""

from collections.abc import Iterable, Sequence

from pipelines.services.embedded.brain.state import Tool
from pipelines.spoken import listed

MISSED = (
    "Sorry, I did not catch that.",
    "I am sorry, I still did not understand.",
    "I am afraid I do not understand.",
)
UNKNOWN = (
    "I'm afraid I don't know that.",
    "I'm sorry, I don't know that either.",
)
ANYTHING_ELSE = "Is there anything else?"
WHAT_ELSE = "What can I do for you?"
GOODBYE = "Thank you for calling. Goodbye!"
FAILED = "I am sorry, that did not work just now. Shall I try again?"
TAKE_YOUR_TIME = "Of course, take your time."
HEAR_YOU = "Yes, I can hear you."
HELLO = "Hello! How can I help you?"
FINE = "I am doing well, thank you. How can I help you?"
WHO = "I am an automatic assistant, not a person."
WELCOME = "You are welcome."
LEFT = "All right, I leave it."
CANNOT = "I'm afraid I cannot do that."
NO_PERSON = "I am sorry, I cannot put you through to a person from here."


def asked_again(question: str) -> str:
    """A question that was asked before, taken up again; "" stays "".

    >>> asked_again("Which day would suit you?")
    'So, which day would suit you?'
    """
    if not question or question.startswith("I "):
        return question
    return f"So, {question[:1].lower()}{question[1:]}"


def abilities(topics: Iterable[str], tools: Sequence[Tool]) -> str:
    """What the bot can do, in one sentence; "" if it can do nothing."""
    known = list(topics)
    known = known[:: max(1, len(known) // 3)][:3]
    offers = []
    if known:
        offers.append(f"answer questions, for example about {listed(known)}")
    deeds: dict[str, list[str]] = {}
    for tool in tools:
        if tool.slots and not tool.looks_up and tool.talk.confirm:
            verb, _, thing = tool.deed.partition(" ")
            deeds.setdefault(thing, []).append(verb)
    offers += [f"{listed(verbs)} {thing}" for thing, verbs in deeds.items()]
    return f"I can {', and '.join(offers)}." if offers else ""
