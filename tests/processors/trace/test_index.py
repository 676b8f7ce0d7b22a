"""The list of calls: made from the records, searched, kept tidy."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.trace.events import RecordError
from processors.trace.index import CallIndex
from tests.processors.trace.events_of import call

NOW = 1_795_000_000.0  # 18 November 2026


def summary(call_id: str, **about: Any) -> dict[str, Any]:
    row = {"id": call_id, "bot": "desk", "title": "The Desk", "began": "2026-11-17T10:00:00.000Z"}
    row |= {"secs": 60.0, "turns": 3, "outcome": "booked", "median_ms": 500, "worst_ms": 900}
    row |= {"dollars": 0.02, "interruptions": 1, "errors": 0, "flags": "", "words": "hello"}
    return row | {"why_ended": "the caller hung up"} | about


def record(root: Path, call_id: str, **about: Any) -> Path:
    """A call that is over."""
    folder = root / call_id
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_bytes(call()[0].line())
    (folder / "summary.json").write_text(json.dumps(summary(call_id, **about)))
    return folder


@pytest.fixture
def index(tmp_path: Path) -> CallIndex:
    ticks = iter(range(0, 10**6, 10))
    return CallIndex(tmp_path, clock=lambda: next(ticks), now=lambda: NOW)


def ids(index: CallIndex, **wanted: Any) -> list[str]:
    return [row["id"] for row in index.search(**wanted)["calls"]]


def test_calls_are_found_by_words_bot_outcome_flag_time_and_cost(index, tmp_path):
    record(tmp_path, "a", words="100% sure", worst_ms=3_000, began="2026-11-17T09:00:00.000Z")
    record(tmp_path, "b", bot="shop", outcome="given up", dollars=2.0, flags="error cache")
    assert ids(index) == ["b", "a"]
    assert ids(index, text="0%") == ["a"]
    assert ids(index, text="_") == []
    assert ids(index, text="b") == ["b"]
    assert ids(index, bot="shop") == ["b"]
    assert ids(index, outcome="booked") == ["a"]
    assert ids(index, flag="error") == ["b"]
    assert ids(index, slower_ms=1_000) == ["a"]
    assert ids(index, dearer=1.0) == ["b"]
    assert ids(index, order="oldest") == ["a", "b"]
    assert ids(index, order="no such order") == ["b", "a"]
    assert ids(index, limit=1, offset=1) == ["a"]


def test_totals_and_days_are_over_all_calls_that_fit(index, tmp_path):
    record(tmp_path, "a")
    record(tmp_path, "b", outcome="given up", median_ms=None)
    record(tmp_path, "c", began="2026-11-16T10:00:00.000Z", median_ms=800)
    record(tmp_path, "d", outcome="answered", median_ms=None, dollars=0.0)
    found = index.search(limit=1)
    assert found["totals"]["calls"] == 4
    assert found["totals"]["completed"] == 3
    assert [day["completed"] for day in found["days"]] == [1, 2]
    assert found["totals"]["dollars"] == pytest.approx(0.06)
    assert [day["day"] for day in found["days"]] == ["2026-11-16", "2026-11-17"]
    assert found["outcomes"] == {"booked": 2, "given up": 1, "answered": 1}


def test_new_calls_come_deleted_ones_go(index, tmp_path):
    record(tmp_path, "a")
    assert ids(index) == ["a"]
    record(tmp_path, "b", began="2026-11-18T10:00:00.000Z")
    assert ids(index) == ["b", "a"]
    for file in (tmp_path / "a").iterdir():
        file.unlink()
    (tmp_path / "a").rmdir()
    assert ids(index) == ["b"]


def test_a_call_that_goes_on_is_not_listed_and_one_whose_process_died_is(index, tmp_path):
    for name, age_secs in (("live", 1), ("dead", 60)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "events.jsonl").write_bytes(b"".join(event.line() for event in call()))
        os.utime(folder / "events.jsonl", (NOW - age_secs, NOW - age_secs))
    found = index.search()
    assert [row["id"] for row in found["calls"]] == ["dead"]
    assert found["calls"][0]["flags"] == "crashed"
    assert (tmp_path / "dead" / "summary.json").exists()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"id": "other"}', json.dumps(summary("bad", secs="long")), "null", "\ud800"],
)
def test_a_summary_that_is_damaged_is_made_again_from_the_events(index, tmp_path, content):
    folder = record(tmp_path, "bad")
    (folder / "summary.json").write_bytes(content.encode(errors="surrogatepass"))
    os.utime(folder / "events.jsonl", (NOW - 60, NOW - 60))
    assert ids(index) == ["bad"]


def test_a_record_that_cannot_be_read_is_named_and_hides_no_other(index, tmp_path):
    record(tmp_path, "good")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "events.jsonl").write_text("hello")
    os.utime(tmp_path / "foreign" / "events.jsonl", (NOW - 60, NOW - 60))
    found = index.search()
    assert [row["id"] for row in found["calls"]] == ["good"]
    assert "no record" in found["unreadable"]["foreign"]


def test_calls_that_are_too_old_are_deleted_whole(tmp_path):
    old = record(tmp_path, "old", began="2026-10-01T10:00:00.000Z")
    new = record(tmp_path, "new")
    ticks = iter(range(0, 10**6, 10))
    index = CallIndex(tmp_path, keep_days=30, clock=lambda: next(ticks), now=lambda: NOW)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "events.jsonl").write_text("hello")
    for path in (broken / "events.jsonl", broken):
        os.utime(path, (NOW - 40 * 86_400, NOW - 40 * 86_400))
    index.refresh()
    assert ids(index) == ["new"]
    assert not broken.exists()
    assert new.exists()
    assert not old.exists()


@pytest.mark.parametrize(
    "call_id",
    ["..", "../x", "/etc", "a/b", "", ".", "a\x00b", "-a", "a" * 65, "%2e%2e", "index.sqlite"],
)
def test_an_id_that_would_leave_its_folder_is_refused(index, call_id):
    with pytest.raises(RecordError, match="is no call"):
        index.folder(call_id)


@given(st.text(max_size=30))
def test_no_id_leads_out_of_the_folder_of_calls(tmp_path_factory, call_id):
    root = tmp_path_factory.mktemp("calls")
    try:
        folder = CallIndex(root).folder(call_id)
    except RecordError:
        return
    assert folder.parent == root


def test_ten_thousand_calls_are_searched_in_no_time(tmp_path):
    from sqlalchemy import insert

    from processors.trace import index as module

    index = CallIndex(tmp_path, clock=lambda: 0.0, now=lambda: NOW)
    for number in range(20):
        record(tmp_path, f"c{number}")
    index.refresh()
    rows = [summary(f"r{number}", words="word " * 50) for number in range(10_000)]
    with index._connected() as connection:
        connection.execute(insert(module._CALLS), rows)
    began = time.perf_counter()
    assert index.search(text="word")["totals"]["calls"] == 10_000
    # The bar is 0.3 s on a quiet machine; here others work too.
    assert time.perf_counter() - began < 1.5
