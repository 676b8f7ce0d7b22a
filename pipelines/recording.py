"""Write a call down: the one place where a call and its trace are put together.

::

    async with recorded(brief, way, line, settings, call_id, latency) as observers:
        …                      the call is held; observers=[*observers, …]

A bot's brief says whether sound and words may be kept at all (`recording`) and whether private data
is masked before it is stored (`redact`).
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from loguru import logger
from pipecat.observers.base_observer import BaseObserver
from pipecat.observers.user_bot_latency_observer import LatencyBreakdown, UserBotLatencyObserver

from pipelines import hang_up, metrics
from pipelines.brief import Brief
from pipelines.line import Line
from pipelines.settings import Settings
from pipelines.transports.way import Way
from processors.escalation.record import Said
from processors.trace import (
    CallScript,
    Event,
    Ledger,
    Record,
    RecordError,
    TraceObserver,
    write_summary,
)
from processors.trace.limits import CallLimit, Step

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
    brief: Brief,
    way: Way,
    line: Line,
    settings: Settings,
    call_id: str,
    latency: UserBotLatencyObserver,
) -> AsyncIterator[list[BaseObserver]]:
    """Record the call that is held inside; gives the observers that have to watch it.

    Args:
        brief: The bot, with its policy.
        way: Its gate is listened to.
        line: Its drafts are watched.
        settings: Where records go.
        call_id: Names the record.
        latency: The call's own, which measures its answers.
    """
    accounts = _Accounts(brief, line, settings)
    if brief.recording == "off":
        script = CallScript(None, {}, told=accounts.told)
        accounts.script = script
        yield [TraceObserver(script, line.drafts)]
        accounts.close()
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
        told=accounts.told,
    )
    accounts.script = script
    _listen(way, script)
    if line.door is not None:
        line.door.record.watch(_People(script).on_line)
    latency.add_event_handler("on_latency_breakdown", _Answers(script).on_answer)
    record.start()
    try:
        yield [TraceObserver(script, line.drafts)]
    finally:
        script.ended()
        accounts.close()
        await asyncio.shield(asyncio.to_thread(_finish, record, folder))


def _listen(way: Way, script: CallScript) -> None:
    """Have the script hear what goes out to the caller, also a person's voice."""

    def ignore(*_: bytes) -> None: ...

    written = script.bot_sound
    if way.second_voice is not None:
        way.second_voice.overhear(script.bot_sound)
        written = ignore
    way.play_out.listen(written, script.bot_cut if way.cuts_at_once else ignore)
    way.play_out.on_pause(script.voice)


class _People:
    """Puts down what an operator does and says."""

    def __init__(self, script: CallScript) -> None:
        self._script = script

    def on_line(self, said: Said) -> None:
        kind = {"note": "operator.acted", "colleague": "operator.words"}.get(said.who)
        if kind is not None:
            self._script.note(kind, self._script.clock_ns(), text=said.text)


class _Accounts:
    """Keeps the ledger while the call goes on, and acts on its limit."""

    def __init__(self, brief: Brief, line: Line, settings: Settings) -> None:
        self._brief = brief
        self._ledger = Ledger(datetime.now(UTC).date())
        self._line = line
        self._limit: CallLimit | None = None
        self.script: CallScript | None = None
        # Outside the server nobody else holds the wish that the session listens to.
        wish = hang_up.of_this_call()
        hang_up.CURRENT.set(wish)
        if settings.max_call_dollars:
            acts: dict[Step, Callable[[], None]] = {
                "stop drafting": self._stop_drafting,
                "end the call": lambda: wish.ask("too_dear"),
            }
            if line.cheaper is not None:
                acts["cheaper model"] = line.cheaper
            self._limit = CallLimit(settings.max_call_dollars, acts)

    def told(self, event: Event) -> None:
        """An event of the call."""
        self._ledger.take(event)
        if self._limit is None or event.kind != "usage" or self.script is None:
            return
        for step in self._limit.spent(self._ledger.dollars):
            spent = f"{self._ledger.dollars:.4f} of {self._limit.dollars:g} dollars are spent"
            self.script.note("limit", self.script.clock_ns(), step=step, why=f"{step}: {spent}")

    def _stop_drafting(self) -> None:
        self._line.drafts.limit_tokens = 0

    def close(self) -> None:
        """Count what the call has cost."""
        for share, dollars in self._ledger.shares().items():
            metrics.DOLLARS.labels(self._brief.name, share).inc(dollars)


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
