"""The pages of calls over HTTP."""

import asyncio
import base64
import itertools
import json
import re
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from fastapi import FastAPI, HTTPException

from pipelines.call_pages import PAGE, call_pages, keep_tidy
from pipelines.call_pages.export import export
from processors.trace.index import CallIndex
from processors.trace.summary import read_call, write_summary
from tests.processors.trace.events_of import call

EVIL = "</script><img src=x onerror=alert(1)>"


def recorded(root: Path, call_id: str = "abc") -> Path:
    """A call of one second with sound."""
    folder = root / call_id
    folder.mkdir(parents=True)
    events = call(
        (0.2, 1, "words.final", {"text": EVIL}),
        (0.5, 1, "turn.over", {}),
        (1.0, 1, "call.ended", {"why": EVIL}),
        title=EVIL,
    )
    (folder / "events.jsonl").write_bytes(b"".join(event.line() for event in events))
    tone = np.full((24_000, 2), 9_000, np.int16)
    soundfile.write(folder / "call.flac", tone, 24_000, format="FLAC", subtype="PCM_16")
    (folder / "peaks.bin").write_bytes(bytes([70, 70]) * 50)
    write_summary(folder)
    return folder


def client(root: Path, host: str = "127.0.0.1", **options) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(call_pages(CallIndex(root), **options))
    transport = httpx.ASGITransport(app, client=(host, 5))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_the_list_and_a_call_with_its_sound(tmp_path):
    recorded(tmp_path)
    async with client(tmp_path) as http:
        listed = (await http.get("/calls.json", params={"text": "img"})).json()
        assert [row["id"] for row in listed["calls"]] == ["abc"]
        found = (await http.get("/calls/abc.json")).json()
        assert found["events"][1]["text"] == EVIL
        assert (await http.get("/calls/abc/peaks")).content == bytes([70, 70]) * 50
        sound = await http.get("/calls/abc/call.flac", headers={"Range": "bytes=0-3"})
        assert (sound.status_code, sound.content) == (206, b"fLaC")
        for page in ("/calls", "/calls/abc"):
            answer = await http.get(page)
            assert answer.headers["content-type"].startswith("text/html")


async def test_every_file_a_page_names_is_served(tmp_path):
    pages = " ".join(path.read_text() for path in PAGE.iterdir())
    async with client(tmp_path) as http:
        for name in set(re.findall(r"/call-page/([\w.]+)", pages)):
            assert (await http.get(f"/call-page/{name}")).status_code == 200
        for name in set(re.findall(r"from '\./([\w.]+)'", pages)):
            assert (await http.get(f"/call-page/{name}")).status_code == 200
        assert (await http.get("/call-page/call.html")).status_code == 404
        assert (await http.get("/call-page/..%2f__init__.py")).status_code == 404


PATHS = ("/calls", "/calls.json", "/calls/abc", "/calls/abc.json", "/calls/abc/call.flac")
MORE = ("/calls/abc/peaks", "/calls/abc/export.html")


@pytest.mark.parametrize("path", [*PATHS, *MORE])
async def test_a_stranger_sees_nothing(tmp_path, path):
    recorded(tmp_path)
    async with client(tmp_path, host="203.0.113.9") as http:
        answer = await http.get(path)
    assert answer.status_code == 403
    assert "abc" not in answer.text


@pytest.mark.parametrize("path", [*PATHS, *MORE])
async def test_the_check_of_the_house_is_asked_for_everything(tmp_path, path):
    recorded(tmp_path)

    def check(_: object) -> None:
        raise HTTPException(401, "please log in")

    async with client(tmp_path, check=check) as http:
        answer = await http.get(path)
    if path in ("/calls", "/calls/abc"):
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize("call_id", ["gone", "..", "%2e%2e", "..%2f..%2fetc", "a%00b", "x" * 99])
@pytest.mark.parametrize("what", [".json", "/call.flac", "/peaks", "/export.html"])
async def test_a_call_that_is_none_is_not_found(tmp_path, call_id, what):
    (tmp_path / "calls").mkdir()
    (tmp_path / "events.jsonl").write_bytes(call()[0].line())
    async with client(tmp_path / "calls") as http:
        assert (await http.get(f"/calls/{call_id}{what}")).status_code == 404


async def test_a_record_of_a_later_version_is_said_to_be_one(tmp_path):
    (tmp_path / "abc").mkdir()
    line = b'{"v":9,"kind":"call.began","at":0,"secs":0,"turn":0}\n'
    (tmp_path / "abc" / "events.jsonl").write_bytes(line)
    async with client(tmp_path) as http:
        answer = await http.get("/calls/abc.json")
    assert answer.status_code == 422
    assert "newer version" in answer.json()["detail"]


async def test_a_call_without_sound_has_none_to_give(tmp_path):
    (recorded(tmp_path) / "call.flac").unlink()
    async with client(tmp_path) as http:
        assert (await http.get("/calls/abc/call.flac")).status_code == 404
        assert (await http.get("/calls/abc.json")).json()["sound"] is False


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=999", "offset=-1", "slower_ms=x", "dearer=nan"]
)
async def test_a_search_that_makes_no_sense_is_refused(tmp_path, query):
    async with client(tmp_path) as http:
        assert (await http.get(f"/calls.json?{query}")).status_code == 422


def test_an_exported_call_is_one_file_whose_words_are_no_mark_up(tmp_path):
    folder = recorded(tmp_path)
    page = export(folder, read_call(folder))
    assert EVIL not in page
    assert "<img" not in page
    assert not re.search(r"(?:src|href)=\"/(?:static|call-page)", page)
    assert "import {" not in page
    packed = re.search(r'id="packed">(.*?)</script>', page, re.DOTALL)
    assert packed
    data = json.loads(packed[1])
    assert data["call"]["about"]["title"] == EVIL
    assert base64.b64decode(data["sound"].partition(",")[2])[:4] == b"OggS"


def test_an_exported_page_has_no_name_twice(tmp_path):
    folder = recorded(tmp_path)
    page = export(folder, read_call(folder))
    names = re.findall(r"^(?:async )?(?:const|class|function|let) (\w+)", page, re.MULTILINE)
    assert len(names) == len(set(names))


async def test_calls_that_are_too_old_go_though_nobody_looks(tmp_path):
    folder = recorded(tmp_path)
    ticks = itertools.count(step=10)
    index = CallIndex(tmp_path, keep_days=30, clock=lambda: next(ticks), now=lambda: 2e9)
    tidying = asyncio.create_task(keep_tidy(index, 0.01))
    async with asyncio.timeout(20):
        while folder.exists():
            await asyncio.sleep(0.01)
    assert not tidying.done()
    tidying.cancel()


async def test_a_folder_that_cannot_be_read_does_not_end_the_tidying(tmp_path):
    (tmp_path / "calls").write_text("a file where a folder should be")
    tidying = asyncio.create_task(keep_tidy(CallIndex(tmp_path / "calls"), 0.01))
    await asyncio.sleep(0.1)
    assert not tidying.done()
    tidying.cancel()
