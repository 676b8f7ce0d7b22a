"""Watch a call and write down what happens, each thing once, on the recording's clock.

This is the one module of the trace that meets Pipecat. It stands beside the line: frames arrive
late, on a task of their own, but each push carries its time, and that is what counts.

Kinds of events, and what belongs to them::

    call.began  call.ended        bot, services, rate; why
    speech.began  speech.ended    who
    words.partial  words.final    text, confidence
    turn.began  turn.over         why: words, sound, pause, profile
    overlap                       class, takes_floor, text, bot_said, why
    voice.held resumed dropped    held_ms; why
    service.chosen  failover      stage, provider, model, station; why
    budget.acted  limit           act, model or says, lost_ms; step; why
    signals  escalation           level, score; state; why: the evidence, the newest first
    operator.acted  words         text
    draft.started kept discarded  draft, text; why
    cache.hit  miss  bypass …     why, asked, question, confidence
    usage                         stage, provider, model, tokens | characters | seconds, draft,
                                  estimated: which counts the vendor has not said
    first                         provider, station, ms: to its first word, token or sound
    bot.words                     text, as it is heard
    answer                        voice_to_voice_ms, stages
    tool.called  tool.result      name, arguments, result
    interruption                  heard, dropped
    error                         what, service
    <name>                        whatever a processor tells with a TraceFrame
"""

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.ai_service import AIService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport

from processors.backchannel_filter import OverlapFrame
from processors.semantic_cache.events import CacheEventFrame
from processors.trace import telling
from processors.trace.frame import TraceFrame
from processors.trace.script import CallScript
from processors.turn_taking import Drafts
from processors.turn_taking.decision_frame import TurnDecisionFrame
from processors.turn_taking.held_voice import AnswerFollowsFrame, DropVoiceFrame
from processors.turn_taking.speculation import Draft, DraftState

_NOTHING_TO_TELL = (TTSAudioRawFrame,)
_REMEMBERED = 16  # pieces of work of a station; a report comes when one or two others have begun


class _Work(NamedTuple):
    since_ns: int
    draft: Draft | None
    turn: int | None


class TraceObserver(BaseObserver):
    """Turn the frames of one call into a `CallScript`.

    Reads: everything that is pushed; the caller's sound from the transport's input.

    Args:
        script: Where what happens is put down.
        drafts: The call's drafts.
    """

    def __init__(self, script: CallScript, drafts: Drafts | None = None) -> None:
        """Nothing has happened."""
        super().__init__(observe_every_push=True)
        self._script = script
        self._following: dict[Any, deque[_Work]] = {}  # what each station has worked at
        self._zero_ns: int | None = None
        self._heard_at: dict[Any, int] = {}  # the last piece of the caller that a station passed on
        self._numbers: dict[int, int] = {}  # of pieces on their way along the line, by frame
        self._ended = False
        self._at_work: dict[str, AIService] = {}  # by stage
        self._failures: dict[Any, str] = {}  # by station, its last error
        if drafts:
            drafts.watch(self._on_settled)

    async def on_push_frame(self, data: FramePushed) -> None:
        """Follow the call."""
        frame = data.frame
        if isinstance(frame, InputAudioRawFrame):
            self._on_sound(data, frame)
            return
        if isinstance(frame, _NOTHING_TO_TELL):
            return
        tell = _EVERY_PUSH.get(type(frame))
        if tell is None and data.first_push:
            tell = _FIRST_PUSH.get(type(frame))
        if tell is not None:
            tell(self, data)
        elif data.first_push and isinstance(frame, ErrorFrame):
            self._on_error(data)

    def _at(self, data: FramePushed) -> int:
        """When it was pushed, in steady nanoseconds."""
        if self._zero_ns is None:
            now = self._script.clock_ns()
            self._zero_ns = now - data.source.get_clock().get_time()
        return self._zero_ns + data.timestamp

    # The caller's sound -------------------------------------------------------------------------

    def _on_sound(self, data: FramePushed, frame: InputAudioRawFrame) -> None:
        if isinstance(data.source, BaseInputTransport):
            number = self._script.caller_sound(frame.audio, self._at(data))
            self._numbers[frame.id] = number
            if len(self._numbers) > 256:
                del self._numbers[next(iter(self._numbers))]
        elif (passed := self._numbers.get(frame.id)) is not None:
            self._heard_at[data.source] = passed

    def _on_vad(self, data: FramePushed) -> None:
        frame = data.frame
        if data.direction is not FrameDirection.DOWNSTREAM:
            return
        began = isinstance(frame, VADUserStartedSpeakingFrame)
        secs = frame.start_secs if began else getattr(frame, "stop_secs", 0.0)
        after = self._heard_at.get(data.source)
        self._script.caller_speech(self._at(data), began=began, secs_ago=secs, after=after)

    # What the line tells ------------------------------------------------------------------------

    def _on_start(self, data: FramePushed) -> None:
        self._script.began(self._at(data))

    def _on_end(self, data: FramePushed) -> None:
        if not self._ended and data.direction is FrameDirection.DOWNSTREAM:
            self._ended = True
            reason = getattr(data.frame, "reason", None)
            self._script.ending(str(reason) if reason else "")

    def _on_bot_speech(self, data: FramePushed) -> None:
        if data.direction is FrameDirection.DOWNSTREAM:
            self._script.bot_speech(
                self._at(data), began=isinstance(data.frame, BotStartedSpeakingFrame)
            )

    def _on_turn(self, data: FramePushed) -> None:
        if data.direction is FrameDirection.DOWNSTREAM:
            began = isinstance(data.frame, UserStartedSpeakingFrame)
            self._script.turn(self._at(data), began=began)

    def _on_words(self, data: FramePushed) -> None:
        frame = data.frame
        if data.direction is not FrameDirection.DOWNSTREAM:
            return
        assert isinstance(frame, TranscriptionFrame | InterimTranscriptionFrame)
        final = isinstance(frame, TranscriptionFrame)
        self._works(data, "stt")
        confidence = telling.confidence(frame.result)
        self._script.caller_words(self._at(data), frame.text, final=final, confidence=confidence)

    def _on_bot_words(self, data: FramePushed) -> None:
        if isinstance(data.source, BaseOutputTransport):
            self._script.bot_words(self._at(data), getattr(data.frame, "text", ""))

    def _on_answer_text(self, data: FramePushed) -> None:
        if isinstance(data.frame, LLMFullResponseStartFrame):
            self._works(data, "llm")
            self._script.answer_begins()
        else:
            self._script.answer_text(getattr(data.frame, "text", ""))

    def _on_voice(self, data: FramePushed) -> None:
        self._works(data, "tts")

    def _works(self, data: FramePushed, stage: str) -> None:
        """Take note of who works at a stage, where it is somebody else than before."""
        service, before = data.source, self._at_work.get(stage)
        if service is before or not isinstance(service, AIService):
            return
        self._at_work[stage] = service
        failure = self._failures.get(before)
        if before is None:
            kind, why = "service.chosen", "the first to work in this call"
        elif failure is None:
            kind, why = "service.chosen", f"instead of {before.name}"
        else:
            kind, why = "failover", f"{before.name} has failed: {failure}"
        self._script.note(kind, self._at(data), stage=stage, **telling.station(service), why=why)

    def _on_usage(self, data: FramePushed) -> None:
        assert isinstance(data.frame, MetricsFrame)
        provider = telling.provider(type(data.source))
        for metric in data.frame.data:
            told = telling.metric(metric, provider)
            if told is not None:
                kind, about = told
                work = self._work(data.source, telling.asked_ns(metric))
                draft, turn = (work.draft, work.turn) if work else (None, None)
                self._script.measured(self._at(data), kind, about, draft, turn=turn)

    def _work(self, station: Any, asked_ns: int) -> "_Work | None":
        """What a station worked at when it was asked; at present, where it does not say."""
        works = self._following.get(station, ())
        if asked_ns:
            return next((work for work in reversed(works) if work.since_ns <= asked_ns), None)
        return works[-1]._replace(turn=None) if works else None

    def _works_at(self, data: FramePushed, draft: Draft | None) -> None:
        works = self._following.setdefault(data.source, deque(maxlen=_REMEMBERED))
        works.append(_Work(self._at(data), draft, self._script.turn_number))

    def _on_told(self, data: FramePushed) -> None:
        kind, about = telling.told(data.frame)
        self._script.note(kind, self._at(data), **about)

    def _on_tool(self, data: FramePushed) -> None:
        if data.direction is FrameDirection.DOWNSTREAM:
            self._on_told(data)

    def _on_trace(self, data: FramePushed) -> None:
        assert isinstance(data.frame, TraceFrame)
        if data.frame.about.get("act") == "filler":
            self._script.filled(str(data.frame.about.get("says", "")))
        self._script.note(data.frame.kind, self._at(data), **data.frame.about)

    def _on_follows(self, data: FramePushed) -> None:
        assert isinstance(data.frame, AnswerFollowsFrame)
        # Whatever a station reports after it has passed this on was used for that draft.
        self._works_at(data, data.frame.draft)
        if data.frame.draft and data.first_push:
            self._script.draft_started(self._at(data), data.frame.draft)

    def _on_dropped(self, data: FramePushed) -> None:
        self._works_at(data, None)

    def _on_settled(self, draft: Draft) -> None:
        self._script.draft_settled(draft, kept=draft.state is DraftState.KEPT)

    def _on_interruption(self, data: FramePushed) -> None:
        if data.direction is FrameDirection.DOWNSTREAM and type(data.frame) is InterruptionFrame:
            self._script.interrupted(self._at(data))

    def _on_error(self, data: FramePushed) -> None:
        frame = data.frame
        assert isinstance(frame, ErrorFrame)
        station = frame.processor or data.source
        self._failures[station] = frame.error
        service = telling.provider(type(station))
        fatal = bool(getattr(frame, "fatal", False))
        self._script.note("error", self._at(data), what=frame.error, service=service, fatal=fatal)


_Tell = Callable[[TraceObserver, FramePushed], None]

_FIRST_PUSH: dict[type[Frame], _Tell] = {
    StartFrame: TraceObserver._on_start,
    EndFrame: TraceObserver._on_end,
    CancelFrame: TraceObserver._on_end,
    VADUserStartedSpeakingFrame: TraceObserver._on_vad,
    VADUserStoppedSpeakingFrame: TraceObserver._on_vad,
    BotStartedSpeakingFrame: TraceObserver._on_bot_speech,
    BotStoppedSpeakingFrame: TraceObserver._on_bot_speech,
    UserStartedSpeakingFrame: TraceObserver._on_turn,
    UserStoppedSpeakingFrame: TraceObserver._on_turn,
    TranscriptionFrame: TraceObserver._on_words,
    InterimTranscriptionFrame: TraceObserver._on_words,
    LLMFullResponseStartFrame: TraceObserver._on_answer_text,
    LLMTextFrame: TraceObserver._on_answer_text,
    TTSStartedFrame: TraceObserver._on_voice,
    MetricsFrame: TraceObserver._on_usage,
    OverlapFrame: TraceObserver._on_told,
    TurnDecisionFrame: TraceObserver._on_told,
    CacheEventFrame: TraceObserver._on_told,
    FunctionCallInProgressFrame: TraceObserver._on_tool,
    FunctionCallResultFrame: TraceObserver._on_tool,
    TraceFrame: TraceObserver._on_trace,
    InterruptionFrame: TraceObserver._on_interruption,
    ErrorFrame: TraceObserver._on_error,
}
# The words that leave the transport have been pushed before; a draft is followed along the line.
_EVERY_PUSH: dict[type[Frame], _Tell] = {
    TTSTextFrame: TraceObserver._on_bot_words,
    AnswerFollowsFrame: TraceObserver._on_follows,
    DropVoiceFrame: TraceObserver._on_dropped,
}
