"""Let a language model's draft flow on into the voice, and still run no tool for it.

Pipecat's `LLMService` hosts a `SpeculationGate` that holds the text of a speculative answer. It is
also where the service looks up whether it is speculating: before a tool runs, and when a draft is
withdrawn. `AccountOnly` keeps that account and holds nothing, because the voice's gate does.
"""

from pipecat.frames.frames import Frame, SystemFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import LLMService
from pipecat.turns.speculation_gate import GatedFrame, SpeculationGate, SpeculationState

_GATE = "_speculation_gate"


class AccountOnly(SpeculationGate):
    """A gate that knows whether its service speculates, and lets everything pass."""

    def process(self, frame: Frame, direction: FrameDirection) -> list[GatedFrame]:
        """Take note of verdicts, which are system frames; hold nothing."""
        if isinstance(frame, SystemFrame):
            return super().process(frame, direction)
        return [(frame, direction)]


def let_text_through(*answerers: FrameProcessor) -> None:
    """Have every LLM service among `answerers`, or inside them, write drafts into the voice.

    Only for a line with a `DraftDoor` and a `HeldVoice`: without them a draft would be heard.

    Raises:
        RuntimeError: Pipecat keeps the gate under another name; without this call drafts are still
            correct, but wait in front of the voice.
    """
    for answerer in answerers:
        if isinstance(answerer, LLMService):
            _replace_gate(answerer)
        let_text_through(*answerer.processors)


def _replace_gate(llm: LLMService) -> None:
    gate = getattr(llm, _GATE, None)
    if not isinstance(gate, SpeculationGate) or gate.state is not SpeculationState.OPEN:
        raise RuntimeError(
            f"{llm} has no open SpeculationGate under {_GATE!r}; this was written for Pipecat "
            "1.14: leave out let_text_through, or adapt it"
        )
    setattr(llm, _GATE, AccountOnly(name=f"{llm}::AccountOnly"))
