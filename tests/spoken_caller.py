"""A caller who speaks, listens and answers, on a real call over loopback.

::

    reply(what the bot said) ─▶ flite ─▶ ScriptedCaller ─▶ the bot ─▶ Recording
              ▲                                                          │
              └── the bot has been quiet for `LISTENS_SECS` ◀────────────┘

    held = await hold(RECEPTIONIST, answering("What are your opening hours?", "Goodbye."))
    held.turns[0].voice_to_voice_ms        from the recording, as a caller would measure it

In what they say, "|700|" is a hesitation of 700 ms.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from pipecat.frames.frames import TTSTextFrame
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.transports.base_output import BaseOutputTransport

from pipelines._session import run
from pipelines.brief import Brief
from pipelines.conversation import ConversationLog
from pipelines.settings import Settings
from pipelines.streaming import streaming
from pipelines.transports.loopback import (
    LoopbackRunnerArguments,
    Recording,
    ScriptedCaller,
    Side,
)
from tests.speech import RATE, Samples, concat, pause, say

LISTENS_SECS = 0.9  # silence after which the caller takes the bot to have finished
PATIENCE_SECS = 8.0  # how long the caller waits for the bot to begin
VOICED, AUDIBLE = 200, 200  # of 32,768
MOST_TURNS = 20
_OVERLAP_SECS = 0.05

Reply = Callable[[str], str | None]
"""What the caller says to what the bot said; None: nothing more, they hang up."""


@dataclass
class Turn:
    """One thing the caller said. Seconds since the call began.

    Args:
        text: What they said.
        answered_to: What the bot had said before.
        ended_secs: Their last voiced sample.
        heard_secs: The bot's first audible sample after it; None where it said nothing.
    """

    text: str
    answered_to: str
    ended_secs: float
    heard_secs: float | None = None

    @property
    def voice_to_voice_ms(self) -> float | None:
        """From the caller's last voiced sample to the bot's first audible one.

        None where the bot said nothing, or was still speaking: then nobody waited.
        """
        waited = None if self.heard_secs is None else self.heard_secs - self.ended_secs
        return 1000 * waited if waited is not None and waited > _OVERLAP_SECS else None


@dataclass
class Held:
    """A call that is over."""

    recording: Recording = field(default_factory=Recording)
    turns: list[Turn] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    last_words: str = ""

    @property
    def greeted_secs(self) -> float | None:
        """When the bot's first sound was heard."""
        return _first_audible(self.recording, 0.0)


def embedded(brief: Brief, **changes: Any) -> Brief:
    """`brief` on the embedded stack alone, whatever keys this machine has."""
    return replace(
        brief,
        stt=("embedded/pocketsphinx",),
        llm=("embedded/brain",),
        tts=("embedded/espeak",),
        **changes,
    )


def answering(*lines: str) -> Reply:
    """A caller who says these lines, whatever the bot says to them."""
    rest = iter(lines)
    return lambda _: next(rest, None)


def spoken(text: str, voice: str = "slt") -> Samples:
    """`text` as the caller says it, with its hesitations."""
    words = re.split(r"\s*\|(\d+)\|\s*", text)
    parts = [say(words[0], voice)]
    for ms, rest in zip(words[1::2], words[2::2], strict=True):
        parts += [pause(int(ms) / 1000), say(rest, voice)]
    return concat(*parts)


async def hold(
    brief: Brief,
    reply: Reply,
    *,
    voice: str = "slt",
    settings: Settings | None = None,
    hang_up_after_secs: float | None = 1.0,
    observers: tuple[BaseObserver, ...] = (),
) -> Held:
    """Hold one call in real time; the bot's goodbye or the caller's last word ends it."""
    held = Held()
    ear = _Ear(held.recording)
    log = ConversationLog(held.log.append)
    call = LoopbackRunnerArguments(
        caller=ScriptedCaller(_script(held, ear, reply, voice)),
        recording=held.recording,
        hang_up_after_secs=hang_up_after_secs,
        observers=(log, log.latency, ear.words, *observers),
    )
    await run(brief, streaming, call, settings=settings or Settings())
    held.last_words = f"{held.last_words} {ear.words.take()}".strip()
    for turn in held.turns:
        turn.heard_secs = _first_audible(held.recording, turn.ended_secs)
    return held


async def _script(held: Held, ear: "_Ear", reply: Reply, voice: str) -> AsyncIterator[bytes]:
    await ear.quiet(since=0.0)
    for _ in range(MOST_TURNS):
        said = ear.words.take()
        text = reply(said)
        if text is None:
            held.last_words = said
            return
        # A script runs a moment ahead of what is played, so the beginning is read off afterwards.
        samples = spoken(text, voice)
        began = held.recording.secs("caller")
        last = int(np.flatnonzero(np.abs(samples.astype(int)) > VOICED)[-1]) + 1
        held.turns.append(Turn(text, said, began + last / RATE))
        yield samples.tobytes()
        await ear.quiet(since=held.turns[-1].ended_secs)


class _Ear:
    """When the caller hears the bot, and what."""

    def __init__(self, recording: Recording) -> None:
        self.words = _Words()
        self._recording = recording
        self._last_secs = -1.0
        recording.watch(self._heard)

    def _heard(self, side: Side, pcm: bytes, offset: int) -> None:
        if side == "bot":
            loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(int)) > AUDIBLE)
            if loud.size:
                self._last_secs = (offset + int(loud[-1])) / self._recording.rate(side)

    async def quiet(self, *, since: float) -> None:
        """Wait until the bot has spoken after `since` and is silent; or has kept silent."""
        while True:
            await asyncio.sleep(0.02)
            spoke = self._last_secs > since
            silent_secs = self._recording.secs("caller") - max(self._last_secs, since)
            if silent_secs > (LISTENS_SECS if spoke else PATIENCE_SECS):
                return


class _Words(BaseObserver):
    """The bot's words as they are played."""

    def __init__(self) -> None:
        super().__init__(observe_every_push=True)
        self._said: list[str] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        if isinstance(data.frame, TTSTextFrame) and isinstance(data.source, BaseOutputTransport):
            self._said.append(data.frame.text.strip())

    def take(self) -> str:
        """What was said since this was asked last."""
        said, self._said = " ".join(self._said), []
        return said


def _first_audible(recording: Recording, after_secs: float) -> float | None:
    rate = recording.rate("bot")
    start = round(after_secs * rate)
    loud = np.flatnonzero(np.abs(recording.side("bot")[start:].astype(int)) > AUDIBLE)
    return (start + int(loud[0])) / rate if loud.size else None
