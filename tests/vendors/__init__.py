"""Stand-ins for the vendors: small loopback servers that speak their protocols word for word.

The real Pipecat services and the vendors' own SDKs talk to them over real sockets::

    async with DeepgramStandIn([Said(0.2, 1.4, "Are you open on Monday?")]) as deepgram:
        settings = Settings(deepgram_api_key="test", deepgram_url=deepgram.url)

Each has settable latency and rate, fails on request (`stand_in.fail(Status(429))`), and keeps
count of what was received, generated and cancelled (`stand_in.counts`), with the moments at which
it happened (`stand_in.timeline`, in seconds of `time.monotonic`, which is one clock for all the
processes of a machine).

In a process of their own, so that they do not disturb a measurement: `tests.vendors.process`, or
`uv run -m tests.vendors` by hand.
"""

from tests.vendors.anthropic import AnthropicStandIn
from tests.vendors.cartesia import CartesiaStandIn
from tests.vendors.deepgram import DeepgramStandIn
from tests.vendors.faults import Cut, Fault, Garbage, Hang, Silent, Slow, Status, VendorError
from tests.vendors.hearing import Said
from tests.vendors.language import Asked, Call, Reply
from tests.vendors.openai import OpenAIStandIn

__all__ = [
    "AnthropicStandIn",
    "Asked",
    "Call",
    "CartesiaStandIn",
    "Cut",
    "DeepgramStandIn",
    "Fault",
    "Garbage",
    "Hang",
    "OpenAIStandIn",
    "Reply",
    "Said",
    "Silent",
    "Slow",
    "Status",
    "VendorError",
]
