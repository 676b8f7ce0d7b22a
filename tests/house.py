"""A whole server in the test's own event loop, with bots of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from aiortc import RTCPeerConnection
from fastapi import FastAPI
from pipecat.runner.types import RunnerArguments

from pipelines import hang_up
from pipelines.house import Answering, House
from pipelines.settings import Settings
from server import make_app


@dataclass(frozen=True)
class TestBot:
    """A bot for the server's table."""

    __test__ = False
    entry: Callable[[RunnerArguments], Awaitable[None]]
    title: str = "Test"
    description: str = "A bot of a test."

    async def warm_up(self, settings: Settings) -> None:
        """There is nothing to load."""


async def talk_until_asked(_: RunnerArguments) -> None:
    """A bot that stays until it is asked to hang up."""
    await hang_up.of_this_call().asked()


@dataclass(frozen=True)
class Running:
    """A server that runs and a client for it."""

    http: httpx.AsyncClient
    house: House
    app: FastAPI

    async def start(self, bot: str = "talk", **headers: str) -> httpx.Response:
        """Ask for a call."""
        return await self.http.post("/start", json={"bot": bot}, headers=headers)

    async def until_empty(self) -> None:
        """Wait until no call is left."""
        async with asyncio.timeout(20):
            while len(self.house.calls) or self.house.calls.admission.taken:
                await asyncio.sleep(0.01)


def settings(**values: Any) -> Settings:
    """Settings from these values and the defaults, not from this machine's environment file."""
    return Settings(_env_file=None, **values)  # pyright: ignore[reportCallIssue]


def database(folder: Path) -> str:
    """The address of a database in `folder`."""
    return f"sqlite+aiosqlite:///{folder / 'downbeat.db'}"


@asynccontextmanager
async def running(
    bots: Mapping[str, Answering] | None = None, **values: Any
) -> AsyncIterator[Running]:
    """Serve `bots`, by default one that is called "talk"."""
    table = {"talk": TestBot(talk_until_asked)} if bots is None else bots
    app = make_app(settings(**values), table)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://bot.test") as http,
    ):
        yield Running(http, app.state.house, app)


class Browser:
    """What a browser does to be called back: an offer, and the answer taken.

    Args:
        kind: What its first media section is.
    """

    def __init__(self, kind: str = "audio") -> None:
        self.peer = RTCPeerConnection()
        self.peer.addTransceiver(kind, direction="sendrecv")
        self.channel = self.peer.createDataChannel("chat")
        self.pc_id = ""

    async def offer(self) -> dict[str, Any]:
        """The body of its first request."""
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return {"sdp": self.peer.localDescription.sdp, "type": "offer"}

    async def close(self) -> None:
        """Leave."""
        await self.peer.close()
