import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.utils.text.base_text_aggregator import BaseTextAggregator
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

from processors.turn_taking.first_clause import FirstClauseAggregator, first_clause


async def cut(pieces: list[str], aggregator: BaseTextAggregator | None = None) -> list[str]:
    aggregator = aggregator or FirstClauseAggregator()
    texts = [part.text for piece in pieces async for part in aggregator.aggregate(piece)]
    left = await aggregator.flush()
    return [*texts, *([left.text] if left and left.text else [])]


async def test_the_first_clause_comes_before_its_sentence_is_complete():
    aggregator = FirstClauseAggregator()
    early = [part.text async for part in aggregator.aggregate("Of course, next")]
    assert early == ["Of course,"]


async def test_after_the_first_clause_whole_sentences_follow():
    pieces = ["Of course", ", next", " Tuesday is fine.", " What time, roughly", ", suits you?"]
    assert await cut(pieces) == [
        "Of course,",
        "next Tuesday is fine.",
        "What time, roughly, suits you?",
    ]


@pytest.mark.parametrize(
    "text", ["Well, yes", "Dr. Lee is", "It costs 1,000", "At 9:30", "I", "J. Smith has"]
)
def test_what_would_sound_torn_off_waits(text: str):
    assert first_clause(text) == ""


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("A cleaning is ninety", "A cleaning is"),
        ("Of course, next", "Of course,"),
        ("A cleaning is", ""),
        ("I am at 12 High", ""),
    ],
    ids=["three words", "a clause is sooner", "the third may go on", "too few letters"],
)
def test_a_voice_that_goes_on_in_its_melody_begins_after_a_few_words(text: str, begins: str):
    assert first_clause(text, enough_words=3) == begins


async def test_every_answer_has_a_first_clause_of_its_own():
    aggregator = FirstClauseAggregator()
    assert await cut(["Certainly, sir."], aggregator) == ["Certainly,", "sir."]
    assert await cut(["Certainly, madam."], aggregator) == ["Certainly,", "madam."]


async def test_an_interrupted_answer_leaves_nothing_for_the_next():
    aggregator = FirstClauseAggregator()
    assert [part async for part in aggregator.aggregate("We ")] == []
    await aggregator.handle_interruption()
    assert await cut(["Hello there."], aggregator) == ["Hello there."]


@given(
    st.lists(st.text(alphabet="abc ,.!?5\n-", max_size=12), max_size=20),
    st.sampled_from([None, 1, 3]),
)
async def test_no_letter_is_lost_or_said_twice(pieces: list[str], enough_words: int | None):
    text = "".join(pieces)
    early = await cut(pieces, FirstClauseAggregator(enough_words=enough_words))
    usual = await cut(pieces, SimpleTextAggregator())
    assert "".join("".join(early).split()) == "".join(text.split())
    assert "".join("".join(usual).split()) == "".join(text.split())
