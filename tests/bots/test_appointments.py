"""The book of appointments, and how it is spoken about.

Now is Wednesday the 21st of May 2031, ten o'clock.
"""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.appointment_talk import as_day, as_start, offered, refusal
from bots.appointments import OPEN, SLOT, Appointment, Appointments, Refused
from tests.bots.conversation import NOW, at, book_of

PETER = Appointment(name="Peter Novak", reason="cleaning", start=at(27, 10))


def test_what_is_booked_stands_in_the_book():
    book = book_of()
    made = book.book("Anna Miller", "checkup", at(22, 9))
    assert (
        book.all()
        == (made,)
        == (Appointment(name="Anna Miller", reason="checkup", start=at(22, 9)),)
    )


REFUSED = {
    "taken": (at(27, 10), "already taken"),
    "over": (at(21, 9), "already over"),
    "Sunday": (at(25, 10), "closed on that day"),
    "before eight": (at(22, 7, 30), "not open at that time"),
    "past five": (at(22, 17), "not open at that time"),
    "past one on a Saturday": (at(24, 13), "not open at that time"),
    "between two starts": (at(22, 9, 15), "on the hour or at half past"),
    "next year": (dt.datetime(2032, 5, 21, 10), "half a year ahead"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_what_cannot_be(case):
    start, reason = REFUSED[case]
    book = book_of(PETER)
    with pytest.raises(Refused, match=reason):
        book.book("Anna Miller", "checkup", start)
    assert book.all() == (PETER,)


def test_offers_what_is_near_the_wish():
    with pytest.raises(Refused) as refused:
        book_of(PETER).book("Anna Miller", "checkup", at(27, 10))
    assert refused.value.offers == (at(27, 9), at(27, 9, 30), at(27, 10, 30))


def test_offers_the_next_open_day_for_a_closed_one():
    with pytest.raises(Refused) as refused:
        book_of().book("Anna Miller", "checkup", at(25, 10))
    assert refused.value.offers == (at(26, 8), at(26, 8, 30), at(26, 9))


def test_moves_the_next_appointment_of_a_name():
    book = book_of(PETER)
    book.move("peter  novak", at(28, 11))
    assert [(entry.name, entry.start) for entry in book.all()] == [("Peter Novak", at(28, 11))]


def test_a_refused_move_leaves_the_book_as_it_was():
    book = book_of(PETER)
    with pytest.raises(Refused):
        book.move("Peter Novak", at(25, 10))
    assert book.all() == (PETER,)


def test_moving_to_the_same_time_is_no_double_booking():
    book = book_of(PETER)
    assert book.move("Peter Novak", PETER.start) == PETER


def test_cancels_only_what_is_to_come():
    past = Appointment(name="Peter Novak", reason="checkup", start=at(20, 10))
    book = book_of(past, PETER)
    assert book.cancel("Peter Novak") == PETER
    with pytest.raises(Refused, match="cannot find an appointment for Peter Novak") as refused:
        book.cancel("Peter Novak")
    assert refused.value.wrong == "name"
    assert book.all() == (past,)


def test_free_times_are_those_to_come_and_not_taken():
    book = book_of(Appointment(name="A", reason="checkup", start=at(21, 11)))
    assert book.free(at(21, 0).date())[:3] == (at(21, 10), at(21, 10, 30), at(21, 11, 30))
    assert len(book.free(at(24, 0).date())) == 8
    assert book.free(at(25, 0).date()) == ()


def test_the_next_free_day_is_found_over_a_closed_one():
    assert book_of().next_free(at(25, 0).date(), 1) == (at(26, 8),)


actions = st.tuples(
    st.sampled_from(["book", "move", "cancel"]),
    st.sampled_from(["Anna Miller", "Peter Novak", "Maria Garcia"]),
    st.integers(-2, 10 * 48).map(lambda halves: NOW + halves * SLOT),
)


@given(st.lists(actions, max_size=40))
def test_whatever_is_done_no_time_is_taken_twice_and_none_is_outside_the_hours(done):
    book = Appointments(clock=lambda: NOW)
    offered_in_vain: list[dt.datetime] = []
    for action, name, start in done:
        try:
            match action:
                case "book":
                    book.book(name, "checkup", start)
                case "move":
                    book.move(name, start)
                case _:
                    book.cancel(name)
        except Refused as refused:
            offered_in_vain += [o for o in refused.offers if o not in book.free(o.date())]
    starts = [entry.start for entry in book.all()]
    assert len(starts) == len(set(starts))
    for start in starts:
        opens, closes = OPEN[start.weekday()]
        assert opens <= start.time()
        assert (start + SLOT).time() <= closes
    assert offered_in_vain == []


def test_offers_are_spoken_and_can_be_taken_up():
    said = offered(book_of(PETER), dt.date(2031, 5, 22))
    assert (
        said["say"] == "I have eight, eleven or two tomorrow, Thursday. Which one would you like?"
    )
    assert said["offers"][0] == {"day": "2031-05-22", "time": "08:00"}


def test_offers_of_a_part_of_the_day():
    said = offered(book_of(), dt.date(2031, 5, 22), "afternoon")
    assert [offer["time"] for offer in said["offers"]] == ["12:00", "13:30", "15:00"]


def test_offers_of_the_next_day_where_nothing_is_free():
    said = offered(book_of(), dt.date(2031, 5, 25))
    assert said["say"].startswith("There is nothing free on Sunday the twenty fifth of May. I have")
    assert said["offers"][0]["day"] == "2031-05-26"


def test_the_soonest_without_a_day():
    assert offered(book_of(), None)["offers"][0] == {"day": "2031-05-21", "time": "10:00"}


def test_a_refusal_says_why_and_what_is_free():
    refused = Refused("Taken.", (at(27, 9),))
    assert refusal(refused, NOW.date()) == {
        "done": False,
        "say": "Taken. I have nine on Tuesday the twenty seventh of May. Which one would you like?",
        "offers": [{"day": "2031-05-27", "time": "09:00"}],
    }


@pytest.mark.parametrize(("day", "time"), [("tuesday", "10:00"), ("2031-05-27", "ten"), ("", "")])
def test_a_day_or_time_that_is_none_is_refused_with_the_way_out(day, time):
    with pytest.raises(Refused, match="it has to be"):
        as_start(day, time)


def test_reads_days_and_times():
    assert as_day("2031-05-27") == dt.date(2031, 5, 27)
    assert as_start("2031-05-27", "10:30") == at(27, 10, 30)
