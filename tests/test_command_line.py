"""`uv run bots/receptionist.py --call FILE`: what one sees when the file is no caller."""

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import server


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> str | int | None:
    """The command's exit code or its last message."""
    monkeypatch.setattr(sys, "argv", ["receptionist.py", *map(str, arguments)])
    with pytest.raises(SystemExit) as exited:
        server.main("receptionist")
    return exited.value.code


def wav(path: Path, samples: np.ndarray) -> Path:
    soundfile.write(path, samples, 16_000)
    return path


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"hello, I am no recording", "cannot be read as a WAV file"),
        (b"RIFF\xff\xff\xff\xffWAVE", "cannot be read as a WAV file"),
        (None, "there is no file"),
    ],
)
def test_a_file_that_cannot_call_is_one_line_of_explanation(monkeypatch, tmp_path, content, told):
    caller = tmp_path / "caller.wav"
    if content is not None:
        caller.write_bytes(content)
    message = run(monkeypatch, "--call", caller, "--out", tmp_path / "out")
    assert isinstance(message, str)
    assert told in message
    assert "caller.wav" in message
    assert "\n" not in message


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_loaded(monkeypatch, tmp_path):
    caller = wav(tmp_path / "caller.wav", np.zeros(100, np.int16))
    message = run(monkeypatch, "--call", caller, "--out", caller / "inside")
    assert isinstance(message, str)
    assert "--out" in message


@pytest.mark.parametrize("answered", [True, False])
def test_exits_with_0_only_when_the_bot_answered(monkeypatch, tmp_path, answered):
    async def rehearsed(*_, **__):
        return answered

    monkeypatch.setattr(server, "rehearse", rehearsed)
    caller = wav(tmp_path / "caller.wav", np.zeros(100, np.int16))
    assert run(monkeypatch, "--call", caller) == (0 if answered else 1)


def test_an_option_that_does_not_exist_is_a_usage_error(monkeypatch):
    assert run(monkeypatch, "--nonsense") == 2
