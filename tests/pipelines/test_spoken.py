"""Days, times and lists as one says them."""

import datetime as dt

import pytest

from pipelines.spoken import (
    cardinal,
    listed,
    ordinal,
    part_of_day,
    spoken_day,
    spoken_start,
    spoken_time,
)

TODAY = dt.date(2031, 5, 20)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (20, "today"),
        (21, "tomorrow, Wednesday"),
        (22, "Thursday the twenty second of May"),
        (30, "Friday the thirtieth of May"),
        (31, "Saturday the thirty first of May"),
    ],
)
def test_says_a_day_as_one_does_today(day, said):
    assert spoken_day(dt.date(2031, 5, day), TODAY) == said


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (dt.time(9), "nine in the morning"),
        (dt.time(12), "noon"),
        (dt.time(12, 30), "half past twelve in the afternoon"),
        (dt.time(15, 30), "half past three in the afternoon"),
        (dt.time(18, 45), "six forty five in the evening"),
        (dt.time(8, 5), "eight oh five in the morning"),
    ],
)
def test_says_a_time_with_the_part_of_the_day(time, said):
    assert spoken_time(time) == said


def test_says_when_something_is():
    assert spoken_start(dt.datetime(2031, 5, 21, 10), TODAY) == (
        "tomorrow, Wednesday at ten in the morning"
    )
    assert spoken_start(dt.date(2031, 5, 22), TODAY) == "on Thursday the twenty second of May"


def test_counts_and_ranks_in_words():
    assert [cardinal(number) for number in (0, 13, 20, 59)] == [
        "zero", "thirteen", "twenty", "fifty nine",
    ]  # fmt: skip
    assert [ordinal(number) for number in (1, 2, 12, 20, 21, 33)] == [
        "first", "second", "twelfth", "twentieth", "twenty first", "thirty third",
    ]  # fmt: skip


def test_lists_words():
    assert listed([]) == ""
    assert listed(["nine"]) == "nine"
    assert listed(["nine", "ten", "two"], "and") == "nine, ten and two"


def test_names_the_part_of_the_day():
    assert part_of_day(dt.time(11, 59)) == "in the morning"
    assert part_of_day(dt.time(17, 59)) == "in the afternoon"
    assert part_of_day(dt.time(18)) == "in the evening"
