"""Calls as lists of events, for tests."""

from typing import Any

from processors.trace.events import Event

BEGAN = {"bot": "desk", "title": "The Desk", "profile": "balanced", "rate": 24_000}


def call(*events: tuple[float, int, str, dict[str, Any]], **about: Any) -> list[Event]:
    """A call that began on 24 November 2026, with (secs, turn, kind, about) as its events."""
    wall = "2026-11-24T10:00:00.000Z"
    began = Event("call.began", 0, 0.0, 0, wall, BEGAN | about)
    return [began] + [
        Event(kind, round(24_000 * secs), secs, turn, wall, about)
        for secs, turn, kind, about in events
    ]


def usage(stage: str, provider: str = "anthropic", **counts: Any) -> dict[str, Any]:
    """A report of a service."""
    model = {"anthropic": "claude-haiku-4-5"}.get(provider, "")
    return {"stage": stage, "provider": provider, "model": model} | counts
