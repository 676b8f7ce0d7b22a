"""Other ways of asking what a bot knows, thought up by a model before anybody asks.

::

    fact ─▶ model ─▶ 25 lines ─▶ the cache's own guards ─▶ stored, as if learnt in a call
                                        └─▶ another question: refused

A model that paraphrases changes the meaning now and then; what the cache would call another
question, or another answer's, is thrown away.
"""

from collections.abc import Callable
from dataclasses import dataclass

from anthropic import AnthropicError, AsyncAnthropic

from pipelines.answer_book import AnswerBook
from pipelines.brief import Brief
from pipelines.knowledge import Fact
from pipelines.services.needs import key
from pipelines.settings import Settings

EACH = 25

_TASK = """
People telephone {title} and ask about this: {topic}.
They ask, for instance:
{asked}
The answer is always: {answer}

Write {each} other ways in which callers ask for exactly this answer, as people speak: some short,
some roundabout, some colloquial. Change no number, day, name or condition, and ask for nothing that
the answer does not say. One question a line, nothing else.
""".strip()


class NotParaphrasedError(RuntimeError):
    """A model that did not answer; the message says why."""


@dataclass(frozen=True)
class Paraphrased:
    """How many paraphrases of a fact were stored, and why the others were not."""

    kept: int
    refused: tuple[tuple[str, str], ...]


async def learn_paraphrases(
    brief: Brief,
    settings: Settings,
    *,
    each: int = EACH,
    done: Callable[[int, int], None] = lambda _fact, _of: None,
    client: AsyncAnthropic | None = None,
) -> Paraphrased:
    """Have every fact of a bot paraphrased that has not been yet, and store what is safe.

    Args:
        brief: Whose facts.
        settings: The key, the model and the database.
        each: How many paraphrases of a fact to ask for.
        done: Is told after each fact how many of how many are done.
        client: The vendor's client; by default one with the key of the settings.

    Raises:
        MissingKeyError: there is no key.
        NotParaphrasedError: the model failed; what was stored until then stays.
        AnswerBookError: the database cannot be used.
    """
    client = client or AsyncAnthropic(
        api_key=key(settings, "anthropic_api_key"), base_url=settings.anthropic_url
    )
    kept, refused = 0, []
    facts = brief.knowledge.facts
    async with AnswerBook(brief, settings.database_url) as book:
        learnt = {row.answer for row in await book.rows() if row.origin == "model"}
        for number, fact in enumerate(facts, 1):
            if fact.answer not in learnt:
                lines = await _asked(client, brief, settings.anthropic_strong_model, fact, each)
                reasons = await book.teach(lines, fact.answer)
                kept += sum(not why for why in reasons)
                refused += [pair for pair in zip(lines, reasons, strict=True) if pair[1]]
            done(number, len(facts))
    return Paraphrased(kept, tuple(refused))


async def _asked(
    client: AsyncAnthropic, brief: Brief, model: str, fact: Fact, each: int
) -> list[str]:
    asked = "\n".join(f"- {question}" for question in fact.ask)
    task = _TASK.format(
        title=brief.title, topic=fact.topic, asked=asked, answer=fact.answer, each=each
    )
    try:
        message = await client.messages.create(
            model=model, max_tokens=60 * each, messages=[{"role": "user", "content": task}]
        )
    except AnthropicError as error:
        raise NotParaphrasedError(f"{model} did not paraphrase {fact.topic!r}: {error}") from error
    text = "".join(block.text for block in message.content if block.type == "text")
    lines = (line.strip().lstrip("-*•0123456789.) ") for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))
