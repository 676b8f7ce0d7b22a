"""The front desk in a real browser, with no key: spoken to, listened to, typed to."""

import numpy as np
import pytest
from playwright.async_api import expect

from bots import BOTS
from tests import speech
from tests.browser.conftest import RATE, OpenPage, recorded, serving

WAIT_MS = 40_000


@pytest.fixture(scope="module")
def caller() -> np.ndarray:
    """A recording of a caller who waits for the greeting and asks for the opening hours."""
    try:
        question = speech.say("what are your opening hours")
    except speech.VoiceMissing as missing:
        pytest.skip(str(missing))
    pieces = (speech.pause(9.0), question, speech.pause(20.0))
    return speech.concat(*pieces).astype("<i2")


async def test_the_front_desk_answers_a_spoken_and_a_typed_question(
    caller: np.ndarray, open_page: OpenPage
):
    async with (
        serving({"receptionist": BOTS["receptionist"]}) as served,
        open_page(served.url, mic=caller) as page,
    ):
        bot = page.locator('li[data-who="bot"]')
        await page.get_by_role("button", name="Start talking").click()
        await expect(bot.first).to_contain_text("How can I help you?", timeout=WAIT_MS)

        heard = page.locator('li[data-who="caller"]').first
        await expect(heard).to_contain_text("opening hours", timeout=WAIT_MS)
        await expect(bot.nth(1)).to_contain_text("Monday to Friday", timeout=WAIT_MS)
        await expect(page.locator("details.latency").first).to_be_visible(timeout=WAIT_MS)

        await page.get_by_label("Type a message").fill("Is there parking?")
        await page.keyboard.press("Enter")
        await expect(bot.last).to_contain_text("park", timeout=WAIT_MS, ignore_case=True)
        sound = await recorded(page)
    assert np.sqrt(np.mean(sound.astype(float) ** 2)) > 100, "the bot was heard"
    assert sound.size > 5 * RATE
