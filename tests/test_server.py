"""The server over HTTP: who may start a call, how many, and what everybody else is told."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from pydantic import SecretStr

from tests.house import TestBot, running, settings, talk_until_asked

KEY = "correct-horse"
# From this machine, and meant for it.
METRICS_HERE = "http://127.0.0.1/metrics"


async def test_the_page_lists_the_bots_that_can_answer():
    async with running({"desk": TestBot(talk_until_asked, "Front desk", "Answers.")}) as server:
        listed = (await server.http.get("/bots")).json()
        page = await server.http.get("/")
    assert listed == [{"name": "desk", "title": "Front desk", "description": "Answers."}]
    assert page.headers["content-type"].startswith("text/html")


async def test_every_file_the_page_names_is_served_from_here():
    async with running() as server:
        for name in ("tokens.css", "talk.css", "talk.js", "rtvi.js", "captions.js", "icon.svg"):
            answer = await server.http.get(f"/static/{name}")
            assert answer.status_code == 200
            assert "https://" not in answer.text


async def test_a_start_reserves_a_call_and_says_where_to_go_on():
    async with running(ice_servers="stun:stun.example:3478") as server:
        answer = await server.start()
        assert answer.status_code == 200
        assert answer.json()["iceConfig"] == {"iceServers": [{"urls": "stun:stun.example:3478"}]}
        assert server.house.calls.get(answer.json()["sessionId"]) is not None


async def test_a_turn_server_is_named_with_its_credentials():
    turn = {"turn_username": "me", "turn_credential": SecretStr("pw")}
    async with running(ice_servers="turn:turn.example", **turn) as server:
        [ice] = (await server.start()).json()["iceConfig"]["iceServers"]
    assert ice == {"urls": "turn:turn.example", "username": "me", "credential": "pw"}


async def test_an_unknown_bot_is_refused_with_the_names_of_those_that_exist():
    async with running() as server:
        answer = await server.start("nobody")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "no bot is called 'nobody'; there are talk"


async def test_an_unknown_way_in_is_refused_with_the_names_of_those_that_exist():
    async with running() as server:
        answer = await server.http.post("/start", json={"bot": "talk", "transport": "pigeon"})
    assert answer.status_code == 400
    assert "'pigeon'" in answer.json()["detail"]
    assert "webrtc" in answer.json()["detail"]


async def test_a_race_for_the_slots_admits_exactly_as_many_as_there_are():
    async with running(max_calls=4, starts_per_minute=1000) as server:
        answers = await asyncio.gather(*(server.start() for _ in range(54)))
        assert Counter(a.status_code for a in answers) == {200: 4, 503: 50}
        refused = next(a for a in answers if a.status_code == 503)
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["reason"] == "full"
        ready = await server.http.get("/ready")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)


async def test_an_abandoned_start_gives_its_slot_back():
    async with running(max_calls=1, offer_secs=0.01) as server:
        assert (await server.start()).status_code == 200
        await server.until_empty()
        assert (await server.start()).status_code == 200


async def test_too_many_starts_from_one_address_are_told_to_wait():
    async with running(starts_per_minute=2) as server:
        codes = [(await server.start("nobody")).status_code for _ in range(3)]
        refused = await server.start()
    assert codes == [404, 404, 429]
    assert int(refused.headers["retry-after"]) > 0


async def test_only_starts_are_counted_not_what_follows_in_the_same_call():
    async with running(starts_per_minute=1) as server:
        session = (await server.start()).json()["sessionId"]
        nothing = {"pc_id": "x", "candidates": []}
        for _ in range(5):
            path = f"/sessions/{session}/api/offer"
            assert (await server.http.patch(path, json=nothing)).status_code == 404
            assert (await server.http.post("/token")).status_code == 200


async def test_with_keys_configured_nobody_starts_a_call_without_one():
    async with running(api_keys=f"{KEY},other") as server:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
            answer = await server.start(**headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        assert (await server.start(Authorization=f"Bearer {KEY}")).status_code == 200
        assert (await server.start(Authorization="Bearer other")).status_code == 200


async def test_the_pages_pass_starts_one_call_where_keys_are_configured():
    async with running(api_keys=KEY) as server:
        token = (await server.http.post("/token")).json()["token"]
        first = await server.start(Authorization=f"Bearer {token}")
        second = await server.start(Authorization=f"Bearer {token}")
    assert (first.status_code, second.status_code) == (200, 401)


async def test_another_sites_page_starts_no_call():
    async with running() as server:
        answer = await server.start(Origin="https://evil.example")
    assert answer.status_code == 403


async def test_other_sites_are_told_nothing_unless_they_are_allowed():
    async with running() as server:
        answer = await server.http.get("/bots", headers={"Origin": "https://shop.example"})
        assert "access-control-allow-origin" not in answer.headers
    async with running(allowed_origins="https://shop.example") as server:
        answer = await server.http.get("/bots", headers={"Origin": "https://shop.example"})
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert (await server.start(Origin="https://shop.example")).status_code == 200


async def test_while_the_server_closes_no_call_starts_and_it_says_so():
    async with running() as server:
        await server.house.calls.drain(0)
        answer = await server.start()
        assert (answer.status_code, answer.json()["reason"]) == (503, "draining")
        assert (await server.http.get("/health")).status_code == 200
        assert (await server.http.get("/ready")).status_code == 503


async def test_a_body_too_large_is_refused():
    async with running() as server:
        answer = await server.http.post("/start", json={"bot": "x" * 70_000})
    assert answer.status_code == 413


async def test_what_was_sent_wrongly_is_not_sent_back():
    async with running() as server:
        answer = await server.http.post("/start", json={"bot": ["my-secret-words"]})
    assert answer.status_code == 422
    assert "my-secret-words" not in answer.text
    assert answer.json()["detail"][0]["loc"] == ["body", "bot"]


async def test_metrics_count_calls_and_refusals():
    async with running(max_calls=1) as server:
        await server.start()
        await server.start()
        text = (await server.http.get(METRICS_HERE)).text
    assert "downbeat_calls_live 1.0" in text
    assert 'downbeat_calls_refused_total{reason="full"}' in text
    assert "downbeat_event_loop_lag_seconds_bucket" in text


async def test_counters_are_shown_on_this_machine_only_where_no_token_is_set():
    async with running() as server:
        from_afar = await server.http.get("http://voice.example/metrics")
        assert (await server.http.get(METRICS_HERE)).status_code == 200
    assert from_afar.status_code == 403
    assert "METRICS_TOKEN" in from_afar.json()["detail"]


async def test_with_a_token_counters_are_shown_to_whoever_has_it_and_to_nobody_else():
    async with running(metrics_token=KEY) as server:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer \u00e9"}):
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            refused = await server.http.get(METRICS_HERE, headers=raw)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        shown = await server.http.get(
            "http://voice.example/metrics", headers={"Authorization": f"Bearer {KEY}"}
        )
    assert shown.status_code == 200


async def test_a_bot_that_cannot_be_loaded_does_not_keep_the_others_from_answering():
    class Broken:
        title, description = "Broken", "Cannot be imported."

        @property
        def entry(self) -> Any:
            raise ImportError("no module")

        async def warm_up(self, settings: Any) -> None:
            raise ImportError("no module")

    bots: dict[str, Any] = {"broken": Broken(), "talk": TestBot(talk_until_asked)}
    async with running(bots) as server:
        broken, talk = await server.start("broken"), await server.start("talk")
    assert (broken.status_code, talk.status_code) == (503, 200)


@pytest.mark.parametrize("name", ["api_keys", "ice_servers", "allowed_origins"])
def test_several_values_of_one_variable_are_separated_by_commas(name: str):
    assert len(getattr(settings(**{name: "a, b,,"}), name)) == 2


def test_keys_are_not_shown_where_settings_are_printed():
    assert KEY not in repr(settings(api_keys=KEY))
