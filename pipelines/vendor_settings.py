"""What the vendors of the machines need: keys, models, voices, addresses.

A part of `pipelines.settings.Settings`. A blank variable counts as unset, so that
`CARTESIA_VOICE=` in a copied `.env` keeps the default voice. A region is an address: Deepgram's
European one is `DEEPGRAM_URL=wss://api.eu.deepgram.com`.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings


def _address(*schemes: str) -> AfterValidator:
    def check(address: str) -> str:
        try:
            parts = urlsplit(address)
            named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            named = False
        else:
            named = named and parts.scheme in schemes
        if not named:
            begins = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"{address!r} is no address; it begins with {begins} and names a host")
        return address.rstrip("/")

    return AfterValidator(check)


HttpAddress = Annotated[str, _address("https", "http")]
WebsocketAddress = Annotated[str, _address("wss", "ws")]
Secs = Annotated[float, Field(gt=0)]


class VendorSettings(BaseSettings):
    """The variables of `pipelines.services`, by their lower-case names."""

    deepgram_api_key: SecretStr | None = None
    deepgram_url: WebsocketAddress = "wss://api.deepgram.com"
    # Silence after which Deepgram sends what it has as final. Shorter than the 200 ms after which
    # the VAD takes speech to have stopped, so that the words are there when the turn is decided.
    deepgram_endpointing_ms: Annotated[int, Field(ge=10, le=5000)] = 100
    deepgram_voice: str = "aura-2-helena-en"  # of deepgram/default

    anthropic_api_key: SecretStr | None = None
    anthropic_url: HttpAddress = "https://api.anthropic.com"
    anthropic_fast_model: str = "claude-haiku-4-5"  # of anthropic/fast
    anthropic_strong_model: str = "claude-sonnet-4-6"  # of anthropic/strong

    openai_api_key: SecretStr | None = None
    openai_base_url: HttpAddress | None = None  # e.g. http://127.0.0.1:8000/v1; OpenAI by default
    openai_model: str = "gpt-4.1"  # of openai/default
    openai_fast_model: str | None = None  # where time or money runs out, e.g. "gpt-4.1-mini"

    cartesia_api_key: SecretStr | None = None
    cartesia_url: WebsocketAddress = "wss://api.cartesia.ai/tts/websocket"
    cartesia_model: str = "sonic-3.6"
    cartesia_voice: str = "86e30c1d-714b-4074-a1f2-1cb6b552fb49"  # of cartesia/default

    whisper_device: str = "auto"  # "cpu", "cuda"

    vendor_connect_secs: Secs = 3.0  # how long a connection may take to open
    recogniser_silence_secs: Secs = 3.0  # how long a recogniser may send nothing about a voice
    llm_silence_secs: Secs = 10.0  # how long a language model may send nothing
    voice_silence_secs: Secs = 3.0  # how long a voice may send nothing in the middle of a text

    @model_validator(mode="before")
    @classmethod
    def _leave_out_blanks(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        stripped = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in values.items()
        }
        return {name: value for name, value in stripped.items() if value != ""}
