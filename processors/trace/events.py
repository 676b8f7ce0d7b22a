"""What happened in a call, one JSON object a line, each with its place on the recording's clock.

::

    {"v":1,"at":123456,"secs":5.144,"wall":"2026-11-24T10:00:05.144Z","turn":2,"kind":"overlap",
     "class":"barge-in","why":"takes the floor: …"}

`at` counts samples of `call.flac`. The first line is `call.began`, with the rate. A later version
may add kinds and fields; what a reader does not know it skips.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1
_MAX_LINE = 1 << 20


class RecordError(ValueError):
    """A record cannot be read; the message says why and what can be done."""


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Args:
        kind: What, e.g. `turn.over`; the table of kinds is in `observer`.
        at: Samples of the recording.
        secs: The same in seconds.
        turn: The caller's turn, from 1; 0 before the first.
        wall: When, in UTC.
        about: The rest, by name.
    """

    kind: str
    at: int = 0
    secs: float = 0.0
    turn: int = 0
    wall: str = ""
    about: dict[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        """As it is written."""
        head = {
            "v": VERSION,
            "at": self.at,
            "secs": round(self.secs, 4),
            "wall": self.wall,
            "turn": self.turn,
            "kind": self.kind,
        }
        text = json.dumps(head | self.about, ensure_ascii=False, default=str, allow_nan=False)
        return text.encode() + b"\n"

    def as_dict(self) -> dict[str, Any]:
        """For a page."""
        head = {"at": self.at, "secs": self.secs, "turn": self.turn, "kind": self.kind}
        return {**self.about, **head, "wall": self.wall}


def parse(line: bytes) -> Event | None:
    """One line; None where it is no event: half written, or damaged.

    >>> parse(b'{"v":1,"at":5,"secs":0.1,"turn":0,"kind":"x","why":"y"}').about
    {'why': 'y'}
    >>> parse(b'{"v":1,"at":5,"se') is None
    True
    """
    try:
        read = json.loads(line)
        version, kind = read.pop("v"), read.pop("kind")
        if not isinstance(kind, str) or not isinstance(version, int):
            return None
        at, secs, turn = int(read.pop("at")), float(read.pop("secs")), int(read.pop("turn"))
        return Event(kind, at, secs, turn, str(read.pop("wall", "")), read)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def read_events(path: Path) -> Iterator[Event]:
    """The events of a record, in order; damaged lines are passed over.

    Raises:
        RecordError: it is no record, or one of a later version.
    """
    try:
        with path.open("rb") as file:
            first = parse(file.readline(_MAX_LINE))
            file.seek(0)
            _check(path, first, file.readline(_MAX_LINE))
            if first is not None:
                yield first
            while line := file.readline(_MAX_LINE):
                event = parse(line)
                if event is not None:
                    yield event
    except OSError as error:
        raise RecordError(f"{path.parent.name}: no record can be read: {error.strerror}") from error


def _check(path: Path, first: Event | None, line: bytes) -> None:
    name = path.parent.name
    if first is None or first.kind != "call.began":
        raise RecordError(f"{name}: events.jsonl does not begin with call.began; it is no record")
    version = json.loads(line)["v"]
    if version > VERSION:
        raise RecordError(
            f"{name}: written by version {version}, this one reads up to {VERSION}; "
            "open it with the newer version"
        )
