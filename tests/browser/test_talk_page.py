"""The talk page in a real browser, with a bot whose every sound is known."""

import asyncio

import numpy as np
import soxr
from playwright.async_api import Page, expect

from tests.browser.conftest import RATE, OpenPage, Served, recorded, serving
from tests.browser.likeness import windows_likeness
from tests.browser.scripted_bot import GREETING, HEARD, OUT_RATE, WORD_SECS, ScriptedBot, babble
from tests.house import TestBot, talk_until_asked

WORD = int(WORD_SECS * RATE)
LEAD = int(1.6 * RATE)


def caller_sound() -> np.ndarray:
    """Time for the greeting, six words that the bot never makes, silence."""
    sound = np.concatenate([babble(50 + n, RATE) for n in range(6)])
    return np.concatenate([np.zeros(LEAD, "<i2"), sound, np.zeros(6 * RATE, "<i2")])


async def start(page: Page, button: str = "Start talking") -> None:
    await page.get_by_role("button", name=button).click()


async def until_said(page: Page, text: str) -> None:
    """Wait until every word of it is spoken."""
    said = page.locator('li[data-who="bot"] .said', has_text=text)
    await expect(said.first).to_be_visible(timeout=20_000)


async def test_a_caller_and_a_bot_hear_each_other(
    served: Served, bot: ScriptedBot, open_page: OpenPage
):
    caller = caller_sound()
    async with open_page(served.url, mic=caller) as page:
        await start(page)
        await until_said(page, f"You said: {HEARD}.")
        heard = page.locator('li[data-who="caller"]', has_text=HEARD)
        await expect(heard).to_be_visible()
        await expect(page.locator("details.latency").first).to_be_visible()
        received = await recorded(page)
    arrived = np.frombuffer(bytes(bot.ear.heard), "<i2")
    spoken = caller[LEAD : LEAD + 6 * WORD]
    answer = soxr.resample(bot.voice.sent[-1], OUT_RATE, RATE)
    # Half a word is short enough for Chromium's stretching of late packets not to matter, and long
    # enough to be told from words that nobody said.
    other = np.concatenate([babble(80 + n, RATE) for n in range(4)])
    assert windows_likeness(spoken, arrived, WORD // 2) > 0.7
    assert windows_likeness(answer, received, WORD // 2) > 0.7
    assert windows_likeness(other, arrived, WORD // 2) < 0.5
    assert windows_likeness(other, received, WORD // 2) < 0.5


async def test_words_that_are_typed_are_answered_in_the_same_conversation(
    served: Served, open_page: OpenPage
):
    async with open_page(served.url) as page:
        await start(page, "Type instead")
        await until_said(page, GREETING)
        await page.get_by_label("Type a message").fill("is <b>this</b> mark-up?")
        await page.keyboard.press("Enter")
        await until_said(page, "You said: is <b>this</b> mark-up?.")
        turns = page.locator("#captions li.typed")
        await expect(turns).to_have_count(1)
        await expect(turns.locator("p")).to_have_text("is <b>this</b> mark-up?")
        assert await page.locator("#captions b").count() == 0
        await expect(page.locator("#announce")).to_contain_text("You said: is <b>this</b>")


async def test_a_refused_microphone_leads_to_typing(served: Served, open_page: OpenPage):
    async with open_page(served.url, allow=False) as page:
        await start(page)
        await until_said(page, GREETING)
        await expect(page.locator("#hint")).to_contain_text("type below")
        await expect(page.get_by_label("Type a message")).to_be_focused()
        await page.keyboard.type("hello")
        await page.keyboard.press("Enter")
        await until_said(page, "You said: hello.")


async def test_a_microphone_may_be_opened_in_the_middle_of_a_call(
    served: Served, bot: ScriptedBot, open_page: OpenPage
):
    async with open_page(served.url, mic=caller_sound()) as page:
        await start(page, "Type instead")
        await until_said(page, GREETING)
        await page.get_by_role("button", name="Talk", exact=True).click()
        await until_said(page, f"You said: {HEARD}.")


async def test_a_muted_caller_is_not_heard(served: Served, bot: ScriptedBot, open_page: OpenPage):
    async with open_page(served.url, mic=caller_sound()) as page:
        await start(page)
        await page.get_by_role("button", name="Mute", exact=True).click()
        await expect(page.get_by_role("button", name="Unmute")).to_have_attribute(
            "aria-pressed", "true"
        )
        already = len(bot.ear.heard)
        async with asyncio.timeout(20):
            while len(bot.ear.heard) < already + 4 * RATE * 2:
                await asyncio.sleep(0.05)
    after = np.frombuffer(bytes(bot.ear.heard[already + RATE :]), "<i2")
    assert np.abs(after).max() < 200


async def test_hanging_up_ends_the_call_on_both_sides(
    served: Served, bot: ScriptedBot, open_page: OpenPage
):
    async with open_page(served.url) as page:
        await start(page)
        await until_said(page, GREETING)
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.locator("#state")).to_have_text("Call ended")
        await expect(page.locator("#summary")).to_contain_text("on the line")
        async with asyncio.timeout(10):
            await bot.ended.wait()
            while len(served.house.calls):
                await asyncio.sleep(0.01)
        await page.get_by_role("button", name="Call again").click()
        await until_said(page, GREETING)


async def test_a_page_that_is_closed_in_the_middle_of_a_word_frees_the_call(
    served: Served, bot: ScriptedBot, open_page: OpenPage
):
    async with open_page(served.url) as page:
        await start(page)
        await expect(page.locator('li[data-who="bot"]')).to_be_visible(timeout=20_000)
    async with asyncio.timeout(10):
        await bot.ended.wait()
        while served.house.calls.admission.taken:
            await asyncio.sleep(0.01)


async def test_a_closing_server_ends_the_call_and_the_page_says_so(
    served: Served, open_page: OpenPage
):
    async with open_page(served.url) as page:
        await start(page)
        await until_said(page, GREETING)
        await served.house.calls.drain(0)
        await expect(page.locator("#state")).to_have_text("Call ended")


async def test_busy_lines_are_said_plainly_and_can_be_tried_again(
    bot: ScriptedBot, open_page: OpenPage
):
    bots = {"parrot": bot, "other": TestBot(talk_until_asked)}
    async with (
        serving(bots, max_calls=1) as served,
        open_page(f"{served.url}/?bot=parrot") as page,
    ):
        taken = served.house.calls.reserve("other", talk_until_asked)
        await start(page)
        await expect(page.get_by_role("alert")).to_contain_text("All lines are busy")
        await served.house.calls.end(taken, "abandoned")
        await page.get_by_role("button", name="Try again").click()
        await until_said(page, GREETING)


async def test_the_page_works_where_keys_are_required(bot: ScriptedBot, open_page: OpenPage):
    async with (
        serving({"parrot": bot}, api_keys="secret") as served,
        open_page(served.url) as page,
    ):
        await start(page)
        await until_said(page, GREETING)


async def test_the_whole_call_can_be_held_by_keyboard(served: Served, open_page: OpenPage):
    async with open_page(served.url) as page:
        await expect(page.get_by_role("radio", name="Parrot")).to_be_checked()
        await page.get_by_role("radio", name="Parrot").focus()
        await page.keyboard.press("Enter")
        await until_said(page, GREETING)
        names = []
        for _ in range(8):
            await page.keyboard.press("Tab")
            names.append(await page.evaluate("document.activeElement.id"))
        for name in ("mute", "hang-up", "scroll", "words"):
            assert name in names


async def test_nothing_is_loaded_from_anywhere_else(served: Served, open_page: OpenPage):
    async with open_page("about:blank") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(served.url)
        await start(page)
        await until_said(page, GREETING)
    assert asked
    assert [url for url in asked if not url.startswith(served.url)] == []
