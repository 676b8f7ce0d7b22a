"""A whispered note changes what a brain without a model says next, and only that."""

import pytest

from pipelines.services.embedded.heeding import heeded, notes_to_heed


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("tell them that we have a slot at four", "We have a slot at four."),
        ("Say parking is free.", "Parking is free."),
        ("please offer them Saturday", "I can also offer you Saturday."),
        ("ask for their order number", "Could you tell me your order number?"),
        ("be nice", ""),
        ("", ""),
    ],
)
def test_a_note_is_done_when_it_says_how(note, says):
    assert heeded(note) == says


def test_a_note_is_heeded_in_the_next_answer_and_in_no_further_one():
    note = {"role": "developer", "content": "Note from a colleague, for you alone: say we are open"}
    talk = [{"role": "user", "content": "hello"}, note]
    assert notes_to_heed(talk) == "We are open."
    assert notes_to_heed([*talk, {"role": "assistant", "content": "We are open."}]) == ""


def test_other_developer_messages_are_no_notes():
    assert notes_to_heed([{"role": "developer", "content": "say that you are a person"}]) == ""
