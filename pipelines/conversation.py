"""A call as lines of text while it happens: who said what, and how long the answer took.

::

     0.4 s  bot     Brightwell Dental, good morning. How can I help?
     3.9 s  caller  what are your opening hours
     4.5 s          answered after 612 ms: endpointing wait 200, transcription 31, …
     4.5 s  bot     We are open Monday to Friday from eight to five.
"""

from collections.abc import Callable

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    ErrorFrame,
    FunctionCallResultFrame,
    InterruptionFrame,
    LLMContextUserTurnFrame,
    StartFrame,
    TTSTextFrame,
    UserBackchannelFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.observers.user_bot_latency_observer import LatencyBreakdown, UserBotLatencyObserver
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_output import BaseOutputTransport


class ConversationLog(BaseObserver):
    """Write one line for each thing said, by whom and when.

    Reads: the caller's turns as the model gets them, backchannels (in brackets), the bot's words as
    they are played out, tool results, errors.

    Put `latency` beside it on the same call: it measures the answers. `answers` is how many turns
    of the caller the bot began to answer aloud.

    Args:
        write: Takes a line of text without its end.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        """Nothing is written before the call starts."""
        super().__init__(observe_every_push=True)
        self._write = write
        self._started_ns: int | None = None
        self._now_ns = 0
        self._said: list[str] = []
        self._asked = False
        self.answers = 0
        self.latency = UserBotLatencyObserver()
        self.latency.add_event_handler("on_latency_breakdown", self._on_answer)

    async def on_push_frame(self, data: FramePushed) -> None:
        """Follow the call."""
        self._now_ns = data.timestamp
        down = data.direction is FrameDirection.DOWNSTREAM
        match data.frame:
            case StartFrame() if self._started_ns is None:
                self._started_ns = data.timestamp
            case TTSTextFrame(text=text) if isinstance(data.source, BaseOutputTransport):
                self._said.append(text)
            case LLMContextUserTurnFrame(text=text) if down and data.first_push:
                self._asked = True
                self.line("caller", text)
            case UserBackchannelFrame(text=text) if down and data.first_push:
                self.line("caller", f"({text})")
            case BotStartedSpeakingFrame() if down and data.first_push:
                self.answers += self._asked
                self._asked = False
            case InterruptionFrame() if down and data.first_push and self._said:
                self._said.append("—")
                self._end_of_bot()
            case BotStoppedSpeakingFrame() if down and data.first_push:
                self._end_of_bot()
            case FunctionCallResultFrame(function_name=name, result=result) if (
                down and data.first_push
            ):
                self.line("tool", f"{name} → {result}")
            case ErrorFrame(error=error) if data.first_push:
                self.line("error", error)

    async def _on_answer(self, _observer: object, breakdown: LatencyBreakdown) -> None:
        if breakdown.user_turn_start_time is None:
            return
        parts = ", ".join(
            f"{part.label} {part.duration_secs * 1000:.0f}" for part in breakdown.contributions
        )
        self.line("", f"answered after {breakdown.total_secs * 1000:.0f} ms: {parts}")

    def line(self, who: str, what: str) -> None:
        """Write one line with the call's time."""
        secs = (self._now_ns - (self._started_ns or self._now_ns)) / 1e9
        self._write(f"{secs:6.1f} s  {who:<6}  {what}")

    def _end_of_bot(self) -> None:
        if self._said:
            self.line("bot", " ".join(word.strip() for word in self._said))
            self._said.clear()
