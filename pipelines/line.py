"""One call's stations in their order, and the parts that the session has to reach."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregator
from pipecat.processors.frame_processor import FrameProcessor

from pipelines.brief import Brief
from pipelines.settings import Settings
from pipelines.transports.way import Way
from processors.escalation.door import PersonDoor
from processors.semantic_cache import SpokenAnswers
from processors.turn_taking import Drafts


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a pipeline builds for one call.

    Args:
        processors: The stations, from `transport.input()` to the assistant context.
        context: What was said, as the model reads it.
        user: The station that turns words into turns.
        drafts: The answers that are prepared before a turn is over.
        cheaper: Has the call answered by a cheaper model from now on; None where there is none.
        door: Where a person comes into the call; None where none can.
        spoken: Sounds that were spoken ahead, the greeting's among them; None where the line has
            no place for them.
    """

    processors: list[FrameProcessor]
    context: LLMContext
    user: LLMUserAggregator
    drafts: Drafts
    cheaper: Callable[[], None] | None = None
    door: PersonDoor | None = None
    spoken: SpokenAnswers | None = None


LineBuilder = Callable[[Brief, Way, Settings], Awaitable[Line]]
