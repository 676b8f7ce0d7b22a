"""Whole calls from WAV to WAV: a spoken caller, the real line, and what was heard of the bot.

They take real time, on the embedded stack. The bot's sound is compared with what its voice makes of
the words that it should have said.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from bots.receptionist import KNOWLEDGE, RECEPTIONIST
from pipelines._session import run
from pipelines.answers import close_answers
from pipelines.brief import Brief
from pipelines.conversation import ConversationLog
from pipelines.services.embedded.narration import Narration
from pipelines.services.embedded.process import shared_worker, stop_workers
from pipelines.services.embedded.stt import RECOGNIZER
from pipelines.services.embedded.tts import SPEAKER
from pipelines.services.embedded.voices import voice
from pipelines.streaming import streaming
from pipelines.transports.loopback import (
    LoopbackRunnerArguments,
    RecordedCaller,
    Recording,
    ScriptedCaller,
)
from pipelines.warm_up import warm_up
from tests.benchmarks._errands import coming, new_book, visit
from tests.house import settings
from tests.speech import has_voice, noise, say
from tests.spoken_caller import Held, answering, embedded, hold

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    # They share a recogniser and a speaker, and leave a core to the other tests.
    pytest.mark.realtime,
    pytest.mark.skipif(not has_voice(), reason="flite is not installed: it speaks the callers"),
]

GREETING = "Brightwell Dental, hello!"
GOODBYE = "Thank you for calling. Goodbye!"
ANSWERS = {fact.topic: fact.answer for fact in KNOWLEDGE.facts}
SETTINGS = settings()

Sound = NDArray[np.int16]


@pytest_asyncio.fixture(autouse=True, scope="module", loop_scope="module")
async def warm() -> AsyncIterator[None]:
    """The worker processes, once for all calls of this file."""
    await warm_up(receptionist(), SETTINGS)
    yield
    await close_answers()
    await stop_workers()


def receptionist(**changes: Any) -> Brief:
    """The front desk with a short greeting, so that the tests are short too."""
    return embedded(RECEPTIONIST, greeting=GREETING, recording="off", **changes)


async def made(text: str) -> Sound:
    """The sound that the bot's voice makes of `text`, the silence in it left out."""
    channel = await shared_worker(SPEAKER).open(
        "speak",
        text=Narration.of(text).script,
        voice=voice("espeak", "en"),
        words_per_minute=165,
        pitch=50,
        sample_rate=24_000,
    )
    parts: list[bytes] = []
    async for message in channel:
        if message.name == "done":
            break
        parts.append(message.blob)
    channel.close()
    return _sounding(np.frombuffer(b"".join(parts), "<i2"))


def heard(recording: Recording, from_secs: float) -> Sound:
    """What was heard of the bot from a time on, the silence in it left out."""
    bot = recording.side("bot")
    return _sounding(bot[round(from_secs * recording.rate("bot")) :])


def _sounding(samples: Sound) -> Sound:
    return samples[samples != 0]


def alike(sound: Sound, wanted: Sound) -> float:
    """How well `sound` rises and falls as `wanted` does, from its beginning on: 1 is the same.

    The voice breathes a little differently each time, so the samples themselves are not the same.
    """
    a, b = _envelope(sound), _envelope(wanted)
    best = 0.0
    for lag in range(-5, 6):
        late, early = a[max(0, lag) :], b[max(0, -lag) :]
        size = min(late.size, early.size)
        best = max(best, float(np.corrcoef(late[:size], early[:size])[0, 1]))
    return best


def _envelope(samples: Sound, width: int = 240) -> NDArray[np.float64]:
    """The level of every 10 ms."""
    whole = samples[: samples.size // width * width].astype(float)
    return np.sqrt(np.mean(whole.reshape(-1, width) ** 2, axis=1))


def answers_of(held: Held) -> list[str]:
    """What the bot said, answer by answer, after its greeting."""
    return [*(turn.answered_to for turn in held.turns[1:]), held.last_words]


async def test_a_question_is_answered_aloud_and_the_goodbye_ends_the_call():
    held = await hold(
        receptionist(),
        answering("How much |400| is a cleaning?", "Thank you. Goodbye."),
        settings=SETTINGS,
        hang_up_after_secs=None,
    )
    assert held.turns[0].answered_to == GREETING
    assert answers_of(held) == [ANSWERS["price of a cleaning"], GOODBYE]
    asked, _ = held.turns
    assert asked.heard_secs is not None
    said = heard(held.recording, asked.heard_secs - 0.1)
    assert alike(said, await made(ANSWERS["price of a cleaning"])) > 0.9
    assert alike(said, await made("A checkup is seventy dollars.")) < 0.7
    assert held.greeted_secs is not None
    assert held.greeted_secs < 5.0


async def test_an_appointment_is_in_the_book_when_the_caller_has_hung_up():
    book = new_book()
    before = set(book.all())
    held = await hold(
        receptionist(resources=book),
        answering("Can I book a checkup on Friday at eleven? This is John Smith.", "Yes, please."),
        settings=SETTINGS,
    )
    assert "Shall I book it?" in held.turns[1].answered_to
    assert set(book.all()) - before == {visit("John Smith", "checkup", coming("friday", 11))}
    assert held.last_words.startswith("You are booked on Friday")


def silence() -> RecordedCaller:
    """A caller who connects and vanishes."""
    return RecordedCaller(np.zeros(1600, np.int16))


def _call_by(caller: RecordedCaller) -> LoopbackRunnerArguments:
    return LoopbackRunnerArguments(caller=caller, hang_up_after_secs=0.0)


async def test_a_caller_who_hangs_up_in_the_middle_of_a_word_leaves_nothing_behind():
    samples = say("What are your opening hours?")
    vanishing = RecordedCaller(samples[: samples.size // 2])
    # What all calls of a process share is there after the first.
    await run(receptionist(), streaming, _call_by(silence()), settings=SETTINGS)
    before = asyncio.all_tasks()
    await run(receptionist(), streaming, _call_by(vanishing), settings=SETTINGS)
    left = asyncio.all_tasks() - before
    _, running = await asyncio.wait(left, timeout=2) if left else ((), ())
    assert not running
    assert not shared_worker(SPEAKER)._channels
    assert not shared_worker(RECOGNIZER)._channels


async def test_a_caller_who_never_stops_talking_is_told_that_the_time_is_up():
    async def talks() -> AsyncIterator[bytes]:
        while True:
            yield say("What are your opening hours and how much is a cleaning and").tobytes()

    recording = Recording()
    call = LoopbackRunnerArguments(
        caller=ScriptedCaller(talks()), recording=recording, hang_up_after_secs=None
    )
    lines: list[str] = []
    call.observers = (ConversationLog(lines.append),)
    await run(receptionist(), streaming, call, settings=settings(max_call_secs=4.0))
    assert lines[-1].endswith("this call has reached its time limit. Please call again. Goodbye.")
    assert not shared_worker(RECOGNIZER)._channels


async def test_speech_about_something_else_is_asked_for_again_and_not_guessed_at():
    held = await hold(
        receptionist(),
        answering("The orchestra rehearsed a symphony by Shostakovich."),
        settings=SETTINGS,
    )
    assert held.last_words.startswith(("Sorry, I did not catch that.", "I'm afraid I don't"))


async def test_a_caller_of_whom_only_noise_is_heard_is_asked_whether_they_are_there():
    lines: list[str] = []
    call = LoopbackRunnerArguments(
        caller=RecordedCaller(noise(5.0, rms=300.0)),
        hang_up_after_secs=0.5,
        observers=(ConversationLog(lines.append),),
    )
    await run(receptionist(idle_secs=1.0), streaming, call, settings=SETTINGS)
    told = [line.partition(" s  ")[2] for line in lines]
    assert told[:2] == [f"bot     {GREETING}", "bot     Are you still there?"]
    assert not [line for line in told if line.startswith("caller")]
