"""No line of a log holds what was said, or a secret."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger
from pipecat.frames.frames import (
    LLMContextFrame,
    LLMFullResponseEndFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext

from pipelines import quiet_log
from pipelines.quiet_log import bare, hide_words, secrets_of
from pipelines.services import llm, tts
from tests.house import settings
from tests.pipelines.services.probe import running
from tests.pipelines.services.test_anthropic import BRIEF
from tests.vendors import AnthropicStandIn, CartesiaStandIn, Status

KEY = "sk-very-secret-key"


class Log(list[str]):
    """The lines that are written, at every level."""

    @property
    def text(self) -> str:
        return "".join(self)


@pytest.fixture
def log() -> Iterator[Log]:
    lines = Log()
    sink = logger.add(lines.append, level="TRACE", backtrace=True, diagnose=False)
    hide_words([KEY])
    yield lines
    logger.remove(sink)
    logger.configure(patcher=lambda _: None)


async def test_a_models_lines_show_neither_question_nor_answer_nor_instructions(log: Log):
    async with AnthropicStandIn("Crocuses bloom on Thursdays.") as anthropic:
        service = llm(
            "anthropic/fast", BRIEF, settings(anthropic_url=anthropic.url, anthropic_api_key="test")
        )
        async with running(service) as probe:
            context = LLMContext([{"role": "user", "content": "Do narwhals whistle?"}])
            await probe.send(LLMContextFrame(context))
            await probe.until(lambda: probe.got(LLMFullResponseEndFrame))
            anthropic.fail(Status(529))
            await probe.send(LLMContextFrame(context))
            await probe.until(lambda: probe.errors)
    assert "Anthropic#" in log.text
    assert "overloaded_error" in log.text
    for word in ("narwhals", "Crocuses", "Thursdays", BRIEF.persona):
        assert word not in log.text


async def test_a_voices_lines_show_no_text(log: Log):
    async with CartesiaStandIn() as cartesia:
        service = tts(
            "cartesia/v1", BRIEF, settings(cartesia_url=cartesia.url, cartesia_api_key="test")
        )
        async with running(service) as probe:
            await probe.send(TTSSpeakFrame("Narwhals whistle."))
            await probe.until(lambda: probe.got(TTSStoppedFrame))
    assert "Generating TTS […]" in log.text
    assert "whistle" not in log.text.lower()


def test_our_own_lines_keep_their_values_but_no_quotation_and_no_secret(log: Log):
    logger.info(f"call 5 is over: “{'my name is Jo'}”, with {KEY} at {'http://127.0.0.1:7860'}")
    assert "call 5 is over: “…”, with … at http://127.0.0.1:7860" in log.text


def test_below_info_our_own_lines_show_what_stands_in_the_source(log: Log):
    logger.debug(f"the caller said {'my name is Jo'!r}")
    assert "the caller said …" in log.text
    assert "Jo" not in log.text


def test_an_exception_shows_where_and_what_kind_and_no_words(log: Log):
    said = "my name is Jo"
    try:
        raise ValueError(said)
    except ValueError:
        logger.exception("it failed")
    assert "ValueError" in log.text
    assert "test_quiet_log.py" in log.text
    assert "Jo" not in log.text.replace('my name is Jo")', "")


def test_what_libraries_log_goes_the_same_way(log: Log):
    library = logging.getLogger("some.library")
    library.propagate = False
    handler = quiet_log._ToLoguru()
    library.addHandler(handler)
    library.warning("the request %s took %d s", {"content": "my name is Jo"}, 5)
    library.removeHandler(handler)
    assert "some.library" in log.text
    assert "the request … took … s" in log.text


def test_every_secret_of_the_deployment_is_known():
    found = secrets_of(
        settings(
            anthropic_api_key=KEY, api_keys=("first-key", "second-key"), cartesia_api_key="short"
        )
    )
    assert found == [KEY, "second-key", "first-key"]


@given(st.lists(st.text(), min_size=1, max_size=4), st.data())
def test_whatever_is_put_into_a_line_only_names_come_through(parts: list[str], data: Any):
    values = data.draw(st.lists(st.text("äöü ", min_size=1), min_size=3, max_size=3))
    message = parts[0] + "".join(v + p for v, p in zip(values, parts[1:], strict=False))
    shown = bare(message, tuple(parts))
    constants = "".join(parts)
    assert all(letter in constants for letter in shown if letter in "äöü")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Anthropic#0", "Anthropic#0"),
        ("Error code: 529 - {'type': 'overloaded_error'}", "… 529 overloaded_error"),
        ("my code is 5291", "…"),
        ("", ""),
    ],
)
def test_names_of_services_and_errors_are_shown(value: str, shown: str):
    assert bare(f"a {value} b", ("a ", " b")) == f"a {shown} b"
