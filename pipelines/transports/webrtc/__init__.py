"""A page in the browser as the caller: WebRTC between it and this process, and nobody between.

::

    page ── POST offer ──▶ Signalling ── SmallWebRTCConnection ──▶ open_way ─▶ the bot's transport
         ◀─── answer ────┘
"""

from pipelines.transports.webrtc.transport import open_way

__all__ = ["open_way"]
