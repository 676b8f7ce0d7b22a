"""One clock: every call can be seen, heard and priced, and every decision explained.

::

    the line ··· frames ···▶ TraceObserver ─▶ CallScript ─┬─▶ Record   sound and events on disk
    the gate ─── sound ────────────────────────────┘      └─▶ Ledger   what it costs, as it goes on

    Record ─▶ read_call ─▶ turns, budget, accounts, outcome ─▶ the pages

Nothing here stands in the line. The thinking (`clock`, `ledger`, `budget`, `outcome`, `redaction`)
knows no frames; `observer` meets Pipecat.
"""

from processors.trace.events import Event, RecordError, read_events
from processors.trace.frame import TraceFrame
from processors.trace.ledger import Ledger
from processors.trace.observer import TraceObserver
from processors.trace.record import Record
from processors.trace.script import CallScript
from processors.trace.summary import read_call, write_summary

__all__ = [
    "CallScript",
    "Event",
    "Ledger",
    "Record",
    "RecordError",
    "TraceFrame",
    "TraceObserver",
    "read_call",
    "read_events",
    "write_summary",
]
