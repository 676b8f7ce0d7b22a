"""A call as lines of text."""

from typing import Any

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    ErrorFrame,
    Frame,
    FunctionCallResultFrame,
    InterruptionFrame,
    LLMContextUserTurnFrame,
    StartFrame,
    TTSTextFrame,
    UserBackchannelFrame,
)
from pipecat.observers.base_observer import FramePushed
from pipecat.observers.user_bot_latency_observer import LatencyBreakdown
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

from pipelines.conversation import ConversationLog

BEGUN_SECS = 5.0  # on the pipeline's clock, when the call begins


class Told(ConversationLog):
    """A log that keeps its lines; frames are handed to it as they would be seen on a line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        super().__init__(self.lines.append)
        self.device = BaseOutputTransport(TransportParams())
        self.other = FrameProcessor()

    async def see(self, secs: float, *frames: Frame, played: bool = False) -> None:
        """Frames pushed at `secs`, each by two processors; `played` by the device first."""
        for frame in frames:
            for first in (True, False):
                source = self.device if played and first else self.other
                await self.on_push_frame(
                    FramePushed(
                        source=source,
                        destination=self.other,
                        frame=frame,
                        direction=FrameDirection.DOWNSTREAM,
                        timestamp=int((BEGUN_SECS + secs) * 1e9),
                        first_push=first,
                    )
                )


async def told() -> Told:
    """A log of a call that has begun."""
    log = Told()
    await log.see(0, StartFrame())
    return log


def words(text: str) -> list[TTSTextFrame]:
    """What a voice pushes for `text`."""
    return [TTSTextFrame(text=word, text_type="word") for word in text.split()]


async def say(log: Told, secs: float, text: str, until: Frame) -> None:
    """The bot says `text` from `secs` to a second later, when `until` happens."""
    await log.see(secs, BotStartedSpeakingFrame())
    await log.see(secs, *words(text), played=True)
    await log.see(secs + 1, until)


async def test_each_side_gets_a_line_with_the_time_at_which_it_was_done():
    log = await told()
    await say(log, 0.2, "Hello there.", BotStoppedSpeakingFrame())
    await log.see(3.44, LLMContextUserTurnFrame("when are you open", ""))
    await say(log, 4.0, "From eight to five.", BotStoppedSpeakingFrame())
    assert log.lines == [
        "   1.2 s  bot     Hello there.",
        "   3.4 s  caller  when are you open",
        "   5.0 s  bot     From eight to five.",
    ]


async def test_words_that_were_not_played_are_not_told():
    log = await told()
    await log.see(1, *words("thought but never said"), BotStoppedSpeakingFrame())
    assert log.lines == []


async def test_what_was_interrupted_ends_with_a_dash():
    log = await told()
    await say(log, 1.0, "We are open from", InterruptionFrame())
    await log.see(2.1, BotStoppedSpeakingFrame())
    assert log.lines == ["   2.0 s  bot     We are open from —"]


async def test_a_backchannel_stands_in_brackets():
    log = await told()
    await log.see(2, UserBackchannelFrame(text="mm-hmm", user_id="", timestamp=""))
    assert log.lines == ["   2.0 s  caller  (mm-hmm)"]


async def test_tools_and_errors_have_lines_of_their_own():
    log = await told()
    done: Any = {"done": True}
    await log.see(1, FunctionCallResultFrame("book", "1", {}, done))
    await log.see(2, ErrorFrame("the voice is gone"))
    assert log.lines == [
        "   1.0 s  tool    book → {'done': True}",
        "   2.0 s  error   the voice is gone",
    ]


async def test_an_answer_is_a_turn_after_which_the_bot_is_heard():
    log = await told()
    await say(log, 0.2, "Hello.", BotStoppedSpeakingFrame())
    assert log.answers == 0, "nobody had asked"
    await log.see(2, LLMContextUserTurnFrame("when are you open", ""))
    assert log.answers == 0, "it is still thinking"
    await say(log, 3, "From eight", BotStoppedSpeakingFrame())
    await say(log, 5, "to five.", BotStoppedSpeakingFrame())
    assert log.answers == 1, "in two parts, but one answer"


async def test_the_time_of_an_answer_and_of_its_parts_is_told_but_not_of_a_greeting():
    log = await told()
    await log._on_answer(None, LatencyBreakdown())
    assert log.lines == []
    await log._on_answer(None, LatencyBreakdown(user_turn_start_time=1.0, user_turn_secs=0.2))
    assert log.lines[0].split()[:4] == ["0.0", "s", "answered", "after"]
