"""How often one address may knock: a bucket of tokens each, refilled steadily.

::

    ● ● ● ○ ○     burst = 5: three knocks left, one more every 60 / per_minute seconds
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

_MAX_BUCKETS = 10_000


@dataclass
class Bucket:
    """Tokens of one knocker.

    Args:
        burst: Tokens when full.
        per_sec: Tokens that come back every second.
        tokens: Tokens left; full at first.
        at: When they were counted, in seconds of any steady clock.
    """

    burst: float
    per_sec: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Take one token; 0.0 when there was one, else the seconds until there is.

        >>> bucket = Bucket(burst=1, per_sec=0.5, tokens=1, at=0.0)
        >>> bucket.take(0.0), bucket.take(0.0)
        (0.0, 2.0)
        """
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.per_sec)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / self.per_sec
        self.tokens -= 1
        return 0.0


def neighbourhood(address: str) -> str:
    """The address, or the /64 network of an IPv6 one: a single subscriber owns all of it.

    >>> neighbourhood("2001:db8:0:1:2:3:4:5")
    '2001:db8:0:1::/64'
    >>> neighbourhood("192.0.2.7")
    '192.0.2.7'
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


class RateLimit:
    """One bucket for each address; the one that was quiet longest is forgotten first.

    Args:
        per_minute: Knocks a minute in the long run, > 0; as many at once when all was quiet.

    Raises:
        ValueError: `per_minute` is not positive.
    """

    def __init__(self, per_minute: float) -> None:
        """No address is known yet."""
        if per_minute <= 0:
            raise ValueError(f"per_minute is {per_minute}; it must be positive")
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def wait_secs(self, address: str, now: float) -> float:
        """Count one knock; 0.0 when it is allowed, else the seconds until the next one is."""
        key = neighbourhood(address)
        bucket = self._buckets.pop(key, None)
        if bucket is None:
            burst = max(1.0, self._per_minute)
            bucket = Bucket(burst, self._per_minute / 60, burst, now)
        self._buckets[key] = bucket
        if len(self._buckets) > _MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return bucket.take(now)
