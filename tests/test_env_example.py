"""`.env.example` names every variable, with the default that it has."""

from pathlib import Path

import pytest

from pipelines.settings import Settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def variables() -> dict[str, str]:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def test_every_variable_is_named_and_no_other():
    assert set(variables()) == {name.upper() for name in Settings.model_fields}


def test_copied_as_it_is_it_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    copied = Settings(_env_file=EXAMPLE)  # pyright: ignore[reportCallIssue]
    assert copied == Settings(_env_file=None)  # pyright: ignore[reportCallIssue]
