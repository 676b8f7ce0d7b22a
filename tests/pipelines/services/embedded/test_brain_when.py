"""Days and times in a caller's words. Today is Wednesday the 21st of May 2031."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.services.embedded.brain.when import find_days, find_part, find_times
from pipelines.services.embedded.brain.words import words
from pipelines.spoken import spoken_date, spoken_time

TODAY = dt.date(2031, 5, 21)
DAYS = {
    "today": "05-21",
    "tomorrow": "05-22",
    "the day after tomorrow": "05-23",
    "friday": "05-23",
    "on monday please": "05-26",
    "wednesday": "05-28",  # said on a Wednesday, the one in a week
    "next wednesday": "05-28",
    "next friday": "05-30",  # the one of next week
    "this friday": "05-23",
    "next week on monday": "05-26",
    "tuesday next week": "05-27",
    "in two weeks": "06-04",
    "in three days": "05-24",
    "the 27th": "05-27",
    "the twenty seventh": "05-27",
    "on the third": "06-03",
    "the third of june": "06-03",
    "june third": "06-03",
    "june 3rd": "06-03",
    "tuesday the twenty seventh": "05-27",
    "5/27": "05-27",
    "2031-06-01": "06-01",
    "not tuesday thursday": "05-22",
}
TIMES = {
    "half past three": "15:30",
    "at three": "15:00",
    "three pm": "15:00",
    "3 p.m.": "15:00",
    "3:30": "15:30",
    "15:30": "15:30",
    "ten in the morning": "10:00",
    "ten thirty": "10:30",
    "quarter to nine": "08:45",
    "quarter past nine": "09:15",
    "quarter to one": "12:45",
    "noon": "12:00",
    "at twelve": "12:00",
    "nine forty five": "09:45",
    "eight o'clock": "08:00",
    "seven in the evening": "19:00",
    "tomorrow morning at nine": "09:00",
    "this afternoon at one": "13:00",
    "make it eleven": "11:00",
    "i said ten": "10:00",
    "not at nine at ten": "10:00",
}
NO_TIMES = ["the first one", "one moment please", "which one is it", "i have two questions", "ten"]
NO_DAYS = ["the first one", "one second", "may i ask something", "on the second floor", "the 45th"]


@pytest.mark.parametrize("said", DAYS)
def test_hears_the_day(said):
    assert [f"{day.value:%m-%d}" for day in find_days(words(said), TODAY)] == [DAYS[said]]


@pytest.mark.parametrize("said", TIMES)
def test_hears_the_time(said):
    assert f"{find_times(words(said))[-1].value:%H:%M}" == TIMES[said]


@pytest.mark.parametrize("said", NO_DAYS)
def test_hears_no_day_where_none_is(said):
    assert find_days(words(said), TODAY) == []


@pytest.mark.parametrize("said", NO_TIMES)
def test_hears_no_time_where_none_is(said):
    assert find_times(words(said)) == []


def test_a_number_alone_is_a_time_when_one_was_asked_for():
    assert [time.value for time in find_times(words("um ten please"), bare=True)] == [dt.time(10)]


def test_the_first_one_is_no_time_even_when_one_was_asked_for():
    assert find_times(words("the first one"), bare=True) == []


def test_tells_which_words_a_day_came_from():
    said = words("a checkup next tuesday at ten")
    day = find_days(said, TODAY)[0]
    assert said[day.start : day.end] == ("next", "tuesday")


def test_hears_the_part_of_the_day():
    assert find_part(words("tuesday afternoon")) == "afternoon"
    assert find_part(words("tuesday")) == ""


@given(st.dates(TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=300)))
def test_a_day_that_we_say_is_heard_as_that_day(day):
    assert find_days(words(spoken_date(day)), TODAY)[0].value == day


@given(st.integers(7 * 4, 20 * 4))
def test_a_time_that_we_say_is_heard_as_that_time(quarters):
    time = dt.time(quarters // 4, quarters % 4 * 15)
    assert [found.value for found in find_times(words(spoken_time(time)))] == [time]


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789:/-. ", max_size=60))
def test_nothing_that_is_typed_breaks_it(text):
    find_days(words(text), TODAY)
    find_times(words(text), bare=True)
