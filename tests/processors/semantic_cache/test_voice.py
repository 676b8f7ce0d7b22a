"""The sound of an answer comes back as it was kept, or not at all."""

from pathlib import Path

import pytest
from pipecat.frames.frames import TTSAudioRawFrame, TTSTextFrame

from processors.semantic_cache.voice import Sound, SpokenAnswers, Voice

VOICE = Voice("cartesia/default", "anna", "sonic", rate_hz=8_000)
HELLO = Sound(b"\x01\x00" * 8_000, 8_000, (("Hello", 0.0), ("there", 0.5)), "Hello there")


def test_a_kept_sound_is_found_by_another_process(tmp_path: Path):
    SpokenAnswers(tmp_path, VOICE).keep(HELLO)
    spoken = SpokenAnswers(tmp_path, VOICE)
    assert spoken.find(HELLO.text) is None, "nothing is read during a call"
    assert spoken.load([HELLO.text, "Never said"]) == 1
    assert spoken.find(HELLO.text) == HELLO


@pytest.mark.parametrize(
    "other",
    [
        Voice("cartesia/default", "berta", "sonic", rate_hz=8_000),
        Voice("cartesia/default", "anna", "sonic-2", rate_hz=8_000),
        Voice("cartesia/default", "anna", "sonic", speed=1.2, rate_hz=8_000),
        Voice("embedded/espeak", "anna", "sonic", rate_hz=8_000),
        Voice("cartesia/default", "anna", "sonic", rate_hz=24_000),
    ],
)
def test_another_voice_model_or_speed_has_its_own_sounds(tmp_path: Path, other: Voice):
    SpokenAnswers(tmp_path, VOICE).keep(HELLO)
    assert SpokenAnswers(tmp_path, other).load([HELLO.text]) == 1


@pytest.mark.parametrize("damage", ["cut", "flip", "words", "audio"])
def test_a_damaged_sound_is_as_if_never_kept(tmp_path: Path, damage: str):
    SpokenAnswers(tmp_path, VOICE).keep(HELLO)
    [audio], [words] = tmp_path.glob("*.wav"), tmp_path.glob("*.json")
    match damage:
        case "cut":
            audio.write_bytes(audio.read_bytes()[:1_000])
        case "flip":
            audio.write_bytes(audio.read_bytes()[:-2] + b"\x7f\x7f")
        case "words":
            words.write_text('{"words": [["Hello"]]}')
        case "audio":
            audio.write_bytes(b"no sound")
    assert SpokenAnswers(tmp_path, VOICE).load([HELLO.text]) == 1


def test_an_empty_sound_is_not_kept(tmp_path: Path):
    with pytest.raises(ValueError, match="0 bytes"):
        SpokenAnswers(tmp_path, VOICE).keep(Sound(b"", 8_000, (), "Hello"))


def test_a_folder_that_is_not_there_holds_no_sound(tmp_path: Path):
    assert SpokenAnswers(tmp_path / "nowhere", VOICE).load(["Hello"]) == 1


def test_words_stand_before_the_audio_in_which_they_are_heard():
    frames = list(HELLO.frames(1_000))
    assert b"".join(f.audio for f in frames if isinstance(f, TTSAudioRawFrame)) == HELLO.pcm
    words = [frame for frame in frames if isinstance(frame, TTSTextFrame)]
    assert [(word.text, word.pts) for word in words] == [("Hello", 1_000), ("there", 500_001_000)]
    before = frames[: frames.index(words[1])]
    heard = sum(len(frame.audio) for frame in before if isinstance(frame, TTSAudioRawFrame))
    assert heard == pytest.approx(0.5 * 16_000, abs=700)
