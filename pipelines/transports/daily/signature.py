"""Was this webhook really sent by Daily, just now, and for the first time?

Daily signs what it posts for a dial-in call::

    X-Pinless-Signature = base64(HMAC-SHA256(base64decode(secret), "<X-Pinless-Timestamp>.<body>"))

as its own example server checks it (pipecat-examples, daily-pstn-server). The check here fails
closed: whatever is missing, malformed or old is refused.
"""

import base64
import binascii
import hashlib
import hmac
import math
from collections.abc import Mapping

TOLERANCE_SECS = 300.0
# A timestamp above this is in milliseconds: in seconds it would be the year 5138.
_MILLISECONDS_FROM = 1e11


class ForgedError(ValueError):
    """A webhook that is not to be acted on; the message says why, and holds no secret."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What Daily puts into X-Pinless-Signature.

    Args:
        secret: The base64 key that Daily gave out when the webhook was set up.
        timestamp: The X-Pinless-Timestamp header as it stands.
        body: The raw body.

    Raises:
        ForgedError: the secret is not base64.
    """
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error as error:
        raise ForgedError(
            "the configured secret is not base64; copy it from Daily again"
        ) from error
    digest = hmac.new(key, timestamp.encode() + b"." + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def check(secret: str, headers: Mapping[str, str], body: bytes, *, now: float) -> str:
    """Check a webhook; gives back its signature, by which a replay can be told.

    Args:
        secret: As in `signature`.
        headers: The request's headers, lower case.
        body: The raw body.
        now: Seconds since the epoch.

    Raises:
        ForgedError: a header is missing, the time is off by more than five minutes, or the
            signature is another.
    """
    claimed = headers.get("x-pinless-signature", "")
    timestamp = headers.get("x-pinless-timestamp", "")
    if not claimed or not timestamp:
        raise ForgedError("a dial-in webhook needs X-Pinless-Signature and X-Pinless-Timestamp")
    if abs(now - _seconds(timestamp)) > TOLERANCE_SECS:
        raise ForgedError(f"the timestamp is more than {TOLERANCE_SECS:g} s away from now")
    if not hmac.compare_digest(signature(secret, timestamp, body).encode(), claimed.encode()):
        raise ForgedError("the signature is not Daily's for this body")
    return claimed


def _seconds(timestamp: str) -> float:
    try:
        value = float(timestamp)
    except ValueError as error:
        raise ForgedError("X-Pinless-Timestamp is not a number") from error
    if not math.isfinite(value):
        raise ForgedError("X-Pinless-Timestamp is not a number")
    return value / 1000 if value > _MILLISECONDS_FROM else value
