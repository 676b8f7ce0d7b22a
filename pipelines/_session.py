"""What every bot would otherwise repeat: the worker, the greeting, the silence, the hang-up.

A call ends for one of these reasons, and each frees everything::

    the caller hangs up ─────────────▶ cancel at once
    the line fails ──────────────────▶ cancel at once
    nobody ever joins ───────────────▶ cancel after `join_secs`
    the caller says nothing ─────────▶ two reminders, a goodbye, end
    the call is too long ────────────▶ a goodbye, end
    the house asks (hang_up) ────────▶ a goodbye, end
    the bot says goodbye ────────────▶ end after the last word (tools.end_call)
    a service is beyond repair ──────▶ end
"""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    LLMAssistantPushAggregationFrame,
    TTSSpeakFrame,
)
from pipecat.observers.base_observer import BaseObserver
from pipecat.observers.user_bot_latency_observer import LatencyBreakdown, UserBotLatencyObserver
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker, ProcessorUnusablePolicy
from pipecat.processors.frameworks.rtvi.frames import RTVIServerMessageFrame
from pipecat.runner.types import RunnerArguments
from pipecat.workers.runner import WorkerRunner

from pipelines import hang_up, metrics
from pipelines.brief import Brief
from pipelines.desk.attend import attended
from pipelines.line import Line, LineBuilder
from pipelines.memory import give_back
from pipelines.recording import recorded
from pipelines.rtvi import GuardedRTVI, observer_params, turn_latency
from pipelines.settings import Settings
from pipelines.tracing import DecisionSpans, span_attributes, tracing_on
from pipelines.transports import Way, open_way
from processors.semantic_cache.sound_player import AnswerSoundFrame

_REMINDERS = ("Are you still there?", "Hello? I can't hear you. Is there anything I can do?")
_GIVING_UP = "I can't hear you, so I will hang up now. Please call again any time. Goodbye."
_TOO_LONG = "I am sorry, this call has reached its time limit. Please call again. Goodbye."
_CLOSING = "I am sorry, I have to end this call now. Please call again in a few minutes. Goodbye."


async def run(
    brief: Brief,
    build: LineBuilder,
    runner_args: RunnerArguments,
    *,
    settings: Settings | None = None,
    observers: Sequence[BaseObserver] = (),
) -> None:
    """Hold one call, from the moment somebody may join until everything is freed.

    Args:
        brief: The bot.
        build: The pipeline, e.g. `pipelines.streaming.streaming`.
        runner_args: How the call arrives, as Pipecat's runner or the server hands it over.
        settings: The deployment's settings; read from the environment by default.
        observers: Whoever watches this call beside the usual ones.

    Raises:
        MissingKeyError, UnknownServiceError: a station has no service.
    """
    settings = settings or Settings()
    way = await open_way(runner_args, settings)
    line = await build(brief, way, settings)
    call_id = runner_args.session_id or uuid.uuid4().hex
    call = _Call(call_id, brief, way, line, settings)
    async with (
        attended(brief, line, way, call_id),
        recorded(brief, way, line, settings, call_id, call.latency) as watching,
    ):
        await _hold(call, runner_args, [*watching, *observers])
    await asyncio.to_thread(give_back)


@dataclass(frozen=True)
class _Call:
    """What makes up one call."""

    id: str
    brief: Brief
    way: Way
    line: Line
    settings: Settings
    # The page, the metrics and the record ask the same one: each observer sees every frame.
    latency: UserBotLatencyObserver = field(default_factory=UserBotLatencyObserver)


async def _hold(
    call: _Call, runner_args: RunnerArguments, observers: Sequence[BaseObserver]
) -> None:
    traced = tracing_on(call.settings)
    worker = PipelineWorker(
        Pipeline(call.line.processors),
        params=PipelineParams(
            audio_in_sample_rate=call.way.in_rate,
            audio_out_sample_rate=call.way.out_rate,
            enable_metrics=True,
            enable_usage_metrics=True,
        ),
        app_resources=call.brief.resources,
        conversation_id=call.id,
        enable_tracing=traced,
        additional_span_attributes=span_attributes(call.brief, call.id),
        idle_timeout_secs=runner_args.pipeline_idle_timeout_secs,
        observers=[call.latency, *call.way.observers, *observers],
        processor_unusable_policy=ProcessorUnusablePolicy.END,
        rtvi_processor=GuardedRTVI(call.line.drafts),
        rtvi_observer_params=observer_params(),
    )
    if traced:
        worker.add_observer(DecisionSpans(worker))
    # One runner a call: a shared one never forgets its workers, and one idle call would end all.
    runner = WorkerRunner(
        handle_sigint=runner_args.handle_sigint,
        handle_sigterm=runner_args.handle_sigterm,
        force_gc=True,
    )
    session = _Session(call, worker, runner)
    await runner.add_workers(worker)
    await session.hold(call.settings)


class _Session:
    """One call: who is there, what is said when nobody speaks, how it ends."""

    def __init__(self, call: _Call, worker: PipelineWorker, runner: WorkerRunner) -> None:
        self._brief = call.brief
        self._door = call.line.door
        self._spoken = call.line.spoken
        self._worker = worker
        self._runner = runner
        self._joined = asyncio.Event()
        self._unanswered = 0
        self._turn = 0
        call.way.on_joined(worker, self._on_joined)
        call.way.on_left(self._cancel)
        call.way.on_failed(self._on_failed)
        call.line.user.add_event_handler("on_user_turn_idle", self._on_idle)
        call.line.user.add_event_handler("on_user_turn_started", self._on_turn)
        call.latency.add_event_handler("on_latency_breakdown", self._on_answer)

    async def hold(self, settings: Settings) -> None:
        """Run the call to its end."""
        watches = [
            asyncio.create_task(self._watch_time(settings), name=f"{self._brief.name}: time"),
            asyncio.create_task(self._watch_house(), name=f"{self._brief.name}: house"),
        ]
        try:
            await self._runner.run()
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    async def _on_answer(self, _: object, breakdown: LatencyBreakdown) -> None:
        """Tell the page and the metrics how long an answer took, and where the time went."""
        if breakdown.user_turn_start_time is None:
            return
        self._turn += 1
        metrics.VOICE_TO_VOICE_SECS.labels(self._brief.name).observe(breakdown.total_secs)
        for part in breakdown.contributions:
            metrics.STAGE_SECS.labels(self._brief.name, part.key).observe(part.duration_secs)
        stages = [(part.label, part.duration_secs * 1000) for part in breakdown.contributions]
        message = turn_latency(self._turn, breakdown.total_secs * 1000, stages)
        await self._worker.queue_frame(RTVIServerMessageFrame(data=message))

    async def _watch_time(self, settings: Settings) -> None:
        try:
            await asyncio.wait_for(self._joined.wait(), settings.join_secs)
        except TimeoutError:
            await self._cancel(f"nobody joined within {settings.join_secs:g} s")
            return
        await asyncio.sleep(settings.max_call_secs)
        logger.info(f"{self._brief.name}: the call reached {settings.max_call_secs:g} s")
        await self._say_goodbye(_TOO_LONG)

    async def _watch_house(self) -> None:
        reason = await hang_up.of_this_call().asked()
        logger.info(f"{self._brief.name}: the house ends the call: {reason}")
        await self._say_goodbye(_CLOSING)

    async def _on_joined(self) -> None:
        if self._joined.is_set():
            return
        self._joined.set()
        await self._worker.queue_frames(self._greeting())

    def _greeting(self) -> list[Frame]:
        """The greeting, from its sound where it was spoken ahead."""
        sound = self._spoken.find(self._brief.greeting) if self._spoken else None
        if sound is None:
            return [TTSSpeakFrame(self._brief.greeting)]
        return [AnswerSoundFrame(sound), LLMAssistantPushAggregationFrame()]

    async def _on_failed(self, error: str) -> None:
        logger.error(f"{self._brief.name}: the line failed: {error}")
        await self._cancel("the line failed")

    async def _on_idle(self, _user: object) -> None:
        if self._door is not None and self._door.occupied:
            # The caller talks to a person, or is kept company until one comes.
            self._unanswered = 0
            return
        if self._unanswered < len(_REMINDERS):
            await self._worker.queue_frame(TTSSpeakFrame(_REMINDERS[self._unanswered]))
            self._unanswered += 1
        else:
            await self._say_goodbye(_GIVING_UP)

    async def _on_turn(self, *_: object) -> None:
        self._unanswered = 0

    async def _say_goodbye(self, words: str) -> None:
        # A caller who begins to speak now would otherwise throw the goodbye and the end away.
        goodbye, end = TTSSpeakFrame(words), EndFrame()
        goodbye.interruptible = end.interruptible = False
        await self._worker.queue_frames([goodbye, end])

    async def _cancel(self, reason: str) -> None:
        logger.info(f"{self._brief.name}: the call ends: {reason}")
        await self._runner.cancel(reason)
