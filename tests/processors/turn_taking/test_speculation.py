import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.turn_taking.completeness import Completeness
from processors.turn_taking.speculation import (
    Draft,
    Drafts,
    DraftState,
    same_meaning,
    worth_a_draft,
)


@pytest.mark.parametrize(
    ("draft", "final"),
    [
        ("what are your hours", "What are your hours, please?"),
        ("WHAT ARE YOUR HOURS", "what are your hours."),
        ("uh I'd like to come in", "I would like to come in"),
        ("ten thirty", "10 30"),
        ("my number is five five five", "My number is 555."),
        ("can you call me", "Can you call me, um, please? Thank you very much."),
        ("don't do it", "do not do it"),
    ],
)
def test_politeness_spelling_and_fillers_do_not_change_what_is_meant(draft: str, final: str):
    assert same_meaning(draft, final)


@pytest.mark.parametrize(
    ("draft", "final"),
    [
        ("I can come", "I can't come"),
        ("book me for Tuesday", "book me for Thursday"),
        ("book it", "don't book it"),
        ("at ten", "at eleven"),
        ("what are your hours", "what are your hours on Sunday"),
        ("five five", "five"),
        ("", "yes"),
        ("thank you", "no"),
    ],
)
def test_every_other_word_changes_what_is_meant(draft: str, final: str):
    assert not same_meaning(draft, final)


@given(st.text(), st.text(), st.text())
def test_meaning_the_same_is_an_equivalence(a: str, b: str, c: str):
    assert same_meaning(a, a)
    assert same_meaning(a, b) == same_meaning(b, a)
    if same_meaning(a, b) and same_meaning(b, c):
        assert same_meaning(a, c)


@given(
    st.lists(st.sampled_from(["book", "cancel", "Tuesday", "ten", "it", "me", "five"]), min_size=1),
    st.sampled_from(["not", "Friday", "never", "twelve", "don't"]),
    st.data(),
)
def test_a_word_that_matters_is_never_dropped(words: list[str], other: str, data):
    at = data.draw(st.integers(0, len(words)))
    assert not same_meaning(" ".join(words), " ".join([*words[:at], other, *words[at:]]))


def test_a_hanging_sentence_is_worth_no_draft():
    assert not worth_a_draft("I would like to", Completeness.INCOMPLETE, 0.9, 1.0)


def test_no_draft_is_made_while_the_caller_speaks():
    assert not worth_a_draft("what are your hours", Completeness.COMPLETE, None, 0.0)


def test_an_open_sentence_is_worth_a_draft_when_the_sound_does_not_object():
    assert worth_a_draft("book me a table", Completeness.OPEN, 0.7, 0.2)
    assert not worth_a_draft("book me a table", Completeness.OPEN, 0.05, 0.2)


def test_what_a_discarded_draft_has_cost_is_counted_even_when_it_comes_late():
    drafts = Drafts()
    draft = drafts.open("what are your hours")
    drafts.wrote(draft, 40)
    drafts.discard("the caller went on")
    drafts.wrote(draft, 8)
    assert (drafts.discarded_tokens, drafts.discarded_characters) == (12, 48)
    assert drafts.discards == {"the caller went on": 1}


def test_a_kept_draft_costs_nothing_extra():
    drafts = Drafts()
    drafts.wrote(drafts.open("what are your hours"), 400)
    drafts.keep()
    assert drafts.discarded_tokens == 0


def test_past_the_limit_no_draft_is_started_any_more():
    drafts = Drafts(limit_tokens=10)
    drafts.wrote(drafts.open("a"), 40)
    assert drafts.may_start
    drafts.discard("other words")
    assert not drafts.may_start


@given(st.lists(st.sampled_from(["open", "keep", "discard", "write"]), max_size=40))
def test_a_draft_is_settled_once_and_for_all(steps: list[str]):
    drafts, settled = Drafts(), []
    drafts.watch(settled.append)
    all_drafts: list[Draft] = []
    for step in steps:
        match step:
            case "open":
                all_drafts.append(drafts.open(f"turn {len(all_drafts)}"))
            case "keep":
                drafts.keep()
            case "discard":
                drafts.discard("some reason")
            case "write" if all_drafts:
                drafts.wrote(all_drafts[-1], 7)
    assert settled == [d for d in all_drafts if d.state is not DraftState.HELD]
    assert sum(d.state is DraftState.HELD for d in all_drafts) == (drafts.held is not None)
    discarded = [d for d in all_drafts if d.state is DraftState.DISCARDED]
    assert drafts.discarded_characters == sum(d.characters for d in discarded)
    assert drafts.discarded_tokens == sum(d.tokens for d in discarded)
    assert drafts.kept == sum(d.state is DraftState.KEPT for d in all_drafts)
