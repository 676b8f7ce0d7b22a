"""The record of a call: nothing is displaced, nothing is lost but the last moment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from processors.trace.events import read_events
from processors.trace.record import Record
from processors.trace.tape import length, mend

RATE_IN, RATE_OUT = 16_000, 24_000
FRAME = RATE_IN // 50


class Clock:
    """Steady nanoseconds that jump."""

    def __init__(self) -> None:
        self.ns = 7_000_000_000

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(folder: Path, clock: Clock, **options) -> Record:
    """A record whose thread is this one."""
    record = Record(folder, caller_rate=RATE_IN, bot_rate=RATE_OUT, clock_ns=clock, **options)
    record._open()
    return record


def finish(record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Both sides, int16 at the tape's rate."""
    record._done.set()
    record._advance(None)
    if record._tape:
        record._tape.close()
    both, rate = soundfile.read(record.folder / "call.flac", dtype="int16")
    assert rate == record.rate
    return both[:, 0], both[:, 1]


def tick(rate: int, secs: float = 0.02) -> bytes:
    """A loud piece that begins at its first sample."""
    return np.full(int(rate * secs), 12_000, "<i2").tobytes()


def first_loud(line: np.ndarray) -> int:
    return int(np.argmax(np.abs(line.astype(int)) > 6_000))


def onsets(line: np.ndarray, rate: int) -> list[float]:
    """Where each tick begins, in seconds."""
    loud = np.flatnonzero(np.abs(line.astype(int)) > 6_000)
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-rate) > rate // 10)]
    return [start / rate for start in starts]


def test_what_the_bot_said_is_kept_sample_by_sample(tmp_path, clock):
    record = opened(tmp_path / "a", clock)
    noise = np.random.default_rng(1).integers(-9_000, 9_000, RATE_OUT, "<i2")
    zero = clock.ns
    for index in range(25):
        clock.ns = zero + index * 40_000_000
        record.bot(noise[index * 960 : (index + 1) * 960].tobytes(), clock.ns)
    _, right = finish(record)
    assert np.array_equal(right[:RATE_OUT], noise)


def test_a_cut_ends_the_voice_at_the_sample_at_which_the_loudspeaker_fell_silent(tmp_path, clock):
    record = opened(tmp_path / "a", clock)
    zero = clock.ns
    record.bot(tick(RATE_OUT, 0.04), zero)
    record.bot(tick(RATE_OUT, 0.04), zero)
    record.cut(zero + 55_000_000)
    record.bot(tick(RATE_OUT, 0.04), zero + 500_000_000)
    _, right = finish(record)
    loud = np.flatnonzero(right)
    assert loud[loud < RATE_OUT // 4].max() == int(0.055 * RATE_OUT) - 1
    assert loud[loud > RATE_OUT // 4].min() == RATE_OUT // 2


def test_events_stay_with_the_sound_through_pauses_bursts_and_reconnects_for_half_an_hour(
    tmp_path, clock
):
    """Every tick of the caller is where it was said, and its event is where it is."""
    record = opened(tmp_path / "a", clock)
    rng = np.random.default_rng(2)
    zero, spoken, backlog, secs = clock.ns, [], [], 0.0
    silence = bytes(2 * FRAME)
    stalled_until = muted_until = 0.0
    advanced = 0.0
    while secs < 1_800:
        secs += 0.02
        if secs > max(stalled_until, muted_until) and rng.random() < 0.002:
            stalled_until = secs + rng.uniform(0.05, 0.9)
        elif secs > max(stalled_until, muted_until) and rng.random() < 0.0005:
            muted_until = secs + rng.uniform(2.5, 20)
        if secs < muted_until:
            continue
        ticks = round(secs * 50) % 250 == 0
        if ticks:
            spoken.append(secs - 0.02)
        backlog.append((tick(RATE_IN) if ticks else silence, ticks))
        if secs < stalled_until:
            continue
        clock.ns = zero + int((secs + rng.uniform(0, 0.008)) * 1e9)
        for pcm, ticks in backlog:
            number = record.caller(pcm, clock.ns)
            if ticks:
                record.note("tick", clock.ns, after=number)
        backlog.clear()
        if secs - advanced > 0.1:
            advanced = secs
            record._advance(clock.ns - 400_000_000)
    left, _ = finish(record)
    heard = onsets(left, RATE_OUT)
    noted = [event.secs - 0.02 for event in read_events_of(record) if event.kind == "tick"]
    assert len(heard) == len(spoken) == len(noted)
    assert np.abs(np.array(heard) - spoken).max() < 0.02
    assert np.abs(np.array(heard) - noted).max() < 0.02


def read_events_of(record: Record):
    # The first line is written by whoever watches the call.
    path = record.folder / "events.jsonl"
    began = b'{"v":1,"at":0,"secs":0,"turn":0,"kind":"call.began"}\n'
    path.write_bytes(began + path.read_bytes())
    return read_events(path)


def test_a_sender_whose_clock_is_fast_does_not_shift_the_sound(tmp_path, clock):
    record = opened(tmp_path / "a", clock)
    zero, frames = clock.ns, 50 * 300
    for index in range(frames):
        # 300 ppm: after five minutes the sender is 90 ms ahead.
        clock.ns = zero + int((index + 1) * 0.02 / 1.0003 * 1e9)
        record.caller(tick(RATE_IN) if index == frames - 1 else bytes(2 * FRAME), clock.ns)
        if index % 5 == 0:
            record._advance(clock.ns - 400_000_000)
    left, _ = finish(record)
    assert abs(first_loud(left) / RATE_OUT - (frames - 1) * 0.02 / 1.0003) < 0.02


def test_memory_holds_a_moment_and_not_the_call(tmp_path, clock):
    record = opened(tmp_path / "a", clock)
    zero = clock.ns
    for index in range(50 * 120):
        clock.ns = zero + (index + 1) * 20_000_000
        record.caller(bytes(2 * FRAME), clock.ns)
        if index % 5 == 0:
            record._advance(clock.ns - 400_000_000)
            assert len(record._caller._waiting) < 60
    assert record._tape
    assert max(left.size for left in record._tape._left) < RATE_OUT


def test_sound_that_must_not_be_kept_is_silence_on_its_side_alone(tmp_path, clock):
    record = opened(tmp_path / "a", clock)
    zero = clock.ns
    record.hold(zero + 100_000_000)
    for index in range(50):
        clock.ns = zero + (index + 1) * 20_000_000
        record.caller(tick(RATE_IN), clock.ns)
        record.bot(tick(RATE_OUT), clock.ns)
    record._advance(clock.ns)
    assert record._tape
    assert record._tape.written <= 0.1 * RATE_OUT
    record.silence(0, zero + 200_000_000, zero + 600_000_000)
    record.hold(None)
    left, right = finish(record)
    assert not left[int(0.2 * RATE_OUT) : int(0.6 * RATE_OUT)].any()
    assert left[int(0.05 * RATE_OUT) : int(0.19 * RATE_OUT)].all()
    assert right[int(0.2 * RATE_OUT) : int(0.6 * RATE_OUT)].all()


def test_events_are_kept_without_sound_where_the_bot_may_not_record(tmp_path, clock):
    record = opened(tmp_path / "a", clock, sound=False)
    record.caller(tick(RATE_IN), clock.ns)
    record.note("error", clock.ns, what="x")
    record._advance(None)
    assert not (tmp_path / "a" / "call.flac").exists()
    assert [event.about["what"] for event in read_events_of(record) if event.about] == ["x"]


def test_a_full_disk_ends_the_record_and_tells_once(tmp_path, clock):
    told: list[str] = []
    record = Record(
        Path("/dev/full/a"),
        caller_rate=RATE_IN,
        bot_rate=RATE_OUT,
        clock_ns=clock,
        on_failure=told.append,
    )
    record.start()
    record.close()
    record.caller(tick(RATE_IN), clock.ns)
    record.note("error", clock.ns)
    assert len(told) == 1
    assert record._queue.qsize() == 0


def test_a_disk_that_fills_up_in_mid_call_leaves_what_was_written_and_the_call_goes_on(
    tmp_path, clock, monkeypatch
):
    told: list[str] = []
    record = opened(tmp_path / "a", clock, on_failure=told.append)
    record.note("call.began", clock.ns)
    record._advance(clock.ns)
    assert record._tape

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(record._tape._flac, "write", full)
    record.bot(tick(RATE_OUT, 1.0), clock.ns)
    record.caller(tick(RATE_IN, 1.0), clock.ns)
    record._done.set()
    monkeypatch.setattr(record, "_open", lambda: None)
    record._run()
    assert "No space left" in told[0]
    assert record.caller(tick(RATE_IN), clock.ns) > 0
    events = read_events(record.folder / "events.jsonl")
    assert [event.kind for event in events] == ["call.began"]


_KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from processors.trace.record import Record
record = Record(Path(sys.argv[1]), caller_rate=16000, bot_rate=24000)
record.start()
record.note("call.began", time.monotonic_ns())
rng = np.random.default_rng(0)
began = time.monotonic()
for index in range(10_000):
    time.sleep(max(0, began + index * 0.02 - time.monotonic()))
    record.caller(rng.integers(-9000, 9000, 320, "<i2").tobytes(), time.monotonic_ns())
    record.note("beat", time.monotonic_ns())
    if index % 10 == 0:
        print(index, flush=True)
"""


def test_a_killed_process_leaves_all_but_the_last_second(tmp_path):
    folder = tmp_path / "call"
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    last = 0
    while last < 120:
        last = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert length(folder / "call.flac") is None
    assert mend(folder)
    assert not mend(folder)
    frames = length(folder / "call.flac")
    assert frames is not None
    assert frames / RATE_OUT > last * 0.02 - 1
    events = [event for event in read_events(folder / "events.jsonl") if event.kind == "beat"]
    assert events[-1].secs > last * 0.02 - 1
    assert len((folder / "peaks.bin").read_bytes()) // 2 >= frames // 480 - 1
