"""What a conversation so far says about the question that was just asked.

A list of messages, as language models read it, becomes the caller's last words, what the bot said
before them, and the exchange before that, from which something may be learnt.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from processors.semantic_cache import lexicon
from processors.semantic_cache.normalize import normalize
from processors.semantic_cache.reading import read

_CORRECTION = re.compile(rf"^(?:{'|'.join(lexicon.CORRECTIONS)})\b")
_OFFER = re.compile(rf"\b(?:{'|'.join(lexicon.OFFERS)})\b")


@dataclass(frozen=True)
class Exchange:
    """One question of the caller and what the bot said to it.

    Args:
        question: The caller's words.
        answer: The bot's words, as heard.
        tools: Whether a tool was called for it.
        earlier: What the caller had said before, all turns.
    """

    question: str
    answer: str
    tools: bool = False
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dialogue:
    """A conversation up to a question.

    Args:
        asked: The caller's last words; "" where they did not speak last, or not in words only.
        said: What the bot said just before; "" at the start of a call.
        previous: The exchange before, where there is one.
        fragment: Whether what is asked goes on with words that nobody has answered yet.
        begun: Whether the caller has asked anything before.
        told: Whether somebody has told the bot, since it spoke last, what to heed in its answer.
    """

    asked: str = ""
    said: str = ""
    previous: Exchange | None = None
    fragment: bool = False
    begun: bool = False
    told: bool = False

    @property
    def bypass(self) -> str:
        """Why no stored answer may be given to this, whatever it says; "" where one may."""
        if not self.asked:
            return "no words"
        if self.told:
            return "told what to heed"
        if self.fragment:
            return "goes on with what was said"
        if asks_for_something(self.said):
            return "answers the bot's question"
        if self.begun and read(self.asked).dangles:
            return "leans on what was said"
        return ""

    @property
    def corrects(self) -> bool:
        """Whether the caller does not accept the answer before, or asks the same again."""
        if _CORRECTION.match(" ".join(normalize(self.asked))):
            return True
        if self.previous is None:
            return False
        now, before = read(self.asked), read(self.previous.question)
        return now.key == before.key or (bool(now.topics) and now.topics == before.topics)


def asks_for_something(said: str) -> bool:
    """Whether the bot's words end in a question that wants a certain answer.

    >>> asks_for_something("Which day would suit you?"), asks_for_something("How can I help you?")
    (True, False)
    """
    asked = [part for part in re.findall(r"[^.!?]*\?", said) if part.strip()]
    return bool(asked) and not _OFFER.search(" ".join(normalize(asked[-1])))


def follow(messages: Sequence[Any]) -> Dialogue:
    """Read the messages of a context; what is neither words nor tools is passed over.

    >>> dialogue = follow([
    ...     {"role": "user", "content": "Where are you?"},
    ...     {"role": "assistant", "content": "On Maple Street."},
    ...     {"role": "user", "content": "Thanks. When are you open?"},
    ... ])
    >>> dialogue.asked, dialogue.previous.question
    ('Thanks. When are you open?', 'Where are you?')
    """
    return replace(_followed(messages), told=_was_told(messages))


def _followed(messages: Sequence[Any]) -> Dialogue:
    turns = [turn for message in messages if (turn := _turn(message))]
    if not turns or turns[-1][0] != "user":
        return Dialogue()
    asked = turns[-1][1]
    callers = [at for at, (role, _) in enumerate(turns) if role == "user"]
    before = callers[-2] if len(callers) > 1 else -1
    between = turns[before + 1 : -1]
    said = " ".join(text for role, text in between if role == "assistant")
    if before < 0:
        return Dialogue(asked, said)
    tools = any(role == "tool" for role, _ in between)
    earlier = tuple(turns[at][1] for at in callers[:-2])
    previous = Exchange(turns[before][1], said, tools, earlier)
    return Dialogue(asked, said, previous, fragment=not between, begun=True)


def _was_told(messages: Sequence[Any]) -> bool:
    """Whether a developer message came after the bot's last words."""
    for message in reversed(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role in ("assistant", "developer"):
            return role == "developer"
    return False


def _turn(message: Any) -> tuple[str, str] | None:
    """Role and text of a message: "user", "assistant" or "tool"; None for any other."""
    if not isinstance(message, dict):
        return None
    role = message.get("role")
    if role == "tool" or message.get("tool_calls"):
        return "tool", ""
    text = _text(message.get("content"))
    return (role, text) if role in ("user", "assistant") else None


def _text(content: Any) -> str:
    """The words of a message; "" where it also holds a picture or a file."""
    if isinstance(content, str):
        return content.strip()
    parts = content if isinstance(content, list) else []
    if any(not isinstance(part, dict) or part.get("type") != "text" for part in parts):
        return ""
    return " ".join(part.get("text", "") for part in parts).strip()
