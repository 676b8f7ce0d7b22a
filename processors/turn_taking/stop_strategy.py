"""When the caller's turn is over, and when to prepare the answer before that.

::

    caller   "what are your opening hours"▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    words              what are   …  opening hours◂ 150 ms
    turn model                                     ▒▒▒▒ 0.96
    draft                                      └─ LLM ──── TTS ── held ─▶│ heard
    turn                                                    over ────────┘

The recogniser may be any that sends transcripts; interim ones make the draft earlier. The thinking
is in `completeness`, `endpointing` and `speculation`.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    STTMetadataFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.turns.types import ProcessFrameResult, UserTurnSpeculation
from pipecat.turns.user_stop import BaseUserTurnStopStrategy
from pipecat.utils.time import time_now_iso8601

from processors.turn_taking.completeness import (
    Completeness,
    Expected,
    completeness,
    expected_answer,
)
from processors.turn_taking.decision_frame import TurnDecisionFrame
from processors.turn_taking.endpointing import Pace, Profile, wait_secs
from processors.turn_taking.guess_frame import GuessedTranscriptionFrame
from processors.turn_taking.hearing import Heard, Sound
from processors.turn_taking.listening import ListeningVAD
from processors.turn_taking.speculation import Drafts, same_meaning, worth_a_draft
from processors.turn_taking.turn_model import TurnModel, shared_turn_model

_JUDGE_AT_SECS = (0.12, 0.40)  # silence after which the turn model is asked, within one pause
_BREATH_SECS = 0.06  # silence shorter than this is part of speaking
_DRAFTS_A_TURN = 3
_RECOGNISER_SECS = 1.0  # until a recogniser says how long it takes


def stop_strategies(
    profile: Profile = "balanced",
    *,
    context: LLMContext | None = None,
    vad: ListeningVAD | None = None,
    drafts: Drafts | None = None,
    turn_model: TurnModel | None = None,
) -> list[BaseUserTurnStopStrategy]:
    """The strategies for `UserTurnStrategies(stop=…)`; see `AdaptiveTurnStop` for the arguments."""
    return [
        AdaptiveTurnStop(profile, context=context, vad=vad, drafts=drafts, turn_model=turn_model)
    ]


class AdaptiveTurnStop(BaseUserTurnStopStrategy):
    """End the turn as soon as the evidence is strong, and have the answer ready by then.

    Reads: VAD starts and stops, transcripts, the caller's sound, the recogniser's metadata.
    Emits: TurnDecisionFrame, the evidence, just before the end of a turn.

    Args:
        profile: How soon the bot comes in after a pause.
        context: Where what the bot asked can be read; without it every answer is taken for open.
        vad: The analyzer that listens to the caller: its running silence starts drafts earlier.
        drafts: The call's drafts. Without them nothing is prepared ahead. Whoever passes them puts
            a `DraftDoor` and a `HeldVoice` with the same ones on the line.
        turn_model: Judges the sound; the one of this process by default.
        draft_secs: How long a draft may wait for its turn to be confirmed, in seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        profile: Profile = "balanced",
        *,
        context: LLMContext | None = None,
        vad: ListeningVAD | None = None,
        drafts: Drafts | None = None,
        turn_model: TurnModel | None = None,
        draft_secs: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        **kwargs: Any,
    ) -> None:
        """Nothing heard yet."""
        super().__init__(**kwargs)
        self._profile: Profile = profile
        self._context = context
        self._vad = vad
        self._drafts = drafts
        if drafts:
            drafts.managed = True
        self._model = turn_model or shared_turn_model()
        self._draft_secs = draft_secs
        self._clock = clock
        self._pace = Pace()
        self._sound = Sound()
        self._recogniser_secs = _RECOGNISER_SECS
        # Of the caller, not of the turn: VAD reports only changes.
        self._speaking = False
        self._pause: float | None = None
        self._judging: asyncio.Task | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._open = False
        self._begin_turn()

    def _begin_turn(self) -> None:
        self._heard = Heard()
        self._expected = Expected.ANYTHING
        self._probability: float | None = None
        self._judged = 0
        self._drafted = 0
        self._drafted_text = ""
        self._guessed: TranscriptionFrame | None = None
        self._ending = False

    # The controller's side ------------------------------------------------------------------

    async def cleanup(self) -> None:
        """Stop what is running."""
        await super().cleanup()
        self._stop_timer()
        if self._judging:
            await self.task_manager.cancel_task(self._judging)
            self._judging = None

    async def handle_user_turn_started(self) -> None:
        """A turn is open: forget the last one, note what was asked."""
        self._stop_timer()
        self._begin_turn()
        self._open = True
        self._expected = expected_answer(last_said(self._context))

    async def handle_user_turn_stopped(self) -> None:
        """The turn is over, whoever ended it; a draft that it did not confirm answers nothing."""
        self._open = False
        self._stop_timer()
        self._sound.clear()
        draft = self._drafts.held if self._drafts else None
        if draft and not draft.confirmed:
            await self._discard("the turn ended without it")

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """Take in evidence; CONTINUE, so that other strategies are asked too."""
        await super().process_frame(frame)
        match frame:
            case InputAudioRawFrame():
                await self._on_sound(frame)
            case VADUserStartedSpeakingFrame():
                await self._on_voice(frame.start_secs)
            case VADUserStoppedSpeakingFrame():
                self._speaking = False
                if self._pause is None:
                    self._pause = self._clock() - frame.stop_secs
                await self._consider()
            case InterimTranscriptionFrame():
                self._heard.guess(frame.text, self._clock())
                await self._consider()
            case TranscriptionFrame():
                await self._on_final(frame)
            case InterruptionFrame() if self._drafts:
                self._drafts.discard("interrupted")
            case STTMetadataFrame():
                self._recogniser_secs = frame.ttfs_p99_latency
        return ProcessFrameResult.CONTINUE

    # Evidence -------------------------------------------------------------------------------

    async def _on_sound(self, frame: InputAudioRawFrame) -> None:
        self._sound.add(frame.audio, frame.sample_rate, open_turn=self._open or self._speaking)
        if self._vad is None or not self._open:
            return
        quiet = self._vad.quiet_secs
        if quiet < _BREATH_SECS:
            if self._pause is not None and self._speaking:
                self._end_pause(self._clock())
        elif self._pause is None and self._speaking:
            self._pause = self._clock() - quiet
            await self._consider()
        elif self._due_for_judgement() or self._due_for_draft():
            await self._consider()

    async def _on_voice(self, start_secs: float) -> None:
        self._speaking = True
        self._end_pause(self._clock() - start_secs)
        self._stop_timer()
        self._arm(None)

    def _end_pause(self, voice_secs: float) -> None:
        """The caller goes on: note how long they paused, and forget what the pause suggested."""
        if self._pause is not None and self._open and self._heard.text:
            pause = voice_secs - self._pause
            if pause >= 0.2:
                self._pace.paused(pause)
        self._pause = None
        self._probability, self._judged = None, 0
        self._heard.sealed = False

    async def _on_final(self, frame: TranscriptionFrame) -> None:
        now = self._clock()
        if self._guessed and frame is not self._guessed:
            self._guessed.text = ""  # overtaken by what it stands for
        self._guessed = None
        self._heard.final(frame.text, now, sealed=frame.finalized)
        if not self._speaking and self._pause is None:
            # Words without a voice (too short or too soft for VAD): the silence begins here.
            self._pause = now
        await self._consider()

    # Judgement ------------------------------------------------------------------------------

    @property
    def _quiet_secs(self) -> float:
        return 0.0 if self._pause is None else self._clock() - self._pause

    def _verdict(self) -> Completeness:
        return completeness(self._heard.text, self._expected)

    def _due_for_judgement(self) -> bool:
        return (
            self._judging is None
            and self._judged < len(_JUDGE_AT_SECS)
            and self._quiet_secs >= _JUDGE_AT_SECS[self._judged]
        )

    def _judge(self) -> None:
        if self._due_for_judgement():
            self._judged += 1
            self._judging = self.task_manager.create_task(
                self._ask_model(self._pause), f"{self}::judge"
            )

    async def _ask_model(self, pause: float | None) -> None:
        probability = await self._model.complete(self._sound.pcm(), self._sound.rate)
        self._judging = None
        # The caller may have gone on meanwhile: the verdict was about another pause.
        if probability is not None and pause == self._pause:
            self._probability = probability
        await self._consider()

    # Decision -------------------------------------------------------------------------------

    async def _consider(self) -> None:
        """Look at all the evidence: end the turn, prepare an answer, or wait for a moment."""
        if not self._open or self._ending:
            return
        await self._drop_draft_that_differs()
        self._judge()
        await self._prepare()
        self._stop_timer()
        if self._speaking or self._pause is None or not self._heard.text:
            self._arm(None)
            return
        now = self._clock()
        over = self._pause + self._wait_secs()
        if not self._heard.covers(self._pause, now, self._recogniser_secs):
            over = max(over, self._pause + self._recogniser_secs)
        if now < over - 0.001:
            self._arm(over - now)
        elif self._resumed():
            self._arm(0.05)
        else:
            await self._end_turn()

    def _wait_secs(self) -> float:
        return wait_secs(
            self._verdict(),
            self._probability,
            self._profile,
            expected=self._expected,
            pace=self._pace,
        )

    def _resumed(self) -> bool:
        """Whether the caller has just begun to speak again, which VAD reports only 0.2 s later."""
        return self._vad is not None and self._vad.quiet_secs < _BREATH_SECS

    async def _end_turn(self) -> None:
        if self._heard.interim.strip():
            await self._take_guess_as_final()
            return
        self._ending = True
        draft = self._drafts.held if self._drafts else None
        answered = draft is not None and same_meaning(draft.text, self._heard.text)
        await self.push_frame(self._decision(drafted=answered))
        if draft and answered:
            draft.confirmed = True
            await self.trigger_user_turn_finalized(confirms_speculation=True)
            draft.confirmed = not self._open
        else:
            if draft:
                await self._discard("other words")
            await self.trigger_user_turn_stopped()
        self._ending = False

    def _decision(self, *, drafted: bool) -> TurnDecisionFrame:
        return TurnDecisionFrame(
            text=self._heard.text,
            words=self._verdict().name.lower(),
            probability=self._probability,
            expected=self._expected.name.lower(),
            quiet_secs=self._quiet_secs,
            wait_secs=self._wait_secs(),
            stretch=self._pace.stretch,
            profile=self._profile,
            drafted=drafted,
        )

    async def _take_guess_as_final(self) -> None:
        """The recogniser owes a final transcript and is late: its last guess must do."""
        text, self._heard.interim = self._heard.interim, ""
        self._guessed = GuessedTranscriptionFrame(
            text, user_id="", timestamp=time_now_iso8601(), finalized=True
        )
        await self.push_frame(self._guessed)

    # Drafts ---------------------------------------------------------------------------------

    def _due_for_draft(self) -> bool:
        if not self._drafts or self._drafts.held or self._drafted >= _DRAFTS_A_TURN:
            return False
        text = self._heard.text
        if not text or not self._drafts.may_start or same_meaning(text, self._drafted_text):
            return False
        quiet = self._quiet_secs
        settled = not self._heard.interim.strip() or self._heard.repeated or quiet >= 0.2
        return settled and worth_a_draft(text, self._verdict(), self._probability, quiet)

    async def _prepare(self) -> None:
        if not self._drafts or not self._due_for_draft():
            return
        self._drafted += 1
        text = self._drafted_text = self._heard.text
        self._drafts.open(text, self._clock())
        await self.trigger_user_turn_inference_triggered(speculation=UserTurnSpeculation(text=text))

    async def _drop_draft_that_differs(self) -> None:
        draft = self._drafts.held if self._drafts else None
        if not draft:
            return
        if self._clock() - draft.started_secs >= self._draft_secs:
            await self._discard("not confirmed in time")
        elif not same_meaning(draft.text, self._heard.text) and self._heard.text:
            await self._discard("the caller went on")

    async def _discard(self, why: str) -> None:
        if self._drafts and self._drafts.discard(why):
            self._drafts.withdrawals += 1
            await self.trigger_user_turn_speculation_cancelled()

    # Time -----------------------------------------------------------------------------------

    def _arm(self, secs: float | None) -> None:
        """Look again after `secs`, or when the draft's time is up, or when the model is due."""
        draft = self._drafts.held if self._drafts else None
        waits = [secs] if secs is not None else []
        if draft:
            waits.append(draft.started_secs + self._draft_secs - self._clock())
        if secs is not None and self._judging is None and self._judged < len(_JUDGE_AT_SECS):
            waits.append(_JUDGE_AT_SECS[self._judged] - self._quiet_secs)
        self._stop_timer()
        if waits:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(min(waits), 0.001), self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self.task_manager.create_task(self._consider(), f"{self}::look again")

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


def last_said(context: LLMContext | None) -> str:
    """The last words of the bot in `context`; empty where there are none."""
    for message in reversed(context.messages if context else []):
        if isinstance(message, dict) and message.get("role") == "assistant":
            content = message.get("content")
            if isinstance(content, str):
                return content
            parts = content if isinstance(content, list) else []
            return " ".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))
    return ""
