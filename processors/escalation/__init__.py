"""When a call needs a person, and why.

::

    what happens ─▶ signals ─▶ Escalation ─▶ calm · watch · offer · hand over, with reasons
"""

from processors.escalation.decision import Decision, Escalation, Level, rehearse
from processors.escalation.events import (
    BotSaid,
    BudgetSpent,
    CallerSaid,
    Event,
    Evidence,
    Quiet,
    ToolDone,
)
from processors.escalation.policy import Handover, Hours

__all__ = [
    "BotSaid",
    "BudgetSpent",
    "CallerSaid",
    "Decision",
    "Escalation",
    "Event",
    "Evidence",
    "Handover",
    "Hours",
    "Level",
    "Quiet",
    "ToolDone",
    "rehearse",
]
