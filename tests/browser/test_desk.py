"""A whole hand-over between two real browsers: the caller's page and the operator's desk.

The pictures of it are kept in `out/desk/`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Page, expect

from processors.escalation.wording import table
from tests.browser.conftest import RATE, OpenPage, Served, recorded, serving
from tests.browser.desk_bot import DeskBot
from tests.browser.likeness import windows_likeness
from tests.browser.scripted_bot import GREETING, HEARD, WORD_SECS, babble

SAYS = table("en")["says"]
TOKEN = "k" * 32
PICTURES = Path("out/desk")
WORD = int(WORD_SECS * RATE)
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def sound(first: int) -> np.ndarray:
    """Half a minute of words that nobody else says, six at a time."""
    pause = np.zeros(2 * WORD, "<i2")
    said = [babble(first + n, RATE) for n in range(84)]
    return np.concatenate([np.concatenate([*said[n : n + 6], pause]) for n in range(0, 84, 6)])


def heard(voice: np.ndarray, received: np.ndarray) -> float:
    """How well the third six words of a voice came through; on a busy machine some are torn."""
    words = slice(16 * WORD, 22 * WORD)
    return windows_likeness(voice[words], received, WORD)


@pytest.fixture
def bot() -> DeskBot:
    return DeskBot()


@pytest.fixture
async def served(bot: DeskBot, tmp_path: Path) -> AsyncIterator[Served]:
    values = {"desk_operators": f"kim:{TOKEN}", "desk_dir": tmp_path / "desk"}
    async with serving({"parrot": bot}, **values) as served:
        yield served


async def said_to(page: Page, text: str) -> None:
    """Wait until the caller has heard every word of it."""
    said = page.locator('li[data-who="bot"] .said', has_text=text)
    await expect(said.last).to_be_visible(timeout=30_000)


async def call(page: Page) -> None:
    await page.get_by_role("button", name="Type instead").click()
    await said_to(page, GREETING)


async def type_in(page: Page, text: str) -> None:
    await page.get_by_label("Type a message").fill(text)
    await page.keyboard.press("Enter")


async def log_in(desk: Page, token: str = TOKEN) -> None:
    await desk.get_by_label("Your token").fill(token)
    await desk.get_by_role("button", name="Log in").click()


async def until(condition: Callable[[], bool], within_secs: float = 30.0) -> None:
    """Wait for it."""
    async with asyncio.timeout(within_secs):
        while not condition():
            await asyncio.sleep(0.05)


async def picture(page: Page, name: str) -> None:
    await page.screenshot(path=PICTURES / f"{name}.png")


async def test_a_person_takes_a_call_is_heard_hears_and_hands_it_back(
    served: Served, bot: DeskBot, open_page: OpenPage
):
    caller_voice, operator_voice = sound(200), sound(900)
    async with (
        open_page(
            f"{served.url}/desk", mic=operator_voice, viewport={"width": 1280, "height": 800}
        ) as desk,
        open_page(served.url, mic=caller_voice) as caller,
    ):
        await log_in(desk)
        await call(caller)
        await type_in(caller, "I want to change my insurance card")
        await said_to(caller, "You said: I want to change")
        await type_in(caller, "let me speak to a human please")
        await said_to(caller, SAYS["calling"])
        card = desk.locator(".card")
        await expect(card).to_have_attribute("data-state", "ringing")
        await expect(card.locator(".why")).to_contain_text("asks for a person")
        await card.click()
        await expect(desk.locator("#facts")).to_contain_text("I want to change my insurance card")
        await picture(desk, "ringing")

        clicked = time.monotonic()
        await desk.get_by_role("button", name="Take over").click()
        await expect(desk.locator("#status")).to_have_text("You have the call. The bot is silent.")
        print(f"\nclick to desk's word of it: {1000 * (time.monotonic() - clicked):.0f} ms")
        await caller.get_by_role("button", name="Talk", exact=True).click()
        await asyncio.sleep(7)  # both speak, and each browser records what it hears
        at_caller, at_desk = await recorded(caller), await recorded(desk)
        answers = len(bot.voice.sent)
        await picture(desk, "taken")

        await caller.get_by_role("button", name="Mute", exact=True).click()
        await until(lambda: bot.ear.at_rest)  # what was on its way would be answered by the bot
        await desk.get_by_role("button", name="Hand back").click()
        await said_to(caller, SAYS["handed_back"])
        await picture(desk, "handed back")
        await expect(card).to_have_attribute("data-state", "bot")
        lines = desk.locator('#lines li[data-who="caller"]', has_text=HEARD)
        await expect(lines.first).to_be_visible()
    assert heard(operator_voice, at_caller) > 2.5 * heard(sound(5000), at_caller)
    assert heard(caller_voice, at_desk) > 2.5 * heard(sound(5000), at_desk)
    assert answers == 3, "the bot was silent while a person had the call"
    audit = (served.house.settings.desk_dir / "audit.jsonl").read_text()
    for action in ("log-in", "look", "take", "listen", "hand back"):
        assert f'"action": "{action}"' in audit


async def test_an_operator_whose_browser_dies_leaves_the_caller_with_the_bot(
    served: Served, open_page: OpenPage
):
    async with open_page(served.url) as caller:
        async with open_page(f"{served.url}/desk", mic=sound(900)) as desk:
            await log_in(desk)
            await call(caller)
            await desk.locator(".card").click()
            await desk.get_by_role("button", name="Take over").click()
            await expect(desk.locator("#status")).to_contain_text("You have the call")
            live = next(iter(served.house.desk.live))
            async with asyncio.timeout(15):
                while not live.line_of:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(1)
        gone = time.monotonic()
        await said_to(caller, SAYS["lost"])
        print(f"\nback with the bot, all of it said, after {time.monotonic() - gone:.1f} s")
        assert live.taken_by == ""


async def test_a_whisper_and_typed_words_do_what_they_say(
    served: Served, bot: DeskBot, open_page: OpenPage
):
    async with open_page(f"{served.url}/desk") as desk, open_page(served.url) as caller:
        await log_in(desk)
        await call(caller)
        await desk.locator(".card").click()
        words = desk.get_by_label("Your words")
        await words.fill("offer Saturday as well")
        await words.press("Enter")
        await expect(desk.locator("#lines")).to_contain_text("kim whispers: offer Saturday")
        await desk.get_by_label("Say to the caller").check()
        await words.fill("We have found your bill.")
        await words.press("Enter")
        await said_to(caller, "We have found your bill.")
        await expect(caller.locator("#captions")).not_to_contain_text("Saturday")


async def test_a_script_in_a_callers_words_stays_words_on_the_desk(
    served: Served, open_page: OpenPage
):
    narrow = {"width": 390, "height": 780}
    async with (
        open_page(f"{served.url}/desk", viewport=narrow, color_scheme="dark") as desk,
        open_page(served.url) as caller,
    ):
        await log_in(desk)
        await call(caller)
        await type_in(caller, EVIL)
        await desk.locator(".card").click()
        await expect(desk.locator('#lines li[data-who="caller"] p')).to_have_text(EVIL)
        assert await desk.locator("#lines img, #lines script, #calls img, #facts img").count() == 0
        assert "Downbeat" in await desk.title()
        await picture(desk, "narrow dark")
        await desk.get_by_role("button", name="Calls").click()
        await expect(desk.locator(".card")).to_be_visible()


async def test_a_wrong_token_opens_nothing(served: Served, open_page: OpenPage):
    async with open_page(f"{served.url}/desk") as desk:
        await log_in(desk, "wrong" * 6)
        await expect(desk.locator("#login-problem")).to_have_text("This token is nobody's.")
        await expect(desk.locator("#calls")).to_be_hidden()
        await picture(desk, "log-in")
