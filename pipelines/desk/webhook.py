"""Post a ticket to another system, signed, again and again for a while, and keep what fails.

::

    deliver ─▶ POST ─┬─ 2xx ───────────────▶ done
                     ├─ down, slow, 5xx ───▶ again after 1, 4, 16… s
                     └─ 4xx, or no more ───▶ the dead letters, for a person to look at

The receiver checks `Downbeat-Signature: t=<seconds>,v1=<HMAC-SHA256 of "<t>.<body>">`.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from loguru import logger

WAITS_SECS = (1.0, 4.0, 16.0, 64.0)
_TIMEOUT_SECS = 5.0
_AGAIN = frozenset({"408", "425", "429"})  # statuses that say "later"

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]


def signature(secret: str, body: bytes, at_secs: int) -> str:
    """The header that proves who sent `body`, and when.

    >>> signature("s", b"{}", 1)[:13]
    't=1,v1=59a9d7'
    """
    mac = hmac.new(secret.encode(), f"{at_secs}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_secs},v1={mac}"


async def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of one attempt.

    Raises:
        aiohttp.ClientError, TimeoutError: nobody answers, or not in time.
    """
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status


class Webhook:
    """One receiver.

    Args:
        url: Where to post.
        secret: Signs what is posted; None: unsigned.
        dead_letters: The file for what could not be delivered.
        waits_secs: Before each further attempt.
        send: Makes one attempt.
    """

    def __init__(
        self,
        url: str,
        secret: str | None,
        dead_letters: Path,
        *,
        waits_secs: tuple[float, ...] = WAITS_SECS,
        send: Post = post,
    ) -> None:
        """Nothing is under way."""
        self._url = url
        self._secret = secret
        self._dead_letters = dead_letters
        self._waits_secs = waits_secs
        self._send = send

    async def deliver(self, message: Mapping[str, Any]) -> bool:
        """Post `message` until it is taken; False when it ended among the dead letters."""
        body = json.dumps(message, ensure_ascii=False).encode()
        problem = ""
        for wait in (0.0, *self._waits_secs):
            await asyncio.sleep(wait)
            problem = await self._attempt(body)
            if not problem:
                return True
            if problem.startswith("4") and problem not in _AGAIN:
                break  # it would be refused again
        logger.error(f"webhook: a ticket was not taken ({problem}); see {self._dead_letters}")
        self._bury(message, problem)
        return False

    async def _attempt(self, body: bytes) -> str:
        """Empty when it was taken, else what went wrong."""
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["Downbeat-Signature"] = signature(self._secret, body, int(time.time()))
        try:
            status = await self._send(self._url, body, headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return type(error).__name__
        return "" if 200 <= status < 300 else str(status)

    def _bury(self, message: Mapping[str, Any], problem: str) -> None:
        line = json.dumps({"problem": problem, "message": message}, ensure_ascii=False)
        try:
            self._dead_letters.parent.mkdir(parents=True, exist_ok=True)
            with self._dead_letters.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            logger.error(f"dead letter not written ({error.strerror})")
