"""The practice's appointments: one chair, half hours, no double bookings, only while it is open.

::

    Mon-Fri   8:00 ├─┼─┼─┼─┼─┼─┼─┼─┼─┼─┼─┼─┼─┼─┼─┼─┼─┤ 17:00
    Sat       9:00   ├─┼─┼─┼─┼─┼─┼─┤ 13:00
    Sun       closed

They live as long as the process; calls at the same time see the same book.
"""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

OPEN: dict[int, tuple[dt.time, dt.time]] = {
    **{weekday: (dt.time(8), dt.time(17)) for weekday in range(5)},
    5: (dt.time(9), dt.time(13)),
}
SLOT = dt.timedelta(minutes=30)
_HORIZON_DAYS = 180


class Refused(ValueError):
    """An appointment that cannot be.

    Args:
        reason: A sentence that one can say to a caller.
        offers: Free times near the wish, earliest first.
        wrong: The argument that has to be another, where no offer says so: "name" or "day".
    """

    def __init__(self, reason: str, offers: tuple[dt.datetime, ...] = (), wrong: str = "") -> None:
        """Nothing was changed in the book."""
        super().__init__(reason)
        self.offers = offers
        self.wrong = wrong


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """Who comes when for what; `start` is local time without a zone."""

    name: str
    reason: str
    start: dt.datetime


class Appointments:
    """The book of one practice. Safe to share between threads.

    Args:
        clock: Tells the local time, without a zone.
        booked: What is in the book from the start.
    """

    def __init__(
        self,
        clock: Callable[[], dt.datetime] = dt.datetime.now,
        booked: tuple[Appointment, ...] = (),
    ) -> None:
        """Nothing is booked but `booked`."""
        self._clock = clock
        self._lock = threading.Lock()
        self._booked = {appointment.start: appointment for appointment in booked}

    @property
    def today(self) -> dt.date:
        """The day it is, by the clock."""
        return self._clock().date()

    def all(self) -> tuple[Appointment, ...]:
        """Everything that is booked, earliest first."""
        with self._lock:
            return tuple(self._booked[start] for start in sorted(self._booked))

    def free(self, day: dt.date) -> tuple[dt.datetime, ...]:
        """The starts that are still free on `day`, earliest first; none when it is closed."""
        with self._lock:
            return self._free(day)

    def next_free(self, day: dt.date, count: int = 3) -> tuple[dt.datetime, ...]:
        """The first free starts on the first day from `day` on that has any."""
        with self._lock:
            return self._next_free(day)[:count]

    def book(self, name: str, reason: str, start: dt.datetime) -> Appointment:
        """Enter an appointment.

        Raises:
            Refused: the time is over, outside the opening hours, or taken.
        """
        with self._lock:
            self._check(start)
            self._booked[start] = Appointment(name=name, reason=reason, start=start)
            return self._booked[start]

    def move(self, name: str, start: dt.datetime) -> Appointment:
        """Give the next appointment of `name` another start.

        Raises:
            Refused: there is none, or the time is over, outside the opening hours, or taken.
        """
        with self._lock:
            appointment = self._next_of(name)
            if start != appointment.start:
                self._check(start)
            del self._booked[appointment.start]
            self._booked[start] = replace(appointment, start=start)
            return self._booked[start]

    def cancel(self, name: str) -> Appointment:
        """Take the next appointment of `name` out of the book.

        Raises:
            Refused: there is none.
        """
        with self._lock:
            return self._booked.pop(self._next_of(name).start)

    def _next_of(self, name: str) -> Appointment:
        wanted, now = name.casefold().split(), self._clock()
        for start in sorted(self._booked):
            if start >= now and self._booked[start].name.casefold().split() == wanted:
                return self._booked[start]
        raise Refused(f"I cannot find an appointment for {name}.", wrong="name")

    def _check(self, start: dt.datetime) -> None:
        day = start.date()
        if start < self._clock():
            raise Refused("That time is already over.", self._near(start))
        if day.weekday() not in OPEN:
            raise Refused("We are closed on that day.", self._near(start))
        if day > self.today + dt.timedelta(days=_HORIZON_DAYS):
            raise Refused("I can only book half a year ahead.", wrong="day")
        if not self._within_hours(start):
            raise Refused("We are not open at that time.", self._near(start))
        if start not in self._starts(day):
            raise Refused(
                "Appointments start on the hour or at half past.",
                self._near(start),
            )
        if start in self._booked:
            raise Refused("That time is already taken.", self._near(start))

    def _within_hours(self, start: dt.datetime) -> bool:
        opens, closes = OPEN[start.weekday()]
        end = start + SLOT
        return opens <= start.time() and end <= dt.datetime.combine(start.date(), closes)

    def _starts(self, day: dt.date) -> list[dt.datetime]:
        if day.weekday() not in OPEN:
            return []
        opens, closes = (dt.datetime.combine(day, time) for time in OPEN[day.weekday()])
        return [opens + SLOT * number for number in range((closes - opens) // SLOT)]

    def _free(self, day: dt.date) -> tuple[dt.datetime, ...]:
        now = self._clock()
        return tuple(
            start for start in self._starts(day) if start >= now and start not in self._booked
        )

    def _next_free(self, day: dt.date) -> tuple[dt.datetime, ...]:
        days = (max(day, self.today) + dt.timedelta(days=ahead) for ahead in range(_HORIZON_DAYS))
        return next((free for free in map(self._free, days) if free), ())

    def _near(self, start: dt.datetime, count: int = 3) -> tuple[dt.datetime, ...]:
        """Free starts close to the wish on its day, or the first ones of the next open day."""
        free = self._free(start.date()) or self._next_free(start.date())
        return tuple(sorted(sorted(free, key=lambda other: abs(other - start))[:count]))
