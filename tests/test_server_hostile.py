"""Whoever means harm: forged, malformed and oversized requests to every endpoint that there is."""

import asyncio
import base64
import time
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.house import Running, TestBot, running, talk_until_asked
from tests.vendors.daily import KEY as DAILY_KEY
from tests.vendors.daily import DailyApi

KEY = "correct-horse"
SECRETS = {
    "api_keys": KEY,
    "metrics_token": KEY,
    "desk_operators": "ann:correct-horse-battery",
    "daily_api_key": DAILY_KEY,
    "daily_pinless_hmac": base64.b64encode(b"a webhook's secret").decode(),
}
# What anybody may see; everything else is refused.
PUBLIC = {"/", "/bots", "/token", "/health", "/ready", "/desk", "/desk/api/logout"}
NOT_IN_THE_DOCUMENT = [
    ("GET", "/static/{name}"),
    ("GET", "/desk/static/{name}"),
    ("GET", "/call-page/{name}"),
]
NAMES = ("x", "../../../server.py", "\0", "\u00e9" * 40, "a" * 3000, "' OR 1=1; --")
BODIES = (
    b"",
    b"null",
    b"\xff\x00{",
    b"[" * 30_000,
    b"{" + b" " * 70_000,
    b'{"bot": "talk", "token": 7, "text": [], "sdp": {}, "candidates": "x"}',
    b'{"bot": "\\ud800", "token": "\\ud800", "text": "\\u0000", "sdp": "v=0", "type": "offer"}',
)
HEADERS = (
    {},
    {"Authorization": "Bearer forged", "Cookie": "desk=forged"},
    {"Authorization": "Bearer \u00e9", "Cookie": "desk=\u00e9; desk="},
    {"Origin": "https://evil.example", "X-Forwarded-For": "127.0.0.1", "Host": "127.0.0.1"},
    {"X-Pinless-Signature": "Zm9yZ2Vk", "X-Pinless-Timestamp": "1700000000"},
)


def endpoints(server: Running) -> list[tuple[str, str]]:
    """Every method and path of the server."""
    documented = [
        (method.upper(), path)
        for path, methods in server.app.openapi()["paths"].items()
        for method in methods
    ]
    return documented + NOT_IN_THE_DOCUMENT


def attacks(method: str, path: str) -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Hostile requests to one endpoint: method, path, body, headers."""

    def filled(name: str) -> str:
        before, brace, rest = path.partition("{")
        return before + quote(name, safe="") + rest.partition("}")[2] if brace else path

    for body, headers in product(BODIES, HEADERS):
        yield method, filled("x"), body, {"Content-Type": "application/json"} | headers
    for name in NAMES if "{" in path else ():
        yield method, filled(name), b'{"text": "x"}', {"Content-Type": "application/json"}
    yield "DELETE", filled("x"), b"", {}


async def test_no_hostile_request_gets_in_starts_a_call_breaks_anything_or_takes_long():
    bots = {"talk": TestBot(talk_until_asked)}
    sent = 0
    async with (
        DailyApi() as daily,
        running(bots, daily_api_url=daily.url, starts_per_minute=1e6, **SECRETS) as server,
    ):
        for endpoint in endpoints(server):
            for method, path, body, headers in attacks(*endpoint):
                raw = [(name.encode(), value.encode()) for name, value in headers.items()]
                # Work, not time that passes: other processes share this machine.
                began = time.process_time()
                answer = await server.http.request(method, path, content=body, headers=raw)
                said = (method, path[:60], body[:60], headers, answer.status_code)
                assert answer.status_code < 500, said
                assert answer.status_code >= 400 or _is_public(path, answer.status_code), said
                assert time.process_time() - began < 1, said
                sent += 1
        assert sent > 1000
        assert len(server.house.calls) == 0
        assert daily.created == 0
        assert (await server.start(Authorization=f"Bearer {KEY}")).status_code == 200


def _is_public(path: str, status: int) -> bool:
    """Whether `path` answers this to anybody; the pages of calls lead to the log-in."""
    return path in PUBLIC or (status == 303 and path.partition("/calls")[0] == "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BODY = st.binary(max_size=300) | st.fixed_dictionaries(
    {}, optional={"bot": JSON, "transport": JSON, "sdp": JSON, "type": JSON, "pc_id": JSON}
)


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=BODY, path=st.sampled_from(["/start", "/token", "/sessions/x/api/offer"]))
def test_no_body_makes_the_server_fail(body: Any, path: str):
    async def send() -> int:
        async with running() as server:
            for method in ("POST", "PATCH"):
                answer = (
                    await server.http.request(method, path, content=body)
                    if isinstance(body, bytes)
                    else await server.http.request(method, path, json=_printable(body))
                )
                assert answer.status_code < 500
            return len(server.house.calls)

    assert asyncio.run(send()) == 0


def _printable(body: Any) -> Any:
    """Infinity and the like are no JSON; httpx refuses to send them."""
    if isinstance(body, float) and (body != body or abs(body) == float("inf")):
        return None
    if isinstance(body, dict):
        return {key: _printable(value) for key, value in body.items()}
    if isinstance(body, list):
        return [_printable(value) for value in body]
    return body
