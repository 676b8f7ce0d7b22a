"""In the line: a hit sounds like the model, a miss changes nothing, a draft waits its time."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    EagerEndOfTurnCancelFrame,
    Frame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.tts_service import TTSService
from pipecat.tests.utils import SleepFrame, run_test

from processors.semantic_cache import AnswerCache, CacheEvent, CacheEventFrame, Scope, SemanticCache
from processors.semantic_cache.sound_player import AnswerSoundFrame, SoundPlayer
from processors.semantic_cache.voice import Sound, SpokenAnswers, Voice
from tests.processors.semantic_cache.embeddings import WordBag

SCOPE = Scope("receptionist", "v1")
HOURS = "From eight to five."
LITTLE = 0.05


def asking(*turns: str, speculation: bool = False) -> LLMContextFrame:
    roles = ("user", "assistant")
    messages: list[Any] = [{"role": roles[n % 2], "content": text} for n, text in enumerate(turns)]
    return LLMContextFrame(LLMContext(messages), speculation=speculation)


def known() -> AnswerCache:
    cache = AnswerCache(WordBag())
    cache.seed([("When are you open?", HOURS), ("Is there parking?", "Yes.")], SCOPE)
    return cache


class Run:
    """One station, what came out of it and what it told."""

    def __init__(self, cache: AnswerCache | None = None, **kwargs) -> None:
        self.events: list[CacheEvent] = []
        self.cache = cache or known()
        self.station = SemanticCache(
            self.cache, SCOPE, known="umbrellas", on_event=self.events.append, **kwargs
        )

    async def __call__(self, *frames: Frame) -> list[Frame]:
        spaced: Sequence[Frame] = [each for frame in frames for each in (frame, SleepFrame(LITTLE))]
        down, _ = await run_test(self.station, frames_to_send=spaced)
        return [frame for frame in down if not isinstance(frame, CacheEventFrame)]

    def told(self, kind: str) -> list[CacheEvent]:
        return [event for event in self.events if event.kind == kind]


def text(frames: Sequence[Frame]) -> str:
    return "".join(frame.text for frame in frames if isinstance(frame, LLMTextFrame))


async def test_a_hit_is_answered_like_a_model_would():
    run = Run()
    frames = await run(asking("when are you open please"))
    kinds = [LLMFullResponseStartFrame, LLMTextFrame, LLMFullResponseEndFrame]
    assert [type(frame) for frame in frames] == kinds
    assert text(frames) == HOURS
    assert [event.question for event in run.told("hit")] == ["When are you open?"]


async def test_a_miss_passes_on_untouched():
    run = Run()
    question = asking("Do you sell umbrellas?")
    assert await run(question) == [question]
    [miss] = run.told("miss")
    assert miss.reason


@pytest.mark.parametrize("kwargs", [{"enabled": False}])
async def test_a_station_that_is_switched_off_looks_nothing_up(kwargs: dict):
    run = Run(**kwargs)
    question = asking("When are you open?")
    assert await run(question) == [question]
    assert [event.reason for event in run.told("bypass")] == ["switched off"]


async def test_one_call_may_do_without_it_while_others_have_it():
    run = Run()
    assert text(await run(asking("When are you open?"))) == HOURS
    other = Run(run.cache)
    other.station.enabled = False
    question = asking("When are you open?")
    assert await other(question) == [question]


async def test_every_turn_is_counted_once_for_everybody_to_see():
    run = Run()
    await run(
        asking("When are you open?", speculation=True),
        EagerEndOfTurnCancelFrame(),
        asking("When are you open?", speculation=True),
        UserStoppedSpeakingFrame(),
        asking("When are you open?", HOURS, "Do you sell umbrellas?"),
    )
    counts = run.cache.tally.take(SCOPE)
    assert counts["hit", "When are you open?"] == 1
    assert sum(amount for (kind, _), amount in counts.items() if kind == "miss") == 1


async def test_a_hit_tells_what_the_model_would_have_cost():
    run = Run(dollars=lambda read, said: said / 10)
    frames = [asking("Is there parking?")]
    await run_test(Pipeline([run.station, Speaker()]), frames_to_send=frames)
    [saved] = run.told("saved")
    assert saved.saved_dollars == pytest.approx(len("Yes.") / 10)
    assert run.cache.tally.take(SCOPE)["saved dollars", ""] == pytest.approx(0.4)


async def test_an_answer_to_the_bots_question_goes_to_the_model():
    run = Run()
    question = asking("Book me in", "Shall I take Monday?", "When are you open?")
    assert await run(question) == [question]


async def test_a_draft_is_held_until_its_turn_is_over():
    run = Run()
    held = await run(asking("When are you open?", speculation=True))
    assert text(held) == ""
    run = Run()
    frames = await run(asking("When are you open?", speculation=True), UserStoppedSpeakingFrame())
    assert isinstance(frames[0], UserStoppedSpeakingFrame)
    assert text(frames[1:]) == HOURS


async def test_a_withdrawn_draft_is_never_heard_and_the_turn_is_answered_once():
    run = Run()
    frames = await run(
        asking("When are you open?", speculation=True),
        EagerEndOfTurnCancelFrame(),
        asking("Is there parking?"),
        UserStoppedSpeakingFrame(),
    )
    assert text(frames) == "Yes."


async def test_where_the_voice_holds_drafts_the_text_flows_on():
    run = Run(holds_drafts=False)
    assert text(await run(asking("When are you open?", speculation=True))) == HOURS


async def test_an_interrupted_draft_is_dropped():
    run = Run()
    frames = await run(asking("When are you open?", speculation=True), InterruptionFrame())
    assert text(frames) == ""


async def test_a_hit_that_the_caller_rejects_is_taken_back():
    run = Run()
    first = "When are you open?"
    again = asking(first, HOURS, "No, I meant the holidays")
    frames = await run(asking(first), again)
    assert frames[-1] is again
    assert len(run.told("rejected")) == 1
    assert run.cache.find(first, SCOPE) is None


@pytest.mark.parametrize("draft", [False, True])
async def test_an_accepted_answer_of_the_model_is_learnt(draft: bool):
    run = Run()
    sells = "Yes, we sell umbrellas."
    await run(
        asking("Do you sell umbrellas?"),
        asking("Do you sell umbrellas?", sells, "Is there parking?", speculation=draft),
        UserStoppedSpeakingFrame(),
    )
    hit = run.cache.find("do you sell umbrellas", SCOPE)
    assert hit is not None
    assert hit.answer == sells


class Speaker(FrameProcessor):
    """A model and a voice: as soon as a question comes, the bot speaks."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame | LLMFullResponseEndFrame):
            await self.push_frame(BotStartedSpeakingFrame(), FrameDirection.UPSTREAM)
        await self.push_frame(frame, direction)


async def test_an_answer_that_the_caller_cut_short_is_not_learnt():
    run = Run()
    frames = [
        asking("Do you sell umbrellas?"),
        SleepFrame(LITTLE),
        InterruptionFrame(),
        SleepFrame(LITTLE),
        asking("Do you sell umbrellas?", "Yes, we", "Is there parking?"),
    ]
    await run_test(Pipeline([run.station, Speaker()]), frames_to_send=frames)
    assert [event.reason for event in run.told("refused")] == ["cut short"]


async def test_what_a_hit_saves_is_told_against_the_model():
    run = Run()
    frames = [
        asking("Do you sell umbrellas?"),
        SleepFrame(LITTLE),
        asking("Is there parking?"),
    ]
    await run_test(Pipeline([run.station, Speaker()]), frames_to_send=frames)
    [saved] = run.told("saved")
    assert saved.took_ms > 0
    assert saved.saved_ms >= 0


async def test_a_broken_cache_leaves_the_call_to_the_model():
    class Broken(AnswerCache):
        def look(self, question, scope=None):
            raise OSError("disk full")

    run = Run(Broken(WordBag()))
    question = asking("When are you open?")
    assert await run(question) == [question]


async def test_a_cache_that_is_slow_leaves_the_call_to_the_model():
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Slow(AnswerCache):
        def look(self, question, scope=None):
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result(5)
            return super().look(question, scope)

    run = Run(Slow(WordBag()))
    question = asking("When are you open?")
    assert await run(question) == [question]
    release.set()
    assert [event.reason for event in run.told("miss")] == ["too slow"]


class FakeVoice(TTSService):
    """A voice that must not be asked for anything."""

    async def run_tts(self, text: str, context_id: str):
        raise AssertionError(f"the voice spoke {text!r} again")
        yield


async def test_where_the_sound_is_known_it_is_played_and_not_spoken_again(tmp_path):
    spoken = SpokenAnswers(tmp_path, Voice("embedded/espeak", rate_hz=16_000))
    spoken.keep(Sound(bytes(16_000 * 2), 16_000, (("From", 0.0), ("eight", 0.4)), HOURS))
    run = Run(spoken=spoken)
    line = Pipeline([run.station, FakeVoice(), SoundPlayer()])
    frames, _ = await run_test(line, frames_to_send=[asking("When are you open?")])
    kinds = [type(frame) for frame in frames if not isinstance(frame, CacheEventFrame)]
    assert kinds[:2] == [LLMFullResponseStartFrame, TTSStartedFrame]
    assert kinds[-2:] == [TTSStoppedFrame, LLMFullResponseEndFrame]
    assert not {LLMTextFrame, AnswerSoundFrame} & set(kinds)
    audio = [frame for frame in frames if isinstance(frame, TTSAudioRawFrame)]
    assert sum(len(frame.audio) for frame in audio) == 32_000
    words = [frame for frame in frames if isinstance(frame, TTSTextFrame)]
    assert [word.text for word in words] == ["From", "eight"]
    assert (words[1].pts or 0) - (words[0].pts or 0) == pytest.approx(0.4e9)
