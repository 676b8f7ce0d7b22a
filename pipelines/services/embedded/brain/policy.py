"""What to answer to one turn: the rules of the conversation, in the order in which they count.

::

    turn ─▶ smalltalk, "say it again", goodbye ─▶ yes and no to what was just asked ─▶ one of the
    offers ─▶ questions about facts, wishes for a tool ─▶ arguments of the task ─▶ "I don't know"

A question in the middle of a task is answered and the task is taken up again.
"""

import re
from collections.abc import Sequence

from pipelines.services.embedded.brain import wording
from pipelines.services.embedded.brain.acts import Act, act_of, begins_with_no, begins_with_yes
from pipelines.services.embedded.brain.knowing import Knowing, Meaning
from pipelines.services.embedded.brain.offers import chosen, wants_another
from pipelines.services.embedded.brain.state import Reply, State, Task, Tool
from pipelines.services.embedded.brain.tasks import Tasks
from pipelines.services.embedded.brain.when import find_days, find_part
from pipelines.services.embedded.brain.words import covered, plain, words
from pipelines.spoken import listed

END_CALL, ESCALATE = "end_call", "escalate"
# How close a match has to be to count more than the argument that the same words hold.
_OVER_A_VALUE = 0.72
_OVER_A_TASK = 0.6
_BEYOND_DOUBT = 0.9
_LOOK = 0.52
_HEARD_ENOUGH = 0.75
_TOO_MANY_MISSES = 3
_FEW = 8
# What stands for speech that a recogniser could make nothing of.
_UNCLEAR = re.compile(r"\[unclear\][.,]?", re.IGNORECASE)
_ANYTHING = frozenset(("any", "anything", "whatever", "whenever", "anytime", "care", "matter"))


class Policy:
    """The rules for one bot with these tools."""

    def __init__(self, knowing: Knowing, tools: Sequence[Tool]) -> None:
        """Tools are those that may be called now."""
        self._knowing = knowing
        self._tools = {tool.name: tool for tool in tools}
        self.tasks = Tasks(tools)

    def answer(self, text: str, state: State) -> Reply:
        """The answer to a turn; `state` is changed to what holds after it."""
        misses, state.misses = state.misses, 0
        # What was clear counts: "yes [unclear]" is mostly a "yes, please" said in two goes.
        text = " ".join(_UNCLEAR.sub(" ", text).split())
        if not plain(text):
            return self._said(self._missed("", misses, state), state)
        act = act_of(text)
        if act == "thanks" and state.task and state.task.confirming and begins_with_yes(text):
            act = "yes"
        reply = self._unheard(act, text, state)
        reply = reply or (self._smalltalk(act, text, state) if act else None)
        reply = reply or self._verdict(act, text, state) or self._offers(act, text, state)
        if act not in ("yes", "no"):
            reply = reply or self._vague(text, state) or self._meant(text, state)
        reply = reply or self._missed(text, misses, state)
        return self._said(reply, state)

    def _said(self, reply: Reply, state: State) -> Reply:
        """The reply, owning up to it if it is the last one again."""
        heard = covered(state.said, state.heard) >= _HEARD_ENOUGH
        if heard and reply.say and reply.say == state.said:
            reply = Reply(f"As I said: {reply.say}", reply.call)
        state.said = reply.say or state.said
        return reply

    def _unheard(self, act: Act | None, text: str, state: State) -> Reply | None:
        """The last reply again, when "yes" was answered before the "please" behind it was said."""
        adds_nothing = act == "yes" or not words(text)
        asked = state.task is not None or state.offers
        if not adds_nothing or (act == "yes" and asked):
            return None
        missed = bool(state.said) and covered(state.said, state.heard) < _HEARD_ENOUGH
        return Reply(state.said) if missed else None

    # What needs no knowledge of the matter.

    def _smalltalk(self, act: Act, text: str, state: State) -> Reply | None:
        pending = self.tasks.pending(state)
        match act:
            case "repeat":
                return Reply(state.said or wording.HELLO)
            case "wait":
                return Reply(wording.TAKE_YOUR_TIME)
            case "hear_me":
                return _joined(wording.HEAR_YOU, pending or wording.HELLO.partition("! ")[2])
            case "hello":
                return _joined("Hello!", pending) if pending else Reply(wording.HELLO)
            case "how_are_you":
                return Reply(wording.FINE)
            case "who":
                return _joined(wording.WHO, pending or self._abilities())
            case "help":
                return Reply(self._abilities())
            case "thanks":
                return _joined(wording.WELCOME, pending or wording.ANYTHING_ELSE)
            case "bye":
                return self._goodbye()
            case "abort":
                return self._abort(text, state)
        return None

    def _goodbye(self) -> Reply:
        return Reply(wording.GOODBYE, (END_CALL, {}) if END_CALL in self._tools else None)

    def _abort(self, text: str, state: State) -> Reply | None:
        cancels = state.task and state.task.confirming and "cancel" in state.task.tool.name
        if cancels and "cancel" in words(text):
            return None
        if not state.task and not state.offers and "cancel" in words(text):
            return None  # after a booking, "cancel that" means the booking
        state.task, state.offers = None, []
        return _joined(wording.LEFT, wording.ANYTHING_ELSE)

    # Yes and no.

    def _verdict(self, act: Act | None, text: str, state: State) -> Reply | None:
        task = state.task
        if task and task.confirming:
            return self._on_confirmation(act, text, task, state)
        if task or state.offers:
            return None
        if act == "no" and "anything else" in state.heard.lower():
            return self._goodbye()
        return Reply(wording.WHAT_ELSE) if act in ("yes", "no") else None

    def _on_confirmation(
        self, act: Act | None, text: str, task: Task, state: State
    ) -> Reply | None:
        if act in ("yes", "abort") or (act is None and self._agrees(text, task, state)):
            # Only what was heard to its end can be agreed to.
            if covered(task.confirmation(), state.heard) >= _HEARD_ENOUGH:
                return self.tasks.call(task)
            return Reply(task.confirmation())
        changed = self._changes(text, task, state)
        if changed:
            return changed
        if act == "no" or (act is None and begins_with_no(text)):
            task.confirming = False
            parts = listed([f"the {slot.name}" for slot in task.tool.slots if slot.required])
            return Reply(f"All right. What shall I change, {parts}?")
        return None

    def _agrees(self, text: str, task: Task, state: State) -> bool:
        if not begins_with_yes(text) or self.tasks.news(text, task, state):
            return False
        return not any(meaning.known and meaning.asks for meaning in self._meanings(text, state))

    def _changes(self, text: str, task: Task, state: State) -> Reply | None:
        """What is corrected: "No, I said ten", "make it Thursday", "the time is wrong"."""
        if any(meaning.match.score > _OVER_A_VALUE for meaning in self._asked(text, state)):
            return None
        values = self.tasks.news(text, task, state)
        return (
            self.tasks.take(values, task, state) if values else self.tasks.reopen(text, task, state)
        )

    # Offers: free times and the like.

    def _offers(self, act: Act | None, text: str, state: State) -> Reply | None:
        if not state.offers:
            return None
        if act == "no":
            state.offers = []
            if not state.task:
                return Reply(f"All right. {wording.ANYTHING_ELSE}")
            state.task.values.pop("day", None)
            return self.tasks.proceed(state)
        if any(meaning.match.score > _OVER_A_VALUE for meaning in self._asked(text, state)):
            return None
        offer = chosen(state.offers, text, act == "yes", state.today)
        if offer:
            return self.tasks.take_offer(offer, state)
        another = (
            wants_another(text) or find_part(words(text)) or find_days(words(text), state.today)
        )
        return self.tasks.look_up(text, state) if another and len(words(text)) <= _FEW else None

    def _vague(self, text: str, state: State) -> Reply | None:
        """Look what there is, for "any time is fine" and "in the afternoon"."""
        task = state.task
        lacking = task.lacking() if task else None
        if not (task and lacking and lacking.kind in ("day", "time") and self.tasks.lookup):
            return None
        vague = find_part(words(text)) or _ANYTHING & set(words(text))
        values = self.tasks.news(text, task, state)
        if not vague or self._asked(text, state) or lacking.name in values:
            return None
        task.values |= values
        return self.tasks.look_up(text, state)

    # Questions and wishes.

    def _meanings(self, text: str, state: State) -> list[Meaning]:
        return self._knowing.meanings(text, state)

    def _asked(self, text: str, state: State) -> list[Meaning]:
        return [part for part in self._meanings(text, state) if part.known and part.asks]

    def _meant(self, text: str, state: State) -> Reply | None:
        answers: list[str] = []
        rest: list[str] = []
        parts = self._meanings(text, state)
        wish = next((tool for part in parts if (tool := self._wished(part, state))), None)
        for part in parts:
            if part.known and part.tool not in (*self._tools, "", END_CALL):
                return self._cannot(part)
            if self._is_question(part, wish, state):
                state.topic, state.question = part.topic, part.match.phrase
                answers.append(self._knowing.facts[part.topic].answer)
            else:
                rest.append(part.text)
        # The caller's own spelling, unless a part of it was a question.
        done = self._act_on(wish, " ".join(rest) if answers else text, state, bool(answers))
        said = " ".join(dict.fromkeys(answers))
        if said and not done:
            return _joined(said, wording.asked_again(self.tasks.pending(state)))
        return _joined(said, done.say, done.call) if done else None

    def _wished(self, meaning: Meaning, state: State) -> Tool | None:
        """The tool that a part of a turn wishes for, if it is not the one under way."""
        tool, task, score = self._tools.get(meaning.tool), state.task, meaning.match.score
        if not tool or not meaning.known or (task and tool is task.tool):
            return None
        if tool.name == END_CALL:
            return tool if score >= _BEYOND_DOUBT else None
        if not task:
            return tool
        values = self.tasks.news(meaning.text, task, state)
        if tool.looks_up:
            times = {slot.name for slot in task.tool.slots if slot.kind == "time"}
            return tool if meaning.asks and not times & values.keys() and score >= _LOOK else None
        needed = _OVER_A_VALUE if values else _OVER_A_TASK
        if task.asked in values and not meaning.asks:
            needed = _BEYOND_DOUBT
        return tool if score >= needed else None

    def _is_question(self, meaning: Meaning, wish: Tool | None, state: State) -> bool:
        """Whether to answer a part of a turn; "a filling on Sunday" only says more of a wish."""
        if not meaning.known or not meaning.topic:
            return False
        if wish and not meaning.asks:
            return meaning.match.score >= _BEYOND_DOUBT
        if not state.task or not self.tasks.news(meaning.text, state.task, state):
            return True
        return meaning.asks and meaning.match.score >= _OVER_A_VALUE

    def _act_on(self, wish: Tool | None, text: str, state: State, answered: bool) -> Reply | None:
        if wish and wish.name == END_CALL:
            return self._goodbye()
        if wish and wish.name == ESCALATE:
            return self._escalate(wish, text)
        if wish and wish.looks_up:
            return self.tasks.begin_by_values(text, state) or self.tasks.look_up(text, state)
        if wish:
            return self.tasks.begin(wish, text, state)
        if state.task:
            return self.tasks.fill(text, state.task, state) or self._again(text, state)
        return None if answered else self.tasks.begin_by_values(text, state)

    def _again(self, text: str, state: State) -> Reply | None:
        """The open question, when the wish is said again while it is being granted."""
        task, parts = state.task, self._meanings(text, state)
        again = task and any(part.known and part.tool == task.tool.name for part in parts)
        return Reply(wording.asked_again(self.tasks.pending(state))) if again else None

    def _escalate(self, tool: Tool, text: str) -> Reply:
        return Reply("", (tool.name, {slot.name: text for slot in tool.slots if slot.required}))

    def _cannot(self, meaning: Meaning) -> Reply:
        """What is wished for, but no tool does in this call."""
        if meaning.tool != ESCALATE:
            return _joined(wording.CANNOT, self._abilities())
        return _joined(wording.NO_PERSON, self._knowing.reach())

    # What was not understood.

    def _missed(self, text: str, misses: int, state: State) -> Reply:
        if any(part.asks for part in self._meanings(text, state)) and len(words(text)) > 2:
            said = wording.UNKNOWN[min(misses, 1)]
            pending = self.tasks.pending(state)
            return _joined(said, wording.asked_again(pending) if pending else self._abilities())
        state.misses = misses + 1
        if state.misses >= _TOO_MANY_MISSES and ESCALATE in self._tools:
            return self._escalate(self._tools[ESCALATE], "not understood three times")
        missed = wording.MISSED[min(misses, len(wording.MISSED) - 1)]
        if state.misses % _TOO_MANY_MISSES == 0 and self._knowing.reach():
            return _joined(missed, self._knowing.reach())
        return _joined(missed, self._hint(misses, state))

    def _hint(self, misses: int, state: State) -> str:
        lacking = state.task.lacking() if state.task else None
        if lacking and misses % 2 == 0:
            return lacking.example()
        pending = self.tasks.pending(state)
        if pending:
            return wording.asked_again(pending)
        return self._abilities() if misses else ""

    def _abilities(self) -> str:
        return wording.abilities(self._knowing.facts, list(self._tools.values()))


def _joined(first: str, second: str, call: tuple | None = None) -> Reply:
    return Reply(f"{first} {second}".strip(), call)
