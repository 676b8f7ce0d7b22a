"""The time of a call."""

import asyncio

import pytest

from pipelines.transports.loopback import JumpingClock, RealClock


async def test_a_jumping_clock_wakes_everyone_at_their_deadline_in_order():
    clock = JumpingClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *deadlines: float) -> None:
        for deadline in deadlines:
            await clock.sleep_until(deadline)
            woken.append((name, clock.now()))

    await asyncio.gather(sleeper("a", 1, 3, 3600), sleeper("b", 2, 2, 4))
    assert woken == [("a", 1), ("b", 2), ("b", 2), ("a", 3), ("b", 4), ("a", 3600)]


async def test_a_jumping_clock_passes_over_a_sleeper_who_was_cancelled():
    clock = JumpingClock()
    gone = asyncio.create_task(clock.sleep_until(10))
    await asyncio.sleep(0)
    gone.cancel()
    await clock.sleep_until(20)
    assert clock.now() == 20


async def test_real_time_stands_at_zero_until_the_call_starts_and_then_does_not_drift():
    clock = RealClock(pace=100)
    assert clock.now() == 0
    clock.start()
    for beat in range(1, 50):
        await clock.sleep_until(beat * 0.02)
        assert clock.now() >= beat * 0.02
    clock.start()
    assert clock.now() >= 0.98


@pytest.mark.parametrize("pace", [0, -1, float("nan")])
def test_a_pace_that_is_not_positive_is_refused(pace):
    with pytest.raises(ValueError, match="pace"):
        RealClock(pace)
