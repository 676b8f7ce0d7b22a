"""What a call costs, and what of it the caller had something of.

::

    usage of an answer ──┬── heard to its end ────────────────▶ heard
                         ├── cut off by the caller ───────────▶ heard, in proportion · cut off
                         └── of a draft ──┬── kept ───────────▶ as above
                                          └── discarded ──────▶ thrown away
    an answer of the cache ───────────────────────────────────▶ saved: what the model's answers cost

Fed with the events of the call, live or read again: the same events give the same accounts. Every
token, character and second that was reported is in exactly one of the shares. What the vendor has
not said and a service has estimated (of answers that were given up) is counted and said apart.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from processors.trace.events import Event
from processors.trace.prices import Prices, shipped_prices

COUNTS = ("input", "output", "cache_read", "cache_write", "characters", "seconds")
SHARES = ("heard", "cut off", "thrown away")


@dataclass
class Entry:
    """One report of a service.

    Args:
        turn: The caller's turn.
        usage: `stage`, `provider`, `model` and counts.
        dollars: Its price; None where it is not known.
        draft: The number of the draft that it was for.
        share: Where it ended up; "" while that is open.
        heard: Which part of it was heard, 0 … 1.
    """

    turn: int
    usage: dict[str, Any]
    dollars: float | None
    draft: int = 0
    share: str = ""
    heard: float = 1.0


@dataclass
class Ledger:
    """The accounts of one call.

    Args:
        day: For the prices.
        prices: The table.
    """

    day: date
    prices: Prices = field(default_factory=shipped_prices)
    entries: list[Entry] = field(default_factory=list)
    saved: float = 0.0
    hits: int = 0
    unpriced: set[str] = field(default_factory=set)
    _discarded: set[int] = field(default_factory=set)
    _cuts: dict[int, float] = field(default_factory=dict)  # by turn, which part was heard

    def take(self, event: Event) -> None:
        """Take note of an event; those that cost nothing change nothing."""
        match event.kind:
            case "usage":
                self._used(event)
            case "draft.kept":
                self._settle_draft(event.about.get("draft", 0), kept=True)
            case "draft.discarded":
                self._settle_draft(event.about.get("draft", 0), kept=False)
            case "interruption" if event.about.get("speaking"):
                self._cut(event)
            case "cache.saved":
                self._saved()

    def _used(self, event: Event) -> None:
        usage = event.about
        dollars = self.prices.dollars(usage, self.day)
        if dollars is None:
            self.unpriced.add(f"{usage.get('provider')}/{usage.get('model') or '?'}")
        draft = usage.get("draft", 0)
        # A service reports when it is done, which may be after its draft was thrown away or its
        # answer was cut.
        gone = draft in self._discarded or usage.get("unheard")
        share = "thrown away" if gone else ""
        entry = Entry(event.turn, usage, dollars, draft, share)
        if not share and usage.get("estimated") and event.turn in self._cuts:
            entry.share, entry.heard = "cut off", self._cuts[event.turn]
        self.entries.append(entry)

    def _settle_draft(self, number: int, *, kept: bool) -> None:
        for entry in self.entries:
            if number and entry.draft == number and not entry.share:
                entry.share = "" if kept else "thrown away"
        if not kept and number:
            self._discarded.add(number)

    def _cut(self, event: Event) -> None:
        heard = len(str(event.about.get("heard", "")).split())
        dropped = len(str(event.about.get("dropped", "")).split())
        if not dropped:
            return
        turn = event.about.get("of_turn", event.turn)
        share = self._cuts[turn] = heard / (heard + dropped)
        for entry in self.entries:
            current = entry.turn == turn and not entry.share
            if current and entry.usage.get("stage") in ("llm", "tts"):
                entry.share, entry.heard = "cut off", share

    def _saved(self) -> None:
        self.hits += 1
        answers = [entry.dollars or 0.0 for entry in self.entries if entry.usage["stage"] == "llm"]
        self.saved += sum(answers) / len(answers) if answers else 0.0

    @property
    def estimated(self) -> float:
        """Dollars of reports in which a count is an estimate."""
        return sum(entry.dollars or 0.0 for entry in self.entries if entry.usage.get("estimated"))

    @property
    def dollars(self) -> float:
        """What the call has cost so far."""
        return sum(entry.dollars or 0.0 for entry in self.entries)

    def shares(self) -> dict[str, float]:
        """Dollars by what became of it."""
        sums: dict[str, float] = {share: 0.0 for share in SHARES}
        for entry in self.entries:
            dollars = entry.dollars or 0.0
            if entry.share == "cut off":
                sums["heard"] += dollars * entry.heard
                sums["cut off"] += dollars * (1 - entry.heard)
            else:
                sums[entry.share or "heard"] += dollars
        return sums

    def totals(self) -> dict[str, dict[str, float]]:
        """Counts and dollars by "stage provider model"."""
        sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for entry in self.entries:
            usage = entry.usage
            name = " ".join(filter(None, (usage["stage"], usage["provider"], usage.get("model"))))
            for count in COUNTS:
                if usage.get(count):
                    sums[name][count] += usage[count]
            sums[name]["dollars"] += entry.dollars or 0.0
        return {name: dict(counts) for name, counts in sums.items()}

    def by_turn(self) -> dict[int, float]:
        """Dollars by the caller's turn."""
        sums: dict[int, float] = defaultdict(float)
        for entry in self.entries:
            sums[entry.turn] += entry.dollars or 0.0
        return dict(sums)

    def as_dict(self) -> dict[str, Any]:
        """For a page."""
        return {
            "dollars": self.dollars,
            "shares": self.shares(),
            "estimated": self.estimated,
            "saved": self.saved,
            "cache_hits": self.hits,
            "services": self.totals(),
            "turns": self.by_turn(),
            "unpriced": sorted(self.unpriced),
        }
