"""The page's modules, fed with messages instead of a call."""

from typing import Any

import pytest

from tests.browser.conftest import OpenPage, Served

_CAPTIONS = """async (messages) => {
  const { Captions } = await import('/static/captions.js');
  const list = document.createElement('ol');
  const captions = new Captions(list, document.createElement('div'), document.createElement('div'));
  captions.clear('Desk');
  for (const [what, data] of messages) captions[what](data);
  return Array.from(list.children, (turn) => [
    turn.dataset.who,
    Array.from(turn.querySelectorAll('p span'), (part) => [part.className, part.textContent.trim()])
      .filter(([, text]) => text),
    turn.classList.contains('cut'),
  ]);
}"""


def heard(text: str, *, final: bool = True, kind: str = "transcription") -> tuple[str, Any]:
    return "userInput", {"text": text, "input_type": kind, "final": final}


def spoken(said: str, coming: str, segment: int = 1) -> tuple[str, Any]:
    status = "in-progress" if coming else "completed"
    progress = {"accumulated_text": said, "remaining_text": coming}
    whole = f"{said} {coming}".strip()
    return "botOutput", {
        "text": whole,
        "segment_id": segment,
        "spoken_status": status,
        "spoken_progress": progress,
        "will_be_spoken": True,
    }


async def shown(open_page: OpenPage, served: Served, *messages: tuple[str, Any]) -> list[Any]:
    async with open_page(served.url) as page:
        return await page.evaluate(_CAPTIONS, [list(message) for message in messages])


async def test_what_the_recogniser_changes_its_mind_about_is_shown_once(
    served: Served, open_page: OpenPage
):
    guesses = [heard("what", final=False), heard("what are", final=False), heard("what are your")]
    assert await shown(open_page, served, *guesses) == [
        ["caller", [["said", "what are your"]], False]
    ]


async def test_a_word_is_ink_once_it_is_spoken(served: Served, open_page: OpenPage):
    said = await shown(open_page, served, spoken("", "We are open"), spoken("We", "are open"))
    assert said == [["bot", [["said", "We"], ["coming", "are open"]], False]]


async def test_words_that_were_cut_off_vanish_even_when_they_arrive_late(
    served: Served, open_page: OpenPage
):
    said = await shown(
        open_page, served, spoken("We", "are open"), ("interrupted", None), spoken("We are", "open")
    )
    assert said == [["bot", [["said", "We"]], True]]


async def test_a_backchannel_stands_beside_the_bots_words_and_breaks_no_turn(
    served: Served, open_page: OpenPage
):
    said = await shown(
        open_page,
        served,
        spoken("We are open.", ""),
        heard("mhm", kind="backchannel"),
        spoken("Until five.", "", segment=2),
    )
    words = [["said", "We are open."], ["aside", "mhm"], ["said", "Until five."]]
    assert said == [["bot", words, False]]


async def test_an_answer_is_a_turn_of_its_own(served: Served, open_page: OpenPage):
    said = await shown(
        open_page,
        served,
        spoken("Hello.", ""),
        heard("your hours"),
        ("turnEnded", None),
        spoken("Until five.", "", segment=2),
        heard("thanks"),
    )
    assert [who for who, _, _ in said] == ["bot", "caller", "bot", "caller"]


@pytest.mark.parametrize(
    ("message", "read"),
    [
        (None, None),
        ({"type": "other"}, None),
        ({"type": "turn-latency", "total_ms": "soon"}, None),
        (
            {"type": "turn-latency", "turn": 1, "total_ms": 9, "stages": [{"name": 1}, None]},
            {"turn": 1, "totalMs": 9, "stages": []},
        ),
        (
            {"type": "turn-latency", "total_ms": 9, "stages": [{"name": "stt", "ms": 4}]},
            {"turn": 0, "totalMs": 9, "stages": [{"name": "stt", "ms": 4}]},
        ),
    ],
)
async def test_a_latency_message_is_read_or_ignored(
    served: Served, open_page: OpenPage, message: Any, read: Any
):
    script = "async (data) => (await import('/static/latency.js')).readLatency(data)"
    async with open_page(served.url) as page:
        assert await page.evaluate(script, message) == read
