"""How written text is read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.services.embedded.reading import words


def spoken(text: str) -> str:
    return " ".join(" ".join(word.spoken for word in words(text)).split())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("A cleaning is $120.", "A cleaning is 120 dollars."),
        ("It costs $1,250.50 or $1.", "It costs 1,250 dollars 50 or 1 dollar."),
        ("$0.50", "50 cents"),
        ("€5 and £3", "5 euros and 3 pounds"),
        ("worth $2.5 million", "worth 2.5 million dollars"),
        ("$5/month", "5 dollars per month"),
        ("at 8:30, please", "at 8 30, please"),
        ("at 8:30 p.m.", "at 8 30 p.m."),
        ("at 8:30pm", "at 8 30 pm"),
        ("from 9:00 to 17:30", "from 9 o'clock to 5 30 PM"),
        ("at 08:05", "at 8 oh 5"),
        ("00:15", "12 15 AM"),
        ("9-5, Mon–Fri", "9 to 5, Monday to Friday"),
        ("8:00-12:00", "8 o'clock to 12 o'clock"),
        ("Nov. 24", "November 24"),
        ("2026-11-23", "November 23rd, 2026"),
        ("24/7", "24 7"),
        ("Dr. Lee and Mrs. Ray", "Doctor Lee and Missus Ray"),
        ("14 Main St. near St. Mary", "14 Main Street near Saint Mary"),
        ("approx. 5 mins.", "approximately 5 minutes"),
        ("No. 5", "number 5"),
        ("No. I mean yes.", "No. I mean yes."),
        ("#12", "number 12"),
        ("Call 555-0134.", "Call 5 5 5, 0 1 3 4."),
        ("(555) 010-0134", "5 5 5 0 1 0, 0 1 3 4"),
        ("+1 555 010 0134", "1 5 5 5 0 1 0 0 1 3 4"),
        ("zip 94110", "zip 9 4 1 1 0"),
        ("in 2026 we had 1,200", "in 2026 we had 1,200"),
        ("72°F", "72 degrees Fahrenheit"),
        ("https://www.smile.example/x", "smile.example/x"),
    ],
)
def test_reads_it_as_a_person_would(written, said):
    assert spoken(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('<break time="1s"/> Hello <b>there</b>', "Hello there"),
        ("**Bold** and `code` and _soft_", "Bold and code and soft"),
        ("# Hours", "Hours"),
        ("- one", "one"),
        ("[our page](http://a.example/b)", "our page"),
        ("Hello 🙂 there", "Hello there"),
        ("[[h@loU]]", "h@loU"),
        ("a\x01 40P b\x00c", "a 40P b c"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("…", ""),
    ],
)
def test_markup_and_signs_without_sound_are_not_spoken(written, said):
    assert spoken(written) == said


@given(st.text())
def test_the_words_are_the_text(text):
    assert "".join(word.text for word in words(text)) == "".join(text.split())


@given(st.text(alphabet=st.sampled_from("09$.:-–/()+ aApPmM<>Dr,°#~No")))
def test_what_is_said_has_no_control_character_and_no_markup(text):
    said = spoken(text)
    assert said.isprintable()
    assert not set("<>*_`#[]{}\\^|~") & set(said)
