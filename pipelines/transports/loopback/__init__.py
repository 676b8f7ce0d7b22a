"""A recording, or a script, as the caller: how tests, benchmarks and the command line hold a call.

::

    caller.wav ─▶ read_caller ─▶ RecordedCaller ─┐                      ┌─▶ the line
    async generator of PCM ────▶ ScriptedCaller ─┴─▶ LoopbackTransport ─┤
                                                        │   ▲           └── the bot's voice
                                                  Recording └─ CallClock: one time for both sides
                                                  (caller left, bot right)

What the bot says is played as a device plays it, in the call's own time; the recording holds what
was played, not what was made.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pipecat.observers.base_observer import BaseObserver
from pipecat.runner.types import RunnerArguments
from pipecat.transports.base_transport import TransportParams

from pipelines.settings import Settings
from pipelines.transports.loopback.caller import (
    Caller,
    CallerAudioError,
    RecordedCaller,
    ScriptedCaller,
    read_caller,
)
from pipelines.transports.loopback.clock import CallClock, JumpingClock, RealClock
from pipelines.transports.loopback.recording import Heard, Recording, Side
from pipelines.transports.loopback.transport import LoopbackTransport
from pipelines.transports.second_voice import SecondVoice
from pipelines.transports.way import Way
from processors.backchannel_filter import PlayOut

__all__ = [
    "CallClock",
    "Caller",
    "CallerAudioError",
    "Heard",
    "JumpingClock",
    "LoopbackRunnerArguments",
    "LoopbackTransport",
    "RealClock",
    "RecordedCaller",
    "Recording",
    "ScriptedCaller",
    "Side",
    "open_way",
    "read_caller",
]


@dataclass(kw_only=True)
class LoopbackRunnerArguments(RunnerArguments):
    """A call held by a recording or a script.

    Args:
        caller: A WAV file, or whoever else speaks, at 16 kHz.
        recording: Filled while the call goes on; watch it, and save it afterwards.
        clock: The call's time; real time by default.
        hang_up_after_secs: The caller hangs up when they have nothing more to say and the bot has
            been quiet for so long; None: never.
        observers: Whoever watches the call.
    """

    caller: Path | Caller
    recording: Recording = field(default_factory=Recording)
    clock: CallClock = field(default_factory=RealClock)
    hang_up_after_secs: float | None = 4.0
    observers: tuple[BaseObserver, ...] = ()


async def open_way(runner_args: RunnerArguments, settings: Settings) -> Way:
    """Make the transport of a call that a recording or a script holds.

    Raises:
        CallerAudioError: the file cannot be a caller; the message says why.
    """
    arguments = cast(LoopbackRunnerArguments, runner_args)
    caller = arguments.caller
    if isinstance(caller, str | Path):
        caller = RecordedCaller(await asyncio.to_thread(read_caller, caller))
    play_out = PlayOut()
    second_voice = SecondVoice(play_out)
    transport = LoopbackTransport(
        caller,
        params=TransportParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_out_end_silence_secs=0,
            audio_out_filter=second_voice,
        ),
        clock=arguments.clock,
        recording=arguments.recording,
        hang_up_after_secs=arguments.hang_up_after_secs,
    )
    return Way(
        transport=transport,
        play_out=play_out,
        second_voice=second_voice,
        cuts_at_once=True,
        observers=arguments.observers,
    )
