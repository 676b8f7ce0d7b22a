"""For whoever watches the line: does this frame belong to a draft, and has it been said?

Observers see frames late, on tasks of their own, when the draft may have been settled already. So
it is not the moment that tells but the order: whatever a station pushes after it has pushed
"draft 7 follows" belongs to draft 7::

    LLM pushes    AnswerFollows(7)  Start  "We"  " are"  …      ─▶ all of draft 7
    gate pushes                     Start  …                    ─▶ said: the gate lets only that out
"""

from pipecat.frames.frames import EagerEndOfTurnCancelFrame, LLMContextFrame, SystemFrame
from pipecat.observers.base_observer import FramePushed
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from processors.turn_taking.held_voice import AnswerFollowsFrame, DropVoiceFrame, VoiceGate
from processors.turn_taking.speculation import Draft


class DraftWatch:
    """Tells an observer which pushed frames belong to drafts.

    One for each observer; show it every push, in order (`observe_every_push`).
    """

    def __init__(self) -> None:
        """No draft seen."""
        self._following: dict[FrameProcessor, Draft | None] = {}

    def draft_of(self, data: FramePushed) -> Draft | None:
        """The draft that the pushed frame is part of; None for everything else.

        A frame that leaves the gate has been said and is part of no draft any more.
        """
        frame, source = data.frame, data.source
        if data.direction is not FrameDirection.DOWNSTREAM or isinstance(source, VoiceGate):
            return None
        if isinstance(frame, AnswerFollowsFrame):
            self._following[source] = frame.draft
            return frame.draft
        if isinstance(frame, DropVoiceFrame):
            self._forget(frame.drafts)
            return None
        return None if isinstance(frame, SystemFrame) else self._following.get(source)

    def provisional(self, data: FramePushed) -> bool:
        """Whether the pushed frame is only about a draft: its context, its withdrawal."""
        frame = data.frame
        if isinstance(frame, LLMContextFrame):
            return frame.speculation
        return isinstance(frame, AnswerFollowsFrame | DropVoiceFrame | EagerEndOfTurnCancelFrame)

    def _forget(self, drafts: tuple[Draft, ...]) -> None:
        for station, following in self._following.items():
            if following in drafts:
                self._following[station] = None
