"""Which words are heard at which sample."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.services.embedded.narration import Narration, Piece


def pcm(samples: int) -> bytes:
    return bytes(2 * samples)


def test_a_word_comes_just_before_the_audio_in_which_it_begins():
    narration = Narration.of("Hello there.")
    narration.place([(0, 0), (6, 300)])
    assert [*narration.cut(pcm(200)), *narration.cut(pcm(200))] == [
        Piece(("Hello",), 0, pcm(200)),
        Piece((), 200, pcm(100)),
        Piece(("there.",), 300, pcm(100)),
    ]


def test_the_script_is_what_is_said_and_the_words_are_what_is_written():
    narration = Narration.of("It is $120 today")
    assert narration.script == "It is 120 dollars today"
    narration.place([(0, 0), (3, 10), (6, 20), (10, 30), (18, 40)])
    assert [piece.words for piece in narration.cut(pcm(50))] == [
        ("It",),
        ("is",),
        ("$120",),
        (),
        ("today",),
    ]


def test_what_is_not_said_goes_with_the_word_before_it():
    narration = Narration.of("Hello 🙂 there")
    narration.place([(0, 0), (6, 10)])
    assert [piece.words for piece in narration.cut(pcm(20))] == [("Hello", "🙂"), ("there",)]


def test_a_word_without_an_event_comes_with_the_next_one_or_at_the_end():
    narration = Narration.of("one two three four")
    narration.place([(0, 0), (8, 10)])
    assert [piece.words for piece in narration.cut(pcm(20))] == [("one",), ("two", "three")]
    assert narration.finish().words == ("four",)


def test_the_rest_is_what_has_not_begun():
    narration = Narration.of("one two three")
    narration.place([(0, 0), (4, 10), (8, 1000)])
    list(narration.cut(pcm(20)))
    assert narration.rest().script == "three"


@given(
    st.text(alphabet=st.sampled_from("ab$12 :<>🙂.,-\x00 "), max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 500)), max_size=20),
    st.lists(st.integers(0, 200), max_size=6),
)
def test_every_word_comes_out_once_in_order_and_no_sample_is_lost(text, events, lengths):
    narration = Narration.of(text)
    pieces: list[Piece] = []
    for index, length in enumerate(lengths):
        narration.place(events[index :: len(lengths)])
        pieces += narration.cut(pcm(length))
    pieces.append(narration.finish())
    assert "".join("".join(piece.words) for piece in pieces) == "".join(text.split())
    assert sum(len(piece.pcm) for piece in pieces) == 2 * sum(lengths)
    starts = [piece.start for piece in pieces]
    assert starts == sorted(starts)
