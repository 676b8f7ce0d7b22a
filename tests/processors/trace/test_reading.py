"""Reading a record again: whole, broken off, damaged, of another kind."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.trace.budget import LINES, after_the_turn, overspent, spent
from processors.trace.events import VERSION, Event, RecordError, parse, read_events
from processors.trace.outcome import ANSWERED, GIVEN_UP, HANDED_OVER, SILENT, outcome
from processors.trace.summary import read_call, write_summary
from tests.processors.trace.events_of import call, usage

DONE = {"name": "book", "result": {"done": True}}
REFUSED = {"name": "book", "result": {"say": "That time is taken."}}


def written(folder: Path, events: list[Event], tail: bytes = b"") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "events.jsonl").write_bytes(b"".join(event.line() for event in events) + tail)
    return folder


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ([], SILENT),
        ([(1, 1, "turn.over", {}), (2, 1, "answer", {})], ANSWERED),
        ([(1, 1, "turn.over", {})], GIVEN_UP),
        ([(1, 1, "turn.over", {}), (2, 1, "answer", {}), (3, 2, "turn.over", {})], GIVEN_UP),
        ([(1, 1, "turn.over", {}), (2, 1, "tool.result", DONE)], "booked"),
        ([(1, 1, "turn.over", {}), (2, 1, "tool.result", REFUSED)], GIVEN_UP),
        ([(1, 1, "turn.over", {}), (2, 1, "escalation", {"state": "taken"})], HANDED_OVER),
    ],
)
def test_the_outcome_is_what_the_caller_got(events, wanted):
    assert outcome(call(*events), {"book": "booked"}) == wanted


def test_a_call_is_read_with_its_turns_its_accounts_and_its_flags(tmp_path):
    stages = [{"key": "llm_inference", "label": "LLM", "ms": 900}]
    events = call(
        (1.0, 1, "words.final", {"text": "hello"}),
        (1.2, 1, "turn.over", {}),
        (2.0, 1, "usage", usage("llm", input=1_000, output=200)),
        (2.2, 1, "answer", {"voice_to_voice_ms": 1200, "stages": stages}),
        (2.5, 2, "interruption", {"speaking": True}),
        (3.0, 2, "error", {"what": "x"}),
        (4.0, 2, "call.ended", {"why": "the caller hung up"}),
    )
    found = read_call(written(tmp_path / "abc", events))
    summary = found["summary"]
    assert found["turns"][0]["over"] == {"llm": 550}
    assert found["ledger"]["dollars"] == pytest.approx(0.002)
    assert (summary["median_ms"], summary["worst_ms"]) == (1200, 1200)
    assert summary["flags"] == "error interrupted"
    assert summary["words"] == "hello"
    assert summary["why_ended"] == "the caller hung up"
    assert not found["sound"]
    json.dumps(found)


def test_a_record_that_breaks_off_in_a_line_is_read_up_to_it_and_flagged(tmp_path):
    folder = written(tmp_path / "abc", call((1, 1, "turn.over", {})), b'{"v":1,"at":5,"ki')
    found = read_call(folder)
    assert [event["kind"] for event in found["events"]] == ["call.began", "turn.over"]
    assert "crashed" in found["summary"]["flags"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no record"),
        (b"hello\n", "no record"),
        (b'{"v":1,"kind":"turn.over","at":0,"secs":0,"turn":0}\n', "no record"),
        (b"\x00\xff" * 400, "no record"),
        (b'{"v":99,"kind":"call.began","at":0,"secs":0,"turn":0}\n', "newer version"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(tmp_path, content, problem):
    (tmp_path / "abc").mkdir()
    (tmp_path / "abc" / "events.jsonl").write_bytes(content)
    with pytest.raises(RecordError, match=problem):
        read_call(tmp_path / "abc")


def test_a_folder_without_events_is_refused(tmp_path):
    with pytest.raises(RecordError, match="no record can be read"):
        read_call(tmp_path / "gone")


@settings(max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_damage_anywhere_costs_lines_and_never_the_record(tmp_path_factory, noise, place):
    folder = tmp_path_factory.mktemp("calls") / "abc"
    events = call(*((secs, 1, "turn.over", {"text": "t"}) for secs in range(5)))
    whole = b"".join(event.line() for event in events)
    first = len(events[0].line())
    damaged = whole[: first + place] + noise + whole[first + place :]
    folder.mkdir()
    (folder / "events.jsonl").write_bytes(damaged)
    assert next(iter(read_events(folder / "events.jsonl"))).kind == "call.began"


@given(
    st.dictionaries(
        st.sampled_from(["text", "why", "name"]),
        st.one_of(st.text(), st.integers(), st.booleans(), st.none()),
    )
)
def test_an_event_is_one_line_and_reads_as_it_was_written(about):
    event = Event("overlap", 5, 0.25, 2, "2026-11-24T10:00:00.000Z", about)
    assert event.line().count(b"\n") == 1
    assert parse(event.line()) == event


def test_every_event_says_its_version():
    assert json.loads(Event("x").line())["v"] == VERSION


def test_a_summary_mends_the_sound_and_stands_beside_it(tmp_path):
    folder = written(tmp_path / "abc", call((1, 1, "turn.over", {})))
    silence = np.zeros((24_000, 2), np.int16)
    soundfile.write(folder / "call.flac", silence, 24_000, format="FLAC", subtype="PCM_16")
    assert write_summary(folder) == json.loads((folder / "summary.json").read_text())


def test_a_draft_that_waited_for_the_end_of_the_turn_is_endpointing_and_no_slow_transport():
    stages = [
        ("endpointing_wait", "w", 0.2),
        ("speech_synthesis", "t", 0.1),
        ("output_transport", "o", 0.7),
    ]
    parts = after_the_turn(stages, 0.95)
    sums = spent([{"key": key, "ms": round(1000 * secs)} for key, _, secs in parts])
    assert sums == dict.fromkeys(LINES, 0) | {"endpointing": 950, "transport": 50}


def test_an_unknown_stage_is_counted_and_an_unknown_profile_has_a_budget():
    assert spent([{"key": "new", "ms": 70}])["router"] == 70
    assert overspent("hurried", [{"key": "new", "ms": 70}]) == {"router": 30}
