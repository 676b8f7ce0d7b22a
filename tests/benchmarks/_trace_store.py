"""The pages where there is much: ten thousand calls in the list, an hour in one call."""

import asyncio
import json
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from playwright.async_api import async_playwright

from pipelines.call_pages import call_pages
from processors.trace.clock import Piece
from processors.trace.events import Event
from processors.trace.index import CallIndex
from processors.trace.summary import write_summary
from processors.trace.tape import Tape
from tests.browser.conftest import CHROMIUM, serving
from tests.house import TestBot, talk_until_asked

RATE = 24_000
_PLAYS = """() => {
  const player = document.getElementById('player');
  return player.currentTime > 1 && player.readyState > 2 && !player.seeking;
}"""


async def store(scale: float) -> dict[str, Any]:
    """Ask for the list and for searches of many calls; the first time builds the index."""
    count = round(10_000 * scale)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for number in range(count):
            _call(root / f"call{number:05}", number)
        app = FastAPI()
        app.include_router(call_pages(CallIndex(root), lambda _: None))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as http:
            built = await _ms(http, "")
            times = {
                query: round(median([await _ms(http, query, pause=1.05) for _ in range(3)]))
                for query in ("", "text=parking", "outcome=booked&order=slowest", "dearer=0.01")
            }
    return {
        "calls": count,
        "first_ms": round(built),
        "then_ms": times,
        "worst": max(times.values()),
    }


async def _ms(http: httpx.AsyncClient, query: str, pause: float = 0.0) -> float:
    await asyncio.sleep(pause)  # so that the index looks at the folders again
    began = time.perf_counter()
    answer = await http.get(f"/calls.json?{query}")
    assert answer.status_code == 200
    return 1000 * (time.perf_counter() - began)


def _call(folder: Path, number: int) -> None:
    folder.mkdir()
    day = 1 + number % 28
    wall = f"2026-11-{day:02}T10:00:00.000Z"
    (folder / "events.jsonl").write_bytes(Event("call.began", wall=wall).line())
    row = {"id": folder.name, "bot": "desk", "title": "The Desk", "began": wall, "secs": 90.5}
    row |= {"turns": 6, "outcome": ("booked", "answered", "given up")[number % 3]}
    row |= {"median_ms": 400 + number % 700, "worst_ms": 900 + number % 2_000}
    row |= {"dollars": number % 40 / 1_000, "interruptions": number % 3, "errors": number % 50 == 0}
    row |= {"flags": "interrupted", "words": "is there any parking · " * 12, "why_ended": "goodbye"}
    (folder / "summary.json").write_text(json.dumps(row))


async def page(scale: float) -> dict[str, Any]:
    """Open a call of an hour: until the page can be used, and until a click is heard."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "hour"
        folder.mkdir()
        await asyncio.to_thread(_hour, folder, round(3_600 * scale))
        bots = {"bench": TestBot(talk_until_asked)}
        async with (
            serving(bots, record_dir=Path(place)) as served,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"]
            )
            tab = await browser.new_page()
            times, clicks = [], []
            for _ in range(5):
                began = time.perf_counter()
                await tab.goto(f"{served.url}/calls/hour")
                await tab.wait_for_selector('[data-state="ready"]', timeout=60_000)
                times.append(time.perf_counter() - began)
                began = time.perf_counter()
                cuts = tab.locator('[data-event="interruption"]')
                await cuts.nth(await cuts.count() // 2).click()
                await tab.wait_for_function(_PLAYS)
                clicks.append(time.perf_counter() - began)
                await tab.goto("about:blank")
            await browser.close()
    return {
        "secs": round(3_600 * scale),
        "ready_secs": round(median(times), 2),
        "worst_ready_secs": round(max(times), 2),
        "click_to_sound_secs": round(median(clicks), 2),
    }


def _hour(folder: Path, secs: int) -> None:
    rng = np.random.default_rng(1)
    voice = rng.integers(-4_000, 4_000, RATE, "<i2").tobytes()
    tape = Tape(folder, RATE, RATE)
    events = [Event("call.began", wall="2026-11-24T10:00:00.000Z", about={"rate": RATE})]
    for now in range(secs):
        tape.sides[(now // 4) % 2].add(Piece(now * RATE, voice))
        tape.sides[1 - (now // 4) % 2].fill((now + 1) * RATE)
        tape.write()
        events += _second(now)
    tape.close()
    lines = b"".join(event.line() for event in events)
    (folder / "events.jsonl").write_bytes(lines)
    write_summary(folder)


def _second(now: int) -> list[Event]:
    turn, phase, said = now // 8 + 1, now % 8, {"text": "what are your opening hours please"}
    kinds: dict[int, list[tuple[str, dict[str, Any]]]] = {
        0: [("speech.began", {"who": "caller"}), ("turn.began", {})],
        2: [("words.partial", said), ("words.partial", said), ("draft.started", said)],
        3: [("speech.ended", {"who": "caller"}), ("words.final", said), ("turn.over", {})],
        4: [
            ("answer", {"voice_to_voice_ms": 600, "stages": [{"key": "llm_inference", "ms": 400}]}),
            *[("bot.words", {"text": word}) for word in "We are open from eight to five".split()],
        ],
        7: [("interruption", {"speaking": True, "dropped": "five"})],
    }
    return [
        Event(kind, now * RATE, float(now), turn, "2026-11-24T10:00:00.000Z", about)
        for kind, about in kinds.get(phase, [])
    ]
