"""What differs per deployment: keys, numbers, URLs; read from the environment once, at start.

A variable that is unset or empty leaves the default alone. `.env` in the working directory is read
too, and never overrides what the environment already says.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from pipelines.admission import calls_for_this_machine
from pipelines.vendor_settings import VendorSettings

# Several values in one variable, with commas between; NoDecode: they are no JSON.
Names = Annotated[tuple[str, ...], NoDecode]


class Settings(VendorSettings):
    """Every variable the application reads, by its lower-case name."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

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
    trusted_proxies: str = "127.0.0.1"  # whose X-Forwarded-For is believed; commas between
    log_level: str = "INFO"  # at every level without what callers say

    database_url: str = "sqlite+aiosqlite:///var/downbeat.db"  # or postgresql+asyncpg://…
    record_dir: Path = Path("var/calls")  # where calls are written down
    record_keep_days: Annotated[float, Field(gt=0)] = 30.0  # then a call is deleted whole
    max_call_dollars: Annotated[float, Field(ge=0)] = 0.0  # what a call may cost; 0: no limit
    otlp_endpoint: str | None = None  # where spans go, e.g. "http://localhost:4318/v1/traces"
    otlp_headers: SecretStr | None = None  # "name=value" with commas between, e.g. authorization
    call_url: str | None = None  # the address of the pages, for links in spans

    # Who may use the desk, commas between: "name:token", or "name:token:2026-12-31" until that day.
    # Without any, the desk answers on this machine only.
    desk_operators: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    desk_dir: Path = Path("var/desk")  # where tickets and the audit log are written
    desk_webhook: str | None = None  # where tickets are posted
    desk_webhook_secret: SecretStr | None = None  # signs them

    # Who may POST /start, commas between; everybody when empty.
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    metrics_token: SecretStr | None = None  # opens /metrics; without it this machine only
    allowed_origins: Names = ()  # other sites whose pages may call, e.g. "https://example.com"
    # Calls at once; one more is refused with 503. By default what this machine carries.
    max_calls: int = Field(ge=1, default_factory=calls_for_this_machine)
    starts_per_minute: Annotated[float, Field(gt=0)] = 60.0  # from one address
    offer_secs: Annotated[float, Field(gt=0)] = 30.0  # from POST /start to the browser's offer
    drain_secs: Annotated[float, Field(ge=0)] = 30.0  # how long calls may go on after SIGTERM

    ice_servers: Names = ()  # STUN and TURN, e.g. "stun:stun.l.google.com:19302,turn:turn.me:3478"
    turn_username: str | None = None
    turn_credential: SecretStr | None = None

    @field_validator("api_keys", "desk_operators", "allowed_origins", "ice_servers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value
