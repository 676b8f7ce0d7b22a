"""The production standard: every step starts before the one before it has ended.

::

    caller ─▶ VAD ─▶ STT ─▶ backchannel filter ─▶ user context ─▶ doors ─▶ cache ─▶ LLM ─┐
    caller ◀── assistant context ◀── transport ◀── heard words ◀── held voice ◀──────────┘

An answer is prepared while the caller may still go on (a draft), held behind the voice, and heard
in the moment in which the turn is over. Two doors stand before whoever answers: at one a person may
come into the call, at the other drafts are told from answers.
"""

import asyncio

from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from pipelines.answers import known_answers
from pipelines.brief import Brief
from pipelines.line import Line
from pipelines.services import preferred
from pipelines.services.embedded.llm import EmbeddedBrain
from pipelines.settings import Settings
from pipelines.speak_ahead import RATE_HZ
from pipelines.timely import timely
from pipelines.tools import end_call, escalate_through
from pipelines.transports.second_voice import LineTap
from pipelines.transports.way import Way
from processors.backchannel_filter import PATIENCE, BackchannelFilter, HeardWords
from processors.escalation import rehearse
from processors.escalation.caller_words import CallerWords, Hearing
from processors.escalation.door import PersonDoor, PersonMute
from processors.escalation.resemblance import resemblance
from processors.semantic_cache.sound_player import SoundPlayer
from processors.turn_taking import Drafts, ListeningVAD, shared_turn_model, stop_strategies
from processors.turn_taking.first_clause import FirstClauseAggregator
from processors.turn_taking.held_voice import DraftDoor, HeldVoice
from processors.turn_taking.open_gate import let_text_through
from processors.unclear import Unclear


async def streaming(brief: Brief, way: Way, settings: Settings) -> Line:
    """Build the stations of one call.

    Raises:
        MissingKeyError: no service is left for a station.
        UnknownServiceError: the brief names a service that does not exist.
    """
    # Models and phrases take 0.1 to 0.5 s to load; in the event loop all calls would hear it.
    vad, resembles, *_ = await asyncio.gather(
        asyncio.to_thread(ListeningVAD),
        asyncio.to_thread(resemblance, brief.language),
        asyncio.to_thread(rehearse, brief.handover, language=brief.language),
        shared_turn_model().warm(),
    )
    context, drafts, hearing = LLMContext(), Drafts(), Hearing()
    door = PersonDoor(
        brief.handover, context, hearing, drafts, language=brief.language, resembles=resembles
    )
    context.set_tools([*brief.tools, end_call, escalate_through(door)])
    ears = BackchannelFilter(
        way.play_out, patience=PATIENCE[brief.profile], language_code=brief.language
    )
    turns = UserTurnStrategies(
        start=ears.start_strategies(),
        stop=stop_strategies(brief.profile, context=context, vad=vad, drafts=drafts),
    )
    pair = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=turns,
            user_idle_timeout=brief.idle_secs,
            user_mute_strategies=[PersonMute(door)],
        ),
    )
    door.listen_to(pair)
    known = await known_answers(brief, settings)
    llm = preferred("llm", brief.llm, brief, settings)
    voice = preferred("tts", brief.tts, brief, settings)
    let_text_through(llm, drafts=drafts)
    model = timely(llm, brief)
    return Line(
        processors=[
            way.transport.input(),
            *way.guards,
            *([LineTap(way.second_voice)] if way.second_voice else []),
            VADProcessor(vad_analyzer=vad),
            preferred("stt", brief.stt, brief, settings),
            ears,
            Unclear(),
            CallerWords(hearing, door.heard),
            pair.user(),
            door,
            DraftDoor(drafts),
            # The embedded brain says nothing that its bot does not know: there is nothing to learn.
            known.station(brief, way, learning=not isinstance(llm, EmbeddedBrain)),
            *model.stations,
            HeldVoice([voice, SoundPlayer()], drafts, clauses=_clauses(voice)),
            HeardWords(way.play_out),
            way.transport.output(),
            pair.assistant(),
        ],
        context=context,
        user=pair.user(),
        drafts=drafts,
        cheaper=model.cheaper,
        door=door,
        spoken=known.spoken if way.out_rate == RATE_HZ else None,
    )


def _clauses(voice: FrameProcessor) -> FirstClauseAggregator:
    """Cuts an answer into what `voice` speaks in one go; one whose melody goes on begins sooner."""
    return FirstClauseAggregator(enough_words=getattr(voice, "enough_words", None))
