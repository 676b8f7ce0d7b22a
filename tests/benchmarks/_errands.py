"""What callers come for, and how they say it: errands that are judged on the book of appointments.

A caller answers what the bot asks, as people do: the day when asked for the day. They check what is
read back to them, put it right where it is wrong, and say again what was not understood.

::

    bot: "… Which day would suit you?"      day      ─▶ "Um, |600| on Thursday."
    bot: "… Shall I book it?"               confirm  ─▶ first a change of mind, if they have one;
                                                        then "Yes, please.", or what is wrong in it
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.appointments import Appointment, Appointments
from pipelines.spoken import WEEKDAYS, spoken_date, spoken_time

# What the bot asks for, by words that only that question has; of several, the last one counts.
ASKED: Mapping[str, str] = {
    "open": r"how can i help|what can i do for you",
    "reason": r"what is it for",
    "day": r"which day|what day|shall i look",
    "time": r"what time would|at what time|around what time",
    "name": r"may i have your|under which name|your last name|find an appointment for",
    "offer": r"which one would you like",
    "change": r"what shall i change",
    "confirm": r"shall i book it|is that right|are you sure",
    "done": r"is there anything else",
}
ENOUGH = "No, that is all. Goodbye."


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One caller.

    Args:
        title: What is special about it.
        voice: Who speaks.
        says: What they say to each question of `ASKED`, one after another; the last one stays.
        wants: The appointment that they want in the end; None where nothing may change.
        instead_of: The appointment in the book that has to be gone for it.
    """

    title: str
    voice: str
    says: Mapping[str, tuple[str, ...]]
    wants: Appointment | None = None
    instead_of: Appointment | None = None

    def lines(self) -> set[str]:
        """Everything they may say."""
        said = {line for lines in self.says.values() for line in lines} | {"Yes, please.", ENOUGH}
        return said | {
            f"No. {self.says[part][-1]}"
            for part in ("day", "time", "name", "reason")
            if part in self.says
        }

    def reached(self, book: Appointments) -> bool:
        """Whether the book holds what they came for, and nothing else was touched."""
        wanted = ({PETER, MARIA} - {self.instead_of}) | ({self.wants} if self.wants else set())
        return set(book.all()) == wanted


@dataclass
class Caller:
    """Answers for one errand; `reply` is what `hold` takes."""

    errand: Errand
    _used: dict[str, int] = field(default_factory=dict)
    _last: str = "open"

    def reply(self, bot: str) -> str | None:
        """What the caller says next; None when they are done."""
        if self._last == "end":
            return None
        asked = asked_for(bot) or self._last
        if asked == "confirm" and not self._more("confirm"):
            wrong = self._wrong(bot) if asked_for(bot) else None
            self._last = wrong or "confirm"
            return f"No. {self.errand.says[wrong][-1]}" if wrong else "Yes, please."
        return self._say(asked)

    def _say(self, asked: str) -> str | None:
        lines = self.errand.says.get(asked, (ENOUGH,) if asked in ("done", "open") else ())
        if not lines:
            return ENOUGH
        index = self._used.get(asked, 0)
        self._used[asked] = index + 1
        line = lines[min(index, len(lines) - 1)]
        self._last = "end" if "oodbye" in line else asked
        return line

    def _more(self, asked: str) -> bool:
        return self._used.get(asked, 0) < len(self.errand.says.get(asked, ()))

    def _wrong(self, bot: str) -> str | None:
        """What is read back wrongly, if anything is."""
        wanted, heard = self.errand.wants, bot.lower()
        if wanted is None:
            return None
        expected = {
            "name": wanted.name,
            "reason": wanted.reason,
            "day": spoken_date(wanted.start.date()),
            "time": spoken_time(wanted.start.time(), part=False),
        }
        read_back = heard.rpartition("that is a")[2] if "that is a" in heard else heard
        said = [part for part in expected if part in self.errand.says]
        return next((part for part in said if expected[part].lower() not in read_back), None)


def asked_for(bot: str) -> str | None:
    """Which of `ASKED` the bot asks for at the end of what it said.

    >>> asked_for("A cleaning is ninety dollars. So, which day would suit you?")
    'day'
    """
    found = {
        name: [match.start() for match in re.finditer(pattern, bot.lower())][-1:]
        for name, pattern in ASKED.items()
    }
    places = {name: where[0] for name, where in found.items() if where}
    return max(places, key=lambda name: places[name]) if places else None


def coming(weekday: str, hour: int, minute: int = 0) -> dt.datetime:
    """The next such day after today, at that time."""
    today = dt.date.today()
    ahead = (WEEKDAYS.index(weekday.lower()) - today.weekday() - 1) % 7 + 1
    return dt.datetime.combine(today + dt.timedelta(days=ahead), dt.time(hour, minute))


def visit(name: str, reason: str, start: dt.datetime) -> Appointment:
    """An appointment."""
    return Appointment(name=name, reason=reason, start=start)


PETER = visit("Peter Novak", "cleaning", coming("tuesday", 10))
MARIA = visit("Maria Garcia", "filling", coming("wednesday", 14, 30))


def new_book() -> Appointments:
    """A book with Peter's and Maria's appointments."""
    return Appointments(booked=(PETER, MARIA))


ERRANDS: tuple[Errand, ...] = (
    Errand(
        title="one thing at a time",
        voice="slt",
        says={
            "open": ("I would like to book an appointment.",),
            "reason": ("A cleaning, please.",),
            "day": ("On Thursday.",),
            "time": ("At half past three.",),
            "name": ("My name is Anna Miller.",),
        },
        wants=visit("Anna Miller", "cleaning", coming("thursday", 15, 30)),
    ),
    Errand(
        title="everything in one breath",
        voice="rms",
        says={
            "open": ("Can I book a checkup on Friday at eleven? This is John Smith.",),
            "reason": ("A checkup.",),
            "day": ("On Friday.",),
            "time": ("At eleven.",),
            "name": ("My name is John Smith.",),
        },
        wants=visit("John Smith", "checkup", coming("friday", 11)),
    ),
    Errand(
        title="hesitations",
        voice="awb",
        says={
            "open": ("Um, hello, |500| I need, |700| a checkup.",),
            "reason": ("A checkup.",),
            "day": ("On, |600| um, Friday.",),
            "time": ("Uh, |400| at nine in the morning.",),
            "name": ("It is, |500| um, David Brown.",),
        },
        wants=visit("David Brown", "checkup", coming("friday", 9)),
    ),
    Errand(
        title="a change of mind about the day",
        voice="slt",
        says={
            "open": ("I need a whitening.",),
            "reason": ("A whitening.",),
            "day": ("On Monday.", "On Thursday."),
            "time": ("Actually make it Thursday.", "At four."),
            "name": ("Susan Taylor.",),
        },
        wants=visit("Susan Taylor", "whitening", coming("thursday", 16)),
    ),
    Errand(
        title="a change of mind at the last moment",
        voice="rms",
        says={
            "open": ("Book me a cleaning, please.",),
            "reason": ("A cleaning.",),
            "day": ("On Friday.", "On Monday."),
            "time": ("At two.", "At nine."),
            "name": ("Linda Carter.",),
            "confirm": ("No wait, |300| can we do Monday at nine instead?",),
        },
        wants=visit("Linda Carter", "cleaning", coming("monday", 9)),
    ),
    Errand(
        title="a time is put right",
        voice="kal16",
        says={
            "open": ("I would like a checkup on Monday at two.",),
            "reason": ("A checkup.",),
            "day": ("On Monday.",),
            "time": ("At half past ten.",),
            "name": ("Emily Clark.",),
            "confirm": ("No, I said half past ten.",),
        },
        wants=visit("Emily Clark", "checkup", coming("monday", 10, 30)),
    ),
    Errand(
        title="a misunderstanding in the middle",
        voice="slt",
        says={
            "open": ("I need a filling.",),
            "reason": ("A filling.",),
            "day": ("The orchestra rehearsed a symphony.", "On Monday."),
            "time": ("At nine in the morning.",),
            "name": ("Tom Baker.",),
        },
        wants=visit("Tom Baker", "filling", coming("monday", 9)),
    ),
    Errand(
        title="questions in the middle",
        voice="awb",
        says={
            "open": ("I would like to make an appointment.",),
            "reason": ("How much is a cleaning?", "Okay, a cleaning then."),
            "day": ("Are you open on Saturdays?", "On Saturday."),
            "time": ("At ten.",),
            "name": ("Do you have parking?", "Karen White."),
        },
        wants=visit("Karen White", "cleaning", coming("saturday", 10)),
    ),
    Errand(
        title="a taken time, then one of those offered",
        voice="rms",
        says={
            "open": ("Can I book a cleaning on Tuesday at ten?",),
            "reason": ("A cleaning.",),
            "name": ("Anna Miller.",),
            "confirm": ("Yes, please.",),
            "offer": ("The second one.",),
            "day": ("On Tuesday.",),
            "time": ("At half past nine.",),
        },
        wants=visit("Anna Miller", "cleaning", coming("tuesday", 9, 30)),
    ),
    Errand(
        title="a closed day",
        voice="slt",
        says={
            "open": ("Please book me a filling on Sunday at ten.",),
            "reason": ("A filling.",),
            "name": ("Daniel Green.",),
            "confirm": ("Yes.",),
            "offer": ("The last one.",),
            "day": ("On Monday.",),
            "time": ("At half past ten.",),
        },
        wants=visit("Daniel Green", "filling", coming("monday", 10, 30)),
    ),
    Errand(
        title="what is free, then one of it",
        voice="rms",
        says={
            "open": ("What times do you have on Friday?",),
            "offer": ("The second one.",),
            "reason": ("A filling.",),
            "name": ("James Walker.",),
            "day": ("On Friday.",),
            "time": ("At eleven.",),
        },
        wants=visit("James Walker", "filling", coming("friday", 11)),
    ),
    Errand(
        title="move",
        voice="awb",
        says={
            "open": ("I would like to move my appointment.",),
            "name": ("Peter Novak.",),
            "day": ("To Thursday.",),
            "time": ("At two.",),
        },
        wants=visit("Peter Novak", "cleaning", coming("thursday", 14)),
        instead_of=PETER,
    ),
    Errand(
        title="cancel",
        voice="kal16",
        says={
            "open": ("I need to cancel my appointment.",),
            "name": ("Maria Garcia.",),
            "confirm": ("Yes, I am sure.",),
        },
        instead_of=MARIA,
    ),
    Errand(
        title="cancel, with second thoughts",
        voice="slt",
        says={
            "open": ("Please cancel my booking.",),
            "name": ("Maria Garcia.",),
            "confirm": ("No, keep it.",),
            "change": ("Never mind. Goodbye.",),
            "done": ("No thank you. Goodbye.",),
        },
    ),
    Errand(
        title="a refusal at the end",
        voice="rms",
        says={
            "open": ("Can I book a checkup on Friday at nine?",),
            "reason": ("A checkup.",),
            "name": ("Anna Miller.",),
            "confirm": ("No.",),
            "change": ("Never mind. Goodbye.",),
            "day": ("On Friday.",),
            "time": ("At nine.",),
        },
    ),
)
