"""The record against the truth: where sound is, what was heard, what a kill leaves."""

import asyncio
import contextlib
import gc
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile
from pipecat.frames.frames import InterruptionFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

from pipelines.transports.loopback import LoopbackTransport, Recording, ScriptedCaller
from processors.backchannel_filter import HeardWords, PlayOut
from processors.trace import CallScript, Ledger, Record, TraceObserver, read_events
from processors.trace.tape import length, mend

IN_RATE, OUT_RATE = 16_000, 24_000
FRAME_SECS = 0.02


class Clock:
    """Steady nanoseconds that jump."""

    ns = 5_000_000_000

    def __call__(self) -> int:
        """Now."""
        return self.ns


async def drift(scale: float) -> dict[str, Any]:
    """Say a tick every 5 s into a bad network; compare tick, record and event."""
    with tempfile.TemporaryDirectory() as folder:
        clock, spoken = Clock(), []
        record = Record(
            Path(folder) / "call", caller_rate=IN_RATE, bot_rate=OUT_RATE, clock_ns=clock
        )
        record._open()
        record.note("call.began", clock.ns)
        for secs, batch in network(1_800 * scale):
            clock.ns = Clock.ns + int(secs * 1e9)
            for said_secs, loud in batch:
                pcm = np.full(int(IN_RATE * FRAME_SECS), 12_000 * loud, "<i2").tobytes()
                number = record.caller(pcm, clock.ns)
                if loud:
                    spoken.append(said_secs)
                    record.note("tick", clock.ns, after=number)
            record._advance(clock.ns - 400_000_000)
        record._advance(None)
        assert record._tape
        record._tape.close()
        both, _ = soundfile.read(record.folder / "call.flac", dtype="int16")
        heard_at = np.array(onsets(both[:, 0], OUT_RATE))
        events = read_events(record.folder / "events.jsonl")
        noted = np.array([e.secs - FRAME_SECS for e in events if e.kind == "tick"])
    return {
        "ticks": len(spoken),
        "recording_to_events_ms": round(1000 * float(np.abs(heard_at - noted).max()), 2),
        "recording_to_truth_ms": round(1000 * float(np.abs(heard_at - spoken).max()), 2),
    }


async def memory(scale: float) -> dict[str, Any]:
    """Write down a call of an hour on a clock that jumps; what the process holds at each sixth."""
    secs, process, held = round(3_600 * scale), psutil.Process(), []
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        record = Record(
            Path(folder) / "call", caller_rate=IN_RATE, bot_rate=OUT_RATE, clock_ns=clock
        )
        record._open()
        accounts = Ledger(date(2026, 11, 24))
        script = CallScript(record, {"rate": OUT_RATE}, told=accounts.take, clock_ns=clock)
        script.began(clock.ns)
        rng = np.random.default_rng(2)
        voices = [rng.integers(-9_000, 9_000, IN_RATE // 50, "<i2").tobytes() for _ in range(50)]
        for now in range(secs):
            _second_of(script, clock, voices, now)
            record._advance(clock.ns - 400_000_000)
            if (now + 1) % (secs // 6) == 0:
                gc.collect()
                held.append(round(process.memory_info().rss / 1e6, 1))
        record._advance(None)
        assert record._tape
        record._tape.close()
    # The first sixth is when everything is loaded and buffers find their size.
    return {"secs": secs, "held_mb": held, "grown_mb": round(held[-1] - held[0], 1)}


def _second_of(script: CallScript, clock: Clock, voices: list[bytes], now: int) -> None:
    """One second of a call in which a turn takes eight."""
    turn = now % 8
    if turn in (0, 3):
        script.turn(clock.ns, began=turn == 0)
        script.caller_speech(clock.ns, began=turn == 0, secs_ago=0.2, after=None)
    if turn == 3:
        script.caller_words(clock.ns, "what are your hours", final=True, confidence=0.9)
        script.answer_begins()
        usage = {"stage": "llm", "provider": "anthropic", "model": "claude-haiku-4-5", "output": 50}
        script.measured(clock.ns, "usage", usage, None)
    if turn in (4, 7):
        script.bot_speech(clock.ns, began=turn == 4)
    for number, voice in enumerate(voices):
        clock.ns += 20_000_000
        script.caller_sound(voice, clock.ns)
        if turn >= 4 and number % 2:
            script.bot_sound(voice + voice + voice)
        if turn >= 4 and number % 16 == 0:
            script.answer_text(" word")
            script.bot_words(clock.ns, "word")


def network(secs: float) -> Any:
    """When frames arrive, and which: (arrival, [(spoken at, loud)])."""
    rng = random.Random(7)
    stalled = muted = 0.0
    backlog: list[tuple[float, bool]] = []
    for number in range(int(secs / FRAME_SECS)):
        now = (number + 1) * FRAME_SECS
        if now > max(stalled, muted):
            if rng.random() < 0.003:
                stalled = now + rng.uniform(0.05, 1.5)  # what comes later comes in one burst
            elif rng.random() < 0.0005:
                muted = now + rng.uniform(2.5, 30)  # or never, as before a reconnect
        if now < muted:
            continue
        backlog.append((now - FRAME_SECS, number % 250 == 0))
        if now >= stalled:
            yield now + rng.uniform(0, 0.01), backlog
            backlog = []


def onsets(line: np.ndarray, rate: int) -> list[float]:
    """Where each tick begins, in seconds."""
    loud = np.flatnonzero(np.abs(line.astype(int)) > 6_000)
    return [at / rate for at in loud[np.flatnonzero(np.diff(loud, prepend=-rate) > rate // 10)]]


async def heard(scale: float) -> dict[str, Any]:
    """Interrupt a bot that says noise at random instants; compare both recordings by samples."""
    interruptions, gate, truth = round(200 * scale), PlayOut(), Recording()

    async def silent() -> AsyncIterator[bytes]:
        await asyncio.sleep(3_600)
        yield b""

    transport = LoopbackTransport(
        ScriptedCaller(silent()),
        params=TransportParams(
            audio_in_enabled=True, audio_out_enabled=True, audio_out_filter=gate
        ),
        recording=truth,
        hang_up_after_secs=None,
    )
    with tempfile.TemporaryDirectory() as folder:
        record = Record(Path(folder) / "call", caller_rate=IN_RATE, bot_rate=OUT_RATE)
        script = CallScript(record, {"rate": OUT_RATE})
        gate.listen(script.bot_sound, script.bot_cut)
        record.start()
        worker = PipelineWorker(
            Pipeline([transport.input(), HeardWords(gate), transport.output()]),
            params=PipelineParams(audio_in_sample_rate=IN_RATE, audio_out_sample_rate=OUT_RATE),
            observers=[TraceObserver(script)],
            enable_rtvi=False,
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())
        rng = np.random.default_rng(3)
        for _ in range(interruptions):
            noise = rng.integers(-9_000, 9_000, 3 * OUT_RATE, "<i2").tobytes()
            await worker.queue_frame(TTSAudioRawFrame(noise, OUT_RATE, 1))
            await asyncio.sleep(rng.uniform(0.2, 1.2))
            await worker.queue_frame(InterruptionFrame())
            await asyncio.sleep(0.25)
        await runner.cancel("over")
        await running
        await asyncio.to_thread(record.close)
        both, _ = soundfile.read(record.folder / "call.flac", dtype="int16")
    return compared(both[:, 1], truth.side("bot"), interruptions)


def compared(ours: np.ndarray, theirs: np.ndarray, interruptions: int) -> dict[str, Any]:
    """Is every 20 ms that was played in the record too, at most 20 ms away; and nothing else?

    A piece in which one of the two has a hole, because the machine came late, is looked for by its
    milliseconds.
    """
    zero = first_place(ours, theirs)  # the two begin at their own zero
    size, grain = OUT_RATE // 50, OUT_RATE // 1000
    loud = [at for at in range(0, theirs.size - size, size) if theirs[at : at + size].all()]
    away: list[int] = []
    torn, lost = 0, 0
    for at in loud:
        whole = displaced(ours, theirs[at : at + size], at + zero, size)
        if whole is not None:
            away.append(abs(whole))
            continue
        torn += 1
        for start in range(at, at + size, grain):
            part = displaced(ours, theirs[start : start + grain], start + zero, size)
            away += [] if part is None else [abs(part)]
            lost += part is None
    extra = np.count_nonzero(ours) - np.count_nonzero(theirs)
    return {
        "interruptions": interruptions,
        "pieces_of_20_ms": len(loud),
        "of_them_with_a_hole_inside": torn,
        "not_found_ms": lost,
        "worst_ms": round(1000 * max(away) / OUT_RATE, 2),
        "heard_and_not_recorded_or_the_reverse_ms": round(1000 * extra / OUT_RATE, 2),
    }


def first_place(ours: np.ndarray, theirs: np.ndarray) -> int:
    """By how many samples the record is ahead: both begin with the same sound."""
    return int(np.flatnonzero(ours)[0]) - int(np.flatnonzero(theirs)[0])


def displaced(ours: np.ndarray, piece: np.ndarray, at: int, most: int) -> int | None:
    """How many samples from `at` a piece of noise lies; None when it is not near."""
    low = max(0, at - most)
    near = ours[low : at + most + piece.size]
    for start in np.flatnonzero(near[: -piece.size + 1] == piece[0]):
        if np.array_equal(near[start : start + piece.size], piece):
            return low + int(start) - at
    return None


_TALKS = """
import sys, time
from pathlib import Path
import numpy as np
from processors.trace.record import Record
record = Record(Path(sys.argv[1]), caller_rate=16000, bot_rate=24000)
record.start()
record.note("call.began", time.monotonic_ns(), rate=24000)
began, rng = time.monotonic(), np.random.default_rng(0)
for index in range(100_000):
    time.sleep(max(0, began + index * 0.02 - time.monotonic()))
    record.caller(rng.integers(-9000, 9000, 320, "<i2").tobytes(), time.monotonic_ns())
    if index % 2 == 0:
        record.bot(rng.integers(-9000, 9000, 960, "<i2").tobytes(), time.monotonic_ns())
    record.note("beat", time.monotonic_ns())
    print(index, flush=True)
"""


async def kill(scale: float) -> dict[str, Any]:
    """Kill a process that records, at a random moment; read what it left."""
    missing: list[float] = []
    events_missing: list[float] = []
    rng, count = random.Random(5), round(50 * scale)
    for _ in range(count):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "call"
            last = await asyncio.to_thread(_killed, folder, round(rng.uniform(75, 150)))
            with contextlib.suppress(RuntimeError):
                mend(folder)
                said = (length(folder / "call.flac") or 0) / OUT_RATE
                missing.append(last * FRAME_SECS - said)
                events = list(read_events(folder / "events.jsonl"))
                events_missing.append(last * FRAME_SECS - events[-1].secs)
    return {
        "killed": count,
        "readable": len(missing),
        "sound_missing_secs": round(max(missing), 2),
        "events_missing_secs": round(max(events_missing), 2),
    }


def _killed(folder: Path, after: int) -> int:
    command = [sys.executable, "-c", _TALKS, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        last = 0
        while last < after:
            last = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
    return last
