"""The tools that every bot has."""

from types import SimpleNamespace
from typing import Any

from pipecat.frames.frames import EndWorkerFrame
from pipecat.processors.frame_processor import FrameDirection

from pipelines.tools import end_call


async def test_the_call_ends_behind_the_goodbye_and_nothing_is_added_to_it():
    happened: list[Any] = []

    async def on_result(result, *, properties):
        happened.append((result, properties.run_llm))

    async def push_frame(frame, direction):
        happened.append((type(frame), direction))

    params: Any = SimpleNamespace(
        result_callback=on_result, llm=SimpleNamespace(push_frame=push_frame)
    )
    await end_call(params)
    assert happened == [
        ({"ended": True}, False),
        (EndWorkerFrame, FrameDirection.UPSTREAM),
    ]
