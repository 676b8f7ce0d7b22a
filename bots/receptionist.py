"""The front desk of a dental practice: answers questions, books, moves and cancels appointments.

::

    uv run bots/receptionist.py                       serve the talk page with this bot
    uv run bots/receptionist.py --call caller.wav     let a recording be the caller

Copy this file and `receptionist.toml` to make a front desk of your own.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipecat.runner.types import RunnerArguments
from pipecat.services.llm_service import FunctionCallParams

from bots.appointment_talk import as_day, as_start, offered, refusal
from bots.appointments import Appointment, Appointments, Refused
from pipelines._session import run
from pipelines.brief import Brief
from pipelines.knowledge import Knowledge
from pipelines.spoken import spoken_start
from pipelines.streaming import streaming
from processors.escalation import Handover
from processors.turn_taking.held_calls import reads_only

PERSONA = """
You are the automatic front desk of Brightwell Dental, on the telephone. You are warm, calm and
brief. Say one or two short sentences at a time, in plain words, as one speaks: no lists, no
symbols. Ask for one thing at a time. Before you book, move or cancel, say what you are about to do
and wait for a yes. Say plainly when you do not know something, and never claim to be a person.
"""

GREETING = "Brightwell Dental, hello! I am the automatic front desk. How can I help you?"

KNOWLEDGE = Knowledge.read(Path(__file__).with_suffix(".toml"))


@reads_only
async def find_times(params: FunctionCallParams, day: str = "", part: str = "") -> None:
    """Look up which times are free.

    Args:
        day: The day, as YYYY-MM-DD. Leave it out for the soonest.
        part: The part of the day, one of: morning, afternoon. Leave it out for the whole day.
    """
    await _answer(params, lambda book: offered(book, as_day(day) if day else None, part))


async def book_appointment(
    params: FunctionCallParams, reason: str, day: str, time: str, name: str
) -> None:
    """Book an appointment, after the caller has said yes to it.

    Args:
        reason: What it is for, one of: checkup, cleaning, filling, whitening.
        day: The day, as YYYY-MM-DD.
        time: The start, as HH:MM.
        name: First and last name of the patient.
    """
    said = "You are booked {when}. Is there anything else?"
    await _answer(params, lambda book: book.book(name, reason, as_start(day, time)), said)


async def move_appointment(params: FunctionCallParams, name: str, day: str, time: str) -> None:
    """Move the caller's next appointment, after the caller has said yes to it.

    Args:
        name: First and last name of the patient.
        day: The new day, as YYYY-MM-DD.
        time: The new start, as HH:MM.
    """
    said = "Done, your {reason} is now {when}. Is there anything else?"
    await _answer(params, lambda book: book.move(name, as_start(day, time)), said)


async def cancel_appointment(params: FunctionCallParams, name: str) -> None:
    """Cancel the caller's next appointment, after the caller has said yes to it.

    Args:
        name: First and last name of the patient.
    """
    said = "Your {reason} {when} is cancelled. Is there anything else?"
    await _answer(params, lambda book: book.cancel(name), said)


async def _answer(
    params: FunctionCallParams, act: Callable[[Appointments], Any], said: str = ""
) -> None:
    """Do it and say so, or say why not and what is free instead."""
    book: Appointments = params.app_resources
    try:
        result = act(book)
    except Refused as refused:
        result = refusal(refused, book.today)
    if isinstance(result, Appointment):
        when = spoken_start(result.start, book.today)
        result = {"done": True, "say": said.format(reason=result.reason, when=when)}
    await params.result_callback(result)


RECEPTIONIST = Brief(
    name="receptionist",
    title="Brightwell Dental",
    persona=PERSONA,
    greeting=GREETING,
    knowledge=KNOWLEDGE,
    tools=(find_times, book_appointment, move_appointment, cancel_appointment),
    stt=("deepgram/nova-3", "embedded/pocketsphinx"),
    llm=("anthropic/fast", "embedded/brain"),
    tts=("cartesia/default", "embedded/espeak"),
    profile="balanced",
    handover=Handover(to=("desk",), patience_secs=40, at_once_words=("wrong tooth",)),
    goals={
        "book_appointment": "booked",
        "move_appointment": "moved",
        "cancel_appointment": "cancelled",
    },
    resources=Appointments(),
)


async def bot(runner_args: RunnerArguments) -> None:
    """Answer one call."""
    await run(RECEPTIONIST, streaming, runner_args)


if __name__ == "__main__":
    from server import main

    main("receptionist")
