"""Tools that every bot has."""

from pipecat.frames.frames import EndWorkerFrame, FunctionCallResultProperties
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallParams


async def end_call(params: FunctionCallParams) -> None:
    """End the call. Use it once the caller is done, in the same turn as your goodbye."""
    await params.result_callback(
        {"ended": True}, properties=FunctionCallResultProperties(run_llm=False)
    )
    # Travels behind the goodbye, so the last words are spoken before the line goes.
    await params.llm.push_frame(
        EndWorkerFrame(reason="the bot said goodbye"), FrameDirection.UPSTREAM
    )
