"""What a request passes before it reaches a route."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.http_guard import HEADERS, BoundedBody, OwnOrigin, SecurityHeaders


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body)(scope, receive, send)


def client(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot.test")


async def test_a_body_within_the_limit_arrives_whole():
    async with client(BoundedBody(echo, max_bytes=10)) as http:
        answer = await http.post("/", content=b"0123456789")
    assert (answer.status_code, answer.content) == (200, b"0123456789")


async def test_a_body_over_the_limit_is_refused_before_the_route_sees_it():
    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the route ran")

    async with client(BoundedBody(route, max_bytes=10)) as http:
        answer = await http.post("/", content=b"0" * 11)
    assert answer.status_code == 413
    assert "larger than 10 bytes" in answer.json()["detail"]


async def test_a_body_that_never_ends_is_refused_by_its_size_not_by_its_header():
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x"

    async with client(BoundedBody(echo, max_bytes=10)) as http:
        assert (await http.post("/", content=drops())).status_code == 413


async def test_a_body_that_does_not_arrive_in_time_is_refused():
    async def stalled() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    async with client(BoundedBody(echo, max_secs=0.02)) as http:
        assert (await http.post("/", content=stalled())).status_code == 408


async def test_every_answer_carries_the_security_headers():
    async with client(SecurityHeaders(echo)) as http:
        answer = await http.get("/")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_another_sites_page_may_not_post():
    async with client(OwnOrigin(echo)) as http:
        answer = await http.post("/", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_the_own_page_an_allowed_site_and_a_program_may_post():
    async with client(OwnOrigin(echo, allowed=["https://shop.example/"])) as http:
        for headers in (
            {"Origin": "http://bot.test"},
            {"Origin": "https://shop.example"},
            {},
        ):
            assert (await http.post("/", headers=headers)).status_code == 200
