"""Whether the accounts of whole calls are the vendors' own.

What can be compared: every token, character and second that reached the call. Of an answer that is
given up, the vendor may generate a token or two more before it learns of it; those are on its bill
and nobody else can know of them. They are told apart as `unseen_output`.
"""

import asyncio
import dataclasses
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import SecretStr

from bots.receptionist import RECEPTIONIST
from pipelines import _session
from pipelines.brief import Brief
from pipelines.settings import Settings
from pipelines.streaming import streaming
from pipelines.transports.loopback import LoopbackRunnerArguments, ScriptedCaller
from processors.trace import Event, read_events
from tests.speech import RATE, say
from tests.vendors.faults import Cut, Fault, Hang, Status, VendorError
from tests.vendors.hearing import Said
from tests.vendors.process import Remote, vendors

SAYS = (
    "When are you open?",  # the cache knows
    "Can you tell me about the team?",
    "Stop how much is a filling?",  # comes over the bot's voice
    "Is there parking?",
)
_PAUSES = (4.0, 2.5, 3.5, 3.5)  # seconds after each
_ANSWER = "We are open from eight to five, Monday to Friday, and on Saturdays until noon. " * 3
_FAULTS: tuple[Fault | None, ...] = (
    Cut(after=8),
    None,
    None,
    Status(529),
    None,
    None,
    VendorError(after=6),
    None,
    None,
    None,
    Hang(after=9),
    None,
)
_PAIRS = {
    "input": ("anthropic", "input_tokens"),
    "output": ("anthropic", "output_tokens"),
    "cache_read": ("anthropic", "cache_read_tokens"),
    "cache_write": ("anthropic", "cache_written_tokens"),
    "characters": ("cartesia", "characters"),
    "seconds": ("deepgram", "audio_secs"),
}


async def ledger(scale: float) -> dict[str, Any]:
    """Hold calls at the stand-ins, four at a time; compare both sides' counts."""
    count = max(1, round(100 * scale))
    sounds = [say(text, "slt") for text in SAYS]
    said = [Said(0.0, sound.size / RATE, text) for sound, text in zip(sounds, SAYS, strict=True)]
    async with vendors(
        deepgram={"script": said, "from_onset": True, "final_latency": 0.15},
        anthropic={"answers": _ANSWER.strip(), "first_token": 0.2, "tokens_per_sec": 60},
        cartesia={"first_audio": 0.12},
    ) as at:
        with tempfile.TemporaryDirectory() as place:
            settings, at_once = _settings(at, Path(place)), asyncio.Semaphore(4)
            calls = (_call(number, sounds, settings, at, at_once) for number in range(count))
            await asyncio.gather(*calls)
            events = await asyncio.to_thread(_events, Path(place))
        counts = {name: (await remote.state())["counts"] for name, remote in at.items()}
    ours = _sum(event.about for event in events if event.kind == "usage")
    theirs = {name: round(counts[at][key], 2) for name, (at, key) in _PAIRS.items()}
    kinds = Counter(event.kind for event in events)
    guessed = Counter(e.about["estimated"] for e in events if e.about.get("estimated"))
    return {
        "calls": count,
        "ours": ours,
        "theirs": theirs,
        "difference": {name: round(ours[name] - theirs[name], 2) for name in _PAIRS},
        "unseen_output": theirs["output"] - ours["output"],
        "answers_given_up": counts["anthropic"]["cancelled"],
        "estimated": dict(guessed),
        "happened": {kind: kinds[kind] for kind in _HAPPENED},
    }


_HAPPENED = ("usage", "interruption", "draft.started", "draft.discarded", "cache.hit", "error")


def _settings(at: dict[str, Remote], place: Path) -> Settings:
    return Settings(
        deepgram_api_key=SecretStr("test"),
        deepgram_url=at["deepgram"].url,
        anthropic_api_key=SecretStr("test"),
        anthropic_url=at["anthropic"].url,
        cartesia_api_key=SecretStr("test"),
        cartesia_url=at["cartesia"].url,
        cartesia_voice="stand-in",
        record_dir=place,
        llm_silence_secs=2.0,
    )


def _voiced_secs(sound: np.ndarray) -> float:
    # A recogniser knows a word before its last breath.
    loud = np.flatnonzero(np.abs(sound.astype(int)) > 2_500)
    return float(loud[-1] - loud[0]) / RATE - 0.1


def _events(root: Path) -> list[Event]:
    return [event for path in root.glob("*/events.jsonl") for event in read_events(path)]


def _sum(reports: Any) -> dict[str, float]:
    sums = Counter[str]()
    for usage in reports:
        sums.update({name: usage[name] for name in _PAIRS if usage.get(name)})
    return {name: round(sums[name], 2) for name in _PAIRS}


async def _call(
    number: int,
    sounds: list[np.ndarray],
    settings: Settings,
    at: dict[str, Remote],
    at_once: asyncio.Semaphore,
) -> None:
    async def talk() -> AsyncIterator[bytes]:
        await asyncio.sleep(7.0)  # the greeting
        for turn, (sound, pause) in enumerate(zip(sounds, _PAUSES, strict=True)):
            fault = _FAULTS[(number + turn) % len(_FAULTS)]
            if turn and fault:
                await at["anthropic"].fail(fault)
            yield sound.tobytes()
            # Calls at once would otherwise stay in step for ever.
            await asyncio.sleep(sound.size / RATE + pause + 0.037 * (number % 10))

    brief: Brief = dataclasses.replace(
        RECEPTIONIST,
        stt=("deepgram/nova-3",),
        llm=("anthropic/fast",),
        tts=("cartesia/default",),
    )
    arguments = LoopbackRunnerArguments(caller=ScriptedCaller(talk()), hang_up_after_secs=1.0)
    async with at_once:
        await _session.run(brief, streaming, arguments, settings=settings)
