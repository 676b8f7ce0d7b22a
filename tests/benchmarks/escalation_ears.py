"""Mouth to ear over WebRTC, for as long as you like: `uv run -m tests.benchmarks.escalation_ears`.

A caller and an operator, two WebRTC peers of this process, are connected to a server of it; the
operator takes the call over and says a word every second, each unlike all others. In what the
caller's peer receives the word is looked for; its delay is from handing its first sample to the
operator's peer to getting it out of the caller's, jitter buffers of both lines among it. What a
browser adds is not in it. Does it grow? `--minutes 5` by default.

`--write` adds the table to `results/escalation.md`.
"""

import argparse
import asyncio
import json
import time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame
from loguru import logger
from numpy.typing import NDArray

from tests.benchmarks.escalation_script import keep
from tests.browser.desk_bot import DeskBot
from tests.browser.scripted_bot import babble
from tests.house import Running, database, running

HEAD = "| mouth to ear over WebRTC | ms |"
RATE = 48_000
_PIECE = RATE // 50
_EVERY_SECS = 1.0
_LATEST_SECS = 2.0  # a word is looked for up to so much later
_LIKE = 0.4  # of a perfect correlation; what is below was not found
_HERE = {"Host": "localhost"}
_READY = {"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": {"version": "2.2.0"}}


class Mouth(MediaStreamTrack):
    """A word every second, in pieces of 20 ms on the beat; `said` is when each began."""

    kind = "audio"

    def __init__(self, *, speaks: bool) -> None:
        """Silent before it is asked for sound."""
        super().__init__()
        self.said: list[tuple[float, NDArray[np.int16]]] = []
        self.speaks = speaks
        self._left = np.zeros(0, np.int16)
        self._count = 0
        self._began = 0.0

    async def recv(self) -> AudioFrame:
        """The next piece, when it is due."""
        self._began = self._began or time.monotonic()
        due = self._began + self._count * _PIECE / RATE
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if self.speaks and self._count % int(_EVERY_SECS * RATE / _PIECE) == 0:
            self._left = babble(7000 + len(self.said), RATE)
            self.said.append((time.monotonic(), self._left))
        piece = np.zeros(_PIECE, np.int16)
        head, self._left = self._left[:_PIECE], self._left[_PIECE:]
        piece[: len(head)] = head
        frame = AudioFrame.from_ndarray(piece[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = (
            RATE,
            self._count * _PIECE,
            Fraction(1, RATE),
        )
        self._count += 1
        return frame


class Ear:
    """All that a peer has received, with when each piece came."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self.pieces: list[tuple[float, NDArray[np.int16]]] = []

    async def listen(self, track: MediaStreamTrack) -> None:
        """Take what comes until the track ends."""
        while True:
            frame: Any = await track.recv()
            samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
            self.pieces.append((time.monotonic(), samples))

    def delay_ms(self, at: float, word: NDArray[np.int16]) -> float:
        """How much later than `at` the word began to be heard; nan when it was not."""
        near = [(when, pcm) for when, pcm in self.pieces if at <= when <= at + _LATEST_SECS]
        heard = np.concatenate([pcm for _, pcm in near]).astype(float) if near else np.zeros(0)
        if len(heard) < len(word):
            return np.nan
        known = word.astype(float)
        matched = np.correlate(heard, known, "valid")
        start = int(np.argmax(matched))
        size = np.linalg.norm(heard[start : start + len(word)]) * np.linalg.norm(known)
        if size == 0 or matched[start] / size < _LIKE:
            return np.nan
        ends = np.cumsum([len(pcm) for _, pcm in near])
        return 1000 * (near[int(np.searchsorted(ends, start, "right"))][0] - at)


class Peer:
    """One end: a mouth, an ear, and a connection."""

    def __init__(self, *, speaks: bool) -> None:
        """Not connected."""
        self.mouth, self.ear = Mouth(speaks=speaks), Ear()
        self.connection = RTCPeerConnection()
        self.connection.addTrack(self.mouth)
        self.channel = self.connection.createDataChannel("chat")
        self._listening: set[asyncio.Task[None]] = set()

        @self.connection.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            if track.kind == "audio":
                self._listening.add(asyncio.create_task(self.ear.listen(track)))

    async def connect(self, server: Running, path: str) -> None:
        """Offer at `path`, and wait until the connection stands."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        offer = {"sdp": self.connection.localDescription.sdp, "type": "offer"}
        answer = (await server.http.post(path, json=offer, headers=_HERE)).json()
        await self.connection.setRemoteDescription(
            RTCSessionDescription(sdp=answer["sdp"], type=answer["type"])
        )
        async with asyncio.timeout(20):
            while self.connection.connectionState != "connected":
                await asyncio.sleep(0.01)
            while self.channel.readyState != "open":
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Hang up."""
        await self.connection.close()
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)


async def mouth_to_ear(minutes: float) -> list[float]:
    """The delay of each word, in ms; nan for one that was not found."""
    caller, operator = Peer(speaks=False), Peer(speaks=True)
    with TemporaryDirectory() as folder:
        at = Path(folder)
        values = {"desk_dir": at, "database_url": database(at), "record_dir": at / "calls"}
        async with running({"parrot": DeskBot()}, **values) as server:
            started = (await server.start("parrot")).json()
            await caller.connect(server, f"/sessions/{started['sessionId']}/api/offer")
            caller.channel.send(json.dumps(_READY))
            live = server.house.desk.live
            async with asyncio.timeout(20):
                while not list(live):
                    await asyncio.sleep(0.01)
            call = f"/desk/api/calls/{next(iter(live)).id}"
            await operator.connect(server, f"{call}/offer")
            (await server.http.post(f"{call}/take", headers=_HERE)).raise_for_status()
            first = len(operator.mouth.said)
            await asyncio.sleep(60 * minutes + _LATEST_SECS)
            said = operator.mouth.said[first:-2]
            delays = [caller.ear.delay_ms(*one) for one in said]
            await asyncio.gather(caller.close(), operator.close())
            await server.until_empty()
    return delays


def rows(delays: list[float], minutes: float) -> list[str]:
    """The table."""
    fifth = max(1, len(delays) // 5)
    first, last = np.array(delays[:fifth]), np.array(delays[-fifth:])
    found = np.array(delays)[~np.isnan(delays)]
    p50, p95 = np.percentile(found, (50, 95)) if len(found) else (np.nan, np.nan)
    return [
        HEAD,
        "|---|---|",
        f"| median, p95 of {len(delays)} words in {minutes:g} minutes | {p50:.0f}, {p95:.0f} |",
        f"| median of the first fifth, of the last | {np.nanmedian(first):.0f}, "
        f"{np.nanmedian(last):.0f} |",
        f"| words not found | {len(delays) - len(found)} |",
    ]


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--write", action="store_true", help="add the table to results/")
    arguments = parser.parse_args()
    logger.remove()
    table = rows(asyncio.run(mouth_to_ear(arguments.minutes)), arguments.minutes)
    print("\n".join(table))
    if arguments.write:
        keep(table)


if __name__ == "__main__":
    main()
