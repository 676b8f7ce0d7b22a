"""Twenty calls, five operators: `uv run -m tests.benchmarks.escalation_soak [--minutes 10]`.

The operators log in over HTTP and take, whisper, say and hand back at random, and now and then the
line of one who has a call drops; the callers talk on, and ask for a person again once the bot has
them. Each call is a real pipeline with a bot that answers at once. Afterwards it is checked, from
what was written down, that

- every call is still there, and its bot answers within 5 s;
- in no call had two people the caller at once: in its record "takes over" and "hands back" or "line
  dropped" take turns, and are of the same operator;
- the audit log holds every request of every operator, with what came of it, in their order.

Ends with status 1 when something is wrong. `--write` adds the table to `results/escalation.md`.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from loguru import logger

from pipelines.desk.live_calls import LiveCall
from pipelines.transports.second_voice import SecondVoice
from processors.backchannel_filter import PlayOut
from processors.escalation.conduct import Mode
from server import make_app
from tests.benchmarks.escalation_script import keep
from tests.browser.desk_bot import BRIEF
from tests.house import TestBot, database, settings, talk_until_asked
from tests.processors.escalation.line import Call, calling

HEAD = "| soak | |"
CALLS = 20
OPERATORS = ("kim", "lee", "max", "ann", "bob")
ANSWERS_WITHIN_SECS = 5.0
BACK_WITHIN_SECS = 3.0
_SAID = ("I would like to move my appointment", "on Monday please", "what does that cost")
_DEEDS = ("take", "take", "hand-back", "whisper", "say")
_ACTIONS = {"hand-back": "hand back"}  # as the audit log calls them


@dataclass
class Soundly:
    """An operator's line that is there until it drops."""

    drops_at: float

    @property
    def heard_at(self) -> float:
        """Now, or when it has dropped."""
        return min(time.monotonic(), self.drops_at)


@dataclass
class Operator:
    """One of those who grab at random, and what came of it."""

    name: str
    http: httpx.AsyncClient
    dice: random.Random
    done: list[tuple[str, str, bool]] = field(default_factory=list)  # action, call, whether so
    take_ms: list[float] = field(default_factory=list)

    async def work(self, calls: list[LiveCall], until: float) -> None:
        """Do one thing after the other."""
        while time.monotonic() < until:
            call, deed = self.dice.choice(calls), self.dice.choice(_DEEDS)
            held = [one for one in calls if one.taken_by == self.name]
            if deed == "hand-back" and held and self.dice.random() < 0.8:
                call = self.dice.choice(held)
            await self.do(call, deed)
            await asyncio.sleep(self.dice.expovariate(5.0))

    async def do(self, call: LiveCall, deed: str) -> None:
        """One request, and what came of it."""
        if deed == "take":
            # One line in four drops by itself; it would be there before the take-over is done.
            drops = time.monotonic() + (
                self.dice.uniform(0, 3) if self.dice.random() < 0.25 else 1e9
            )
            if call.taken_by != self.name:
                call.line_of[self.name] = Soundly(drops)
        body = {"text": f"note {len(self.done)}"} if deed in ("whisper", "say") else None
        began = time.monotonic()
        answer = await self.http.post(f"/desk/api/calls/{call.id}/{deed}", json=body)
        if deed == "take" and answer.status_code == 200:
            self.take_ms.append(1000 * (time.monotonic() - began))
        if answer.status_code not in (200, 409):
            raise RuntimeError(f"{deed} was answered with {answer.status_code}: {answer.text}")
        self.done.append((_ACTIONS.get(deed, deed), call.id, answer.status_code == 200))


async def talk(line: Call, call: LiveCall, until: float, dice: random.Random) -> None:
    """The caller talks on; whoever has the bot asks for a person now and then."""
    while time.monotonic() < until:
        wish = call.state == "bot" and dice.random() < 0.3
        await line.hear("let me speak to a human" if wish else dice.choice(_SAID))
        await asyncio.sleep(dice.uniform(0.5, 2.0))


async def soak(minutes: float, seed: int) -> tuple[list[str], list[str]]:
    """The table's rows, and what is wrong."""
    dice = random.Random(seed)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        tokens = {name: f"{name}-{dice.getrandbits(64):016x}" for name in OPERATORS}
        entries = ",".join(f"{name}:{token}" for name, token in tokens.items())
        values = settings(
            desk_operators=entries,
            desk_dir=folder,
            database_url=database(folder),
            record_dir=folder / "calls",
        )
        app = make_app(values, {"talk": TestBot(talk_until_asked)})
        await stack.enter_async_context(app.router.lifespan_context(app))
        lines = [
            await stack.enter_async_context(calling(patience_secs=3600.0)) for _ in range(CALLS)
        ]
        live = app.state.house.desk.live
        calls = [_on_desk(live, line, number) for number, line in enumerate(lines)]
        operators = [
            await _logged_in(stack, app, name, token, seed) for name, token in tokens.items()
        ]
        until = time.monotonic() + 60 * minutes
        talking = [
            talk(line, call, until, random.Random(seed + number))
            for number, (line, call) in enumerate(zip(lines, calls, strict=True))
        ]
        await asyncio.gather(*talking, *(one.work(calls, until) for one in operators))
        wrong = await _settled(lines, calls, operators)
        wrong += _two_at_once(calls) + _audit(folder / "audit.jsonl", operators)
        for call in calls:
            await live.remove(call)
    return _rows(minutes, calls, operators, wrong), wrong


def _on_desk(live: Any, line: Call, number: int) -> LiveCall:
    return live.add(
        id=f"c{number}",
        brief=BRIEF,
        door=line.door,
        second_voice=SecondVoice(PlayOut()),
        output=line.voice,
    )


async def _logged_in(stack: AsyncExitStack, app: Any, name: str, token: str, seed: int) -> Operator:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test")
    http = await stack.enter_async_context(client)
    answer = await http.post("/desk/api/login", json={"token": token})
    answer.raise_for_status()
    return Operator(name, http, random.Random(f"{seed}{name}"))


async def _settled(
    lines: list[Call], calls: list[LiveCall], operators: list[Operator]
) -> list[str]:
    """Have every caller given back, and every bot answer; what is wrong with that."""
    wrong = []
    for operator in operators:
        for call in calls:
            if call.taken_by == operator.name:
                await operator.do(call, "hand-back")
    began = time.monotonic()
    while any(call.taken_by for call in calls) and time.monotonic() - began < BACK_WITHIN_SECS:
        await asyncio.sleep(0.05)
    for line, call in zip(lines, calls, strict=True):
        if call.over or call.taken_by or line.door.conduct.mode is Mode.PERSON:
            wrong.append(f"{call.id} is lost: over {call.over}, with {call.taken_by!r}")
            continue
        before = len(line.spoken)
        await line.hear("and how much is that")
        began = time.monotonic()
        while len(line.spoken) == before and time.monotonic() - began < ANSWERS_WITHIN_SECS:
            await asyncio.sleep(0.02)
        if len(line.spoken) == before:
            wrong.append(f"{call.id}: the bot does not answer any more")
    return wrong


def _two_at_once(calls: list[LiveCall]) -> list[str]:
    """Where hands were not changed one after the other, by the calls' own records."""
    wrong = []
    for call in calls:
        having = ""
        for said in call.door.record.lines:
            name, _, deed = said.text.partition(" ")
            if said.who != "note" or "whispers" in said.text:
                continue
            if deed == "takes over":
                if having:
                    wrong.append(f"{call.id}: {name} takes over what {having} has")
                having = name
            elif having and name.removesuffix("'s") != having:
                wrong.append(f"{call.id}: {said.text}, but {having} had it")
            else:
                having = ""
    return wrong


def _audit(path: Path, operators: list[Operator]) -> list[str]:
    """Whose deeds are not all in the audit log, in their order, with what came of them."""
    deeds = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    wrong = []
    for operator in operators:
        written = [
            (deed["action"], deed["call"], "refused" not in deed)
            for deed in deeds
            if deed["operator"] == operator.name and "call" in deed
        ]
        if written != operator.done:
            counts = f"{len(written)} written, {len(operator.done)} done"
            wrong.append(f"the audit of {operator.name} is not what was done: {counts}")
    return wrong


def _rows(
    minutes: float, calls: list[LiveCall], operators: list[Operator], wrong: list[str]
) -> list[str]:
    deeds = Counter((deed, so) for one in operators for deed, _, so in one.done)
    notes = [line.text for call in calls for line in call.door.record.lines if line.who == "note"]
    takes = sorted(ms for one in operators for ms in one.take_ms)
    slow = takes[int(0.99 * len(takes))] if takes else float("nan")
    refused = sum(number for (_, so), number in deeds.items() if not so)
    dropped = sum("dropped" in note for note in notes)
    return [
        HEAD,
        "|---|---|",
        f"| calls, operators, minutes | {len(calls)}, {len(operators)}, {minutes:g} |",
        f"| deeds, of which refused | {deeds.total()}, {refused} |",
        f"| take-overs, lines that dropped | {deeds['take', True]}, {dropped} |",
        f"| take-over answered, p99 | {slow:.0f} ms |",
        f"| lost calls, two people in a call, gaps in the audit | {'; '.join(wrong) or 'none'} |",
    ]


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="add the table to results/")
    arguments = parser.parse_args()
    logger.remove()
    rows, wrong = asyncio.run(soak(arguments.minutes, arguments.seed))
    print("\n".join(rows))
    if arguments.write:
        keep(rows)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
