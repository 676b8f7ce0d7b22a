"""How any processor tells of a decision that belongs into the record of a call."""

from dataclasses import dataclass, field
from typing import Any

from pipecat.frames.frames import SystemFrame


@dataclass
class TraceFrame(SystemFrame):
    """A decision; a note for observers, which nobody in the line acts on.

    Args:
        kind: What it is called in the record, e.g. "escalation".
        about: The rest, fit for JSON; "why" is the reason in words.
    """

    kind: str = "note"
    about: dict[str, Any] = field(default_factory=dict)
