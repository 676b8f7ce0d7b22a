"""A whole call of the front desk, heard, thought and spoken by the vendors themselves.

`make test-vendors`; skipped, and says so, unless all three have their keys. It takes a minute and
costs about two cents.
"""

from pathlib import Path

import pytest

from bots.receptionist import RECEPTIONIST, bot
from pipelines.rehearsal import rehearse
from pipelines.services import MissingKeyError, llm, stt, tts
from pipelines.settings import Settings

pytestmark = pytest.mark.vendor

CALLER = Path(__file__).parents[2] / "bots" / "callers" / "questions.wav"


async def test_the_front_desk_answers_a_caller_with_what_it_knows(tmp_path: Path):
    first = {stt: RECEPTIONIST.stt, llm: RECEPTIONIST.llm, tts: RECEPTIONIST.tts}
    for build, addresses in first.items():
        try:
            build(addresses[0], RECEPTIONIST, Settings())
        except MissingKeyError as missing:
            pytest.skip(f"{addresses[0]}: {missing}")
    lines: list[str] = []
    assert await rehearse(bot, CALLER, tmp_path, lines.append), lines
    talk = "\n".join(lines).lower()
    assert "eight" in talk or "8" in talk, talk
    assert (tmp_path / "call.wav").stat().st_size > 0
