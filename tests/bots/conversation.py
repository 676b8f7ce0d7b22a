"""Whole conversations as text through the real line between recogniser and voice, for tests.

::

    "um next tuesday" ─▶ user context ─▶ embedded brain ─▶ assistant context ─▶ "What time …?"
                                              │
                                        the bot's own tools ─▶ the book of appointments

The caller's turns go in as the recogniser writes them down: lower case, no punctuation.
"""

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from pipecat.frames.frames import LLMMessagesAppendFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.processors.aggregators.llm_response_universal import (
    AssistantTurnStoppedMessage,
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from bots.appointments import Appointment, Appointments
from bots.receptionist import RECEPTIONIST
from pipelines.services.embedded.brain.wording import GOODBYE
from pipelines.services.embedded.llm import EmbeddedBrain
from pipelines.tools import end_call

NOW = dt.datetime(2031, 5, 21, 10, 0)  # a Wednesday
PATIENCE_SECS = 20.0


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A time in May 2031; the 21st, a Wednesday, is today."""
    return dt.datetime(2031, 5, day, hour, minute)


def book_of(*booked: Appointment) -> Appointments:
    """A book of appointments on the 21st of May 2031, ten o'clock."""
    return Appointments(clock=lambda: NOW, booked=booked)


@dataclass
class Told:
    """How a conversation went."""

    said: list[str] = field(default_factory=list)  # one reply for each turn of the caller
    calls: list[str] = field(default_factory=list)  # the tools, in their order
    ended: bool = False  # by the bot, after its goodbye


async def converse(book: Appointments, *turns: str) -> Told:
    """Hold a conversation with the receptionist; each turn waits for the reply to the one before.

    It ends as a call does: by the bot's goodbye, or by the caller who hangs up after the last turn.

    Args:
        book: The book it works on.
        turns: What the caller says.
    """
    told, replied = Told(), asyncio.Event()
    context = LLMContext(tools=[*RECEPTIONIST.tools, end_call])
    context.add_message({"role": "assistant", "content": RECEPTIONIST.greeting})
    user, assistant = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies()),
    )

    @assistant.event_handler("on_assistant_turn_stopped")
    async def on_reply(_aggregator: object, message: AssistantTurnStoppedMessage) -> None:
        if message.content:  # nothing is said beside a tool call
            told.said.append(message.content)
            replied.set()

    brain = EmbeddedBrain(RECEPTIONIST, today=lambda: NOW.date())
    worker = PipelineWorker(
        Pipeline([user, brain, assistant]), app_resources=book, enable_rtvi=False
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    try:
        for turn in turns:
            replied.clear()
            said: list[LLMContextMessage] = [{"role": "user", "content": turn}]
            await worker.queue_frame(LLMMessagesAppendFrame(said, run_llm=True))
            await asyncio.wait_for(replied.wait(), PATIENCE_SECS)
        if told.said and told.said[-1].endswith(GOODBYE):
            await asyncio.wait_for(asyncio.shield(running), PATIENCE_SECS)
            told.ended = True
    finally:
        await runner.cancel()
        await running
    told.calls = _called(context)
    return told


def _called(context: LLMContext) -> list[str]:
    messages: list[Any] = context.get_messages()
    calls = [call for message in messages for call in message.get("tool_calls") or ()]
    return [call["function"]["name"] for call in calls]
