"""Let a language model's draft flow on into the voice, and still run no tool for it in earnest.

Pipecat's `LLMService` hosts a `SpeculationGate` that holds the text of a speculative answer. It is
also where the service looks up whether it is speculating: before a tool runs, and when a draft is
withdrawn. `AccountOnly` keeps that account and holds nothing, because the voice's gate does.
"""

from pipecat.frames.frames import Frame, SystemFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import LLMService
from pipecat.turns.speculation_gate import GatedFrame, SpeculationGate, SpeculationState

from processors.turn_taking.held_calls import HeldCalls
from processors.turn_taking.speculation import Drafts, DraftState

_GATE = "_speculation_gate"


class AccountOnly(SpeculationGate):
    """A gate that knows whether its service speculates, and lets everything pass.

    Args:
        drafts: The call's drafts.
        name: Label in log messages.
    """

    def __init__(self, drafts: Drafts, *, name: str) -> None:
        """Nothing is written yet."""
        super().__init__(name=name)
        self._drafts = drafts

    @property
    def is_speculating(self) -> bool:
        """Whether the answer being written may still be thrown away.

        A turn is confirmed a moment before its end reaches the service. A tool wanted in that
        moment belongs to the answer: withdrawing it then would have the words said twice.
        """
        draft = self._drafts.current
        confirmed = draft is not None and (draft.confirmed or draft.state is DraftState.KEPT)
        return super().is_speculating and not confirmed

    def process(self, frame: Frame, direction: FrameDirection) -> list[GatedFrame]:
        """Take note of verdicts, which are system frames; hold nothing."""
        if isinstance(frame, SystemFrame):
            return super().process(frame, direction)
        return [(frame, direction)]


def let_text_through(*answerers: FrameProcessor, drafts: Drafts) -> None:
    """Have every LLM service among `answerers`, or inside them, write drafts into the voice.

    Only for a line with a `DraftDoor` and a `HeldVoice`: without them a draft would be heard.

    Args:
        answerers: Whatever answers on the line.
        drafts: The call's drafts.

    Raises:
        RuntimeError: Pipecat keeps the gate under another name; without this call drafts are still
            correct, but wait in front of the voice.
    """
    for answerer in answerers:
        if isinstance(answerer, LLMService):
            _replace_gate(answerer, drafts)
        if isinstance(answerer, HeldCalls):
            answerer.hold_calls(drafts)
        let_text_through(*answerer.processors, drafts=drafts)


def _replace_gate(llm: LLMService, drafts: Drafts) -> None:
    gate = getattr(llm, _GATE, None)
    if not isinstance(gate, SpeculationGate) or gate.state is not SpeculationState.OPEN:
        raise RuntimeError(
            f"{llm} has no open SpeculationGate under {_GATE!r}; this was written for Pipecat "
            "1.14: leave out let_text_through, or adapt it"
        )
    setattr(llm, _GATE, AccountOnly(drafts, name=f"{llm}::AccountOnly"))
