"""The brain: a conversation so far in, the next reply out. No frames, no network, no clock.

::

    user: I need a checkup         ─▶ answer ─▶ task: book, reason checkup
    assistant: Which day …?        ─▶ what the caller heard
    user: um tuesday               ─▶ answer ─▶ day 2031-05-27
    …
    assistant calls book(…)
    tool: {"done": true, "say": …} ─▶ digest ─▶ the reply

Nothing is remembered between two replies: where the conversation stands is worked out from its
messages each time, at about a millisecond a turn. So it holds whatever happened to them: replies
cut off by the caller, typed turns, replies from a cache or from another model.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.knowledge import Knowledge, ToolTalk
from pipelines.services.embedded.brain import wording
from pipelines.services.embedded.brain.knowing import Knowing
from pipelines.services.embedded.brain.policy import END_CALL, Policy
from pipelines.services.embedded.brain.slots import read_slots
from pipelines.services.embedded.brain.state import Reply, State, Tool
from processors.embeddings import Embeddings

_UNFINISHED = ("IN_PROGRESS", "CANCELLED")


@dataclass(frozen=True)
class ToolSpec:
    """A tool as a model gets it: its name, its arguments' JSON schemas, and which it must have."""

    name: str
    description: str
    properties: Mapping[str, Any]
    required: Sequence[str]


class Brain:
    """Understands callers of one bot with one set of tools.

    Args:
        knowledge: What the bot knows and how people speak about its tools.
        specs: The tools that may be called.
        embeddings: Compares what is said with what is known.
    """

    def __init__(
        self, knowledge: Knowledge, specs: Sequence[ToolSpec], embeddings: Embeddings
    ) -> None:
        """Embed all known phrases: about 0.1 ms each."""
        tools = [_tool(spec, knowledge.tools.get(spec.name)) for spec in specs]
        talks = {**knowledge.tools, **{tool.name: tool.talk for tool in tools}}
        self._policy = Policy(Knowing(knowledge, talks, embeddings), tools)

    def reply(self, messages: Sequence[Mapping[str, Any]], today: dt.date) -> Reply:
        """What to say, and which tool to call, after these messages in OpenAI's format.

        An empty reply where there is nothing to add.
        """
        state, reply = State(today), Reply()
        unanswered: list[str] = []
        for message in [*messages, {"role": "end"}]:
            role, text = message.get("role"), text_of(message)
            if role == "user" and text:
                unanswered.append(text)
                continue
            if unanswered and role in ("assistant", "tool", "end"):
                # What the caller said in two goes, before they heard anything, is one turn.
                reply = self._policy.answer(". ".join(unanswered), state)
                unanswered, state.heard = [], ""
            if role == "assistant" and text:
                state.heard = f"{state.heard} {text}".strip()
            elif role == "tool":
                reply = self._digest(_called(messages, message), text, state)
        return reply

    def _digest(self, name: str, text: str, state: State) -> Reply:
        if name == END_CALL or text.startswith(_UNFINISHED):
            return Reply()
        try:
            result = json.loads(text)
        except ValueError:
            result = None
        if not isinstance(result, dict):
            result = {"done": text == "COMPLETED", "say": ""}
        say = str(result.get("say") or ("Done." if result.get("done") else wording.FAILED))
        state.offers = [offer for offer in result.get("offers", ()) if isinstance(offer, dict)]
        reply = self._after(name, result, say, state)
        state.said = reply.say
        return reply

    def _after(self, name: str, result: Mapping[str, Any], say: str, state: State) -> Reply:
        """Where the task stands after its tool, or a look-up for it, has answered."""
        task = state.task
        if not task:
            return Reply(say)
        if result.get("done", True) and task.tool.name == name:
            state.task = None
            return Reply(say)
        wrong = {key for offer in state.offers for key in offer} | set(result.get("wrong", ()))
        named = [slot for slot in task.tool.slots if slot.name in wrong]
        for slot in named:
            task.values.pop(slot.name, None)
        task.confirming = not named and task.tool.name == name
        if state.offers and named:
            task.asked = named[-1].name
            return Reply(say)
        if named:
            task.asked = ""
            return Reply(f"{say} {self._policy.tasks.proceed(state).say}")
        if result.get("say") and task.tool.name == name:
            state.task = None
        return Reply(say)


def text_of(message: Mapping[str, Any]) -> str:
    """The words of a message, whether it is a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content.strip()
    parts = content if isinstance(content, list) else []
    texts = (part.get("text", "") for part in parts if isinstance(part, dict))
    return " ".join(filter(None, texts)).strip()


def _called(messages: Sequence[Mapping[str, Any]], result: Mapping[str, Any]) -> str:
    """The name of the tool whose result this is; "" if nobody called it."""
    for message in messages:
        for call in message.get("tool_calls") or ():
            if call.get("id") == result.get("tool_call_id"):
                return call["function"]["name"]
    return ""


def _tool(spec: ToolSpec, talk: ToolTalk | None) -> Tool:
    # A tool nobody wrote a talk for is still found by its name and description.
    said = (spec.name.replace("_", " "), spec.description.partition(".")[0])
    talk = talk or ToolTalk(say=tuple(filter(None, said)))
    return Tool(name=spec.name, slots=read_slots(spec.properties, spec.required), talk=talk)
