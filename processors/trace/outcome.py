"""Did the caller get what they came for?"""

from collections.abc import Iterable, Mapping
from typing import Any

from processors.trace.events import Event

ANSWERED, HANDED_OVER, GIVEN_UP, SILENT = "answered", "handed over", "given up", "nobody spoke"


def outcome(events: Iterable[Event], goals: Mapping[str, str]) -> str:
    """How a call came out, in a word of the bot's goals or one of those above.

    A goal is reached when its tool has done it; the last one counts. A call without one is answered
    when the last turn of the caller was, and given up when it was not.

    Args:
        events: The call.
        goals: What each tool achieves, e.g. `{"book_appointment": "booked"}`.
    """
    reached, answered, turns, asked = "", 0, 0, False
    for event in events:
        match event.kind:
            case "tool.result" if achieved(event.about.get("result")):
                reached = goals.get(str(event.about.get("name")), reached)
            case "escalation" if event.about.get("state") == "taken":
                reached = HANDED_OVER
            case "turn.over":
                turns, asked = turns + 1, True
            case "answer" | "bot.words" if asked:
                answered, asked = answered + 1, False
    if reached:
        return reached
    if not turns:
        return SILENT
    return ANSWERED if answered and not asked else GIVEN_UP


def achieved(result: Any) -> bool:
    """Whether a tool's result says that it did what it is for.

    >>> achieved({"done": True, "say": "You are booked."}), achieved({"say": "That time is taken."})
    (True, False)
    """
    return isinstance(result, dict) and result.get("done") is True
