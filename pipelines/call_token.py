"""A short-lived pass that the talk page shows when it starts a call; it opens one call, once.

::

    v1.<expires, s>.<nonce>.<HMAC-SHA256 of all before it>
"""

import hashlib
import hmac
import secrets


class TokenError(Exception):
    """The pass is forged, too old or used up."""


class CallTokens:
    """Issue passes and take each back once.

    Args:
        secret: The signing key; a fresh random one by default, good for this process only.
        ttl_secs: How long a pass is good, in seconds.
    """

    def __init__(self, secret: bytes | None = None, ttl_secs: float = 120) -> None:
        """No pass is out yet."""
        self._secret = secret or secrets.token_bytes(32)
        self.ttl_secs = ttl_secs
        self._used: dict[str, float] = {}

    def issue(self, now: float) -> str:
        """A new pass, `now` in seconds of the clock that `redeem` is asked with."""
        claim = f"v1.{now + self.ttl_secs:.0f}.{secrets.token_urlsafe(12)}"
        return f"{claim}.{self._sign(claim)}"

    def redeem(self, token: str, now: float) -> None:
        """Take a pass back.

        Raises:
            TokenError: it was not issued here, is too old, or was redeemed before.
        """
        claim, _, signature = token.rpartition(".")
        # Compared as bytes: compare_digest refuses text beyond ASCII, which anybody may send.
        if not hmac.compare_digest(signature.encode(), self._sign(claim).encode()):
            raise TokenError("the token was not issued by this server")
        expires = float(claim.split(".")[1])
        if now > expires:
            raise TokenError("the token has expired; reload the page")
        self._used = {used: until for used, until in self._used.items() if until >= now}
        if claim in self._used:
            raise TokenError("the token was used before; each starts one call")
        self._used[claim] = expires

    def _sign(self, claim: str) -> str:
        return hmac.new(self._secret, claim.encode(), hashlib.sha256).hexdigest()
