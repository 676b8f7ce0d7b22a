"""Daily: a room that a person opens by a link, or that a telephone call enters by SIP.

A telephone call, from ringing to talking::

    webhook ─▶ room ─▶ bot joins ─▶ dialin-ready ─┐
                       pipeline started ──────────┴─▶ let_through ─▶ the caller hears the greeting

Pipecat lets the call through by itself as soon as the room is ready for it; here that waits until
the bot is, so that nobody is answered by silence.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from pipecat.pipeline.worker import PipelineWorker
from pipecat.runner.types import DailyRunnerArguments, RunnerArguments
from pipecat.transports.daily.transport import DailyParams, DailyTransport

from pipelines.settings import Settings
from pipelines.transports.daily.caller_only import CallerOnly
from pipelines.transports.daily.numbers import DailyNumbers
from pipelines.transports.daily.rooms import RoomError, Rooms
from pipelines.transports.second_voice import SecondVoice
from pipelines.transports.way import Joined, Left, Met, Way
from processors.backchannel_filter import PlayOut


class DailyWay(Way):
    """One call in a Daily room.

    The caller is the first who joins without being an owner; owners are operators, whose voice is
    not transcribed and whose leaving ends nothing.
    """

    transport: DailyTransport

    def __init__(self, runner_args: DailyRunnerArguments, settings: Settings) -> None:
        """Make the transport; it joins when the pipeline starts."""
        self._settings = settings
        self._dialin = _dialin(runner_args.body)
        self._only_caller = CallerOnly()
        self._caller: str | None = None
        self._inside = False
        play_out = PlayOut()
        second_voice = SecondVoice(play_out)
        params = DailyParams(
            api_url=settings.daily_api_url,
            audio_in_enabled=True,
            audio_out_enabled=True,
            camera_out_enabled=False,
            audio_out_filter=second_voice,
        )
        super().__init__(
            transport=DailyTransport(
                runner_args.room_url, runner_args.token, "Downbeat", params=params
            ),
            play_out=play_out,
            second_voice=second_voice,
            guards=(self._only_caller,),
            room_url=runner_args.room_url,
        )
        # Only a telephone can be put through; a browser in the room is no SIP call.
        if self._dialin:
            self.numbers = DailyNumbers(
                self.transport,
                dials_out=settings.daily_dialout,
                not_heard=self._only_caller.operators,
            )

    def on_joined(self, worker: PipelineWorker, call: Joined) -> None:
        """Have `call` awaited when the caller is in the room."""
        started = asyncio.Event()

        @worker.event_handler("on_pipeline_started")
        async def on_pipeline_started(*_: object) -> None:
            started.set()

        @self.transport.event_handler("on_joined")
        async def on_joined(*_: object) -> None:
            self._inside = True

        @self.transport.event_handler("on_participant_joined")
        async def on_participant_joined(_: object, participant: Mapping[str, Any]) -> None:
            if participant.get("info", {}).get("isOwner"):
                self._only_caller.operators.add(participant["id"])
            elif self._caller is None:
                self._caller = participant["id"]
                await call()

        self._started = started

    def on_left(self, call: Left) -> None:
        """Have `call` awaited when the caller has left the room or hung up."""

        @self.transport.event_handler("on_participant_left")
        async def on_participant_left(
            _: object, participant: Mapping[str, Any], reason: str
        ) -> None:
            if participant["id"] == self._caller:
                await call(f"the caller left ({reason})")

        @self.transport.event_handler("on_dialin_stopped")
        async def on_dialin_stopped(*_: object) -> None:
            await call("the caller hung up")

    def on_operator(self, came: Met, gone: Met) -> None:
        """Have `came` and `gone` awaited with an owner's name who joins and leaves the room."""

        @self.transport.event_handler("on_participant_joined")
        async def on_owner_joined(_: object, participant: Mapping[str, Any]) -> None:
            if participant.get("info", {}).get("isOwner"):
                await came(_name_of(participant))

        @self.transport.event_handler("on_participant_left")
        async def on_owner_left(_: object, participant: Mapping[str, Any], reason: str) -> None:
            if participant.get("info", {}).get("isOwner"):
                await gone(_name_of(participant))

    def on_failed(self, call: Left) -> None:
        """Have `call` awaited when the bot cannot get in, is thrown out, or the carrier fails."""

        @self.transport.event_handler("on_error")
        async def on_error(_: object, error: str) -> None:
            # Inside the room an error is one of some feature; outside it there is no call.
            if not self._inside:
                await call(f"the bot could not join: {error}")

        @self.transport.event_handler("on_call_state_updated")
        async def on_call_state_updated(_: object, state: str) -> None:
            if state == "left" and self._inside:
                await call("the bot is out of the room")

        @self.transport.event_handler("on_dialin_error")
        async def on_dialin_error(*_: object) -> None:
            await call("the carrier reported an error")

        @self.transport.event_handler("on_dialin_ready")
        async def on_dialin_ready(_: object, sip_uri: str) -> None:
            if not self._dialin:
                return
            await self._started.wait()
            try:
                async with Rooms(self._settings) as rooms:
                    await rooms.let_through(*self._dialin, sip_uri)
            except RoomError as error:
                await call(str(error))


def _name_of(participant: Mapping[str, Any]) -> str:
    return str(participant["info"].get("userName") or "an operator")


def _dialin(body: Any) -> tuple[str, str] | None:
    """Call id and domain of a telephone call, from what Pipecat's runners put into the body."""
    settings = body.get("dialin_settings") if isinstance(body, dict) else None
    if not isinstance(settings, dict):
        return None
    return str(settings.get("call_id", "")), str(settings.get("call_domain", ""))


async def open_way(runner_args: RunnerArguments, settings: Settings) -> DailyWay:
    """The way in for a call in a Daily room."""
    assert isinstance(runner_args, DailyRunnerArguments)
    return DailyWay(runner_args, settings)
