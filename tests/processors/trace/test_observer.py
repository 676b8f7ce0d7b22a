"""What is written down of the frames of a call."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from pipecat.clocks.system_clock import SystemClock
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    ErrorFrame,
    Frame,
    FunctionCallResultFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    TranscriptionFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.metrics.metrics import (
    LLMTokenUsage,
    LLMUsageMetricsData,
    STTUsage,
    STTUsageMetricsData,
    TTFBMetricsData,
    TTSUsageMetricsData,
)
from pipecat.observers.base_observer import FramePushed
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.utils.text.base_text_aggregator import TextType

from processors.backchannel_filter import Overlap, OverlapFrame
from processors.semantic_cache.events import CacheEvent, CacheEventFrame
from processors.trace import CallScript, Event, TraceFrame, TraceObserver
from processors.trace.telling import provider
from processors.trace.usage import BilledTokens
from processors.turn_taking import Drafts
from processors.turn_taking.decision_frame import TurnDecisionFrame
from processors.turn_taking.held_voice import AnswerFollowsFrame

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


class Station:
    """A place in a line."""

    def get_clock(self) -> SystemClock:
        return SystemClock()


class Ear(Station, BaseOutputTransport):
    """The line's end."""

    def __init__(self) -> None: ...

    __hash__ = object.__hash__


class Mouth(Station, BaseInputTransport):
    """The line's beginning."""

    def __init__(self) -> None: ...

    __hash__ = object.__hash__


class Record:
    """Remembers what it is given."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.heard: list[bytes] = []
        self.held: list[int | None] = []
        self.silenced: list[tuple[int, int, int]] = []

    def note(self, kind: str, at_ns: int, **about: Any) -> None:
        self.notes.append((kind, about))

    def caller(self, pcm: bytes, at_ns: int) -> int:
        self.heard.append(pcm)
        return len(self.heard)

    def bot(self, pcm: bytes, at_ns: int) -> None:
        self.heard.append(pcm)

    def hold(self, from_ns: int | None) -> None:
        self.held.append(from_ns)

    def silence(self, side: int, start_ns: int, end_ns: int) -> None:
        self.silenced.append((side, start_ns, end_ns))


class Watched:
    """An observer and what it wrote."""

    def __init__(self, **options: Any) -> None:
        self.record, self.drafts, self.told = Record(), Drafts(), []
        record: Any = self.record
        self.script = CallScript(record, {"bot": "desk"}, told=self.told.append, **options)
        self.observer = TraceObserver(self.script, self.drafts)
        self.station = Station()

    async def see(self, *frames: Frame | tuple[Any, Frame], first: bool = True, way=DOWN) -> None:
        for frame in frames:
            source, frame = frame if isinstance(frame, tuple) else (self.station, frame)
            pushed: Any = FramePushed(source, self.station, frame, way, 5, first)  # pyright: ignore
            await self.observer.on_push_frame(pushed)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.record.notes]

    def about(self, kind: str) -> dict[str, Any]:
        return next(about for name, about in self.record.notes if name == kind)


def words(text: str, *, final: bool = True, **options: Any) -> Frame:
    kind = TranscriptionFrame if final else InterimTranscriptionFrame
    return kind(text=text, user_id="", timestamp="", **options)


def spoken(text: str) -> TTSTextFrame:
    return TTSTextFrame(text, TextType.WORD)


@pytest.fixture
def watched() -> Watched:
    return Watched()


async def test_a_turn_is_told_from_its_words_to_its_end_once_for_each(watched):
    result = SimpleNamespace(confidence=0.875)
    await watched.see(
        UserStartedSpeakingFrame(),
        words("what are", final=False),
        words("what are your hours", result=result),
        TurnDecisionFrame(text="x", words="complete", probability=0.0, profile="brisk"),
        UserStoppedSpeakingFrame(),
    )
    await watched.see(UserStoppedSpeakingFrame(), first=False)
    await watched.see(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame(), way=UP)
    assert watched.kinds == [
        "turn.began",
        "words.partial",
        "words.final",
        "turn.decided",
        "turn.over",
    ]
    assert watched.about("words.final")["confidence"] == 0.875
    assert watched.about("turn.decided")["probability"] == 0.0
    assert watched.about("turn.over")["turn"] == 1


async def test_a_vendors_confidence_is_found_where_the_vendor_puts_it(watched):
    best = SimpleNamespace(confidence=0.5)
    result = SimpleNamespace(channel=SimpleNamespace(alternatives=[best]))
    await watched.see(words("hi", result=result), words("ho"))
    assert [about.get("confidence") for _, about in watched.record.notes] == [0.5, None]


async def test_words_of_the_bot_count_when_they_leave_for_the_ear(watched):
    frame = spoken("We")
    await watched.see(frame)
    await watched.see((Ear(), frame), first=False)
    assert [about["text"] for _, about in watched.record.notes] == ["We"]


async def test_an_interruption_tells_what_was_heard_and_what_was_not(watched):
    await watched.see(LLMFullResponseStartFrame(), LLMTextFrame("We are open until five."))
    await watched.see(BotStartedSpeakingFrame(), (Ear(), spoken("We")), (Ear(), spoken("are")))
    await watched.see(InterruptionFrame())
    about = watched.about("interruption")
    assert (about["heard"], about["dropped"]) == ("We are", "open until five.")


async def test_a_turn_that_begins_in_silence_interrupts_nobody(watched):
    await watched.see(LLMFullResponseStartFrame(), LLMTextFrame("We are."))
    await watched.see(BotStartedSpeakingFrame(), (Ear(), spoken("We")), (Ear(), spoken("are.")))
    await watched.see(BotStoppedSpeakingFrame(), InterruptionFrame())
    assert "interruption" not in watched.kinds


async def test_the_callers_voice_is_placed_after_the_piece_that_its_station_heard(watched):
    vad = Station()
    pieces = [InputAudioRawFrame(bytes(4), 16_000, 1) for _ in range(3)]
    await watched.see(*((Mouth(), piece) for piece in pieces))
    await watched.see((vad, pieces[0]), (vad, pieces[1]), first=False)
    await watched.see((vad, VADUserStartedSpeakingFrame(start_secs=0.2)))
    assert len(watched.record.heard) == 3
    assert watched.about("speech.began")["after"] == 2


async def test_usage_belongs_to_its_draft_also_when_the_draft_is_settled(watched):
    draft = watched.drafts.open("hello")
    usage = LLMTokenUsage(prompt_tokens=10, completion_tokens=5, total_tokens=15)
    data = LLMUsageMetricsData(processor="x", model="m", value=usage)
    await watched.see(AnswerFollowsFrame(draft=draft))
    watched.drafts.discard("the caller went on")
    await watched.see(MetricsFrame(data=[data]))
    assert watched.kinds == ["draft.started", "draft.discarded", "usage"]
    assert watched.about("draft.discarded")["why"] == "the caller went on"
    assert watched.about("usage")["draft"] == watched.about("draft.started")["draft"] == 1


async def test_what_services_used_is_told_in_their_units_and_idle_measurements_are_not(watched):
    await watched.see(
        MetricsFrame(
            data=[
                TTSUsageMetricsData(processor="tts", value=7),
                STTUsageMetricsData(processor="stt", value=STTUsage(audio_seconds=1.5)),
                TTFBMetricsData(processor="llm", value=0.25),
                TTFBMetricsData(processor="llm", value=0.0),
            ]
        )
    )
    assert watched.kinds == ["usage", "usage", "first"]
    assert watched.record.notes[0][1]["characters"] == 7
    assert watched.record.notes[1][1]["seconds"] == 1.5
    assert watched.about("first")["ms"] == 250


async def test_usage_that_is_reported_late_belongs_to_what_was_asked_for_then(watched):
    async def push(frame: Frame, at_ns: int) -> None:
        pushed: Any = FramePushed(watched.station, watched.station, frame, DOWN, at_ns, True)  # pyright: ignore
        await watched.observer.on_push_frame(pushed)

    first, second = watched.drafts.open("hello"), None
    await push(UserStartedSpeakingFrame(), 0)
    asked_ns = watched.script.clock_ns() + 1_000_000_000
    await push(AnswerFollowsFrame(draft=first), 500_000_000)
    await push(UserStartedSpeakingFrame(), 2_000_000_000)
    second = watched.drafts.open("hello there")
    await push(AnswerFollowsFrame(draft=second), 3_000_000_000)
    usage = BilledTokens(
        prompt_tokens=10,
        completion_tokens=1,
        total_tokens=11,
        asked_ns=asked_ns,
        model="m-1",
        unheard=True,
        estimated="output",
    )
    data = LLMUsageMetricsData(processor="x", model="m-2", value=usage)
    await push(MetricsFrame(data=[data]), 4_000_000_000)
    told = watched.about("usage")
    assert (told["draft"], told["turn"], told["model"]) == (1, 1, "m-1")
    assert (told["unheard"], told["estimated"]) == (True, "output")


class Model(Station, LLMService):
    """A model that only has a name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._settings = LLMSettings(model=f"{name}-1")

    __hash__ = object.__hash__


async def test_who_works_is_told_once_and_a_failover_with_its_reason(watched):
    first, second, third = (Model(name) for name in ("A#0", "B#0", "C#0"))
    answer = LLMFullResponseStartFrame
    await watched.see((first, answer()), (first, answer()), (second, answer()))
    error: Any = ErrorFrame("it broke", processor=second)
    await watched.see((second, error), (third, answer()), (watched.station, answer()))
    told = [
        (kind, about["station"], about["why"])
        for kind, about in watched.record.notes
        if kind in ("service.chosen", "failover")
    ]
    assert told == [
        ("service.chosen", "A#0", "the first to work in this call"),
        ("service.chosen", "B#0", "instead of A#0"),
        ("failover", "C#0", "B#0 has failed: it broke"),
    ]
    assert watched.about("failover")["model"] == "C#0-1"


async def test_words_that_fill_a_pause_are_no_part_of_the_answer_that_is_cut(watched):
    filler = TraceFrame(kind="budget.acted", about={"act": "filler", "says": "One moment."})
    heard = [(Ear(), spoken(word)) for word in "One moment. We are".split()]
    await watched.see(UserStoppedSpeakingFrame(), LLMFullResponseStartFrame(), filler)
    await watched.see(LLMTextFrame("We are open."), *heard)
    await watched.see(UserStartedSpeakingFrame(), InterruptionFrame())
    cut = watched.about("interruption")
    assert (cut["heard"], cut["dropped"]) == ("We are", "open.")


def test_a_service_is_known_by_the_module_it_comes_from():
    def made(module: str) -> type:
        return type("S", (), {"__module__": module})

    assert provider(made("pipelines.services.embedded.tts")) == "embedded"
    assert provider(made("pipecat.services.deepgram.stt")) == "deepgram"
    assert provider(made("elsewhere")) == "S"


async def test_decisions_carry_their_reasons(watched):
    event = CacheEvent("bypass", "switched off", asked="hi")
    await watched.see(
        OverlapFrame(overlap=Overlap.BARGE_IN, takes_floor=True, text="stop", speech_secs=0.6),
        CacheEventFrame(event=event),
        TraceFrame(kind="escalation", about={"why": "asked for a person"}),
        FunctionCallResultFrame("book", "1", {}, {"done": True}),
        ErrorFrame("it broke"),
    )
    assert watched.kinds == ["overlap", "cache.bypass", "escalation", "tool.result", "error"]
    assert watched.about("overlap")["why"] == "“stop”, 0.6 s long is barge-in: the bot falls silent"
    assert watched.about("cache.bypass")["why"] == "switched off"
    assert watched.about("error")["what"] == "it broke"


async def test_the_reason_of_the_end_is_the_first_that_was_given(watched):
    await watched.see(CancelFrame(reason="the caller hung up"))
    await watched.see(CancelFrame(reason="later"))
    watched.script.ended("otherwise")
    assert watched.about("call.ended")["why"] == "the caller hung up"


async def test_without_consent_there_are_no_words_and_the_sound_is_silence():
    watched = Watched(waits=True)
    loud = InputAudioRawFrame(b"\x01\x02" * 4, 16_000, 1)
    await watched.see((Mouth(), loud), UserStartedSpeakingFrame(), words("my name is Jo"))
    watched.script.bot_sound(b"\x01\x02")
    assert watched.kinds == ["turn.began"]
    assert watched.record.heard == [bytes(8), bytes(2)]
    await watched.see(TraceFrame(kind="consent.given"), words("my name is Jo"), (Mouth(), loud))
    assert watched.kinds == ["turn.began", "consent.given", "words.final"]
    assert watched.record.heard[-1] == loud.audio


async def test_private_words_are_masked_for_everybody_and_silenced_on_their_side():
    watched = Watched(masks=True)
    await watched.see(VADUserStartedSpeakingFrame(start_secs=0.2))
    assert watched.record.held[-1] is not None
    await watched.see(words("4111 11", final=False), words("4111 1111 1111 1111"))
    await watched.see(UserStoppedSpeakingFrame())
    assert watched.about("words.partial")["text"] == ""
    assert watched.about("words.final")["text"] == "[card]"
    assert not watched.record.silenced  # the voice has not paused yet
    watched.script.caller_speech(9_000_000_000, began=False, secs_ago=0.2, after=None)
    watched.script.turn(9_500_000_000, began=False)
    assert [side for side, *_ in watched.record.silenced] == [0]
    assert watched.record.held[-1] is None
    assert all("4111" not in str(event.about) for event in watched.told)


def test_the_names_of_models_are_not_masked():
    watched = Watched(masks=True)
    watched.script.measured(0, "usage", {"model": "haiku-20251001", "x": "20251001"}, None)
    assert watched.about("usage")["model"] == "haiku-20251001"
    assert watched.about("usage")["x"] == "[number]"


async def test_a_number_that_the_bot_says_word_by_word_is_masked_whole():
    watched = Watched(masks=True)
    await watched.see(BotStartedSpeakingFrame())
    await watched.see(*((Ear(), spoken(word)) for word in "call five five five one".split()))
    await watched.see(BotStoppedSpeakingFrame())
    assert watched.about("bot.words")["text"] == "call [number]"
    assert [side for side, *_ in watched.record.silenced] == [1]


async def test_accounts_are_kept_of_a_call_that_is_not_recorded():
    told: list[Event] = []
    script = CallScript(None, {}, told=told.append)
    data: Sequence[Any] = [TTSUsageMetricsData(processor="tts", value=7)]
    frame: Any = MetricsFrame(data=list(data))
    station: Any = Station()
    await TraceObserver(script).on_push_frame(FramePushed(station, station, frame, DOWN, 5, True))
    assert [event.kind for event in told] == ["usage"]
