"""A server in this event loop and a headless Chromium before it.

The browser's microphone plays a WAV file, its sound processing is off (it would reshape what the
bot hears), and what the page receives is recorded as Opus in WebM.
"""

import asyncio
import base64
import os
import socket
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import av
import numpy as np
import pytest
import uvicorn
from numpy.typing import NDArray
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from pipelines.house import House
from server import make_app
from tests.browser.scripted_bot import ScriptedBot
from tests.house import settings

CHROMIUM = Path("/usr/bin/chromium")
RATE = 16_000

_RAW_MICROPHONE = """
const devices = navigator.mediaDevices;
const open = devices?.getUserMedia.bind(devices);
if (devices) devices.getUserMedia = () => open({ audio: {
  echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
"""
_RECORD = """
const Plain = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Plain {
  constructor(...args) {
    super(...args);
    this.addEventListener('track', ({ track }) => {
      const chunks = [];
      const recorder = new MediaRecorder(new MediaStream([track]), { audioBitsPerSecond: 128000 });
      recorder.ondataavailable = ({ data }) => chunks.push(data);
      recorder.start(200);
      window.recorded = async () => {
        const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
        return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
      };
    });
  }
};
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is here; without Chromium skip it, but fail on the build machine."""
    missing = pytest.mark.skip(reason=f"{CHROMIUM} is missing (on Debian: apt install chromium)")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if not CHROMIUM.exists() and not os.environ.get("CI"):
                item.add_marker(missing)


@dataclass(frozen=True)
class Served:
    """A server at a real port."""

    url: str
    house: House


@asynccontextmanager
async def serving(bots: dict[str, Any], **values: Any) -> AsyncIterator[Served]:
    """Serve `bots` on a free port of this machine, in this event loop."""
    app = make_app(settings(**values), bots)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        async with asyncio.timeout(60):
            while not (server.started and app.state.house.loaded):
                await asyncio.sleep(0.01)
        try:
            yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", app.state.house)
        finally:
            server.should_exit = True
            await task


@pytest.fixture
def bot() -> ScriptedBot:
    """The parrot."""
    return ScriptedBot()


@pytest.fixture
async def served(bot: ScriptedBot) -> AsyncIterator[Served]:
    """A server where the parrot answers."""
    async with serving({"parrot": bot}) as served:
        yield served


OpenPage = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
def open_page(tmp_path: Path) -> OpenPage:
    """`async with open_page(url, mic=pcm)`: a page of a Chromium of its own."""

    @asynccontextmanager
    async def opened(
        url: str, *, mic: NDArray[np.int16] | None = None, allow: bool = True, **context: Any
    ) -> AsyncIterator[Page]:
        async with async_playwright() as playwright:
            flags = _flags(Path(mkdtemp(dir=tmp_path)), mic, allow)
            browser: Browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=flags
            )
            permissions = ["microphone"] if allow else []
            page = await browser.new_page(permissions=permissions, **context)
            if allow:
                await page.add_init_script(_RAW_MICROPHONE)
            await page.add_init_script(_RECORD)
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))

            def keep(line: ConsoleMessage) -> None:
                if line.type == "error":
                    errors.append(line.text)

            page.on("console", keep)
            await page.goto(url)
            yield page
            # A page that is left says so; a browser that is killed is only missed after a while.
            await page.goto("about:blank")
            await browser.close()
        # What the server refuses on purpose shows there too, as "Failed to load resource".
        assert [error for error in errors if "Failed to load resource" not in error] == []

    return opened


def _flags(folder: Path, mic: NDArray[np.int16] | None, allow: bool) -> list[str]:
    flags = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    if allow:
        flags += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    if mic is not None:
        path = folder / "mic.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(mic.tobytes())
        flags.append(f"--use-file-for-fake-audio-capture={path}%noloop")
    return flags


async def recorded(page: Page) -> NDArray[np.int16]:
    """What the page received from the bot so far, mono at 16 kHz."""
    blob = base64.b64decode(await page.evaluate("window.recorded()"))
    pieces = []
    with av.open(BytesIO(blob), "r") as container:
        resampler = av.AudioResampler("s16", "mono", RATE)
        for frame in container.decode(audio=0):
            pieces += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    return np.concatenate(pieces)
