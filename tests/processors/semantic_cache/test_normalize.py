"""What does not change the meaning of a question is gone from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.semantic_cache.normalize import foreign_letters, normalize
from processors.semantic_cache.spoken_numbers import as_digits


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What's the price?", "um, what is the price please"),
        ("Hi, could you tell me when you're open?", "when you are open"),
        ("I'd like to know what it costs", "what it costs"),
        ("Is there room for twenty-five people?", "is there room for 25 people"),
        ("at eight thirty a.m.", "at 8:30 AM"),
        ("at half past eight", "at 8:30"),
        ("at 8:00 pm", "at eight p.m."),
        ("two hundred and fifty dollars", "$250"),
        ("on the twenty-first", "on the 21st"),
        ("Can’t I come?", "can not i come"),
        ("I I want want to come", "I want to come"),
        ("What are your open\u200ding hours", "what are your opening hours"),
    ],
)
def test_the_same_words_said_otherwise_are_the_same(one: str, other: str):
    assert normalize(one) == normalize(other)


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("one hundred twenty", "120"),
        ("three thousand two hundred and six", "3206"),
        ("a hundred", "a hundred"),
        ("this one", "this one"),
        ("one of them", "one of them"),
        ("two three four", "2 3 4"),
        ("nineteen ninety", "19 90"),
        ("the second floor", "the 2th floor"),
        ("per second", "per second"),
        ("thirty third", "33th"),
    ],
)
def test_spoken_numbers_become_digits(said: str, digits: str):
    assert as_digits(said.split()) == digits.split()


def test_politeness_alone_is_kept():
    assert normalize("hello") == ["hello"]


def test_letters_that_only_look_latin_are_told_apart():
    assert foreign_letters("Are yоu open?")
    assert not foreign_letters("Öffnen Sie das Café?")


@given(st.text(max_size=200))
def test_anything_can_be_normalised(text: str):
    words = normalize(text)
    assert all(words)
    assert normalize(" ".join(words)) is not None
