"""Who may use the desk: a token per operator, sessions made from it, and how both end.

::

    token ── log_in ──▶ session (12 h) ── whose ──▶ name      compared in constant time
                            └── the token's last day, log_out or revoke ends it
"""

import datetime as dt
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SESSION_SECS = 12 * 3600.0
_SHORTEST = 12  # characters of a token


class OperatorError(Exception):
    """Who asks may not use the desk; the message says why, and holds no token."""


@dataclass(frozen=True)
class _Operator:
    name: str
    digest: bytes
    until: dt.date | None


@dataclass(frozen=True)
class _Session:
    name: str
    until_secs: float


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class Operators:
    """Tokens and sessions of the people at the desk.

    Args:
        entries: "name:token", or "name:token:YYYY-MM-DD" with the last day on which it is good.
        clock: Seconds since the epoch.

    Raises:
        ValueError: an entry is none of these, a token is too short, or a name comes twice.
    """

    def __init__(self, entries: Iterable[str], clock: Callable[[], float]) -> None:
        """Nobody is logged in."""
        self._clock = clock
        self._sessions: dict[bytes, _Session] = {}
        self._operators: dict[str, _Operator] = {}
        for number, entry in enumerate(entries, 1):
            operator = _read(entry, number)
            if operator.name in self._operators:
                raise ValueError(f"operator {operator.name!r} comes twice in DESK_OPERATORS")
            self._operators[operator.name] = operator

    @property
    def any(self) -> bool:
        """Whether there is an operator at all; without one only this machine may use the desk."""
        return bool(self._operators)

    def log_in(self, token: str) -> tuple[str, str]:
        """A new session for a token: the operator's name, and the session's secret.

        Raises:
            OperatorError: the token is nobody's, was revoked, or its last day is over.
        """
        shown, found = _digest(token), None
        # All are compared, so that the time taken says nothing about which is near.
        for operator in self._operators.values():
            if hmac.compare_digest(operator.digest, shown):
                found = operator
        if found is None:
            raise OperatorError("this token is nobody's")
        today = dt.datetime.fromtimestamp(self._clock(), dt.UTC).date()
        if found.until is not None and today > found.until:
            raise OperatorError("this token has expired")
        session = secrets.token_urlsafe(32)
        self._forget_old()
        self._sessions[_digest(session)] = _Session(found.name, self._clock() + SESSION_SECS)
        return found.name, session

    def whose(self, session: str) -> str:
        """The operator of a session.

        Raises:
            OperatorError: there is no such session, or it has ended.
        """
        found = self._sessions.get(_digest(session))
        if found is None or found.until_secs < self._clock():
            raise OperatorError("please log in")
        return found.name

    def log_out(self, session: str) -> None:
        """End a session."""
        self._sessions.pop(_digest(session), None)

    def revoke(self, name: str) -> bool:
        """Take an operator's token and sessions away; False when there is no such operator."""
        gone = self._operators.pop(name, None)
        # A desk whose last token is taken away must not open to everybody on this machine.
        if gone is not None:
            self._operators.setdefault("", _Operator("", secrets.token_bytes(32), None))
        self._sessions = {
            key: session for key, session in self._sessions.items() if session.name != name
        }
        return gone is not None

    def _forget_old(self) -> None:
        now = self._clock()
        self._sessions = {
            key: session for key, session in self._sessions.items() if session.until_secs >= now
        }


def _read(entry: str, number: int) -> _Operator:
    name, _, rest = entry.partition(":")
    token, _, until = rest.partition(":")
    if not name.strip() or not token:
        raise ValueError(f'entry {number} of DESK_OPERATORS is not "name:token"')
    if len(token) < _SHORTEST:
        raise ValueError(
            f"the token of operator {name!r} is shorter than {_SHORTEST} characters; "
            "make one with: openssl rand -hex 16"
        )
    try:
        day = dt.date.fromisoformat(until) if until else None
    except ValueError:
        raise ValueError(f"operator {name!r}: {until!r} is no day like 2026-12-31") from None
    return _Operator(name.strip(), _digest(token), day)


def is_this_machine(address: str, host: str) -> bool:
    """Whether a request comes from this machine and was meant for it.

    Args:
        address: Where it comes from.
        host: Its Host header; another site's name may be made to lead here (DNS rebinding).
    """
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        from_here = ipaddress.ip_address(address).is_loopback
    except ValueError:
        from_here = False
    return from_here and name in ("localhost", "127.0.0.1", "[::1]")
