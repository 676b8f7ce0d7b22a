"""RTVI that tells its client nothing of a draft until it is really said.

::

    PipelineWorker(…, rtvi_processor=CandidRTVI(drafts))

Pipecat's observer reports what passes between any two stations: the words of a draft on their way
into the voice, and the provisional context it was made from. Here they are kept back, told when the
draft is kept, and never told when it is discarded.
"""

from dataclasses import replace
from typing import Any

from pipecat.frames.frames import (
    LLMContextFrame,
    LLMContextUserTurnFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.observers.base_observer import FramePushed
from pipecat.processors.frameworks.rtvi import RTVIObserver, RTVIObserverParams, RTVIProcessor
from pipecat.processors.frameworks.rtvi import models as RTVI

from processors.turn_taking.held_voice import VoiceGate
from processors.turn_taking.speculation import Draft, Drafts, DraftState
from processors.turn_taking.watching import DraftWatch
from processors.unclear import plainly


class CandidRTVI(RTVIProcessor):
    """Pipecat's RTVI processor with an observer that knows of drafts.

    Args:
        drafts: The call's drafts.
        **kwargs: As for `RTVIProcessor`.
    """

    def __init__(self, drafts: Drafts, **kwargs: Any) -> None:
        """Nothing is told yet."""
        super().__init__(**kwargs)
        self._drafts = drafts

    def create_rtvi_observer(
        self, *, params: RTVIObserverParams | None = None, **kwargs: Any
    ) -> RTVIObserver:
        """The observer that the worker takes."""
        return CandidRTVIObserver(self, self._drafts, params=params, **kwargs)


class CandidRTVIObserver(RTVIObserver):
    """Pipecat's RTVI observer, silent about what is not said. See the module.

    Args:
        rtvi: Where messages go.
        drafts: The call's drafts.
        **kwargs: As for `RTVIObserver`.
    """

    def __init__(self, rtvi: RTVIProcessor, drafts: Drafts, **kwargs: Any) -> None:
        """Nothing is kept back yet."""
        super().__init__(rtvi, **kwargs)
        self._watch = DraftWatch()
        self._draft: Draft | None = None
        self._words: list[FramePushed] = []
        self._kept_back: set[int] = set()
        self._answered_by_draft = False
        self._turn = ""
        drafts.watch(self._on_settled)

    async def on_push_frame(self, data: FramePushed) -> None:
        """Tell what was said; keep back what was not."""
        await self._tell_turn()
        await self._tell_words()
        draft = self._watch.draft_of(data)
        if self._watch.provisional(data):
            return
        if draft and draft.state is not DraftState.KEPT:
            self._keep_back(data, draft)
            return
        frame = data.frame
        if isinstance(frame, LLMContextUserTurnFrame):
            self._turn = frame.text
        elif isinstance(frame, LLMContextFrame):
            # Answered in the ordinary way, and told by Pipecat.
            self._turn = ""
        if frame.id in self._kept_back and isinstance(data.source, VoiceGate):
            self._kept_back.discard(frame.id)
            data = replace(data, first_push=True)
        await super().on_push_frame(replace(data, frame=plainly(data.frame)))

    def _keep_back(self, data: FramePushed, draft: Draft) -> None:
        if draft is not self._draft:
            self._draft, self._words, self._kept_back = draft, [], set()
        if draft.state is DraftState.DISCARDED or data.frame.id in self._kept_back:
            return
        self._kept_back.add(data.frame.id)
        if isinstance(data.frame, LLMFullResponseStartFrame | LLMTextFrame):
            # The voice takes the words in, they do not come out at the gate; so they are told here,
            # and the beginning before them.
            self._words.append(data)

    async def _tell_words(self) -> None:
        """Tell the words of a kept draft that were written before it was kept."""
        if self._draft is None or self._draft.state is DraftState.HELD:
            return
        words, self._words = self._words, []
        if self._draft.state is DraftState.KEPT:
            for data in words:
                self._kept_back.discard(data.frame.id)
                await super().on_push_frame(data)

    def _on_settled(self, draft: Draft) -> None:
        if draft.state is DraftState.KEPT:
            self._answered_by_draft = True

    async def _tell_turn(self) -> None:
        """Tell a turn that a draft answers, which never comes by as a context of its own."""
        if not (self._answered_by_draft and self._turn):
            return
        text, self._turn, self._answered_by_draft = self._turn, "", False
        if self._params.user_llm_enabled:
            message = RTVI.UserLLMTextMessage(data=RTVI.TextMessageData(text=text))
            await self.send_rtvi_message(message)
