"""A recording calls a bot, from file to file."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pipecat.runner.types import RunnerArguments

from pipelines import _session
from pipelines.rehearsal import OutFolderError, rehearse
from pipelines.services.embedded.process import shared_worker
from pipelines.transports.loopback import CallerAudioError
from tests.house import settings
from tests.pipelines.quick_line import GREETING, QuickLine, Repeat, brief, loud
from tests.speech import RATE

ANSWER = "It is nine."


def recording(path: Path, *secs: float) -> Path:
    """A WAV file of sound and silence in turns, beginning with silence."""
    parts = [
        loud(part) if number % 2 else bytes(2 * round(part * RATE))
        for number, part in enumerate(secs)
    ]
    soundfile.write(path, np.frombuffer(b"".join(parts), "<i2"), RATE)
    return path


@pytest.fixture
def bot():
    """A bot that greets and answers everything with one sentence; the caller hangs up soon."""

    async def hold(runner_args: RunnerArguments) -> None:
        runner_args.hang_up_after_secs = 0.3  # pyright: ignore
        line = QuickLine(more=(Repeat(ANSWER),))
        await _session.run(brief(), line.build, runner_args, settings=settings())

    return hold


async def test_tells_the_conversation_and_keeps_both_sides(bot, tmp_path):
    lines: list[str] = []
    out = tmp_path / "out" / "first"
    caller = recording(tmp_path / "caller.wav", 0.6, 0.3, 0.6)
    assert await rehearse(bot, caller, out, lines.append)
    told = [line.partition(" s  ")[2] for line in lines]
    assert told[0] == f"bot     {GREETING}"
    assert told[1] == "caller  hello"
    assert f"bot     {ANSWER}" in told
    assert lines[-1] == f"the call is in {out / 'call.wav'} (caller left, bot right)"
    both, _ = soundfile.read(out / "call.wav", dtype="int16")
    assert both.shape[1] == 2
    assert np.abs(both[:, 0]).max() > 5000, "the caller is on the left"
    assert np.abs(both[:, 1]).max() > 5000, "the bot is on the right"


@pytest.mark.parametrize("what", ["silence", "noise"])
async def test_a_recording_without_speech_is_greeted_and_told_that_nothing_was_answered(
    bot, tmp_path, what
):
    quiet = np.random.default_rng(0).integers(-300, 300, RATE // 2).astype(np.int16)
    samples = quiet if what == "noise" else np.zeros(RATE // 2, np.int16)
    soundfile.write(tmp_path / "caller.wav", samples, RATE)
    lines: list[str] = []
    assert not await rehearse(bot, tmp_path / "caller.wav", tmp_path, lines.append)
    assert lines[-1] == f"the bot answered nothing: it heard no words in {tmp_path / 'caller.wav'}"


async def test_a_file_that_cannot_call_starts_nothing(tmp_path):
    (tmp_path / "caller.wav").write_text("hello, I am no WAV file")
    started: list[object] = []

    async def bot(_: RunnerArguments) -> None:
        started.append("bot")

    async def warm_up() -> None:
        started.append("warm-up")

    with pytest.raises(CallerAudioError, match=r"caller\.wav"):
        await rehearse(bot, tmp_path / "caller.wav", tmp_path / "out", warm_up=warm_up)
    assert not started
    assert not (tmp_path / "out").exists()


async def test_a_folder_that_cannot_be_made_is_an_error_before_the_call(bot, tmp_path):
    caller = recording(tmp_path / "caller.wav", 0.2)
    with pytest.raises(OutFolderError, match="--out"):
        await rehearse(bot, caller, caller / "inside")


async def test_loads_everything_before_the_caller_is_there(bot, tmp_path):
    order: list[str] = []

    async def warm_up() -> None:
        await asyncio.sleep(0)
        order.append("warm")

    async def noted(runner_args: RunnerArguments) -> None:
        order.append("call")
        await bot(runner_args)

    caller = recording(tmp_path / "caller.wav", 0.2)
    await rehearse(noted, caller, tmp_path, order.append, warm_up=warm_up)
    assert order[:2] == ["warm", "call"]


async def test_ends_the_worker_processes_even_when_the_bot_fails(tmp_path):
    worker = shared_worker("tests.pipelines.services.embedded.echo_worker")

    async def broken(_: RunnerArguments) -> None:
        (await worker.open("echo")).close()
        raise RuntimeError("no such tool")

    with pytest.raises(RuntimeError, match="no such tool"):
        await rehearse(broken, recording(tmp_path / "caller.wav", 0.2), tmp_path)
    assert worker._process is None
