"""Whole calls over loopback, with a stand-in for the bot, on a clock that jumps."""

import asyncio

import numpy as np
import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndWorkerFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

from pipelines.settings import Settings
from pipelines.transports import open_way
from pipelines.transports.loopback import (
    CallClock,
    Caller,
    CallerAudioError,
    JumpingClock,
    LoopbackRunnerArguments,
    LoopbackTransport,
    RealClock,
    RecordedCaller,
    Recording,
    ScriptedCaller,
)
from pipelines.transports.loopback.transport import Device

IN, OUT = 16_000, 24_000
PARAMS = TransportParams(
    audio_in_enabled=True, audio_out_enabled=True, audio_out_end_silence_secs=0
)


def ramp(secs: float, rate: int) -> np.ndarray:
    """Samples that tell their place: 1, 2, 3, … and never 0."""
    return (np.arange(int(secs * rate)) % 30_000 + 1).astype(np.int16)


def speech(secs: float) -> list[Frame]:
    audio = TTSAudioRawFrame(ramp(secs, OUT).tobytes(), OUT, 1, context_id="c")
    return [TTSStartedFrame(context_id="c"), audio, TTSStoppedFrame(context_id="c")]


class StandIn(FrameProcessor):
    """Counts what comes from the caller and does `acts[n]` when the n-th frame has come."""

    def __init__(self, acts: dict[int, list[Frame]] | None = None) -> None:
        super().__init__()
        self.acts = acts or {}
        self.heard: list[bytes] = []
        self.seen: list[type[Frame]] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.seen.append(type(frame))
        if isinstance(frame, InputAudioRawFrame):
            self.heard.append(frame.audio)
            for act in self.acts.get(len(self.heard), []):
                ends = isinstance(act, EndWorkerFrame)
                where = FrameDirection.UPSTREAM if ends else FrameDirection.DOWNSTREAM
                await self.push_frame(act, where)
        else:
            await self.push_frame(frame, direction)


async def hold(
    caller: Caller,
    bot: StandIn,
    *,
    hang_up_after_secs: float | None = 1.0,
    clock: CallClock | None = None,
) -> tuple[Recording, list[str]]:
    """Hold a call until the caller or the bot ends it; its recording and its events."""
    transport = LoopbackTransport(
        caller,
        params=PARAMS,
        clock=clock or JumpingClock(),
        hang_up_after_secs=hang_up_after_secs,
    )
    worker = PipelineWorker(
        Pipeline([transport.input(), bot, transport.output()]),
        params=PipelineParams(audio_in_sample_rate=IN, audio_out_sample_rate=OUT),
        enable_rtvi=False,
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    events: list[str] = []

    @transport.event_handler("on_client_connected")
    async def connected(transport, client):
        events.append("connected")

    @transport.event_handler("on_client_disconnected")
    async def disconnected(transport, client):
        events.append("disconnected")
        await worker.cancel()

    async with asyncio.timeout(20):
        await runner.run()
    return transport.recording, events


async def test_the_bot_hears_every_sample_in_frames_of_20_ms():
    bot = StandIn()
    recording, events = await hold(RecordedCaller(ramp(0.5, IN)), bot)
    assert {len(pcm) for pcm in bot.heard} == {640}
    heard = np.frombuffer(b"".join(bot.heard), "<i2")
    assert np.array_equal(heard[:8_000], ramp(0.5, IN))
    assert not heard[8_000:].any()
    assert np.array_equal(recording.side("caller")[: len(heard)], heard)
    assert events == ["connected", "disconnected"]


async def test_the_caller_hangs_up_when_the_bot_has_been_quiet_for_so_long():
    recording, _ = await hold(RecordedCaller(ramp(0.5, IN)), StandIn(), hang_up_after_secs=2.0)
    assert recording.secs("caller") == pytest.approx(2.5, abs=0.03)


async def test_the_caller_does_not_hang_up_while_the_bot_speaks():
    bot = StandIn({10: speech(3.0)})
    recording, _ = await hold(RecordedCaller(ramp(0.1, IN)), bot, hang_up_after_secs=1.0)
    assert recording.secs("bot") == pytest.approx(3.2, abs=0.06)
    assert recording.secs("caller") == pytest.approx(4.2, abs=0.1)


async def test_a_caller_without_patience_hangs_up_with_the_last_word():
    recording, events = await hold(RecordedCaller(ramp(0.1, IN)), StandIn(), hang_up_after_secs=0.0)
    assert recording.secs("caller") == pytest.approx(0.1, abs=0.03)
    assert events[-1] == "disconnected"


async def test_the_bot_is_played_in_the_calls_time_without_a_gap():
    bot = StandIn({5: speech(2.0)})
    recording, _ = await hold(RecordedCaller(ramp(0.1, IN)), bot)
    line = recording.side("bot")
    start = int(np.argmax(line != 0))
    assert start / OUT == pytest.approx(0.1, abs=0.021)
    assert np.array_equal(line[start : start + 2 * OUT], ramp(2.0, OUT))


async def test_two_utterances_lie_where_they_were_played():
    bot = StandIn({5: speech(0.4), 50: speech(0.4)})
    recording, _ = await hold(RecordedCaller(ramp(1.2, IN)), bot)
    line = recording.side("bot")
    sounds = np.flatnonzero(np.diff((line != 0).astype(int), prepend=0) == 1) / OUT
    assert sounds == pytest.approx([0.1, 1.0], abs=0.021)


async def test_an_interruption_cuts_the_recording_where_it_cut_the_sound():
    bot = StandIn({5: speech(10.0), 55: [InterruptionFrame()]})
    recording, _ = await hold(RecordedCaller(ramp(2.0, IN)), bot)
    line = recording.side("bot")
    start = int(np.argmax(line != 0))
    played = np.flatnonzero(line)[-1] + 1 - start
    assert played / OUT == pytest.approx(1.0, abs=0.05)
    assert np.array_equal(line[start : start + played], ramp(10.0, OUT)[:played])


async def test_what_must_not_be_interrupted_is_played_to_its_end():
    started, audio, stopped = speech(1.0)
    audio.interruptible = stopped.interruptible = False
    bot = StandIn({5: [started, audio, stopped], 20: [InterruptionFrame()]})
    recording, _ = await hold(RecordedCaller(ramp(2.0, IN)), bot)
    line = recording.side("bot")
    assert np.count_nonzero(line) == OUT


async def test_the_line_is_told_when_the_bot_begins_and_ends():
    bot = StandIn({5: speech(0.5)})
    await hold(RecordedCaller(ramp(0.1, IN)), bot)
    spoken = [kind for kind in bot.seen if kind.__name__.startswith("Bot")]
    assert spoken[0] is BotStartedSpeakingFrame
    assert spoken[-1] is BotStoppedSpeakingFrame


async def test_a_bot_that_ends_the_call_is_heard_to_its_last_word():
    bot = StandIn({5: [*speech(1.0), EndWorkerFrame()]})
    recording, events = await hold(RecordedCaller(ramp(0.1, IN)), bot, hang_up_after_secs=None)
    assert np.count_nonzero(recording.side("bot")) == OUT
    assert events == ["connected"]


async def test_a_script_can_wait_for_the_bot_before_it_goes_on():
    answered = asyncio.Event()

    async def script():
        yield ramp(0.2, IN).tobytes()
        await answered.wait()
        yield ramp(0.2, IN).tobytes()

    class Answering(StandIn):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            await super().process_frame(frame, direction)
            if isinstance(frame, BotStoppedSpeakingFrame):
                answered.set()

    recording, events = await hold(ScriptedCaller(script()), Answering({15: speech(0.6)}))
    voiced = np.flatnonzero(np.diff((recording.side("caller") != 0).astype(int), prepend=0) == 1)
    assert len(voiced) == 2
    assert voiced[1] / IN > 0.8
    assert events == ["connected", "disconnected"]


async def test_a_script_that_fails_is_a_caller_who_hangs_up():
    async def script():
        yield ramp(0.1, IN).tobytes()
        raise RuntimeError("the script is wrong")

    _, events = await hold(ScriptedCaller(script()), StandIn())
    assert events == ["connected", "disconnected"]


async def test_the_same_call_is_the_same_to_the_sample():
    async def once() -> np.ndarray:
        bot = StandIn({5: speech(1.0), 40: [InterruptionFrame()], 60: speech(0.3)})
        recording, _ = await hold(RecordedCaller(ramp(1.5, IN)), bot)
        return recording.stereo()[0]

    assert np.array_equal(await once(), await once())


async def test_a_call_can_run_on_real_time_or_faster():
    bot = StandIn({5: speech(2.0)})
    recording, events = await hold(RecordedCaller(ramp(0.5, IN)), bot, clock=RealClock(pace=20))
    line = recording.side("bot")
    assert np.count_nonzero(line) == 2 * OUT
    assert recording.secs("caller") >= recording.secs("bot") + 0.9
    assert events == ["connected", "disconnected"]


def test_patience_must_not_be_negative():
    with pytest.raises(ValueError, match="hang_up_after_secs"):
        LoopbackTransport(RecordedCaller(ramp(1, IN)), params=PARAMS, hang_up_after_secs=-1)


def test_a_device_plays_no_sample_before_its_time():
    recording = Recording()
    device = Device(recording)
    device.take(ramp(1, 100).tobytes(), 50, interruptible=True)
    device.play(50)
    assert recording.secs("bot") == 0
    device.play(60)
    assert recording.side("bot").tolist() == [0] * 50 + list(range(1, 11))
    device.drop(70)
    assert device.until == 70
    device.play(1_000)
    assert len(recording.side("bot")) == 70


async def test_a_way_in_is_opened_for_a_recording(tmp_path):
    path = Recording().save(tmp_path / "a.wav")
    with pytest.raises(CallerAudioError, match="no sound"):
        await open_way(LoopbackRunnerArguments(caller=path), Settings())
    arguments = LoopbackRunnerArguments(caller=RecordedCaller(ramp(1, IN)))
    way = await open_way(arguments, Settings())
    assert isinstance(way.transport, LoopbackTransport)
    assert way.transport.recording is arguments.recording
    assert (way.in_rate, way.joined_event) == (IN, "on_client_connected")
