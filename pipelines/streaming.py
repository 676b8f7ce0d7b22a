"""The production standard: every step starts before the one before it has ended.

::

    caller ─▶ VAD ─▶ STT ─▶ user context ─▶ LLM ─▶ TTS ─▶ caller ─▶ assistant context
"""

import asyncio

from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.audio.vad_processor import VADProcessor

from pipelines.brief import Brief
from pipelines.line import Line
from pipelines.services import preferred
from pipelines.settings import Settings
from pipelines.tools import end_call
from pipelines.transports.way import Way


async def streaming(brief: Brief, way: Way, settings: Settings) -> Line:
    """Build the stations of one call.

    Raises:
        MissingKeyError: no service is left for a station.
        UnknownServiceError: the brief names a service that does not exist.
    """
    # The models take 0.1 to 0.2 s to load; in the event loop every other call would hear it.
    vad = await asyncio.to_thread(SileroVADAnalyzer)
    context = LLMContext(tools=[*brief.tools, end_call])
    pair = LLMContextAggregatorPair(
        context, user_params=LLMUserAggregatorParams(user_idle_timeout=brief.idle_secs)
    )
    return Line(
        processors=[
            way.transport.input(),
            *way.guards,
            VADProcessor(vad_analyzer=vad),
            preferred("stt", brief.stt, brief, settings),
            pair.user(),
            preferred("llm", brief.llm, brief, settings),
            preferred("tts", brief.tts, brief, settings),
            way.transport.output(),
            pair.assistant(),
        ],
        context=context,
        user=pair.user(),
    )
