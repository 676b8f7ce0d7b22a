"""How one call arrives: its transport, its rates, and who tells when somebody is there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from pipecat.observers.base_observer import BaseObserver
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_transport import BaseTransport

from pipelines.transports.second_voice import SecondVoice
from processors.backchannel_filter import PlayOut

Joined = Callable[[], Awaitable[None]]
Left = Callable[[str], Awaitable[None]]
Gone = Callable[[], Awaitable[None]]
Met = Callable[[str], Awaitable[object]]


@dataclass(frozen=True)
class Reached:
    """What came of ringing a number up.

    Args:
        here: Whether whoever answers is in this call; else the caller goes away to them.
        problem: Why it cannot be reached; empty when it can.
    """

    here: bool
    problem: str = ""


class Numbers(Protocol):
    """Telephone numbers that can be reached from one call."""

    async def reach(self, to: str, gone: Gone) -> Reached:
        """Ring `to` up until it answers or will not; `gone` when who answered has hung up."""
        ...

    async def let_go(self) -> None:
        """Ring nobody any more, and end the line of a colleague who is here."""
        ...


@dataclass(kw_only=True)
class Way:
    """The caller's end of a line.

    Args:
        transport: Pipecat's transport for this call.
        play_out: The gate for the bot's voice at the caller's ear.
        second_voice: What is around that gate, the transport's `audio_out_filter`: through it a
            person may speak; None where the transport has only the gate.
        numbers: Telephone numbers that can be reached; None where none can be.
        room_url: Of a room that an operator may join beside the caller; "" where there is none.
        guards: Processors that stand right behind the transport's input.
        observers: Whoever watches a call that arrives this way.
        cuts_at_once: Whether the transport forgets what it was handed and has not played when the
            caller interrupts; else that (40 ms) is heard.
        joined_event: The transport's event that says the caller is there; None where the
            caller's page says so itself (RTVI client-ready).
        in_rate: Samples per second from the caller.
        out_rate: Samples per second to the caller.
    """

    transport: BaseTransport
    play_out: PlayOut = field(default_factory=PlayOut)
    second_voice: SecondVoice | None = None
    numbers: Numbers | None = None
    room_url: str = ""
    guards: tuple[FrameProcessor, ...] = ()
    observers: tuple[BaseObserver, ...] = ()
    cuts_at_once: bool = False
    joined_event: str | None = "on_client_connected"
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

        self.transport.add_event_handler("on_client_disconnected", left)

    def on_operator(self, came: Met, gone: Met) -> None:
        """Have `came` and `gone` awaited with the name of an operator who joins and leaves."""

    def on_failed(self, call: Left) -> None:
        """Have `call` awaited with what went wrong when the line itself fails."""
