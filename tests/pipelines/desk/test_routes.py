"""The desk over HTTP: who gets in, what they may send, and what is written down."""

import json
from typing import Any

import httpx
import pytest

from pipelines.desk.routes import speakable
from tests.browser.desk_bot import BRIEF
from tests.house import Browser, running
from tests.processors.escalation.line import calling
from tests.vendors.daily import KEY, DailyApi

TOKEN = "k" * 32
KIM = {"token": TOKEN}
LOCKED: dict[str, Any] = {"desk_operators": f"kim:{TOKEN},old:{'o' * 32}:2020-01-01"}


async def test_without_operators_the_desk_answers_on_its_own_machine_only():
    async with running() as server:
        refused = await server.http.get("/desk/api/me")
        assert refused.status_code == 403
        assert "DESK_OPERATORS" in refused.json()["detail"]
        here = await server.http.get("/desk/api/me", headers={"Host": "localhost:7860"})
        assert here.json()["name"] == "this machine"


@pytest.mark.parametrize("path", ["me", "feed", "calls/c1"])
async def test_nobody_gets_in_without_a_session(path):
    async with running(**LOCKED) as server:
        for cookie in ({}, {"desk": "forged"}, {"desk": TOKEN}):
            server.http.cookies = httpx.Cookies(cookie)
            answer = await server.http.get(f"/desk/api/{path}", headers={"Host": "localhost"})
            assert answer.status_code == 401


async def test_a_log_in_is_a_cookie_that_no_script_reads(tmp_path):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        answer = await server.http.post("/desk/api/login", json=KIM)
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        assert (await server.http.get("/desk/api/me")).json()["name"] == "kim"
        await server.http.post("/desk/api/logout")
        server.http.cookies = httpx.Cookies({"desk": cookie.split("=")[1].split(";")[0]})
        assert (await server.http.get("/desk/api/me")).status_code == 401


@pytest.mark.parametrize(
    ("token", "status"),
    [("wrong" * 5, 401), ("o" * 32, 401), ("", 422), ("x" * 201, 422), ("\x00ü", 401)],
)
async def test_a_wrong_expired_or_missing_token_is_refused_and_written_down(
    tmp_path, token, status
):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        answer = await server.http.post("/desk/api/login", json={"token": token})
        assert answer.status_code == status
        assert "set-cookie" not in answer.headers
        log = (tmp_path / "audit.jsonl").read_text() if status == 401 else ""
        assert ("log-in refused" in log) is (status == 401)
        assert token[:5] not in log or not token


async def test_tokens_cannot_be_tried_at_will(tmp_path):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        tries = [await server.http.post("/desk/api/login", json={"token": "x"}) for _ in range(12)]
        assert tries[0].status_code == 401
        assert tries[-1].status_code == 429
        assert int(tries[-1].headers["Retry-After"]) > 0
        assert (await server.http.post("/desk/api/login", json=KIM)).status_code == 429


async def test_a_revoked_operator_is_out_at_once(tmp_path):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        await server.http.post("/desk/api/login", json=KIM)
        path, here = "/desk/api/operators/kim/revoke", {"Host": "localhost"}
        assert (await server.http.post(path)).status_code == 403
        assert (await server.http.post(path, headers=here)).status_code == 200
        assert (await server.http.get("/desk/api/me")).status_code == 401
        assert (await server.http.post(path, headers=here)).status_code == 404


async def test_another_sites_page_cannot_act_for_an_operator(tmp_path):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        await server.http.post("/desk/api/login", json=KIM)
        evil = {"Origin": "https://evil.example"}
        answer = await server.http.post("/desk/api/calls/c1/take", headers=evil)
        assert answer.status_code == 403


@pytest.mark.parametrize("action", ["take", "hand-back", "say", "whisper", "leave"])
async def test_a_call_that_is_not_there_is_not_there(tmp_path, action):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        await server.http.post("/desk/api/login", json=KIM)
        answer = await server.http.post(f"/desk/api/calls/c1/{action}", json={"text": "hello"})
        assert answer.status_code == (200 if action == "leave" else 404)


@pytest.mark.parametrize(
    ("text", "status"),
    [("x" * 501, 422), ("x" * 100_000, 413), ("\x00\x07", 422), ("", 422), (7, 422), (None, 422)],
)
async def test_words_that_cannot_be_spoken_are_refused(tmp_path, text, status):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        await server.http.post("/desk/api/login", json=KIM)
        answer = await server.http.post("/desk/api/calls/c1/say", json={"text": text})
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("<break time='9s'/>hello", "break time='9s'/ hello"),
        ("<script>alert(1)</script>", "script alert(1) /script"),
        ("two\nlines\tof it", "two lines of it"),
        ("right\u202eleft", "right left"),
        ("Grüße, 你好", "Grüße, 你好"),
    ],
)
def test_control_characters_and_mark_up_are_not_spoken(text, spoken):
    assert speakable(text) == spoken


async def test_a_line_into_no_call_and_an_offer_that_is_none_are_refused(tmp_path):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        await server.http.post("/desk/api/login", json=KIM)
        browser = Browser()
        answer = await server.http.post("/desk/api/calls/c1/offer", json=await browser.offer())
        await browser.close()
        assert answer.status_code == 404
        candidates = {"pc_id": "x", "candidates": []}
        answer = await server.http.patch("/desk/api/calls/c1/offer", json=candidates)
        assert answer.status_code == 404


async def test_every_deed_is_in_the_audit_log(tmp_path):
    async with running(**LOCKED, desk_dir=tmp_path) as server:
        await server.http.post("/desk/api/login", json=KIM)
        await server.http.get("/desk/api/calls/c1")
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(line["operator"], line["action"]) for line in lines] == [
        ("kim", "log-in"),
        ("kim", "look"),
    ]


async def test_a_link_into_a_room_is_an_owners_and_other_calls_have_none(tmp_path):
    async with DailyApi() as daily:
        keys: dict[str, Any] = {"daily_api_key": KEY, "daily_api_url": daily.url}
        async with running(**LOCKED, **keys, desk_dir=tmp_path) as server, calling() as line:
            await server.http.post("/desk/api/login", json=KIM)
            parts = {"brief": BRIEF, "door": line.door, "second_voice": None, "output": line.door}
            live = server.house.desk.live
            in_room = live.add(id="c1", room_url="https://x.daily.co/r", **parts)
            without = live.add(id="c2", **parts)
            answer = await server.http.post("/desk/api/calls/c1/room")
            assert answer.json()["url"] == "https://x.daily.co/r?t=owner-1"
            assert daily.tokens[0]["user_name"] == "kim"
            assert (await server.http.post("/desk/api/calls/c2/room")).status_code == 409
            daily.fail.add("/meeting-tokens")
            assert (await server.http.post("/desk/api/calls/c1/room")).status_code == 502
            log = (tmp_path / "audit.jsonl").read_text()
            assert log.count('"action": "room"') == 2
            assert "owner-1" not in log
            for call in (in_room, without):
                await live.remove(call)
