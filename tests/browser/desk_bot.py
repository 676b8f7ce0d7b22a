"""The parrot, with a door through which a person may come in."""

from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.runner.types import RunnerArguments
from pipecat.turns.user_start import TranscriptionUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from pipelines._session import run
from pipelines.brief import Brief
from pipelines.line import Line
from pipelines.settings import Settings
from pipelines.transports.second_voice import LineTap
from pipelines.transports.way import Way
from processors.escalation.caller_words import CallerWords, Hearing
from processors.escalation.door import PersonDoor, PersonMute
from processors.turn_taking import Drafts
from tests.browser.scripted_bot import GREETING, Ear, Parrot, ScriptedBot, ToneVoice

BRIEF = Brief(
    name="parrot", title="Parrot", persona="", greeting=GREETING, idle_secs=600, stt=(), llm=()
)


class DeskBot(ScriptedBot):
    """One bot whose call a person may take."""

    async def entry(self, runner_args: RunnerArguments) -> None:
        """Hold one call."""
        self.ear, self.voice = Ear(), ToneVoice()
        self.ended.clear()
        try:
            await run(BRIEF, self.line, runner_args, settings=Settings())
        finally:
            self.ended.set()

    async def line(self, brief: Brief, way: Way, settings: Settings) -> Line:
        """Build the stations of one call."""
        context, hearing, drafts = LLMContext(), Hearing(), Drafts()
        self.door = PersonDoor(brief.handover, context, hearing, drafts)
        turns = UserTurnStrategies(
            start=[TranscriptionUserTurnStartStrategy()],
            stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.1)],
        )
        mute = PersonMute(self.door)
        params = LLMUserAggregatorParams(user_turn_strategies=turns, user_mute_strategies=[mute])
        pair = LLMContextAggregatorPair(context, user_params=params)
        self.door.listen_to(pair)
        assert way.second_voice is not None
        stations = [
            way.transport.input(),
            LineTap(way.second_voice),
            self.ear,
            CallerWords(hearing, self.door.heard),
            pair.user(),
            self.door,
            Parrot(self._reply),
            self.voice,
            way.transport.output(),
            pair.assistant(),
        ]
        return Line(
            processors=stations, context=context, user=pair.user(), drafts=drafts, door=self.door
        )
