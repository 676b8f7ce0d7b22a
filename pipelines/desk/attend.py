"""Put a call on the desk for as long as it lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipecat.pipeline.llm_switcher import LLMSwitcher
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.llm_service import LLMService

from pipelines.brief import Brief
from pipelines.desk.live_calls import CURRENT, Summarise
from pipelines.line import Line
from pipelines.transports.way import Way
from processors.escalation.record import Said

_SUMMARY = (
    "Summarise this telephone call for the colleague who takes it over now, in two short "
    "sentences: what the caller wants, and where it is stuck."
)


@asynccontextmanager
async def attended(brief: Brief, line: Line, way: Way, call_id: str) -> AsyncIterator[None]:
    """The call is on the desk of the house that holds it; without a desk, nothing happens.

    Args:
        brief: The bot.
        line: The call's stations.
        way: How the caller came.
        call_id: The call's name.
    """
    desk = CURRENT.get()
    if desk is None or line.door is None:
        yield
        return
    call = desk.add(
        id=call_id,
        brief=brief,
        door=line.door,
        second_voice=way.second_voice,
        output=way.transport.output(),
        numbers=way.numbers,
        room_url=way.room_url,
        summarise=_writer(line),
    )
    way.on_operator(call.come_in, call.go)
    try:
        yield
    finally:
        await desk.remove(call)


def _writer(line: Line) -> Summarise | None:
    """Who can put a call into two sentences; None when it is answered without a model."""
    from pipelines.services.embedded.llm import EmbeddedBrain

    llm = next((one for one in line.processors if isinstance(one, LLMService | LLMSwitcher)), None)
    if llm is None:
        return None

    async def summarise(lines: list[Said]) -> str:
        active = llm.active_llm if isinstance(llm, LLMSwitcher) else llm
        if active is None or isinstance(active, EmbeddedBrain):
            return ""
        said = "\n".join(f"{one.who}: {one.text}" for one in lines[-60:])
        context = LLMContext([{"role": "user", "content": f"{_SUMMARY}\n\n{said}"}])
        return (await active.run_inference(context, max_tokens=150) or "").strip()

    return summarise
