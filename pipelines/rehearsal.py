"""A call with a recording as the caller, on the command line.

::

    caller.wav ─▶ the bot, as on any other line ─▶ OUT/call.wav   (caller left, bot right)
                                                └▶ one line of text for each thing that happens
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from pipecat.runner.types import RunnerArguments

from pipelines.conversation import ConversationLog
from pipelines.services.embedded.process import stop_workers
from pipelines.transports.loopback import (
    LoopbackRunnerArguments,
    RecordedCaller,
    read_caller,
)

Entry = Callable[[RunnerArguments], Awaitable[None]]


async def rehearse(
    entry: Entry,
    caller: Path,
    out: Path,
    write: Callable[[str], None] = print,
    *,
    warm_up: Callable[[], Awaitable[None]] | None = None,
) -> bool:
    """Hold one call in real time.

    Args:
        entry: The bot.
        caller: A WAV file; see `read_caller`.
        out: The folder that `call.wav` is written to; made where there is none.
        write: Takes each line of the conversation.
        warm_up: Loads what the bot needs, before the caller is connected.

    Returns:
        Whether the bot answered the caller at least once.

    Raises:
        CallerAudioError: the file cannot be a caller; nothing is started.
    """
    samples = read_caller(caller)
    log = ConversationLog(write)
    call = LoopbackRunnerArguments(caller=RecordedCaller(samples), observers=(log, log.latency))
    try:
        if warm_up:
            await warm_up()
        await entry(call)
    finally:
        await stop_workers()
    write(f"the call is in {_save(call, out)} (caller left, bot right)")
    return log.answers > 0


def _save(call: LoopbackRunnerArguments, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    call.recording.save(out / "call.wav")
    return out / "call.wav"
