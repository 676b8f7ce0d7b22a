"""A call and its trace put together: what a brief allows, what a limit does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pipecat.observers.user_bot_latency_observer import UserBotLatencyObserver as latency

from pipelines import hang_up
from pipelines.brief import Brief
from pipelines.recording import folder_name, recorded
from pipelines.settings import Settings
from processors.backchannel_filter import PlayOut
from processors.escalation.record import CallRecord
from processors.trace import TraceObserver, read_events
from processors.turn_taking import Drafts
from tests.house import settings

DEAR = {"stage": "llm", "provider": "anthropic", "model": "claude-haiku-4-5", "input": 0}


def brief(**options: Any) -> Brief:
    return Brief(name="desk", title="The Desk", persona="", greeting="", **options)


def line(**options: Any) -> Any:
    return SimpleNamespace(drafts=Drafts(), **{"cheaper": None, "door": None} | options)


def way(**options: Any) -> Any:
    ends: dict[str, Any] = {"second_voice": None, "cuts_at_once": False}
    return SimpleNamespace(play_out=PlayOut(), in_rate=16_000, out_rate=24_000, **ends | options)


def script_of(observers: list[Any]) -> Any:
    return next(each for each in observers if isinstance(each, TraceObserver))._script


@asynccontextmanager
async def recorded_with(bot: Brief, ends: Any, here: Any, values: Settings) -> AsyncIterator[Any]:
    """A recorded call, by its script."""
    async with recorded(bot, ends, here, values, "abc", latency()) as observers:
        yield script_of(observers)


@pytest.fixture(autouse=True)
def own_wish():
    """Nobody else's wish to hang up."""
    token = hang_up.CURRENT.set(None)
    yield
    hang_up.CURRENT.reset(token)


async def test_a_call_leaves_sound_events_peaks_and_a_summary(tmp_path: Path):
    gate = way()
    async with recorded(
        brief(), gate, line(), settings(record_dir=tmp_path), "abc", latency()
    ) as observers:
        script = script_of(observers)
        script.began(script.clock_ns())
        await gate.play_out.start(24_000)
        await gate.play_out.filter(bytes([1, 1]) * 960)
    names = {path.name for path in (tmp_path / "abc").iterdir()}
    assert names == {"call.flac", "peaks.bin", "events.jsonl", "summary.json"}
    kinds = [event.kind for event in read_events(tmp_path / "abc" / "events.jsonl")]
    assert kinds == ["call.began", "call.ended"]


async def test_a_bot_that_keeps_words_only_keeps_no_sound(tmp_path: Path):
    words = brief(recording="words")
    async with recorded(
        words, way(), line(), settings(record_dir=tmp_path), "abc", latency()
    ) as observers:
        script = script_of(observers)
        script.began(script.clock_ns())
    names = {path.name for path in (tmp_path / "abc").iterdir()}
    assert names == {"events.jsonl", "summary.json"}


async def test_a_bot_that_keeps_nothing_writes_nothing(tmp_path: Path):
    off = brief(recording="off")
    async with recorded(
        off, way(), line(), settings(record_dir=tmp_path / "calls"), "abc", latency()
    ):
        pass
    assert not (tmp_path / "calls").exists()


async def test_a_disk_that_cannot_be_written_does_not_end_the_call(tmp_path: Path):
    (tmp_path / "calls").write_text("a file where a folder should be")
    held = False
    async with recorded(
        brief(), way(), line(), settings(record_dir=tmp_path / "calls"), "abc", latency()
    ):
        held = True
    assert held


@pytest.mark.parametrize("recording", ["on", "off"])
async def test_a_call_that_costs_too_much_stops_drafting_then_asks_for_its_end(
    tmp_path: Path, recording: Any
):
    wish = hang_up.HangUp()
    hang_up.CURRENT.set(wish)
    limited = settings(record_dir=tmp_path, max_call_dollars=0.01)
    here = line()
    async with recorded(
        brief(recording=recording), way(), here, limited, "abc", latency()
    ) as observers:
        script = script_of(observers)
        script.began(script.clock_ns())
        script.measured(script.clock_ns(), "usage", DEAR | {"output": 1_000}, None)
        assert (here.drafts.may_start, wish.reason) == (False, "")
        script.measured(script.clock_ns(), "usage", DEAR | {"output": 1_000}, None)
        assert wish.reason == "too_dear"
    if recording == "on":
        events = [e for e in read_events(tmp_path / "abc" / "events.jsonl") if e.kind == "limit"]
        steps = [event.about["step"] for event in events]
        assert steps == ["stop drafting", "cheaper model", "end the call"]


async def test_a_call_that_becomes_dear_is_answered_by_the_cheaper_model(tmp_path: Path):
    saved: list[str] = []
    here = line(cheaper=lambda: saved.append("cheaper"))
    limited = settings(record_dir=tmp_path, max_call_dollars=0.01)
    async with recorded_with(brief(), way(), here, limited) as script:
        script.began(script.clock_ns())
        for wanted in ([], ["cheaper"], ["cheaper"]):
            script.measured(script.clock_ns(), "usage", DEAR | {"output": 800}, None)
            assert saved == wanted


async def test_what_an_operator_does_and_says_is_put_down(tmp_path: Path):
    kept = CallRecord()
    here = line(door=SimpleNamespace(record=kept))
    async with recorded_with(brief(), way(), here, settings(record_dir=tmp_path)) as script:
        script.began(script.clock_ns())
        kept.add("caller", "hello")
        kept.add("note", "Ada takes over")
        kept.add("colleague", "This is Ada.")
    events = [e for e in read_events(tmp_path / "abc" / "events.jsonl") if "operator" in e.kind]
    told = [(event.kind, event.about["text"]) for event in events]
    assert told == [("operator.acted", "Ada takes over"), ("operator.words", "This is Ada.")]


async def test_a_voice_that_is_held_is_put_down_with_what_becomes_of_it(tmp_path: Path):
    here = way()
    async with recorded_with(brief(), here, line(), settings(record_dir=tmp_path)) as script:
        script.began(script.clock_ns())
        here.play_out.hold()
        here.play_out.hold()
        here.play_out.go_on()
        here.play_out.hold()
        here.play_out.cut()
    events = [e for e in read_events(tmp_path / "abc" / "events.jsonl") if "voice" in e.kind]
    assert [event.kind for event in events] == [
        "voice.held", "voice.resumed", "voice.held", "voice.dropped"
    ]  # fmt: skip
    assert all(event.about["why"] for event in events)
    assert events[1].about["held_ms"] >= 0


async def test_a_persons_voice_is_recorded_with_the_bots(tmp_path: Path):
    heard: list[Any] = []
    second: Any = SimpleNamespace(overhear=heard.append)
    async with recorded(
        brief(), way(second_voice=second), line(), settings(record_dir=tmp_path), "abc", latency()
    ) as observers:
        assert heard == [script_of(observers).bot_sound]


@pytest.mark.parametrize("call_id", ["../../etc", "a/b", "", "x" * 65, ".", "ü"])
def test_an_id_that_is_no_name_for_a_folder_becomes_one(call_id: str):
    name = folder_name(call_id)
    assert Path(name).name == name
    assert name.startswith("call-")
