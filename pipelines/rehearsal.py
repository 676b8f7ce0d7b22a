"""A call with a recording as the caller, on the command line.

::

    caller.wav ─▶ the bot, as on any other line ─▶ OUT/call.wav   (caller left, bot right)
                                                └▶ one line of text for each thing that happens
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from pipecat.runner.types import RunnerArguments

from pipelines.answers import close_answers
from pipelines.conversation import ConversationLog
from pipelines.services.embedded.process import stop_workers
from pipelines.transports.loopback import (
    LoopbackRunnerArguments,
    RecordedCaller,
    read_caller,
)


class OutFolderError(ValueError):
    """A folder that no recording can be put into; the message names it and the way out."""


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
        OutFolderError: the folder cannot be written to; nothing is started.
    """
    samples = read_caller(caller)
    _make(out)
    log = ConversationLog(write)
    call = LoopbackRunnerArguments(caller=RecordedCaller(samples), observers=(log, log.latency))
    try:
        if warm_up:
            await warm_up()
        await entry(call)
    finally:
        await close_answers()
        await stop_workers()
    write(f"the call is in {call.recording.save(out / 'call.wav')} (caller left, bot right)")
    if not log.answers:
        write(f"the bot answered nothing: it heard no words in {caller}")
    return log.answers > 0


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutFolderError(
            f"cannot make the folder {out} for the call's recording ({error.strerror}); "
            "name another one with --out"
        ) from error
