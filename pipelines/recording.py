"""Write a call down: the one place where a call and its trace are put together.

::

    async with recorded(brief, way, line, settings, call_id) as observers:
        …                      the call is held; observers=[*observers, …]

A bot's brief says whether sound and words may be kept at all (`recording`) and whether private data
is masked before it is stored (`redact`).
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from loguru import logger
from pipecat.observers.base_observer import BaseObserver
from pipecat.observers.user_bot_latency_observer import LatencyBreakdown, UserBotLatencyObserver

from pipelines import metrics
from pipelines.brief import Brief
from pipelines.line import Line
from pipelines.settings import Settings
from pipelines.transports.way import Way
from processors.trace import CallScript, Record, RecordError, TraceObserver, write_summary

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def folder_name(call_id: str) -> str:
    """The name of a call's folder; an id that is not fit for one becomes its hash.

    >>> folder_name("3f2a"), folder_name("../../etc")[:5]
    ('3f2a', 'call-')
    """
    if _ID.fullmatch(call_id):
        return call_id
    return "call-" + hashlib.sha256(call_id.encode()).hexdigest()[:32]


@asynccontextmanager
async def recorded(
    brief: Brief, way: Way, line: Line, settings: Settings, call_id: str
) -> AsyncIterator[list[BaseObserver]]:
    """Record the call that is held inside; gives the observers that have to watch it.

    Args:
        brief: The bot, with its policy.
        way: Its gate is listened to.
        line: Its drafts are watched.
        settings: Where records go.
        call_id: Names the record.
    """
    if brief.recording == "off":
        yield []
        return
    folder = settings.record_dir / folder_name(call_id)
    record = Record(
        folder,
        caller_rate=way.in_rate,
        bot_rate=way.out_rate,
        sound=brief.recording in ("on", "consent"),
        on_failure=lambda _: metrics.RECORD_FAILURES.inc(),
    )
    script = CallScript(
        record,
        _about(brief, record, call_id),
        waits=brief.recording == "consent",
        masks=brief.redact,
    )
    way.play_out.listen(script.bot_sound, script.bot_cut)
    latency = UserBotLatencyObserver()
    latency.add_event_handler("on_latency_breakdown", _Answers(script).on_answer)
    record.start()
    try:
        yield [TraceObserver(script, line.drafts), latency]
    finally:
        script.ended()
        await asyncio.shield(asyncio.to_thread(_finish, record, folder))


class _Answers:
    """Passes on how long answers took."""

    def __init__(self, script: CallScript) -> None:
        self._script = script

    async def on_answer(self, _: object, breakdown: LatencyBreakdown) -> None:
        if breakdown.user_turn_start_time is not None:
            parts = breakdown.contributions
            stages = [(part.key, part.label, part.duration_secs) for part in parts]
            self._script.answered(breakdown.total_secs, stages)


def _about(brief: Brief, record: Record, call_id: str) -> dict:
    return {
        "call": call_id,
        "bot": brief.name,
        "title": brief.title,
        "profile": brief.profile,
        "language": brief.language,
        "rate": record.rate,
        "services": {"stt": brief.stt, "llm": brief.llm, "tts": brief.tts},
        "goals": dict(brief.goals),
        "recording": brief.recording,
        "redacted": brief.redact,
    }


def _finish(record: Record, folder: Path) -> None:
    record.close()
    if not record.failure:
        try:
            write_summary(folder)
        except (OSError, RecordError) as error:
            logger.warning(f"call {folder.name} has no summary: {error}")
