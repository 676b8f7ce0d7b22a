"""Slots are taken and given back, never more than there are."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.admission import Admission, Refused, calls_for

MEASURED = Path(__file__).parents[1] / "benchmarks" / "results" / "load.json"


def test_a_call_beyond_the_slots_is_refused_with_the_time_to_come_back():
    door = Admission(2)
    door.take()
    door.take()
    with pytest.raises(Refused, match="all 2 lines are busy") as refused:
        door.take()
    assert refused.value.reason == "full"
    assert refused.value.retry_after_secs > 0


def test_a_slot_given_back_can_be_taken_again():
    door = Admission(1)
    door.take()
    door.give_back()
    door.take()
    assert door.taken == 1


def test_a_closed_door_takes_nobody_and_keeps_who_is_in():
    door = Admission(2)
    door.take()
    door.close()
    assert (door.taken, door.free) == (1, 0)
    with pytest.raises(Refused) as refused:
        door.take()
    assert refused.value.reason == "draining"


def test_a_slot_given_back_twice_is_an_error():
    with pytest.raises(ValueError, match="twice"):
        Admission(1).give_back()


def test_no_slots_at_all_is_an_error():
    with pytest.raises(ValueError, match="slots is 0"):
        Admission(0)


@given(slots=st.integers(1, 5), steps=st.lists(st.booleans(), max_size=60))
def test_whatever_comes_the_taken_slots_stay_within_bounds(slots: int, steps: list[bool]):
    door, inside = Admission(slots), 0
    for arrives in steps:
        if arrives:
            try:
                door.take()
                inside += 1
            except Refused:
                assert inside == slots
        elif inside:
            door.give_back()
            inside -= 1
        assert door.taken == inside <= slots
        assert door.free == slots - inside


@given(st.integers(1, 1024))
def test_a_machine_with_more_cores_carries_no_fewer_calls_and_never_none(cores: int):
    assert 1 <= calls_for(cores) <= calls_for(cores + 1)


def test_by_default_no_more_calls_are_taken_than_were_measured_to_be_carried():
    measured = json.loads(MEASURED.read_text())
    assert calls_for(measured["machine"]["cores"]) <= measured["carried"]
