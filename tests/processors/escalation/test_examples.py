"""One line stands for many turns."""

from hypothesis import given
from hypothesis import strategies as st

from processors.escalation.examples import examples, spread


def test_either_part_is_written_out():
    assert spread("[hi|hello] you [there|]") == [
        "hi you there",
        "hi you",
        "hello you there",
        "hello you",
    ]


@given(st.lists(st.integers(1, 9), max_size=5))
def test_a_long_line_is_thinned_out_and_nothing_comes_twice(sizes: list[int]):
    line = " ".join(
        "[" + "|".join(f"w{part}x{number}" for number in range(size)) + "]"
        for part, size in enumerate(sizes)
    )
    turns = spread(line)
    assert 1 <= len(turns) <= 60
    assert len(set(turns)) == len(turns)


def test_the_turns_of_a_line_share_its_weight_and_parts_can_be_left_out():
    text = '[first]\nfine = """\n[yes|no]\nwell\n"""\n[later]\nfine = """\nlate\n"""\n'
    assert [turn.text for turn in examples(text)] == ["yes", "no", "well", "late"]
    first = examples(text, ("first",))
    assert [round(turn.weight, 2) for turn in first] == [0.71, 0.71, 1.0]
