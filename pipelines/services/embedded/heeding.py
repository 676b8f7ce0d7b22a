"""What a brain without a model can do with a note that a person has whispered to it.

A model reads such a note and heeds it. Here the note has to say what to do in its first word::

    "tell them that we have a slot at four"   ─▶   "We have a slot at four."
    "offer Saturday as well"                  ─▶   "I can also offer you Saturday as well."
    "ask for the order number"                ─▶   "Could you tell me the order number?"
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_WHOM = r"(?:(?:to )?(?:them|him|her|the caller)\s+)?"
_TELL = re.compile(rf"^(?:please )?(?:tell|say|mention|explain)\s+{_WHOM}(?:that\s+)?(.+)$", re.I)
_OFFER = re.compile(rf"^(?:please )?(?:offer|propose|suggest)\s+{_WHOM}(.+)$", re.I)
_ASK = re.compile(rf"^(?:please )?ask\s+{_WHOM}(?:for|about)\s+(.+)$", re.I)
_THEIRS = re.compile(r"\b(?:their|his|her)\b", re.I)
_MARK = re.compile(r"^Note from a colleague[^:]*:\s*(.+)$", re.S)


def heeded(note: str) -> str:
    """A sentence that does what the note asks for; empty when it cannot be told.

    >>> heeded("tell them that parking is free")
    'Parking is free.'
    >>> heeded("be nice")
    ''
    """
    text = note.strip().rstrip(".!")
    if found := _TELL.match(text):
        return f"{found.group(1)[:1].upper()}{found.group(1)[1:]}."
    if found := _OFFER.match(text):
        return f"I can also offer you {found.group(1)}."
    if found := _ASK.match(text):
        return f"Could you tell me {_THEIRS.sub('your', found.group(1))}?"
    return ""


def notes_to_heed(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the notes ask for that came since the bot has spoken last, as one text.

    Args:
        messages: The conversation; whispered notes are developer messages.
    """
    said: list[str] = []
    for message in messages:
        content = message.get("content")
        if message.get("role") == "assistant":
            said.clear()
        elif message.get("role") == "developer" and isinstance(content, str):
            found = _MARK.match(content)
            said += [heeded(found.group(1))] if found else []
    return " ".join(part for part in said if part)
