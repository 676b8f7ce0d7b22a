"""The gate at the end of the line, chunk by chunk."""

import asyncio

import numpy as np
import pytest

from processors.backchannel_filter import PlayOut
from processors.backchannel_filter.play_out import SpeechMark
from processors.backchannel_filter.script import Script

CHUNK = np.full(640, 1000, "<i2").tobytes()  # 40 ms at 16 kHz


async def speaking(**settings) -> PlayOut:
    """A gate in the middle of a speech."""
    gate = PlayOut(**settings)
    await gate.start(16_000)
    await gate.process_frame(SpeechMark(script=Script(known_secs=9.0)))
    return gate


async def test_an_open_gate_changes_nothing():
    gate = await speaking()
    assert await gate.filter(CHUNK) == CHUNK


async def test_a_held_chunk_comes_out_unchanged_when_the_voice_goes_on():
    gate = await speaking()
    gate.hold()
    waiting = asyncio.create_task(gate.filter(CHUNK))
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.go_on()
    assert await waiting == CHUNK


async def test_a_held_chunk_is_thrown_away_when_the_voice_is_cut_and_so_is_what_follows():
    gate = await speaking()
    gate.hold()
    waiting = asyncio.create_task(gate.filter(CHUNK))
    await asyncio.sleep(0)
    gate.cut()
    assert await waiting == b""
    assert await gate.filter(CHUNK) == b""
    await gate.process_frame(SpeechMark())
    assert await gate.filter(CHUNK) == CHUNK


async def test_a_hold_that_nobody_ends_ends_by_itself():
    gate = await speaking(max_hold_secs=0.01)
    gate.hold()
    assert await gate.filter(CHUNK) == CHUNK
    assert not gate.held


async def test_speech_that_may_not_be_interrupted_is_neither_held_nor_cut():
    gate = await speaking()
    await gate.process_frame(SpeechMark(script=Script(interruptible=False)))
    gate.hold()
    assert await gate.filter(CHUNK) == CHUNK
    gate.cut()
    assert await gate.filter(CHUNK) == CHUNK


async def test_a_lowered_voice_glides_down_and_up_again():
    gate = await speaking(duck_gain=0.5)
    gate.duck(True)
    gliding, low = [np.frombuffer(await gate.filter(CHUNK), "<i2") for _ in range(2)]
    assert (gliding[0], gliding[-1]) == (1000, 500)
    assert set(low) == {500}
    gate.duck(False)
    await gate.filter(CHUNK)
    assert await gate.filter(CHUNK) == CHUNK


@pytest.mark.parametrize(
    "settings", [{"max_hold_secs": 0}, {"duck_gain": 1.5}, {"buffered_secs": -0.1}]
)
def test_settings_that_cannot_work_are_refused_by_name(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        PlayOut(**settings)
