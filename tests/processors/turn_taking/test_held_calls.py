"""A tool that a draft wants: it waits for the end of the turn, is fetched, or never runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from pipecat.services.llm_service import FunctionCallParams

from processors.turn_taking.held_calls import Tool, reads_only
from tests.processors.turn_taking.conversation import (
    After,
    Event,
    FakeModel,
    Final,
    Outcome,
    Quiet,
    Voice,
    converse,
    jumping,
)

TABLE = "book me a table for two"


@dataclass
class Library:
    """Where the model looks things up; notes when."""

    model: FakeModel
    takes_secs: float = 0.0
    began: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)

    def tool(self) -> Callable[..., Awaitable[None]]:
        async def look(params: FunctionCallParams) -> None:
            """Look."""
            now = asyncio.get_running_loop().time
            self.began.append(now() - 1000)
            await asyncio.sleep(self.takes_secs)
            self.ended.append(now() - 1000)
            self.model.wants_tool = False
            await params.result_callback({"found": 12})

        return look


def ask(*, goes_on: bool = False) -> tuple[Event, ...]:
    """The caller asks for a table, is quiet long enough for a draft, and may go on."""
    said = (Voice(), After(1.0), Final(TABLE, finalized=False), After(0.05), Quiet())
    more = (After(0.45), Voice(), After(0.6), Final("on Friday"), After(0.05), Quiet())
    return (*said, *(more if goes_on else ()))


def held(
    *,
    mark: Callable[[Tool], Tool] = lambda tool: tool,
    first_says: str = "Let me look.",
    goes_on: bool = False,
) -> tuple[Library, Outcome]:
    """A conversation whose first answer wants the tool, marked or not."""
    model = FakeModel(wants_tool=True, first_says=first_says)
    library = Library(model, takes_secs=0.3)
    events = ask(goes_on=goes_on)
    outcome = jumping(
        converse(*events, model=model, probability=0.1, tools=(mark(library.tool()),))
    )
    return library, outcome


@pytest.mark.parametrize("first_says", ["Let me look.", ""])
def test_a_tool_that_a_draft_wants_runs_when_the_turn_is_over_and_is_not_asked_for_again(
    first_says: str,
):
    library, outcome = held(first_says=first_says)
    [over, *_] = outcome.times("turn over")
    assert len(library.began) == 1
    assert library.began[0] >= over
    assert outcome.model.asked.count(TABLE) == 1
    assert outcome.drafts.discards == {}
    assert [role for role, _ in outcome.said].count("tool") == 1
    assert "12" in str(outcome.messages)


def test_what_only_reads_is_fetched_before_the_turn_is_over_and_only_once():
    library, outcome = held(mark=reads_only)
    [over, *_] = outcome.times("turn over")
    assert len(library.began) == 1
    assert library.began[0] < over
    assert outcome.model.asked.count(TABLE) == 1
    assert "12" in str(outcome.messages)


@pytest.mark.parametrize("mark", [reads_only, lambda tool: tool], ids=["reads", "acts"])
def test_a_tool_of_a_draft_that_comes_to_nothing_leaves_no_trace(mark: Callable[[Tool], Tool]):
    library, outcome = held(mark=mark, goes_on=True)
    whole = f"{TABLE} on Friday"
    assert outcome.drafts.discards == {"the caller went on": 1}
    assert outcome.said[0] == ("user", whole)
    assert outcome.model.asked[:2] == [TABLE, whole]
    assert len(library.ended) == 1
    [over, *_] = outcome.times("turn over")
    assert mark is reads_only or library.began[0] >= over


def test_the_mark_keeps_what_the_model_is_told_of_a_tool():
    async def look(params: FunctionCallParams, day: str) -> None:
        """Look up a day."""

    marked = reads_only(look)
    assert (marked.__name__, marked.__doc__) == ("look", "Look up a day.")
