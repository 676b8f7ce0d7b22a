"""What must not be kept is not kept, in words and in sound."""

import pytest

from processors.trace.redaction import SpeechGuard, luhn, mask, mask_all

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("it is 4111 1111 1111 1111 thanks", "it is [card] thanks"),
        ("4111-1111-1111-1111", "[card]"),
        ("four one one one, one one one one", "[number]"),
        ("call me on +49 (30) 1234567", "call me on [number]"),
        ("five five five oh one four two", "[number]"),
        ("double five five one two", "[number]"),
        ("write to jo.doe+x@mail.example.com now", "write to [e-mail] now"),
        ("jo dot doe at example dot com", "[e-mail]"),
        ("born on April 12th, 1980", "born on [date]"),
        ("the twelfth of april nineteen eighty one", "[date]"),
        ("1980-04-12", "[date]"),
        ("12/04/80", "[date]"),
    ],
)
def test_private_data_is_masked(said, kept):
    assert mask(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "at half past nine on Monday",
        "two fillings and one cleaning",
        "We are open from eight to five.",
        "I may come at ten thirty",
        "",
        "no one at home",
    ],
)
def test_other_words_stay(said):
    assert mask(said) == said


def test_texts_at_any_depth_are_masked_and_everything_else_stays():
    about = {"a": [{"b": "5551234"}, 3, None], "c": ("x", 1.5)}
    assert mask_all(about) == {"a": [{"b": "[number]"}, 3, None], "c": ["x", 1.5]}


def test_long_text_is_masked_in_no_time():
    # A pattern that backtracks would take for ever.
    assert mask("a at b dot " * 2_000 + "one " * 3)
    assert mask("june " * 4_000)


def test_the_check_digit_tells_a_card_from_a_number():
    assert luhn("5555555555554444")
    assert not luhn("5555555555554445")
    assert mask("5555555555554445") == "[number]"


def test_the_stretch_of_speech_with_a_number_is_silenced_whole():
    guard = SpeechGuard(before_secs=0.5)
    assert guard.begins(10 * SECOND) == []
    assert guard.hold_ns == int(9.5 * SECOND)
    guard.said("my number is five five")
    assert guard.pauses(12 * SECOND) == []
    guard.said("five one two three")
    assert guard.settles(13 * SECOND) == [(int(9.5 * SECOND), 13 * SECOND)]
    assert guard.hold_ns is None


def test_other_speech_is_let_go_once_its_words_are_known():
    guard = SpeechGuard()
    guard.begins(10 * SECOND)
    guard.pauses(11 * SECOND)
    assert guard.hold_ns is not None
    guard.said("hello")
    assert guard.settles(12 * SECOND) == []
    assert guard.hold_ns is None


def test_words_that_come_while_the_voice_goes_on_decide_nothing_yet():
    guard = SpeechGuard()
    guard.begins(10 * SECOND)
    guard.said("hello")
    assert guard.settles(11 * SECOND) == []
    assert guard.hold_ns is not None


def test_speech_that_nobody_understands_for_long_is_silenced():
    guard = SpeechGuard(before_secs=0, most_secs=20)
    guard.begins(10 * SECOND)
    guard.pauses(11 * SECOND)
    assert guard.begins(31 * SECOND) == [(10 * SECOND, 31 * SECOND)]
