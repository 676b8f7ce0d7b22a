"""The model with what keeps its answers within the bot's latency budget.

::

    … ─▶ ModelChoice ─▶ model ─▶ Filler ─▶ …
"""

from collections.abc import Callable
from dataclasses import dataclass

from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.llm_service import LLMService

from pipelines.brief import Brief
from processors.in_time import Filler, ModelChoice, Models, filler_for
from processors.trace.budget import budget


@dataclass(frozen=True)
class Timely:
    """A model's place on the line.

    Args:
        stations: The model and what stands around it.
        cheaper: Has a cheaper model answer from now on; None where there is none.
    """

    stations: list[FrameProcessor]
    cheaper: Callable[[], None] | None


def timely(llm: LLMService, brief: Brief) -> Timely:
    """Put a model in its place.

    Args:
        llm: Says in `models`, of type `Models`, what else its vendor has; without, it stays alone.
        brief: The bot, with its profile and what it says when an answer is late.
    """
    models = getattr(llm, "models", None)
    if not isinstance(models, Models):
        # A model on this machine answers at once, or the machine has no time for a word either.
        return Timely([llm], None)
    allowed = budget(brief.profile)
    choice = ModelChoice(models, allowed)
    phrase = filler_for(brief.language) if brief.filler is None else brief.filler
    stations = [choice, llm, Filler(phrase, allowed)]
    return Timely(stations, choice.save if models.cheaper else None)
