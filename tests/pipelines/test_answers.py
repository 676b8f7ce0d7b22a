"""What a bot's calls share: its facts, what a hit saves, and whether the cache answers at all."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipelines.answers import KnownAnswers, price_of_answers, scope_of, seed
from pipelines.brief import Brief
from pipelines.knowledge import Fact, Knowledge, ToolTalk
from processors.semantic_cache import AnswerCache, SpokenAnswers, Voice
from processors.trace.prices import Price, Prices
from tests.house import settings
from tests.processors.semantic_cache.embeddings import WordBag

BRIEF = Brief(
    name="desk",
    title="Desk",
    persona="",
    greeting="Hello!",
    llm=("anthropic/fast", "embedded/brain"),
    knowledge=Knowledge(
        facts=(Fact(topic="hours", ask=("When?",), answer="Always.", also=("until when",)),),
        unanswered=("Why?",),
        tools={"book": ToolTalk(say=("Book a table",))},
    ),
)


def test_a_cache_is_told_what_the_bot_knows_and_what_it_does_not():
    cache = AnswerCache(WordBag())
    seed(cache, BRIEF, None)
    assert {entry.question: entry.answer for entry in cache.entries()} == {
        "When?": "Always.",
        "until when": "Always.",
        "Why?": "",
        "Book a table": "",
    }


@pytest.mark.parametrize("on", [True, False])
def test_a_bot_may_do_without_the_cache(tmp_path: Path, on: bool):
    known = KnownAnswers(
        AnswerCache(WordBag()), scope_of(BRIEF), SpokenAnswers(tmp_path, Voice("embedded/espeak"))
    )
    way = cast(Any, SimpleNamespace(out_rate=24_000))
    station = known.station(replace(BRIEF, cached_answers=on), way, learning=True)
    assert station.enabled is on


def test_a_hit_saves_what_the_model_with_a_key_would_have_cost():
    rates = {"input": 1.0, "output": 5.0}
    prices = Prices((Price("llm", "anthropic", "haiku", dt.date(2020, 1, 1), rates),))
    keyed = settings(anthropic_api_key="test", anthropic_fast_model="haiku-9")
    assert price_of_answers(BRIEF, keyed, prices)(4_000_000, 400_000) == pytest.approx(1.5)


def test_without_a_model_that_costs_anything_a_hit_saves_nothing():
    assert price_of_answers(BRIEF, settings(anthropic_api_key=None))(4_000_000, 400_000) == 0
