"""A recorded call read as a whole: its turns, its accounts, what a list shows of it."""

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from processors.trace import tape
from processors.trace.budget import budget, overspent, spent
from processors.trace.events import Event, RecordError, read_events
from processors.trace.ledger import Ledger
from processors.trace.outcome import outcome

_CUT = 2000  # characters of the caller's words that a list can search


def read_call(folder: Path) -> dict[str, Any]:
    """Everything that a page shows of a call.

    Raises:
        RecordError: there is no record that can be read.
    """
    events = list(read_events(folder / "events.jsonl"))
    began = events[0].about
    ledger = accounts(events)
    return {
        "id": folder.name,
        "about": began,
        "began": events[0].wall,
        "rate": began.get("rate", 24_000),
        "secs": _secs(folder, events),
        "finished": events[-1].kind == "call.ended",
        "sound": _has_sound(folder),
        "peak_secs": tape.PEAK_SECS,
        "summary": summarise(folder.name, events, ledger),
        "turns": turns(events, str(began.get("profile", ""))),
        "budget": budget(str(began.get("profile", ""))),
        "ledger": ledger.as_dict(),
        "events": [event.as_dict() for event in events],
    }


def accounts(events: Sequence[Event]) -> Ledger:
    """What the call cost, at the prices of its day."""
    ledger = Ledger(_day(events[0].wall))
    for event in events:
        ledger.take(event)
    return ledger


def summarise(call_id: str, events: Sequence[Event], ledger: Ledger) -> dict[str, Any]:
    """What a list shows of a call; flat, so that it can be a row of a table."""
    began, last = events[0].about, events[-1]
    waits = [e.about["voice_to_voice_ms"] for e in events if e.kind == "answer"]
    kinds = [event.kind for event in events]
    return {
        "id": call_id,
        "bot": str(began.get("bot", "")),
        "title": str(began.get("title", "")),
        "began": events[0].wall,
        "secs": round(max(event.secs for event in events), 1),
        "turns": kinds.count("turn.over"),
        "outcome": outcome(events, began.get("goals") or {}),
        "median_ms": round(median(waits)) if waits else None,
        "worst_ms": max(waits, default=None),
        "dollars": round(ledger.dollars, 6),
        "interruptions": sum(
            e.kind == "interruption" and bool(e.about.get("speaking")) for e in events
        ),
        "errors": kinds.count("error"),
        "flags": " ".join(_flags(events)),
        "words": _words(events),
        "why_ended": str(last.about.get("why", "")) if last.kind == "call.ended" else "",
    }


def turns(events: Sequence[Event], profile: str) -> list[dict[str, Any]]:
    """Each answered turn with the time it took against its budget."""
    found = []
    for event in events:
        if event.kind == "answer":
            stages = event.about.get("stages", [])
            found.append(
                {
                    "turn": event.turn,
                    "at": event.at,
                    "secs": event.secs,
                    "total_ms": event.about.get("voice_to_voice_ms"),
                    "stages": stages,
                    "spent": spent(stages),
                    "over": overspent(profile, stages),
                }
            )
    return found


def write_summary(folder: Path) -> dict[str, Any]:
    """Summarise a finished call, make its recording whole and keep the summary beside it.

    Raises:
        RecordError: there is no record that can be read.
        OSError: nothing can be written.
    """
    events = list(read_events(folder / "events.jsonl"))
    with contextlib.suppress(OSError, RuntimeError):
        tape.mend(folder)
    summary = summarise(folder.name, events, accounts(events))
    (folder / "summary.json").write_text(json.dumps(summary))
    return summary


def _flags(events: Sequence[Event]) -> list[str]:
    kinds = {event.kind for event in events}
    flags = {
        "error": "error" in kinds,
        "interrupted": any(e.kind == "interruption" and e.about.get("speaking") for e in events),
        "escalated": any(kind.startswith("escalation") for kind in kinds),
        "cache": "cache.hit" in kinds,
        "limit": "limit" in kinds,
        "crashed": events[-1].kind != "call.ended",
    }
    return [name for name, there in flags.items() if there]


def _words(events: Sequence[Event]) -> str:
    """What the caller said, for a search and for the list."""
    said = (str(e.about.get("text", "")) for e in events if e.kind == "words.final")
    return " · ".join(filter(None, said))[:_CUT]


def _secs(folder: Path, events: Sequence[Event]) -> float:
    peaks = folder / "peaks.bin"
    heard = peaks.stat().st_size // 2 * tape.PEAK_SECS if peaks.exists() else 0.0
    return max(heard, events[-1].secs)


def _has_sound(folder: Path) -> bool:
    path = folder / "call.flac"
    return path.exists() and path.stat().st_size > 0


def _day(wall: str) -> date:
    try:
        return datetime.fromisoformat(wall).date()
    except ValueError:
        return datetime.now(UTC).date()


__all__ = ["RecordError", "read_call", "summarise", "turns", "write_summary"]
