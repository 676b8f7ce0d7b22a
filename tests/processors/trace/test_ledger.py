"""What a call costs: every unit that was reported is in exactly one share."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.trace.events import Event
from processors.trace.ledger import COUNTS, Ledger
from processors.trace.limits import CallLimit
from processors.trace.prices import FREE, PriceError, Prices, shipped_prices
from tests.processors.trace.events_of import usage

DAY = date(2026, 11, 24)


def ledger(*events: tuple[int, str, dict]) -> Ledger:
    found = Ledger(DAY)
    for turn, kind, about in events:
        found.take(Event(kind, turn=turn, about=about))
    return found


LLM = usage("llm", input=1_000, output=200)
TTS = usage("tts", "cartesia", characters=1_000)
BOTH = 0.002 + 0.0374  # dollars of an answer


def test_an_answer_that_was_heard_costs_what_its_services_ask():
    found = ledger((1, "usage", LLM), (1, "usage", TTS))
    assert found.dollars == pytest.approx(BOTH)
    assert found.shares() == {"heard": pytest.approx(BOTH), "cut off": 0, "thrown away": 0}


def test_an_answer_that_was_cut_is_heard_in_proportion_to_its_words():
    cut = {"speaking": True, "heard": "one two three", "dropped": "four", "of_turn": 1}
    found = ledger((1, "usage", LLM), (1, "usage", TTS), (2, "interruption", cut)).shares()
    assert found["cut off"] == pytest.approx(BOTH / 4)
    assert found["heard"] == pytest.approx(BOTH * 3 / 4)


def test_a_turn_that_was_over_is_not_cut_by_a_later_interruption():
    cut = {"speaking": True, "heard": "", "dropped": "four", "of_turn": 2}
    found = ledger((1, "usage", LLM), (2, "usage", LLM), (3, "interruption", cut)).shares()
    assert found["heard"] == found["cut off"] == pytest.approx(0.002)


@pytest.mark.parametrize("late", [False, True])
def test_a_discarded_draft_is_thrown_away_however_late_its_service_reports(late):
    used = (1, "usage", LLM | {"draft": 1})
    gone = (1, "draft.discarded", {"draft": 1})
    found = ledger(*((gone, used) if late else (used, gone)))
    assert found.shares()["thrown away"] == pytest.approx(0.002)


def test_what_is_reported_of_an_answer_after_it_was_cut_is_cut_too():
    cut = {"speaking": True, "heard": "one two three", "dropped": "four", "of_turn": 1}
    late = LLM | {"estimated": "output"}
    found = ledger((2, "interruption", cut), (1, "usage", late), (2, "usage", late)).shares()
    assert found["cut off"] == pytest.approx(0.002 / 4)


def test_an_answer_given_up_before_its_first_word_was_heard_by_nobody():
    cut = {"speaking": True, "heard": "one", "dropped": "two", "of_turn": 1}
    given_up = LLM | {"unheard": True, "estimated": "output"}
    found = ledger((1, "usage", given_up), (1, "usage", TTS), (2, "interruption", cut))
    assert found.shares()["thrown away"] == found.estimated == pytest.approx(0.002)


def test_a_draft_that_was_kept_is_heard():
    found = ledger((1, "usage", LLM | {"draft": 1}), (1, "draft.kept", {"draft": 1}))
    assert found.shares()["heard"] == pytest.approx(0.002)


def test_a_cache_hit_saves_what_the_models_answers_cost_on_average():
    found = ledger((1, "usage", LLM), (2, "cache.hit", {}), (2, "cache.saved", {}))
    assert (found.hits, found.saved) == (1, pytest.approx(0.002))


def test_cached_prompt_tokens_have_a_price_of_their_own():
    found = ledger((1, "usage", usage("llm", cache_read=1_000_000, cache_write=1_000_000)))
    assert found.dollars == pytest.approx(0.10 + 1.25)


def test_what_runs_on_the_machine_is_free_and_what_has_no_price_is_named():
    free = [(1, "usage", usage("tts", provider, characters=5)) for provider in FREE]
    found = ledger(*free, (1, "usage", usage("llm", "nobody", input=5)))
    assert found.dollars == 0
    assert found.unpriced == {"nobody/?"}


KINDS = st.one_of(
    st.builds(
        lambda stage, count, draft, turn: (
            turn,
            "usage",
            {"stage": stage, "provider": "cartesia", "characters": count, "draft": draft},
        ),
        st.sampled_from(["llm", "tts"]),
        st.integers(0, 10**6),
        st.integers(0, 3),
        st.integers(0, 4),
    ),
    st.builds(
        lambda kind, draft: (1, kind, {"draft": draft}),
        st.sampled_from(["draft.kept", "draft.discarded"]),
        st.integers(0, 3),
    ),
    st.builds(
        lambda turn, heard, dropped: (
            turn,
            "interruption",
            {"speaking": True, "heard": "w " * heard, "dropped": "w " * dropped, "of_turn": turn},
        ),
        st.integers(0, 4),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
)


@given(st.lists(KINDS, max_size=30))
def test_whatever_happens_the_shares_add_up_and_no_unit_is_lost(events):
    found = ledger(*events)
    assert sum(found.shares().values()) == pytest.approx(found.dollars)
    counted = sum(each.get(count, 0) for each in found.totals().values() for count in COUNTS)
    reported = sum(about["characters"] for _, kind, about in events if kind == "usage")
    assert counted == pytest.approx(reported)
    assert sum(found.by_turn().values()) == pytest.approx(found.dollars)


def test_the_price_of_the_day_counts(tmp_path):
    table = """
    [[price]]
    stage = "llm"
    provider = "a"
    from = 2026-01-01
    input = 1
    [[price]]
    stage = "llm"
    provider = "a"
    from = 2026-06-01
    input = 2
    """
    (tmp_path / "prices.toml").write_text(table)
    prices = Prices.read(tmp_path / "prices.toml")
    used = {"stage": "llm", "provider": "a", "model": "x", "input": 1_000_000}
    assert prices.dollars(used, date(2025, 12, 31)) is None
    assert prices.dollars(used, date(2026, 5, 31)) == 1
    assert prices.dollars(used, date(2026, 6, 1)) == 2


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('stage = "llm"', "from, provider missing"),
        ('stage = "llm"\nprovider = "a"\nfrom = "soon"', "must be a date"),
        ('stage = "llm"\nprovider = "a"\nfrom = 2026-01-01\ninput = -1', "must be dollars"),
        ('stage = "llm"\nprovider = "a"\nfrom = 2026-01-01\ninput = inf', "must be dollars"),
        ("stage", "no TOML"),
    ],
)
def test_a_wrong_price_is_named_with_its_place(tmp_path, row, problem):
    (tmp_path / "prices.toml").write_text(f"[[price]]\n{row}\n")
    with pytest.raises(PriceError, match=problem):
        Prices.read(tmp_path / "prices.toml")


def test_the_shipped_prices_can_be_read():
    assert shipped_prices().dollars(LLM, DAY) == pytest.approx(0.002)


def test_every_shipped_price_says_where_it_is_from_and_what_it_was_compared_with():
    table = tomllib.loads(Path("processors/trace/prices.toml").read_text())["price"]
    assert [row for row in table if not (row.get("source") and row.get("checked"))] == []


def test_the_longest_beginning_of_a_models_name_counts():
    def dollars(model: str) -> float | None:
        used = {"stage": "llm", "provider": "openai", "model": model, "input": 1_000_000}
        return shipped_prices().dollars(used, DAY)

    assert dollars("gpt-4.1-2025-04-14") == 2.00
    assert dollars("gpt-4.1-mini-2025-04-14") == 0.40


def test_a_limit_gives_up_drafts_first_then_the_model_then_the_call():
    done: list[str] = []
    limit = CallLimit(
        1.0,
        {
            "stop drafting": lambda: done.append("drafts"),
            "end the call": lambda: done.append("call"),
        },
    )
    assert [limit.spent(dollars) for dollars in (0.49, 0.5, 0.76, 0.99, 2.0, 3.0)] == [
        [],
        ["stop drafting"],
        ["cheaper model"],
        [],
        ["end the call"],
        [],
    ]
    assert done == ["drafts", "call"]


@pytest.mark.parametrize("dollars", [0, -1, float("nan")])
def test_a_limit_of_nothing_is_refused(dollars):
    with pytest.raises(ValueError, match="must be > 0"):
        CallLimit(dollars)
