"""What this process counts, in Prometheus' words; `GET /metrics` shows it.

Who may read it: whoever shows `METRICS_TOKEN` as a bearer token; without one, only this machine.

Labels hold names from tables (a bot, a reason, a stage, a service), never anything a caller sent.
"""

import asyncio

from prometheus_client import Counter, Gauge, Histogram

_TURN_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1, 1.2, 1.5, 2, 3, 5, 10)
_LAG_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

STARTED = Counter("downbeat_calls_started", "Calls whose bot was started", ["bot"])
ENDED = Counter("downbeat_calls_ended", "Calls that are over, by how they ended", ["bot", "reason"])
REFUSED = Counter("downbeat_calls_refused", "Calls that were not taken", ["reason"])
LIVE = Gauge("downbeat_calls_live", "Slots taken now")
CALL_SECS = Histogram(
    "downbeat_call_seconds",
    "How long calls last",
    ["bot"],
    buckets=(1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600),
)
LOOP_LAG_SECS = Histogram(
    "downbeat_event_loop_lag_seconds", "How late the event loop wakes up", buckets=_LAG_BUCKETS
)
VOICE_TO_VOICE_SECS = Histogram(
    "downbeat_voice_to_voice_seconds",
    "From the caller's last sound to the bot's first",
    ["bot"],
    buckets=_TURN_BUCKETS,
)
STAGE_SECS = Histogram(
    "downbeat_turn_stage_seconds",
    "What each stage of a turn contributed",
    ["bot", "stage"],
    buckets=_TURN_BUCKETS,
)
RECORD_FAILURES = Counter(
    "downbeat_record_failures", "Calls whose record ended early: the disk is full or broken"
)
DOLLARS = Counter("downbeat_dollars", "What calls cost, by what became of it", ["bot", "share"])
SERVICE_FAILURES = Counter("downbeat_service_failures", "Errors of services", ["service"])


async def measure_loop_lag(period_secs: float = 0.25) -> None:
    """Observe for ever how much later than asked a sleep returns; every call feels that lag."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + period_secs
        await asyncio.sleep(period_secs)
        LOOP_LAG_SECS.observe(max(0.0, loop.time() - due))
