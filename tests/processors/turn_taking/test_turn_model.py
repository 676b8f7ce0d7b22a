import asyncio
import threading

import numpy as np
import pytest

from processors.turn_taking.turn_model import TurnModel, samples_for_model, shared_turn_model

SECOND = bytes(2 * 16_000)


class Scripted(TurnModel):
    """A turn model whose thread waits to be let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.fails = False

    def _judge(self, samples: np.ndarray) -> float:
        self.let_go.wait(5)
        if self.fails:
            raise ValueError("broken")
        return 0.7


async def test_the_event_loop_goes_on_while_the_model_thinks():
    model = Scripted()
    asked = asyncio.create_task(model.complete(SECOND, 16_000))
    await asyncio.sleep(0)
    assert not asked.done()
    model.let_go.set()
    assert await asked == pytest.approx(0.7)


async def test_behind_a_long_queue_there_is_no_answer_rather_than_a_late_one():
    model = Scripted()
    asked = [asyncio.create_task(model.complete(SECOND, 16_000)) for _ in range(8)]
    await asyncio.sleep(0)
    model.let_go.set()
    answers = await asyncio.gather(*asked)
    assert answers[0] == pytest.approx(0.7)
    assert answers[-1] is None
    assert model.skipped == answers.count(None)


async def test_a_model_that_fails_has_no_opinion():
    model = Scripted()
    model.fails = True
    model.let_go.set()
    assert await model.complete(SECOND, 16_000) is None


async def test_silence_that_is_no_sound_at_all_is_not_judged():
    assert await Scripted().complete(b"", 16_000) is None


def test_all_calls_of_a_process_share_one_model():
    assert shared_turn_model() is shared_turn_model()


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000])
def test_the_model_gets_the_last_eight_seconds_at_its_own_rate(rate: int):
    assert samples_for_model(bytes(2 * rate * 20), rate).size == 8 * 16_000


async def test_the_real_model_judges_a_second_of_silence():
    probability = await TurnModel().complete(SECOND, 16_000)
    assert probability is not None
    assert 0.0 <= probability <= 1.0
