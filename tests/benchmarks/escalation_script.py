"""Read scripted calls for the escalation: see the head of `escalation_calls/wrong.txt`."""

from dataclasses import dataclass, field
from pathlib import Path

from processors.escalation import (
    BotSaid,
    BudgetSpent,
    CallerSaid,
    Escalation,
    Event,
    Level,
    Quiet,
    ToolDone,
)
from processors.escalation.resemblance import resemblance

RESULTS = Path(__file__).with_name("results") / "escalation.md"
FOLDER = Path(__file__).with_name("escalation_calls")
_BEGINNING = 12  # characters that tell a table or paragraph from the others
GRACE = 2  # turns of the caller after the marked moment


@dataclass
class Script:
    """A call as it was written down.

    Args:
        name: What it is about.
        events: What happens.
        marked: The event from which a person is needed; None in a call that goes well.
    """

    name: str
    events: list[Event] = field(default_factory=list)
    marked: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What the escalation made of a script.

    Args:
        script: The script.
        highest: The highest level that was reached.
        after: Turns of the caller from the marked moment to the hand-over, negative before it;
            None where nobody was called.
        offered_after: As `after`, to the first offer or hand-over.
        why: The reasons at the highest level.
    """

    script: Script
    highest: Level
    after: int | None
    offered_after: int | None
    why: str

    @property
    def in_time(self) -> bool:
        """Whether a person was called within `GRACE` turns of the mark, and not before it."""
        return self.after is not None and 0 <= self.after <= GRACE

    @property
    def offered_in_time(self) -> bool:
        """As `in_time`, for a person who was at least offered."""
        return self.offered_after is not None and 0 <= self.offered_after <= GRACE


def keep(*tables: list[str]) -> None:
    """Write tables or paragraphs to `RESULTS`, each in the place of the one that begins like it."""
    known = RESULTS.read_text(encoding="utf-8") if RESULTS.is_file() else ""
    parts = [part for part in known.strip().split("\n\n") if part]
    for table in tables:
        text = "\n".join(table)
        alike = [n for n, part in enumerate(parts) if part[:_BEGINNING] == text[:_BEGINNING]]
        if alike:
            parts[alike[0]] = text
        else:
            parts.append(text)
    RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def read_scripts(name: str) -> list[Script]:
    """The calls of `escalation_calls/<name>.txt`.

    Raises:
        ValueError: a line is none of those that the file's head explains.
    """
    scripts: list[Script] = []
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("=="):
            scripts.append(Script(line.removeprefix("==").strip()))
            continue
        script = scripts[-1]
        if line.startswith("!"):
            script.marked = len(script.events)
        script.events.append(_event(line.removeprefix("!").strip()))
    return scripts


def _event(line: str) -> Event:
    kind, _, rest = line.partition(" ")
    match kind:
        case "bot":
            return BotSaid(rest)
        case "quiet":
            return Quiet(float(rest))
        case "budget":
            return BudgetSpent(rest)
        case "tool" if rest.endswith((" fails", " works")):
            name, _, outcome = rest.partition(" ")
            return ToolDone(name, failed=outcome == "fails")
    try:
        return CallerSaid(rest, float(kind))
    except ValueError:
        raise ValueError(f"{line!r} is no line of a script; see the head of wrong.txt") from None


def play(script: Script) -> Outcome:
    """Let a fresh escalation hear the script; nobody answers what it offers."""
    escalation = Escalation(resembles=resemblance())
    highest, why, turns, marked = Level.CALM, "", 0, None
    reached: dict[Level, int] = {}
    for number, event in enumerate(script.events):
        turns += isinstance(event, CallerSaid | Quiet)
        if number == script.marked:
            marked = turns
        decision = escalation.notice(event)
        if decision.level > highest:
            highest, why = decision.level, decision.why
        for level in (Level.OFFER, Level.HAND_OVER):
            if decision.level >= level:
                reached.setdefault(level, turns)
    since = turns + 1 if marked is None else marked
    after = {level: at - since for level, at in reached.items()}
    return Outcome(script, highest, after.get(Level.HAND_OVER), after.get(Level.OFFER), why)
