"""Both sides on one time line."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transports.loopback import Recording


def pcm(*samples: int) -> bytes:
    return np.array(samples, "<i2").tobytes()


def test_silence_fills_what_nobody_said():
    recording = Recording()
    recording.add("caller", pcm(1, 2), 0)
    recording.add("bot", pcm(7), 3)
    both, rate = recording.stereo()
    assert rate == 16_000
    assert both.tolist() == [[1, 0], [2, 0], [0, 0], [0, 7]]


def test_a_recording_only_grows():
    recording = Recording()
    recording.add("bot", pcm(1, 2), 4)
    with pytest.raises(ValueError, match="sample 5"):
        recording.add("bot", pcm(1), 5)


def test_sides_of_different_rates_lie_on_the_same_time():
    recording = Recording()
    recording.set_rate("bot", 24_000)
    click = np.zeros(400, np.int16)
    click[:40] = 20_000
    recording.add("caller", click.tobytes(), 8_000)
    recording.add("bot", click.tobytes(), 12_000)
    both, rate = recording.stereo()
    assert rate == 24_000
    onsets = [int(np.argmax(np.abs(both[:, side].astype(int)) > 8_000)) for side in (0, 1)]
    assert abs(onsets[0] - onsets[1]) <= 3


def test_what_is_saved_can_be_read(tmp_path):
    recording = Recording()
    recording.add("caller", pcm(1, -2, 3), 0)
    recording.add("bot", pcm(4), 1)
    samples, rate = soundfile.read(recording.save(tmp_path / "call.wav"), dtype="int16")
    assert (samples.tolist(), rate) == ([[1, 0], [-2, 4], [3, 0]], 16_000)


def test_a_call_in_which_nothing_was_heard_is_an_empty_file(tmp_path):
    samples, _ = soundfile.read(Recording().save(tmp_path / "call.wav"))
    assert samples.shape == (0, 2)


def test_watchers_hear_each_piece_with_its_place_even_when_nothing_is_kept():
    heard = []
    recording = Recording(keep=False)
    recording.watch(lambda *piece: heard.append(piece))
    recording.add("bot", pcm(1), 5)
    assert heard == [("bot", pcm(1), 5)]
    assert recording.secs("bot") == 6 / 16_000
    assert not recording.side("bot").any()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=10))
def test_every_sample_lies_where_it_was_heard(steps):
    recording, expected, at = Recording(), [], 0
    for gap, length in steps:
        at += gap
        recording.add("bot", pcm(*range(1, length + 1)), at)
        expected += [0] * gap + list(range(1, length + 1))
        at += length
    assert recording.side("bot").tolist() == expected
