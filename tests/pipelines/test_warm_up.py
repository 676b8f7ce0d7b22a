"""What is loaded before the first caller."""

from typing import Any

import pytest

from pipelines import warm_up as module
from pipelines.answers import close_answers
from pipelines.services import UnknownServiceError
from pipelines.services.embedded.process import shared_worker, stop_workers
from pipelines.services.embedded.stt import RECOGNIZER
from pipelines.services.embedded.tts import SPEAKER
from pipelines.warm_up import warm_up
from processors.turn_taking import shared_turn_model
from tests.house import settings
from tests.pipelines.quick_line import brief

EMBEDDED = {
    "stt": ("embedded/pocketsphinx",),
    "llm": ("embedded/brain",),
    "tts": ("embedded/espeak",),
}


async def test_the_embedded_processes_are_up_and_hold_no_call():
    try:
        await warm_up(brief(**EMBEDDED), settings())
        for worker in (shared_worker(RECOGNIZER), shared_worker(SPEAKER)):
            assert worker._process is not None
            assert worker._process.returncode is None
            assert not worker._channels
        assert shared_turn_model()._analyzer is not None
    finally:
        await close_answers()
        await stop_workers()


async def test_a_service_with_nothing_to_load_is_no_trouble(monkeypatch):
    monkeypatch.setattr(module, "preferred", lambda *_: object())
    try:
        await warm_up(brief(**EMBEDDED), settings())
    finally:
        await close_answers()


async def test_what_the_first_call_would_miss_is_told_at_once():
    wrong: Any = EMBEDDED | {"tts": ("embedded/nobody",)}
    with pytest.raises(UnknownServiceError, match="nobody"):
        await warm_up(brief(**wrong), settings())
