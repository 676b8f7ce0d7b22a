"""How a vendor fails: one small type for each way, given to `StandIn.fail`.

::

    Status(401)          the request is refused with an HTTP status (a websocket: its handshake)
    Silent()             the connection is accepted, the request never answered
    Slow(2.0)            the answer begins two seconds late
    Hang(after=3)        three messages, then silence on an open connection
    Cut(after=3)         three messages, then the connection breaks without a goodbye
    Garbage(after=3)     three messages, then what nobody can parse
    VendorError(after=3) three messages, then the vendor's own error message, and what it does then

A refused connection is no message at all: `StandIn.refuse` closes the port.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """The request is refused with HTTP status `code`, and a Retry-After where one is given."""

    code: int
    retry_after_secs: float | None = None


@dataclass(frozen=True)
class Silent:
    """The connection is accepted and the request never answered."""


@dataclass(frozen=True)
class Slow:
    """The answer begins `secs` late."""

    secs: float


@dataclass(frozen=True)
class Hang:
    """After `after` messages nothing more is sent; the connection stays open."""

    after: int = 0


@dataclass(frozen=True)
class Cut:
    """After `after` messages the connection breaks without a goodbye."""

    after: int = 0


@dataclass(frozen=True)
class Garbage:
    """After `after` messages one that nobody can parse is sent in place of each."""

    after: int = 0


@dataclass(frozen=True)
class VendorError:
    """After `after` messages comes the vendor's own error message, as the vendor ends with it."""

    after: int = 0
    kind: str = "overloaded_error"


Fault = Status | Silent | Slow | Hang | Cut | Garbage | VendorError
FAULTS: dict[str, type[Fault]] = {
    kind.__name__: kind for kind in (Status, Silent, Slow, Hang, Cut, Garbage, VendorError)
}
