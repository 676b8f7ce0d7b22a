"""The two ends of the line. `open_way` makes the transport that a call arrives by.

::

    SmallWebRTCRunnerArguments ─▶ webrtc     a page in the browser
    DailyRunnerArguments       ─▶ daily      a room link or a telephone call
    LoopbackRunnerArguments    ─▶ loopback   a WAV as the caller
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module

from pipecat.audio.filters.base_audio_filter import BaseAudioFilter
from pipecat.pipeline.worker import PipelineWorker
from pipecat.runner.types import RunnerArguments
from pipecat.transports.base_transport import BaseTransport

Joined = Callable[[], Awaitable[None]]
Left = Callable[[str], Awaitable[None]]


@dataclass(kw_only=True)
class Way:
    """How one call arrives: its transport, its sample rates, and when somebody is there.

    Args:
        transport: Pipecat's transport for this call.
        joined_event: The transport's event that says the caller is there; None where the
            caller's page says so itself (RTVI client-ready).
        left_event: The transport's event that says the caller has gone.
        in_rate: Samples per second from the caller.
        out_rate: Samples per second to the caller.
    """

    transport: BaseTransport
    joined_event: str | None = "on_client_connected"
    left_event: str = "on_client_disconnected"
    in_rate: int = 16_000
    out_rate: int = 24_000

    def on_joined(self, worker: PipelineWorker, call: Joined) -> None:
        """Have `call` awaited when the caller is there; it may be called more than once."""

        async def joined(*_: object) -> None:
            await call()

        if self.joined_event is None:
            worker.rtvi.add_event_handler("on_client_ready", joined)
        else:
            self.transport.add_event_handler(self.joined_event, joined)

    def on_left(self, call: Left) -> None:
        """Have `call` awaited with a reason when the caller has gone."""

        async def left(*_: object) -> None:
            await call("the caller hung up")

        self.transport.add_event_handler(self.left_event, left)

    def on_failed(self, call: Left) -> None:
        """Have `call` awaited with what went wrong when the line itself fails."""


async def open_way(runner_args: RunnerArguments, *, play_out: BaseAudioFilter | None = None) -> Way:
    """Make the transport for a call.

    Args:
        runner_args: How the call arrives.
        play_out: A filter that is awaited for every chunk as it is played to the caller.

    Raises:
        ValueError: no way in is known for this kind of arguments.
    """
    kind = type(runner_args).__name__
    if kind not in _WAYS:
        known = ", ".join(sorted(_WAYS))
        raise ValueError(f"no way in takes {kind}; there are {known}")
    return await import_module(_WAYS[kind]).open_way(runner_args, play_out)


# By class name, so that a way's libraries are imported only when a call arrives by it.
_WAYS = {
    "LoopbackRunnerArguments": "pipelines.transports.loopback",
    "SmallWebRTCRunnerArguments": "pipelines.transports.webrtc",
}
