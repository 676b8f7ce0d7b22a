"""What the brain keeps in mind: derived anew from the conversation each time, never stored."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.knowledge import ToolTalk
from pipelines.services.embedded.brain.slots import Slot, spoken_value


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A function the bot may call, its arguments, and how people speak about it."""

    name: str
    slots: tuple[Slot, ...]
    talk: ToolTalk

    @property
    def deed(self) -> str:
        """What it does, in words: "book an appointment"."""
        verb, _, thing = self.name.replace("_", " ").partition(" ")
        article = "an" if thing[:1] in "aeiou" else "a"
        return f"{verb} {thing if thing.endswith('s') else f'{article} {thing}'}" if thing else verb

    @property
    def looks_up(self) -> bool:
        """Whether it only finds out what is free, so that it may be called without asking."""
        kinds = {slot.kind for slot in self.slots}
        return "day" in kinds and "name" not in kinds and not self.talk.confirm

    def slot_of(self, kind: str) -> Slot | None:
        """The first argument of a kind."""
        return next((slot for slot in self.slots if slot.kind == kind), None)


@dataclass
class Task:
    """A tool that is being prepared: what is known, what was asked for last."""

    tool: Tool
    values: dict[str, str] = field(default_factory=dict)
    asked: str = ""
    confirming: bool = False

    def lacking(self) -> Slot | None:
        """The next argument to ask for."""
        for slot in self.tool.slots:
            if slot.required and (slot.name not in self.values or self.half_named(slot)):
                return slot
        return None

    def half_named(self, slot: Slot) -> bool:
        """Whether only the first of two names is known."""
        return slot.full_name and len(self.values.get(slot.name, "a b").split()) == 1

    def confirmation(self) -> str:
        """The question before the deed; empty if it needs none."""
        said = {
            slot.name: spoken_value(slot, self.values[slot.name])
            for slot in self.tool.slots
            if slot.name in self.values
        }
        return self.tool.talk.confirm.format_map(_Blank(said))


class _Blank(dict):
    def __missing__(self, key: str) -> str:
        return ""


@dataclass
class State:
    """Where the conversation stands."""

    today: dt.date
    task: Task | None = None
    # Values a tool offered, e.g. free times: [{"day": "2031-05-27", "time": "09:00"}, …]
    offers: list[Mapping[str, Any]] = field(default_factory=list)
    choice: str = ""  # the last choice made, e.g. "cleaning": what "it" means in "how much is it"
    topic: str = ""  # the topic of the last answer
    question: str = ""  # the wording that answer was found by
    said: str = ""  # the whole last reply
    heard: str = ""  # what the caller heard since they last spoke
    misses: int = 0  # turns in a row that were not understood


@dataclass(frozen=True)
class Reply:
    """What to say and, after it, which tool to call with which arguments."""

    say: str = ""
    call: tuple[str, dict[str, Any]] | None = None
