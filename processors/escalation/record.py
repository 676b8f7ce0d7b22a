"""What was said and done in a call, as a person who comes into it needs it.

::

    caller · bot · colleague · note     lines, in the order in which they were heard
    tools                               what was tried, with what, and whether it worked
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from processors.escalation.wording import content_words

Who = Literal["caller", "bot", "colleague", "note"]

_MOST_LINES = 1000
_MOST_CHARS = 2000  # of one line
_NAMED = re.compile(
    r"\b(?:[Mm]y name is|[Tt]his is|[Ii] am|I'm|[Nn]ame's) ((?:[A-Z][\w'-]+ ?){1,3})"
)


@dataclass(frozen=True)
class Said:
    """One line of the call.

    Args:
        who: Who said it; a note is what happened rather than what was said.
        text: The words as they were heard.
        at_secs: Since the call began.
        confidence: The recogniser's, 0 to 1; None where it has none.
    """

    who: Who
    text: str
    at_secs: float
    confidence: float | None = None


@dataclass(frozen=True)
class ToolUse:
    """A tool that was used."""

    name: str
    arguments: Mapping[str, Any]
    failed: bool = False


@dataclass
class CallRecord:
    """All of one call; the oldest lines go first when it becomes very long.

    Args:
        clock: Seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    lines: list[Said] = field(default_factory=list)
    tools: list[ToolUse] = field(default_factory=list)
    _watchers: list[Callable[[Said], None]] = field(default_factory=list)
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        """The call begins now."""
        self._began = self.clock()

    @property
    def secs(self) -> float:
        """How long the call has lasted."""
        return self.clock() - self._began

    def add(self, who: Who, text: str, confidence: float | None = None) -> None:
        """Write a line down; empty ones are none."""
        text = " ".join(text.split())[:_MOST_CHARS]
        if not text:
            return
        said = Said(who, text, round(self.secs, 1), confidence)
        self.lines.append(said)
        del self.lines[:-_MOST_LINES]
        for watcher in self._watchers:
            watcher(said)

    def watch(self, watcher: Callable[[Said], None]) -> None:
        """Call `watcher` with every further line."""
        self._watchers.append(watcher)

    def known(self) -> dict[str, str]:
        """What the bot has found out: the newest value of each thing it gave to a tool."""
        found: dict[str, str] = {}
        for use in self.tools:
            found |= {name: str(value)[:200] for name, value in use.arguments.items() if value}
        return found

    def caller_name(self) -> str:
        """The caller's name as they gave it, or an empty string."""
        if name := self.known().get("name"):
            return name
        for said in reversed(self.lines):
            if said.who == "caller" and (found := _NAMED.search(said.text)):
                return found.group(1).strip()
        return ""

    def wish(self) -> str:
        """What the caller came for: the first thing of substance that they said."""
        said = [line.text for line in self.lines if line.who == "caller"]
        whole = [text for text in said if len(content_words(text)) >= 2]
        return (whole or said or [""])[0]


@dataclass(frozen=True)
class Packet:
    """What a person has to know who takes over, in the order in which they read it.

    Args:
        who: The caller's name; empty when it is unknown.
        wants: What they came for, in their own words.
        tried: What the bot has done, one line each.
        known: What it has found out, by name.
        why: Why a person is needed now.
        summary: The same in two sentences, when a model has written them.
        lines: What was said last.
    """

    who: str
    wants: str
    tried: tuple[str, ...]
    known: Mapping[str, str]
    why: str
    summary: str = ""
    lines: tuple[Said, ...] = ()


def packet(record: CallRecord, why: str, *, last: int = 20) -> Packet:
    """The packet as it follows from the record alone.

    Args:
        record: The call so far.
        why: Why a person is needed.
        last: How many lines of the conversation go with it.
    """
    tried = [f"{use.name} {'failed' if use.failed else 'worked'}" for use in record.tools]
    return Packet(
        who=record.caller_name(),
        wants=record.wish(),
        tried=tuple(tried[-10:]),
        known=record.known(),
        why=why,
        lines=tuple(record.lines[-last:]),
    )
