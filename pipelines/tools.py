"""Tools that every bot has."""

from collections.abc import Awaitable, Callable
from typing import Any

from pipecat.frames.frames import EndWorkerFrame, FunctionCallResultProperties
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallParams

from processors.escalation.door import PersonDoor

CALLING = "I will get a colleague for you. You can go on talking to me meanwhile."
NOBODY = "Nobody is at the desk right now. I have left a note, and a colleague will call you back."


async def end_call(params: FunctionCallParams) -> None:
    """End the call. Use it once the caller is done, in the same turn as your goodbye."""
    await params.result_callback(
        {"ended": True}, properties=FunctionCallResultProperties(run_llm=False)
    )
    # Travels behind the goodbye, so the last words are spoken before the line goes.
    await params.llm.push_frame(
        EndWorkerFrame(reason="the bot said goodbye"), FrameDirection.UPSTREAM
    )


def escalate_through(door: PersonDoor) -> Callable[..., Awaitable[Any]]:
    """The tool with which a bot calls a person into its own call."""

    async def escalate(params: FunctionCallParams, reason: str) -> None:
        """Get a human colleague on the line: the caller asks for one, or you cannot help them.

        Args:
            reason: Why, in a few words for the colleague.
        """
        rings = await door.escalate(reason)
        said = CALLING if rings else NOBODY
        await params.result_callback({"rings": rings, "say": said})

    return escalate
