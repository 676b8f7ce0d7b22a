"""A recorded call in a real browser: found, opened, and heard at the moment of an interruption."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Page, expect

from processors.trace.clock import Piece
from processors.trace.events import Event
from processors.trace.summary import write_summary
from processors.trace.tape import Tape
from tests.browser.conftest import OpenPage, Served, serving
from tests.house import TestBot, talk_until_asked
from tests.processors.trace.events_of import call

RATE, SECS, CUT = 24_000, 40, 31.0
EVIL = "<img src=x onerror=\"document.title='evil'\">"

# The loudest frequency of each side while the page plays, in Hz.
_LISTEN = """
const player = document.getElementById('player');
const context = new AudioContext();
const splitter = context.createChannelSplitter(2);
const sides = [0, 1].map((side) => {
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  splitter.connect(analyser, side);
  return analyser;
});
context.createMediaElementSource(player).connect(splitter);
window.hear = () => sides.map((analyser) => {
  const heard = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(heard);
  return heard.indexOf(Math.max(...heard)) * context.sampleRate / analyser.fftSize;
}).concat(player.currentTime, Math.max(...sides.map((analyser) => {
  const wave = new Float32Array(2048);
  analyser.getFloatTimeDomainData(wave);
  return Math.max(...wave);
})));
"""


def pitch(side: int, secs: float) -> float:
    """What a side sounds like in that second: every second of each has a pitch of its own."""
    return (400, 2_000)[side] + 30 * int(secs)


def tone(side: int, secs: int) -> bytes:
    wave = np.sin(2 * np.pi * pitch(side, secs) * np.arange(RATE) / RATE)
    return (9_000 * wave).astype("<i2").tobytes()


def events() -> list[Event]:
    stages = [{"key": "llm_inference", "label": "LLM inference", "ms": 900}]
    cut = {"speaking": True, "heard": "We are open", "dropped": "until five.", "of_turn": 1}
    return call(
        (2.0, 1, "speech.began", {"who": "caller", "secs_ago": 0.2}),
        (4.0, 1, "speech.ended", {"who": "caller", "secs_ago": 0.2}),
        (4.1, 1, "words.final", {"text": f"when do you open {EVIL}", "confidence": 0.4}),
        (4.2, 1, "turn.over", {}),
        (5.0, 1, "speech.began", {"who": "bot"}),
        (5.0, 1, "answer", {"voice_to_voice_ms": 1200, "stages": stages}),
        (5.1, 1, "bot.words", {"text": "We are open"}),
        (CUT - 0.1, 1, "overlap", {"class": "barge-in", "takes_floor": True, "why": "“stop”"}),
        (CUT, 2, "interruption", cut),
        (SECS, 2, "call.ended", {"why": "the caller hung up"}),
    )


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Served]:
    """A server with one recorded call."""
    folder = tmp_path / "calls" / "abc123"
    folder.mkdir(parents=True)
    tape = Tape(folder, RATE, RATE)
    for secs in range(SECS):
        for side in (0, 1):
            tape.sides[side].add(Piece(secs * RATE, tone(side, secs)))
        tape.write()
    tape.close()
    (folder / "events.jsonl").write_bytes(b"".join(event.line() for event in events()))
    write_summary(folder)
    bots = {"test": TestBot(talk_until_asked)}
    async with serving(bots, record_dir=tmp_path / "calls") as served:
        yield served


async def ready(page: Page) -> None:
    await expect(page.locator("body")).to_have_attribute("data-state", "ready", timeout=15_000)


async def test_a_click_on_an_interruption_plays_both_sides_at_that_moment(
    calls: Served, open_page: OpenPage
):
    async with open_page(f"{calls.url}/calls") as page:
        await ready(page)
        await page.get_by_placeholder("What the caller said").fill("when do you")
        await page.get_by_role("link", name="when do you open").click()
        await page.wait_for_url(f"{calls.url}/calls/*")
        await ready(page)
        await page.evaluate(_LISTEN)
        await page.locator('[data-event="interruption"]').click()
        await page.wait_for_function(
            "() => { const h = hear(); return h[3] > 0.1 && h[2] > 30.4; }"
        )
        caller, bot, now, _ = await page.evaluate("hear()")
        assert abs(now - CUT) < 3
        # The analyser hears up to 0.2 s of what came before.
        around = range(int(now - 0.5), int(now) + 1)
        assert any(abs(caller - pitch(0, secs)) < 6 for secs in around)
        assert any(abs(bot - pitch(1, secs)) < 6 for secs in around)
        await expect(page.locator("#detail")).to_contain_text("until five.")
        assert page.url.endswith(f"#t={CUT:.2f}")


async def test_a_link_to_a_moment_leads_to_it_and_the_keyboard_on_from_there(
    calls: Served, open_page: OpenPage
):
    async with open_page(f"{calls.url}/calls/abc123#t=12.50") as page:
        await ready(page)
        await expect(page.locator("#time")).to_contain_text("0:12.5")
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#time")).to_contain_text("0:17.5")
        await page.keyboard.press("n")
        await expect(page.locator("#detail")).to_contain_text("barge-in")
        await page.keyboard.press("n")
        await expect(page.locator("#detail")).to_contain_text("We are open")
        assert await page.evaluate("!document.getElementById('player').paused")
        await page.keyboard.press("Space")
        assert await page.evaluate("document.getElementById('player').paused")
        span = await page.evaluate("window.page.view.span")
        await page.keyboard.press("+")
        assert await page.evaluate("window.page.view.span") == span / 2


async def test_what_a_caller_said_is_text_and_never_mark_up(calls: Served, open_page: OpenPage):
    async with open_page(f"{calls.url}/calls") as page:
        await ready(page)
        await expect(page.locator(".words")).to_contain_text(EVIL)
        await page.goto(f"{calls.url}/calls/abc123")
        await ready(page)
        await expect(page.locator("#story")).to_contain_text(EVIL)
        assert await page.title() != "evil"
        assert await page.locator("img").count() == 0


async def test_an_answer_that_went_over_its_budget_says_where(calls: Served, open_page: OpenPage):
    async with open_page(f"{calls.url}/calls/abc123") as page:
        await ready(page)
        await expect(page.locator("#turns")).to_contain_text("llm +550 ms")
        await page.locator("[data-turn='1']").click()
        await expect(page.locator("#time")).to_contain_text("0:03.8")


async def test_an_exported_call_needs_no_server(calls: Served, open_page: OpenPage, tmp_path: Path):
    async with open_page(f"{calls.url}/calls/abc123") as page:
        await ready(page)
        exported = await page.evaluate("fetch('/calls/abc123/export.html').then((a) => a.text())")
    (tmp_path / "call.html").write_text(exported)
    async with open_page((tmp_path / "call.html").as_uri()) as page:
        await ready(page)
        await expect(page.locator("#story")).to_contain_text("We are open")
        await page.locator('[data-event="interruption"]').click()
        await page.wait_for_function("document.getElementById('player').currentTime > 30.2")


async def test_a_call_that_is_gone_is_said_to_be(calls: Served, open_page: OpenPage):
    async with open_page(f"{calls.url}/calls/gone") as page:
        await expect(page.get_by_role("alert")).to_contain_text("no call gone is recorded")
