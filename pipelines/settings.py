"""What differs per deployment: keys, numbers, URLs; read from the environment once, at start.

A variable that is unset or empty leaves the default alone. `.env` in the working directory is read
too, and never overrides what the environment already says.
"""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every variable the application reads, by its lower-case name."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    deepgram_api_key: SecretStr | None = None
    anthropic_api_key: SecretStr | None = None
    cartesia_api_key: SecretStr | None = None

    daily_api_key: SecretStr | None = None
    daily_api_url: str = "https://api.daily.co/v1"
    daily_geo: str | None = None  # where rooms are, e.g. "eu-central-1"; Daily chooses by default
    daily_pinless_hmac: SecretStr | None = None  # signs dial-in webhooks; without it none is taken
    daily_dialin_bot: str = "receptionist"  # who answers the telephone
    daily_dialout: bool = False  # whether rooms of telephone calls may dial out (an entitlement)

    join_secs: Annotated[float, Field(gt=0)] = 60.0  # how long a bot waits for its caller
    max_call_secs: Annotated[float, Field(gt=0)] = 1800.0  # how long a call may last

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 7860
