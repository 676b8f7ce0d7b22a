"""Who calls: recordings of any kind, and scripts."""

import asyncio

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.transports.loopback import (
    CallerAudioError,
    RecordedCaller,
    ScriptedCaller,
    read_caller,
)

TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)).astype(np.float32)


def tone(rate: int, channels: int = 1) -> np.ndarray:
    """A second of 440 Hz, (samples, channels) float32."""
    line = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    return np.repeat(line[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_becomes_the_rate_of_the_line(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", tone(rate), rate)
    heard = read_caller(tmp_path / "a.wav")
    assert heard.dtype == np.int16
    assert abs(len(heard) - 16_000) <= 2
    middle = heard[2_000:14_000] / 32768
    assert np.corrcoef(middle, TONE[2_000:14_000])[0, 1] > 0.99


@pytest.mark.parametrize(
    "width", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"]
)
def test_any_width_is_the_same_sound(tmp_path, width):
    soundfile.write(tmp_path / "a.wav", tone(16_000), 16_000, subtype=width)
    heard = read_caller(tmp_path / "a.wav") / 32768
    assert np.abs(heard - TONE).max() < 0.02


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_channels_are_mixed(tmp_path, channels):
    soundfile.write(tmp_path / "a.wav", tone(16_000, channels), 16_000)
    heard = read_caller(tmp_path / "a.wav") / 32768
    assert heard.shape == (16_000,)
    assert np.abs(heard - TONE).max() < 0.001


def test_silence_and_noise_are_callers_too(tmp_path):
    for name, line in {
        "silence": np.zeros(8_000),
        "noise": np.random.default_rng(1).normal(0, 0.1, 8_000),
    }.items():
        soundfile.write(tmp_path / f"{name}.wav", line, 16_000)
        assert len(read_caller(tmp_path / f"{name}.wav")) == 8_000


def test_samples_that_are_no_numbers_and_too_loud_ones_are_tamed(tmp_path):
    line = np.array([np.nan, np.inf, -np.inf, 3.0, -3.0, 0.0], np.float32)
    soundfile.write(tmp_path / "a.wav", line, 16_000, subtype="FLOAT")
    assert read_caller(tmp_path / "a.wav").tolist() == [0, 32767, -32768, 32767, -32768, 0]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CallerAudioError, match=r"no file .*gone\.wav"):
        read_caller(tmp_path / "gone.wav")


def test_a_directory_is_no_caller(tmp_path):
    with pytest.raises(CallerAudioError, match="no file"):
        read_caller(tmp_path)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(CallerAudioError, match="empty"):
        read_caller(tmp_path / "a.wav")


def test_a_header_without_sound_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    with pytest.raises(CallerAudioError, match="holds no sound"):
        read_caller(tmp_path / "a.wav")


@pytest.mark.parametrize("content", [b"hello, I am a text file" * 9, b"RIFF", b"RIFF\x00\x00\x00"])
def test_a_file_that_is_no_wav_is_refused_with_a_way_out(tmp_path, content):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(CallerAudioError, match="ffmpeg"):
        read_caller(tmp_path / "a.wav")


def test_another_format_is_refused_by_its_name(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(16_000), 16_000, format="FLAC")
    with pytest.raises(CallerAudioError, match="FLAC"):
        read_caller(tmp_path / "a.wav")


def test_more_than_an_hour_is_refused_before_it_is_read(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(3_601 * 100, np.int16), 100)
    with pytest.raises(CallerAudioError, match="3601 s long"):
        read_caller(tmp_path / "a.wav")


def test_a_recording_is_taken_from_its_first_sample_to_its_last():
    caller = RecordedCaller(np.arange(1, 6, dtype=np.int16))
    taken = [caller.take(3), caller.take(3), caller.take(3)]
    assert taken[2] is None
    heard = np.frombuffer((taken[0] or b"") + (taken[1] or b""), "<i2")
    assert heard.tolist() == [1, 2, 3, 4, 5, 0]


@settings(max_examples=30)
@given(st.lists(st.integers(0, 500), max_size=8), st.integers(1, 400))
def test_a_script_is_heard_whole_whatever_the_length_of_its_pieces(lengths, count):
    async def hear() -> bytes:
        async def script():
            for length in lengths:
                yield b"\x01\x00" * length

        caller = ScriptedCaller(script())
        caller.start()
        heard = b""
        for _ in range(20_000):
            await asyncio.sleep(0)
            piece = caller.take(count)
            if piece is None:
                return heard
            assert len(piece) == 2 * count
            heard += piece
        raise AssertionError("the script never ended")

    assert asyncio.run(hear()).count(b"\x01\x00") == sum(lengths)


async def test_a_script_goes_on_when_what_it_gave_has_been_spoken():
    asked: list[str] = []

    async def script():
        asked.append("first")
        yield bytes(2 * 100)
        asked.append("second")
        yield bytes(2 * 100)

    caller = ScriptedCaller(script())
    caller.start()
    for _ in range(5):
        await asyncio.sleep(0)
    caller.take(60)
    for _ in range(5):
        await asyncio.sleep(0)
    assert asked == ["first"]
    caller.take(60)
    for _ in range(5):
        await asyncio.sleep(0)
    assert asked == ["first", "second"]
    caller.close()
