"""The bodies of the server's requests and answers, as its OpenAPI document shows them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """Why something was not done."""

    detail: str


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses` for these status codes, each with a `Problem`."""
    return {code: {"model": Problem} for code in codes}


class BotCard(BaseModel):
    """A bot as the page lists it."""

    name: str
    title: str
    description: str


class StartRequest(BaseModel):
    """Who shall answer, and by which way the caller comes."""

    bot: Annotated[str, Field(min_length=1, max_length=64)]
    transport: Annotated[str, Field(max_length=32)] = "webrtc"


class IceConfig(BaseModel):
    """The `RTCConfiguration` for the caller's side."""

    iceServers: list[dict[str, Any]]


class StartAnswer(BaseModel):
    """Where the caller goes on, soon.

    By WebRTC to `POST /sessions/{sessionId}/api/offer`; by Daily into the room
    `{dailyRoom}?t={dailyToken}`.
    """

    sessionId: str
    iceConfig: IceConfig | None = None
    dailyRoom: str | None = None
    dailyToken: str | None = None


class Pass(BaseModel):
    """What the talk page shows as `Authorization: Bearer …` to start one call."""

    token: str
    expires_in_secs: int


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether a call could be taken now."""

    ready: bool
    live_calls: int
    free_slots: int
