"""Whole calls of the front desk with the vendors' services, on stand-ins that speak as they do.

A spoken caller over the real line; Deepgram's, Anthropic's and Cartesia's own clients over real
sockets. What the recogniser hears and the model says is written down here; that it is heard, said,
done and spoken is not.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from pipecat.frames.frames import ErrorFrame
from pipecat.observers.base_observer import BaseObserver, FramePushed

from bots.receptionist import RECEPTIONIST
from pipelines.answers import close_answers
from pipelines.brief import Brief
from pipelines.settings import Settings
from pipelines.warm_up import warm_up
from tests.benchmarks._errands import coming, new_book, visit
from tests.house import settings
from tests.speech import RATE, has_voice, say
from tests.spoken_caller import Held, answering, hold
from tests.vendors import (
    AnthropicStandIn,
    Asked,
    Call,
    CartesiaStandIn,
    Cut,
    DeepgramStandIn,
    Reply,
    Said,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.realtime,
    pytest.mark.skipif(not has_voice(), reason="flite is not installed: it speaks the callers"),
]

GREETING = "Brightwell Dental, hello!"
WISH = "A checkup on Friday at eleven for John Smith."
OFFER = "Friday at eleven is free. Shall I book it?"
BOOKED = "It is booked. Goodbye!"
FRIDAY = coming("friday", 11)


def front_desk(**changes: Any) -> Brief:
    """The front desk with the vendors' services alone."""
    return replace(
        RECEPTIONIST,
        greeting=GREETING,
        filler="",  # a busy machine would make it say "One moment." now and then
        recording="off",
        stt=RECEPTIONIST.stt[:1],
        llm=RECEPTIONIST.llm[:1],
        tts=RECEPTIONIST.tts[:1],
        **changes,
    )


def receptionist(asked: Asked) -> str | Reply:
    """What the model says: it offers, and books after a yes."""
    if asked.results:
        return BOOKED
    if "yes" in asked.said.lower():
        when = {"day": FRIDAY.date().isoformat(), "time": FRIDAY.strftime("%H:%M")}
        patient = {"name": "John Smith", "reason": "checkup"}
        return Reply(calls=(Call("book_appointment", patient | when),))
    return OFFER


def at(deepgram: str, anthropic: str, cartesia: str) -> Settings:
    """Settings that lead to the vendors at these addresses."""
    return settings(
        deepgram_api_key="test",
        deepgram_url=deepgram,
        anthropic_api_key="test",
        anthropic_url=anthropic,
        cartesia_api_key="test",
        cartesia_url=cartesia,
        cartesia_voice="stand-in",
    )


@pytest_asyncio.fixture(autouse=True, scope="module", loop_scope="module")
async def warm() -> AsyncIterator[None]:
    """What all calls of this file share; no vendor is asked for it."""
    nobody = "127.0.0.1:9"
    await warm_up(front_desk(), at(f"ws://{nobody}", f"http://{nobody}", f"ws://{nobody}"))
    yield
    await close_answers()


@dataclass
class Vendors:
    """The three stand-ins."""

    deepgram: DeepgramStandIn
    anthropic: AnthropicStandIn
    cartesia: CartesiaStandIn


@pytest_asyncio.fixture(loop_scope="module")
async def vendors() -> AsyncIterator[Vendors]:
    """Vendors who understand the caller; as slow as vendors are."""
    script = [Said(0.0, say(line).size / RATE, line) for line in (WISH, "Yes, please.")]
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        yield Vendors(
            await enter(DeepgramStandIn(script, from_onset=True, final_latency=0.15)),
            await enter(AnthropicStandIn(receptionist, first_token=0.2, tokens_per_sec=80)),
            await enter(CartesiaStandIn(first_audio=0.1)),
        )


class Errors(BaseObserver):
    """What went wrong."""

    def __init__(self) -> None:
        super().__init__(observe_every_push=False)
        self.seen: list[str] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        if isinstance(data.frame, ErrorFrame):
            self.seen.append(data.frame.error)


async def held(vendors: Vendors, errors: Errors, *says: str, **changes: Any) -> Held:
    """A call by somebody who says these lines."""
    return await hold(
        front_desk(**changes),
        answering(*says),
        settings=at(vendors.deepgram.url, vendors.anthropic.url, vendors.cartesia.url),
        observers=(errors,),
    )


async def test_an_appointment_is_offered_booked_and_confirmed_through_the_three_vendors(
    vendors: Vendors,
):
    book, errors = new_book(), Errors()
    before = set(book.all())
    call = await held(vendors, errors, WISH, "Yes, please.", resources=book)
    assert call.turns[0].answered_to == GREETING
    assert call.turns[1].answered_to == OFFER
    assert call.last_words == BOOKED
    assert all(turn.heard_secs is not None for turn in call.turns)
    assert set(book.all()) - before == {visit("John Smith", "checkup", FRIDAY)}
    assert vendors.deepgram.counts.finals
    assert vendors.cartesia.counts.contexts >= 3
    assert errors.seen == []


async def test_a_recogniser_that_is_cut_in_mid_sentence_costs_the_caller_no_word(
    vendors: Vendors,
):
    errors = Errors()
    vendors.deepgram.fail(Cut(after=3), times=1)
    call = await held(vendors, errors, WISH)
    assert call.last_words == OFFER
    said = [
        str(request["messages"][-1]["content"]) for request in vendors.anthropic.counts.requests
    ]
    assert any(WISH in words for words in said)
    assert len(vendors.deepgram.counts.queries) == 2
    assert errors.seen
