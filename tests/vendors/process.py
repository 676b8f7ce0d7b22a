"""The stand-ins in a process of their own, so that they share no event loop with what is measured.

::

    async with vendors(
        deepgram={"script": [Said(0, 1.2, "Are you open?")], "final_latency": 0.15},
        anthropic={"answers": "Yes, until five.", "first_token": 0.25, "tokens_per_sec": 80},
        cartesia={"first_audio": 0.12},
    ) as at:
        settings = Settings(deepgram_url=at["deepgram"].url, deepgram_api_key="test", …)
        ...
        state = await at["deepgram"].state()          # {"counts": …, "timeline": …}

Arguments are those of the stand-ins. An answer that is a function is given by its name,
`{"answers": "tests.benchmarks.latency:answer"}`: a text with a colon and no space.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.vendors.anthropic import AnthropicStandIn
from tests.vendors.cartesia import CartesiaStandIn
from tests.vendors.deepgram import DeepgramStandIn
from tests.vendors.faults import Fault
from tests.vendors.hearing import Said
from tests.vendors.openai import OpenAIStandIn
from tests.vendors.server import FAULT_PATH, STATE_PATH, StandIn

STAND_INS: dict[str, type[StandIn]] = {
    "deepgram": DeepgramStandIn,
    "anthropic": AnthropicStandIn,
    "cartesia": CartesiaStandIn,
    "openai": OpenAIStandIn,
}


@dataclass(frozen=True)
class Remote:
    """A stand-in in another process."""

    url: str

    async def state(self) -> dict[str, Any]:
        """Its counts and timeline."""
        return await self._ask("GET", STATE_PATH)

    async def fail(self, fault: Fault, *, times: int = 1) -> None:
        """Let its next requests fail this way."""
        about = {"fault": type(fault).__name__, "about": asdict(fault), "times": times}
        await self._ask("POST", FAULT_PATH, about)

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        address = f"http://{urlsplit(self.url).netloc}{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, address, json=body) as response,
        ):
            return await response.json()


@asynccontextmanager
async def vendors(**arguments: Mapping[str, Any]) -> AsyncIterator[dict[str, Remote]]:
    """Run the named stand-ins in a child process, each with its arguments."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.vendors",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin
    assert child.stdout
    try:
        child.stdin.write(json.dumps(arguments, default=asdict).encode() + b"\n")
        line = await child.stdout.readline()
        if not line:
            raise RuntimeError(f"the stand-ins ended at once, with {await child.wait()}")
        yield {name: Remote(url) for name, url in json.loads(line).items()}
    finally:
        child.stdin.close()
        await child.wait()


async def serve(arguments: Mapping[str, Mapping[str, Any]]) -> None:
    """Run stand-ins until standard input ends; prints their addresses as one line of JSON."""
    async with AsyncExitStack() as stack:
        urls = {}
        for name, given in arguments.items():
            stand_in = STAND_INS[name](**_revived(given))
            urls[name] = (await stack.enter_async_context(stand_in)).url
        print(json.dumps(urls), flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _revived(given: Mapping[str, Any]) -> dict[str, Any]:
    revived = dict(given)
    if "script" in revived:
        revived["script"] = [Said(**said) for said in revived["script"]]
    answers = revived.get("answers")
    if isinstance(answers, str) and ":" in answers and " " not in answers:
        module, _, name = answers.partition(":")
        revived["answers"] = getattr(import_module(module), name)
    return revived
