"""What callers may say, how it is pronounced and how likely it is: plain functions."""

import math
from pathlib import Path

import pocketsphinx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.services.embedded.language_model import (
    arpa,
    joined,
    probabilities_of,
    vocabulary_of,
)
from pipelines.services.embedded.phrases import (
    Domain,
    Phrase,
    expand,
    spoken_number,
    spoken_ordinal,
    words_of,
    writings,
)
from pipelines.services.embedded.pronunciation import (
    PHONES,
    PhonesError,
    checked_phones,
    pronounce,
    spell_out,
)

CMUDICT = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))

words = st.text("abcdefgh", min_size=1, max_size=4)
phrases = st.lists(
    st.builds(
        Phrase,
        st.lists(words | st.just("{day}"), min_size=1, max_size=5).map(tuple),
        st.floats(0.1, 50),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
CLASSES = {"{day}": ("monday", "tuesday", "a")}


def probability(words: list[str], model: tuple[dict, dict]) -> float:
    """Of the last word after the others, as a decoder reads an ARPA file."""
    probabilities, backoffs = model
    gram = tuple(words[-3:])
    if gram in probabilities:
        return probabilities[gram]
    return backoffs.get(gram[:-1], 1.0) * probability(words[1:], model)


@given(phrases)
def test_what_may_follow_a_history_adds_up_to_one(said):
    model = probabilities_of(said, CLASSES)
    following = [gram[0] for gram in model[0] if len(gram) == 1 and gram != ("<s>",)]
    for history in [gram for gram in model[0] if len(gram) < 3 and gram[-1:] != ("</s>",)]:
        total = sum(probability([*history, word], model) for word in following)
        assert math.isclose(total, 1, abs_tol=1e-3), history


@given(phrases)
def test_an_arpa_file_lists_as_many_ngrams_as_it_says(said):
    text = arpa(said, CLASSES)
    for size in (1, 2, 3):
        section = text.partition(f"\\{size}-grams:\n")[2].partition("\\")[0]
        assert f"ngram {size}={len(section.split(chr(10))) - 2}" in text


def test_every_day_is_as_likely_where_one_was_named():
    said, classes = expand(Domain(phrases=("Are you open on Saturday?",)))
    model = probabilities_of(said, classes)
    saturday = probability(["open", "on", "saturday"], model)
    assert probability(["open", "on", "monday"], model) == pytest.approx(saturday)
    assert saturday > 20 * probability(["open", "on", "robert"], model)


def test_a_phrase_of_the_bots_own_is_expected():
    said, classes = expand(Domain(phrases=("Do you groom poodles?",)))
    model = probabilities_of(said, classes)
    assert probability(["do", "you", "groom"], model) > 0.1
    assert probability(["you", "groom", "poodles"], model) > 0.5


@pytest.mark.parametrize(
    "free",
    [
        "next tuesday at half past three",
        "my name is sarah miller",
        "the twenty seventh of november",
        "no i said thursday",
        "could you repeat that please",
        "uh-huh",
    ],
)
def test_common_phrases_are_expected_of_every_bot(free):
    said, classes = expand(Domain())
    model = probabilities_of(said, classes)
    heard = ["<s>", *free.split(), "</s>"]
    logs = [math.log(probability(heard[: end + 1], model)) for end in range(1, len(heard))]
    assert sum(logs) / len(logs) > -5.5
    assert set(free.split()) <= vocabulary_of(said, classes)


def test_frequent_pairs_become_one_word_and_classes_never_do():
    said = [Phrase(("how", "much", "on", "{day}"), 100.0)]
    assert joined(said)[0].words == ("how_much", "on", "{day}")
    assert joined([Phrase(("how", "much"), 1.0)])[0].words == ("how", "much")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("At 8:30 on the 21st", "at eight thirty on the twenty first"),
        ("$1,250 or 15%", "one thousand two hundred fifty dollars or fifteen percent"),
        ("9:05 a.m.", "nine oh five am"),
        ("3:00", "three"),
        ("What's Dr. O'Brien's well-known fee?", "what's doctor o'brien's well known fee"),
        ("…?!", ""),
    ],
)
def test_text_is_taken_as_it_is_spoken(written, spoken):
    assert " ".join(words_of(written)) == spoken


@given(st.text(max_size=60))
@example("\u1a80")  # a digit of another script
def test_any_text_gives_plain_words(text):
    for word in words_of(text):
        assert word.startswith("{") or set(word) <= set("abcdefghijklmnopqrstuvwxyz'-")


@given(st.integers(0, 999_999))
def test_numbers_and_their_ordinals_are_words(number):
    assert spoken_number(number).replace(" ", "").isalpha()
    assert spoken_ordinal(number).endswith(("st", "nd", "rd", "th"))


@given(st.text(min_size=1, max_size=20))
def test_any_word_can_be_pronounced(word):
    phones = spell_out(word).split()
    assert phones
    assert set(phones) <= PHONES


def test_known_words_keep_their_pronunciations_and_new_ones_are_guessed_from_parts():
    found = pronounce(["hello", "brightwell", "zorbak"], CMUDICT)
    assert found["hello"] == ["HH AH L OW", "HH EH L OW"]
    assert found["brightwell"] == ["B R AY T W EH L"]
    assert set(found["zorbak"][0].split()) <= PHONES


def test_stress_marks_are_dropped_and_unknown_phones_refused():
    assert checked_phones("Nguyen", "w ih1 n") == "W IH N"
    with pytest.raises(PhonesError, match="'Nguyen' have NG9; ARPAbet has AA"):
        checked_phones("Nguyen", "NG9 W IH N")


def test_names_and_days_are_written_with_a_capital_and_ordinary_words_are_not():
    written = writings(Domain(phrases=("Do you accept Delta Dental?",), vocabulary={"iSmile": ""}))
    assert written["delta"] == "Delta"
    assert written["ismile"] == "iSmile"
    assert (written["i'd"], written["monday"], written["rebecca"]) == ("I'd", "Monday", "Rebecca")
    assert "may" not in written
