"""Services by their addresses, and which of several serves."""

from collections.abc import Iterator

import pytest
from loguru import logger
from pipecat.frames.frames import TTSSpeakFrame

from pipelines.brief import Brief
from pipelines.services import (
    LLM,
    STT,
    TTS,
    MissingKeyError,
    UnknownServiceError,
    llm,
    preferred,
    stt,
    tts,
)
from tests.house import settings
from tests.pipelines.services.probe import running
from tests.pipelines.services.test_anthropic import asking
from tests.vendors import (
    AnthropicStandIn,
    CartesiaStandIn,
    Cut,
    DeepgramStandIn,
    Silent,
    Status,
)

BRIEF = Brief(name="test", title="Test", persona="", greeting="Hello.")


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The lines of the log of the services, from INFO on."""
    lines: list[str] = []
    sink = logger.add(
        lambda line: lines.append(line.record["message"]),
        level="INFO",
        filter="pipelines.services",
    )
    yield lines
    logger.remove(sink)


@pytest.fixture
def whole_log() -> Iterator[list[str]]:
    """Every line that anybody logs, whatever its level."""
    lines: list[str] = []
    sink = logger.add(lines.append, level="TRACE")
    yield lines
    logger.remove(sink)


@pytest.mark.parametrize(
    ("build", "address", "variable"),
    [
        (stt, "deepgram/nova-3", "DEEPGRAM_API_KEY"),
        (stt, "deepgram/flux", "DEEPGRAM_API_KEY"),
        (tts, "deepgram/default", "DEEPGRAM_API_KEY"),
        (llm, "anthropic/fast", "ANTHROPIC_API_KEY"),
        (llm, "openai/default", "OPENAI_API_KEY"),
        (tts, "cartesia/default", "CARTESIA_API_KEY"),
    ],
)
def test_a_missing_key_is_told_by_the_name_of_its_variable(build, address, variable):
    with pytest.raises(MissingKeyError, match=variable):
        build(address, BRIEF, settings())


@pytest.mark.parametrize(
    ("build", "table"), [(stt, STT), (llm, LLM), (tts, TTS)], ids=["stt", "llm", "tts"]
)
@pytest.mark.parametrize("address", ["nobody/x", "nobody", "embedded/", "/x", ""])
def test_an_unknown_address_is_refused_with_the_vendors_there_are(build, table, address):
    with pytest.raises(UnknownServiceError) as refused:
        build(address, BRIEF, settings())
    assert repr(address) in str(refused.value)
    assert all(f"{vendor}/" in str(refused.value) for vendor in table)


@pytest.mark.parametrize(
    ("stand_in", "build", "address", "vendor"),
    [
        (DeepgramStandIn, stt, "deepgram/nova-3", "deepgram"),
        (DeepgramStandIn, stt, "deepgram/flux", "deepgram"),
        (DeepgramStandIn, tts, "deepgram/default", "deepgram"),
        (AnthropicStandIn, llm, "anthropic/fast", "anthropic"),
        (CartesiaStandIn, tts, "cartesia/default", "cartesia"),
    ],
)
@pytest.mark.parametrize("fault", [Status(401), Silent(), Cut()], ids=str)
async def test_a_failure_tells_nobody_the_key(whole_log, stand_in, build, address, vendor, fault):
    async with stand_in() as double:
        double.fail(fault)
        keyed = settings(
            **{f"{vendor}_api_key": "sk-not-to-be-told", f"{vendor}_url": double.url},
            vendor_connect_secs=0.1,
            llm_silence_secs=0.1,
        )
        async with running(build(address, BRIEF, keyed)) as probe:
            await probe.send(asking(), TTSSpeakFrame("Hello."))
            await probe.until(lambda: probe.errors)
    assert whole_log
    assert not [line for line in whole_log if "not-to-be-told" in line]
    assert not [error for error in probe.errors if "not-to-be-told" in repr(error)]


def test_without_keys_the_embedded_service_serves_and_one_line_says_why(log):
    service = preferred("llm", ("anthropic/fast", "openai/x", "embedded/brain"), BRIEF, settings())
    assert type(service).__module__ == LLM["embedded"]
    [line] = log
    assert line.startswith("test: llm is embedded/brain")
    assert "ANTHROPIC_API_KEY" in line
    assert "OPENAI_API_KEY" in line


def test_with_a_key_the_first_service_serves(log):
    keyed = settings(anthropic_api_key="secret-key")
    service = preferred("llm", ("anthropic/fast", "embedded/brain"), BRIEF, keyed)
    assert type(service).__module__ == LLM["anthropic"]
    assert log == ["test: llm is anthropic/fast"]


def test_with_no_service_left_the_error_names_every_variable():
    with pytest.raises(MissingKeyError, match=r"CARTESIA_API_KEY.*DEEPGRAM_API_KEY"):
        preferred("tts", ("cartesia/default", "deepgram/default"), BRIEF, settings())
