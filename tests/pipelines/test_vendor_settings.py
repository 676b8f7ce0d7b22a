"""What the vendors need, from the environment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.vendor_settings import VendorSettings
from tests.house import settings

VARIABLES = sorted(name.upper() for name in VendorSettings.model_fields)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing in this machine's environment count."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_variable_never_overrides_a_default(monkeypatch, blank):
    defaults = settings()
    for variable in VARIABLES:
        monkeypatch.setenv(variable, blank)
    assert settings() == defaults
    assert settings().cartesia_voice


def test_a_variable_overrides_its_default_without_the_blanks_around_it(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_FAST_MODEL", " claude-next ")
    monkeypatch.setenv("DEEPGRAM_API_KEY", "secret\n")
    chosen = settings()
    assert chosen.anthropic_fast_model == "claude-next"
    assert chosen.deepgram_api_key
    assert chosen.deepgram_api_key.get_secret_value() == "secret"


def test_a_key_is_not_shown():
    assert "k3y-0f-m1ne" not in repr(settings(deepgram_api_key="k3y-0f-m1ne"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("deepgram_url", "https://api.deepgram.com"),
        ("deepgram_url", "api.deepgram.com"),
        ("deepgram_url", "wss://"),
        ("deepgram_url", "wss://host:port"),
        ("deepgram_url", "wss://host:99999"),
        ("cartesia_url", "http://api.cartesia.ai"),
        ("anthropic_url", "wss://api.anthropic.com"),
        ("openai_base_url", "localhost:8000/v1"),
        ("deepgram_endpointing_ms", "0"),
        ("deepgram_endpointing_ms", "soon"),
        ("vendor_connect_secs", "0"),
        ("llm_silence_secs", "-1"),
    ],
)
def test_what_cannot_work_is_refused_at_start_by_the_name_of_its_variable(variable, value):
    with pytest.raises(ValidationError, match=variable):
        settings(**{variable: value})


def test_an_address_keeps_no_slash_at_its_end():
    assert settings(openai_base_url="http://host/v1/").openai_base_url == "http://host/v1"


@given(st.text(max_size=40).filter(str.strip))
def test_any_text_without_a_scheme_is_refused_with_a_reason(text: str):
    with pytest.raises(ValidationError, match="it begins with wss:// or ws:// and names a host"):
        settings(deepgram_url=text.replace(":", ""))
