"""The two ends of the line. `open_way` makes the transport that a call arrives by.

::

    SmallWebRTCRunnerArguments ─▶ webrtc     a page in the browser
    DailyRunnerArguments       ─▶ daily      a room link or a telephone call
    LoopbackRunnerArguments    ─▶ loopback   a WAV as the caller
"""

from importlib import import_module

from pipecat.runner.types import RunnerArguments

from pipelines.settings import Settings
from pipelines.transports.way import Way

__all__ = ["Way", "open_way"]

# By class name, so that a way's libraries are imported only when a call arrives by it.
_WAYS = {
    "DailyRunnerArguments": "pipelines.transports.daily",
    "LoopbackRunnerArguments": "pipelines.transports.loopback",
    "SmallWebRTCRunnerArguments": "pipelines.transports.webrtc",
}


async def open_way(runner_args: RunnerArguments, settings: Settings) -> Way:
    """Make the way in for one call.

    Args:
        runner_args: How the call arrives.
        settings: The deployment's settings.

    Raises:
        ValueError: no way in is known for this kind of arguments.
    """
    # Pipecat Cloud hands over subclasses of Pipecat's own arguments.
    for kind in type(runner_args).__mro__:
        if kind.__name__ in _WAYS:
            return await import_module(_WAYS[kind.__name__]).open_way(runner_args, settings)
    known = ", ".join(sorted(_WAYS))
    raise ValueError(f"no way in takes {type(runner_args).__name__}; there are {known}")
