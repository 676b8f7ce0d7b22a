"""A question that only looks like a known one is told from it, by name of the reason."""

import pytest

from processors.semantic_cache.guards import swapped, veto
from processors.semantic_cache.reading import read


@pytest.mark.parametrize(
    ("asked", "known", "guard"),
    [
        ("Is it not open?", "Is it open?", "negation"),
        ("Can I come without my card?", "Can I come with my card?", "negation"),
        ("Is there a table for five?", "Is there a table for four?", "number"),
        ("Do you open at 8 am?", "Do you open at 8 pm?", "number"),
        ("Does it take five hours?", "Does it take five minutes?", "number"),
        ("Are you open on Sunday?", "Are you open on Monday?", "when"),
        ("Are you open in the evening?", "Are you open in the morning?", "when"),
        ("Is it cheaper?", "Is it faster?", "comparison"),
        ("Is it only for members?", "Is it for members?", "restriction"),
        ("When do you close?", "When do you open?", "antonym"),
        (
            "Is there a train to Leeds from York?",
            "Is there a train from Leeds to York?",
            "direction",
        ),
        ("Can you call me?", "Can I call you?", "speakers"),
        ("When is my appointment?", "When is an appointment free?", "person"),
        ("Can I bring my mother?", "Can I bring my son?", "antonym"),
        ("Why do you ask?", "When do you ask?", "asks"),
        ("Do I need an appointment?", "Can I get an appointment?", "obligation"),
        ("What about parking?", "Is there parking?", "follow-up"),
        ("Do they take Aetna in Boston?", "Do they take cards?", "name"),
    ],
)
def test_each_guard_sees_its_difference(asked: str, known: str, guard: str):
    assert veto(read(asked), read(known)) is not None
    assert veto(read(known), read(known)) is None or guard == "follow-up"
    if guard not in ("negation", "antonym", "name"):
        assert veto(read(asked), read(known)) == guard


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("What's your address?", "Could you tell me your address please?"),
        ("Where can I park my car?", "Where do I park?"),
        ("How much is a cleaning?", "What does a cleaning cost?"),
        ("Are you open on Mondays?", "Do you open on Monday?"),
        ("I'm not sure how to find you", "How do I find you?"),
        ("Do you take cards?", "Can I pay by card?"),
    ],
)
def test_a_paraphrase_passes(asked: str, known: str):
    assert veto(read(asked), read(known)) is None


def test_one_word_for_another_is_seen():
    gone, come = swapped(read("Do you treat cats?"), read("Do you treat dogs?"))
    assert (gone, come) == ({"dog"}, {"cat"})


def test_a_sentence_built_otherwise_is_no_swap():
    assert swapped(read("Are cats welcome?"), read("Do you treat dogs here?"))[0] != {"treat"}
