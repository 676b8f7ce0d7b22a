"""A ticket reaches its receiver, signed; or it is kept for a person to look at."""

import hashlib
import hmac
import json
from collections.abc import Mapping

import aiohttp
import pytest

from pipelines.desk.webhook import Webhook


class Receiver:
    """Answers with these, one after the other; an exception is raised, the last one stays."""

    def __init__(self, *answers: int | Exception) -> None:
        self._answers = list(answers)
        self.got: list[tuple[bytes, Mapping[str, str]]] = []

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.got.append((body, headers))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def webhook(receiver: Receiver, tmp_path, secret: str | None = "secret") -> Webhook:
    dead = tmp_path / "dead.jsonl"
    return Webhook("http://x.test", secret, dead, waits_secs=(0, 0, 0), send=receiver)


async def test_what_is_posted_is_signed_so_that_it_can_be_checked(tmp_path):
    receiver = Receiver(204)
    assert await webhook(receiver, tmp_path).deliver({"a": "ü"})
    body, headers = receiver.got[0]
    at, mac = (part.partition("=")[2] for part in headers["Downbeat-Signature"].split(","))
    expected = hmac.new(b"secret", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert (json.loads(body), mac) == ({"a": "ü"}, expected)


@pytest.mark.parametrize(
    "first", [500, 503, 429, TimeoutError(), aiohttp.ClientError(), ConnectionRefusedError()]
)
async def test_a_receiver_that_is_down_slow_or_broken_is_asked_again(tmp_path, first):
    receiver = Receiver(first, 200)
    assert await webhook(receiver, tmp_path).deliver({})
    assert len(receiver.got) == 2


async def test_what_is_never_taken_ends_among_the_dead_letters(tmp_path):
    receiver = Receiver(500)
    assert not await webhook(receiver, tmp_path).deliver({"id": 1})
    assert len(receiver.got) == 4
    letter = json.loads((tmp_path / "dead.jsonl").read_text())
    assert letter == {"problem": "500", "message": {"id": 1}}


async def test_what_is_refused_is_not_sent_again(tmp_path):
    receiver = Receiver(400)
    assert not await webhook(receiver, tmp_path).deliver({})
    assert len(receiver.got) == 1
