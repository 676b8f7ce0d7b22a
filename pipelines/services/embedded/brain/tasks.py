"""How a tool's arguments are gathered over several turns, until it can be called.

::

    begin ─▶ take values ─▶ proceed ─┬─ something is lacking ─▶ ask for it
                  ▲                  ├─ all is there ─────────▶ confirm ─ yes ─▶ call
                  └── next turn ◀────┘
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from pipelines.services.embedded.brain import wording
from pipelines.services.embedded.brain.offers import wants_another
from pipelines.services.embedded.brain.slots import Slot, as_argument, read_values
from pipelines.services.embedded.brain.state import Reply, State, Task, Tool
from pipelines.services.embedded.brain.when import find_days
from pipelines.services.embedded.brain.words import stem, words

_FEW = 8
_LONE_DAY = 3


class Tasks:
    """What can be done with these tools."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        """Tools are those that may be called now."""
        self._tools = tools
        self.lookup = next((tool for tool in tools if tool.looks_up), None)

    def begin(self, tool: Tool, text: str, state: State) -> Reply:
        """Prepare a tool with what the turn says; who the caller is stays known."""
        old = state.task.values if state.task else {}
        kept = {slot.name: old[slot.name] for slot in tool.slots if _still_true(slot, old)}
        state.task = Task(tool, kept)
        return self.take(read_values(tool.slots, text, state.today), state.task, state)

    def begin_by_values(self, text: str, state: State) -> Reply | None:
        """A day and a time out of nowhere wish for what takes both; a day alone, to look it up."""
        if state.task:
            return None
        for tool in self._tools:
            day, time = tool.slot_of("day"), tool.slot_of("time")
            if day and time:
                found = read_values(tool.slots, text, state.today)
                if {day.name, time.name} <= found.keys():
                    return self.begin(tool, text, state)
                break
        lone_day = len(words(text)) <= _LONE_DAY and find_days(words(text), state.today)
        return self.look_up(text, state) if self.lookup and lone_day else None

    def take_offer(self, offer: Mapping[str, str], state: State) -> Reply | None:
        """Put an offer into the task, or into the first tool that takes it."""
        task = state.task
        for tool in self._tools:
            if (
                not task
                and not tool.looks_up
                and offer.keys() <= {slot.name for slot in tool.slots}
            ):
                task = Task(tool)
        return self.take(offer, task, state) if task else None

    def take(self, values: Mapping[str, str], task: Task, state: State) -> Reply:
        """Put values into the task and go on with it."""
        task.values |= values
        state.task, state.offers, task.confirming = task, [], False
        for slot in task.tool.slots:
            if slot.kind == "choice":
                state.choice = task.values.get(slot.name, state.choice)
        return self.proceed(state)

    def news(self, text: str, task: Task, state: State) -> dict[str, str]:
        """What a turn says about the task that is not known yet."""
        found = read_values(task.tool.slots, text, state.today, asked=task.asked)
        return {name: value for name, value in found.items() if task.values.get(name) != value}

    def fill(self, text: str, task: Task, state: State) -> Reply | None:
        """Take what the turn says about the task; None if it says nothing."""
        values = read_values(task.tool.slots, text, state.today, asked=task.asked)
        lacking = task.lacking()
        if lacking and task.half_named(lacking):
            first, last = task.values[lacking.name], values.get(lacking.name, "")
            values |= {lacking.name: last if " " in last else f"{first} {last}"} if last else {}
        return self.take(values, task, state) if values else self.reopen(text, task, state)

    def reopen(self, text: str, task: Task, state: State) -> Reply | None:
        """Ask anew for what a turn names as wrong: "the time"."""
        said = set(map(stem, words(text)))
        named = [slot for slot in task.tool.slots if stem(slot.name) in said]
        if task.lacking() or not named or len(words(text)) > _FEW:
            return None
        task.values.pop(named[0].name, None)
        return self.proceed(state)

    def proceed(self, state: State) -> Reply:
        """The next step of the task: ask for what is lacking, confirm, or call the tool."""
        task = state.task
        if not task:
            return Reply(wording.ANYTHING_ELSE)
        lacking = task.lacking()
        if lacking:
            task.asked, task.confirming = lacking.name, False
            question = _question(task, lacking)
            return Reply(wording.asked_again(question) if question == state.said else question)
        task.asked, task.confirming = "", bool(task.tool.talk.confirm)
        return Reply(task.confirmation()) if task.confirming else self.call(task)

    def pending(self, state: State) -> str:
        """The question that is still open; "" if there is none."""
        task = state.task
        lacking = task.lacking() if task else None
        if task and lacking:
            return _question(task, lacking)
        return task.confirmation() if task else ""

    def call(self, task: Task) -> Reply:
        """Call the tool with what is known."""
        slots = [slot for slot in task.tool.slots if slot.name in task.values]
        arguments = {slot.name: as_argument(slot, task.values[slot.name]) for slot in slots}
        return Reply("", (task.tool.name, arguments))

    def look_up(self, text: str, state: State) -> Reply | None:
        """Look for what is free on the day that was said, offered or is in the task."""
        day = self.lookup.slot_of("day") if self.lookup else None
        if not self.lookup or not day:
            return None
        values = read_values(self.lookup.slots, text, state.today)
        if day.name not in values:
            known = state.task.values.get(day.name, "") if state.task else ""
            offered = str(state.offers[0].get(day.name, "")) if state.offers else ""
            if offered and wants_another(text):
                known = (dt.date.fromisoformat(offered) + dt.timedelta(days=1)).isoformat()
            values |= {day.name: known or offered} if known or offered else {}
        return self.call(Task(self.lookup, values))


def _question(task: Task, slot: Slot) -> str:
    if task.half_named(slot):
        return "And your last name?"
    return task.tool.talk.ask.get(slot.name, f"Could you tell me the {slot.name}?")


def _still_true(slot: Slot, values: Mapping[str, str]) -> bool:
    return slot.kind == "name" and slot.name in values
