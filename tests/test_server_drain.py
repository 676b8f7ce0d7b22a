"""A server of its own process that is told to stop while a call is held."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

# The call waits to be asked to hang up and then says why on its standard output.
_SERVER = """
import asyncio, sys
import uvicorn
from pipecat.runner.types import RunnerArguments
from pipelines import hang_up
from pipelines.draining_server import DrainingServer
from server import make_app
from tests.house import TestBot, settings

async def bot(_):
    print("asked:", await hang_up.of_this_call().asked(), flush=True)

app = make_app(settings(), {"talk": TestBot(bot)})
house = app.state.house
config = uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1)
server = DrainingServer(config, lambda: house.calls.drain(float(sys.argv[1])))

async def main():
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    house.calls.begin(house.calls.reserve("talk", bot), RunnerArguments())
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving

asyncio.run(main())
"""


@pytest.fixture
def started(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server that lets calls go on for the given seconds, and its address."""
    command = [sys.executable, "-c", _SERVER, str(request.param)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    port = process.stdout.readline().strip()
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.mark.parametrize("started", [1.0], indirect=True)
def test_told_to_stop_it_lets_the_call_go_on_and_then_ends_it(
    started: tuple[subprocess.Popen[str], str],
):
    process, url = started
    process.send_signal(signal.SIGTERM)
    _until(lambda: httpx.get(f"{url}/ready").status_code == 503)
    assert httpx.get(f"{url}/health").status_code == 200
    refused = httpx.post(f"{url}/start", json={"bot": "talk"})
    assert (refused.status_code, refused.json()["reason"]) == (503, "draining")
    said, _ = process.communicate(timeout=20)
    assert "asked: drained" in said


@pytest.mark.parametrize("started", [600.0], indirect=True)
def test_told_twice_it_ends_the_call_at_once(started: tuple[subprocess.Popen[str], str]):
    process, url = started
    process.send_signal(signal.SIGTERM)
    _until(lambda: httpx.get(f"{url}/ready").status_code == 503)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert "asked: drained" in said


def _until(true: object, within_secs: float = 10) -> None:
    assert callable(true)
    deadline = time.monotonic() + within_secs
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
