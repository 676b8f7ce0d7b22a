"""A model's other ways of asking are stored when no guard calls them another question."""

from pathlib import Path

import pytest

from pipelines.answer_book import AnswerBook
from pipelines.brief import Brief
from pipelines.knowledge import Fact, Knowledge
from pipelines.paraphrases import NotParaphrasedError, learn_paraphrases
from pipelines.services import MissingKeyError
from pipelines.settings import Settings
from tests.house import settings
from tests.vendors import AnthropicStandIn
from tests.vendors.server import Status

OPEN = "On Sundays from nine to noon."
BRIEF = Brief(
    name="desk",
    title="Desk",
    persona="",
    greeting="Hello!",
    knowledge=Knowledge(
        facts=(Fact(topic="sundays", ask=("Are you open on Sunday?",), answer=OPEN),)
    ),
)
LINES = """
- do you open on Sunday
2. are you open on Monday
is it true that you are not open on Sunday
Are you open on Sunday?

are you there on Sunday
"""


def of(tmp_path: Path, vendor: AnthropicStandIn) -> Settings:
    return settings(
        database_url=f"sqlite+aiosqlite:///{tmp_path}/answers.db",
        anthropic_url=vendor.url,
        anthropic_api_key="test",
    )


async def stored(given: Settings) -> list[str]:
    async with AnswerBook(BRIEF, given.database_url) as book:
        return sorted(row.question for row in await book.rows())


async def test_paraphrases_are_stored_and_other_questions_refused(tmp_path: Path):
    async with AnthropicStandIn(LINES) as vendor:
        given = of(tmp_path, vendor)
        result = await learn_paraphrases(BRIEF, given)
        assert await stored(given) == ["are you there on Sunday", "do you open on Sunday"]
    assert result.kept == 2
    assert dict(result.refused) == {
        "are you open on Monday": "when",
        "is it true that you are not open on Sunday": "negation",
        "Are you open on Sunday?": "is stored",
    }


async def test_what_was_paraphrased_is_not_asked_for_again(tmp_path: Path):
    async with AnthropicStandIn(LINES) as vendor:
        given = of(tmp_path, vendor)
        await learn_paraphrases(BRIEF, given)
        await learn_paraphrases(BRIEF, given)
        assert len(vendor.counts.requests) == 1


async def test_a_model_that_fails_is_named(tmp_path: Path):
    async with AnthropicStandIn() as vendor:
        vendor.fail(Status(400))
        with pytest.raises(NotParaphrasedError, match="did not paraphrase 'sundays'"):
            await learn_paraphrases(BRIEF, of(tmp_path, vendor))


async def test_without_a_key_nothing_is_thought_up(tmp_path: Path):
    url = f"sqlite+aiosqlite:///{tmp_path}/answers.db"
    with pytest.raises(MissingKeyError):
        await learn_paraphrases(BRIEF, Settings(database_url=url, anthropic_api_key=None))
