import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.turn_taking.completeness import (
    Completeness,
    Expected,
    completeness,
    digits,
    expected_answer,
)


@pytest.mark.parametrize(
    "module",
    ["completeness", "endpointing", "speculation", "hearing", "turn_model", "first_clause"],
)
def test_the_examples_in_the_docstrings_are_true(module: str):
    imported = importlib.import_module(f"processors.turn_taking.{module}")
    assert doctest.testmod(imported).failed == 0


@pytest.mark.parametrize(
    "text",
    [
        "I would like to book an appointment for",
        "my name is",
        "can you tell me whether you",
        "do you have anything on",
        "I was wondering if you could",
        "I need to",
        "so um",
        "the number is five five five",
        "I want",
        "can you book me",
        "I got a message saying",
        "is there",
        "and then I'd like to, you know",
        "tomorrow or,",
        "",
    ],
)
def test_a_text_that_leaves_its_sentence_hanging_is_incomplete(text: str):
    assert completeness(text) is Completeness.INCOMPLETE


@pytest.mark.parametrize(
    "text",
    [
        "What are your opening hours",
        "what time can I come in",
        "how long does it take",
        "how much is it",
        "what is that for",
        "where do you come from",
        "do you take my insurance",
        "can you tell me where it is",
        "thank you very much",
        "no that's all thank you",
        "hello",
        "okay great",
        "can you repeat that please",
    ],
)
def test_a_whole_question_and_a_closing_phrase_are_complete(text: str):
    assert completeness(text) is Completeness.COMPLETE


@pytest.mark.parametrize(
    "text",
    [
        "I'd like to book an appointment for next Tuesday.",
        "I need to cancel my appointment tomorrow",
        "that's what I want",
        "I have a terrible toothache",
        "is there parking",
    ],
)
def test_a_whole_statement_is_likely_to_be_all(text: str):
    assert completeness(text) is Completeness.LIKELY


@pytest.mark.parametrize("text", ["I'd like to book an appointment", "I need to cancel", "Robert"])
def test_a_request_without_its_details_is_open(text: str):
    assert completeness(text) is Completeness.OPEN


@pytest.mark.parametrize(
    ("bot_said", "expected"),
    [
        ("We have Tuesday. What is the best number to reach you?", Expected.NUMBER),
        ("Could I have your name, please?", Expected.NAME),
        ("Which day would suit you?", Expected.TIME),
        ("Would ten o'clock work for you?", Expected.YES_OR_NO),
        ("Please tell me your phone number.", Expected.NUMBER),
        ("How can I help?", Expected.ANYTHING),
        ("Goodbye.", Expected.ANYTHING),
        ("", Expected.ANYTHING),
    ],
)
def test_what_the_bot_asks_for_is_read_from_its_last_sentence(bot_said: str, expected: Expected):
    assert expected_answer(bot_said) is expected


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("four one five", Completeness.INCOMPLETE),
        ("four one five, five five five", Completeness.INCOMPLETE),
        ("four one five, five five five, zero one nine nine", Completeness.COMPLETE),
        ("415-555-0199", Completeness.COMPLETE),
        ("it's 555 01 twenty three", Completeness.COMPLETE),
        ("I don't have one", Completeness.LIKELY),
    ],
)
def test_a_number_is_complete_when_all_its_groups_are_there(text: str, verdict: Completeness):
    assert completeness(text, Expected.NUMBER) is verdict


@pytest.mark.parametrize("text", ["yes", "Yes, please.", "no I don't", "yes I do", "it is"])
def test_a_short_answer_to_a_yes_or_no_question_is_complete(text: str):
    assert completeness(text, Expected.YES_OR_NO) is Completeness.COMPLETE


def test_a_yes_that_begins_a_sentence_is_no_answer_yet():
    text = "Yes, I would like to book an appointment"
    assert completeness(text, Expected.YES_OR_NO) is Completeness.OPEN
    assert completeness("yes but", Expected.YES_OR_NO) is Completeness.INCOMPLETE


def test_doubled_digits_and_tens_are_counted_as_they_are_dialled():
    assert digits("double seven, triple o, twenty one, fifteen") == "77" + "000" + "21" + "15"


@given(st.text(), st.sampled_from(Expected))
def test_any_text_gets_a_verdict(text: str, expected: Expected):
    assert completeness(text, expected) in Completeness


@given(st.text(alphabet="abcdefghij klmnop'", min_size=1), st.sampled_from(["um", "uh", "for the"]))
def test_a_trailing_filler_or_article_always_calls_for_more(text: str, ending: str):
    assert completeness(f"{text} {ending}") is Completeness.INCOMPLETE
