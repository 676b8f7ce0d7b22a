"""The door through which a person comes into a call, and the bot steps aside.

::

    STT ─▶ CallerWords ─▶ user context ─▶ PersonDoor ─▶ draft door ─▶ LLM ─▶ …
                              ▲               │
                              └─ PersonMute ──┴── Colleagues: the desk, or nobody

What is to be done is decided in `conduct`; here it is done.
"""

import asyncio
import time
from collections.abc import Callable

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallResultFrame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMRunFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    AssistantTurnStoppedMessage,
    LLMContextAggregatorPair,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.turns.user_mute.base_user_mute_strategy import BaseUserMuteStrategy

from processors.escalation.caller_words import Hearing
from processors.escalation.colleagues import Colleagues, Nobody
from processors.escalation.conduct import Act, Conduct, Mode
from processors.escalation.events import BotSaid, CallerSaid, Event, Quiet, ToolDone
from processors.escalation.policy import Handover
from processors.escalation.record import CallRecord, Packet, ToolUse, packet
from processors.escalation.resemblance import Resemblance
from processors.trace.frame import TraceFrame
from processors.turn_taking import Draft, Drafts, DraftState

_LOOK_SECS = 0.25  # how often a caller who waits is looked after
_HAS_SPOKEN_SECS = 1.0  # of quiet after which the bot has said what it was about to say
_LONGEST_WAIT_SECS = 20.0  # for that
_TOOLS_OF_ITS_OWN = frozenset({"escalate", "end_call"})


class PersonDoor(FrameProcessor):
    """Watch a call, offer or call a person when it needs one, and step aside while one has it.

    Place: directly behind the user aggregator, before whatever may answer.
    Reads: LLMContextFrame, tool results, who speaks.
    Emits: TTSSpeakFrame for what is said about the hand-over; keeps the caller's sound, the
        LLMContextFrame of a turn that was answered so, and everything that would make the bot
        speak while a person has the call; InterruptionFrame both ways when one takes it.

    Args:
        policy: When and how.
        context: The bot's context; what a person and the caller said is written into it.
        hearing: How well the present turn was heard.
        drafts: The call's drafts; one that a person answers instead is discarded.
        language: Of what is said.
        resembles: What turns are like; None: not asked.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        policy: Handover,
        context: LLMContext,
        hearing: Hearing,
        drafts: Drafts,
        *,
        language: str = "en",
        resembles: Resemblance | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The bot has the caller, and nobody can be called before `colleagues` is set."""
        super().__init__()
        self.conduct = Conduct(policy, language=language, resembles=resembles)
        self.record = CallRecord(clock)
        self.colleagues: Colleagues = Nobody()
        self._policy = policy
        self._context = context
        self._hearing = hearing
        self._drafts = drafts
        self._clock = clock
        self._noticed_turns = 0
        self._drafted: dict[int, int] = {}  # id of a draft that was let through: its turn
        self._speaking: set[str] = set()
        self._quiet_since = clock()
        self._reminded = False
        self._told: set[int] = set()
        self._noted: tuple[str, ...] = ()  # the reasons that were last written down
        self._waiting: asyncio.Task[None] | None = None
        self._silence: asyncio.Task[None] | None = None
        self._since_taken = 0
        drafts.watch(self._on_draft_settled)

    def listen_to(self, pair: LLMContextAggregatorPair) -> None:
        """Hear of the bot's turns and the caller's silences."""
        pair.user().add_event_handler("on_user_turn_idle", self._on_idle)
        pair.assistant().add_event_handler("on_assistant_turn_stopped", self._on_bot_turn)

    @property
    def occupied(self) -> bool:
        """Whether a person has the caller, or is being called: the bot must not hang up."""
        return self.conduct.mode in (Mode.WAITING, Mode.PERSON)

    # The line ----------------------------------------------------------------------------------

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Take note, act, and pass on what is not to be kept."""
        await super().process_frame(frame, direction)
        passes = True
        try:
            passes = await self._consider(frame, direction)
        except Exception as error:  # the call goes on as if nobody had watched
            logger.exception(f"{self}: not considered, so it passes: {error}")
        if passes:
            await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        """Let go of what is still running."""
        await super().cleanup()
        await self._stop_tasks()

    async def _consider(self, frame: Frame, direction: FrameDirection) -> bool:
        downstream = direction is FrameDirection.DOWNSTREAM
        match frame:
            case InputAudioRawFrame() if downstream:
                # Fifty a second, each a dozen hops, to stations of which none listens.
                return False
            case LLMContextFrame() if downstream:
                return await self._on_context(frame)
            case TTSSpeakFrame() if downstream and self.conduct.mode is Mode.PERSON:
                return frame.id in self._told
            case FunctionCallResultFrame() if not downstream:
                await self._on_tool(frame)
            case UserStartedSpeakingFrame() | UserStoppedSpeakingFrame():
                self._on_sound("caller", begins=isinstance(frame, UserStartedSpeakingFrame))
            case BotStartedSpeakingFrame() | BotStoppedSpeakingFrame():
                self._on_sound("bot", begins=isinstance(frame, BotStartedSpeakingFrame))
            case EndFrame() | CancelFrame():
                await self._stop_tasks()
        return True

    async def _on_context(self, frame: LLMContextFrame) -> bool:
        """Whether the bot answers this context itself."""
        if self.conduct.mode is Mode.PERSON:
            self._drafts.discard("a person has the call")
            return False
        turns, text = _caller_turns(frame.context)
        if turns <= self._noticed_turns:
            return True
        if frame.speculation:
            return await self._on_draft(turns, text)
        self._noticed_turns = turns
        return not await self._on_turn(text)

    async def _on_draft(self, turns: int, text: str) -> bool:
        confidence, understood = self._hearing.so_far()
        draft = self._drafts.current
        if not self.conduct.would_answer(CallerSaid(text, confidence, understood)):
            if draft:
                self._drafted[id(draft)] = turns
            return True
        if draft and (draft.confirmed or draft.state is DraftState.KEPT):
            # The turn ended in the same moment, with the draft as its answer: ask for it anew.
            await self.push_frame(LLMRunFrame(), FrameDirection.UPSTREAM)
        self._drafts.discard("a person is needed")
        return False

    def _on_draft_settled(self, draft: Draft) -> None:
        turns = self._drafted.pop(id(draft), None)
        if turns is None or draft.state is not DraftState.KEPT:
            return
        self._noticed_turns = turns
        self.create_task(self._on_turn(draft.text), f"{self}: a drafted turn")

    async def _on_turn(self, text: str) -> bool:
        """The caller's turn is over; True where it was answered here."""
        confidence, understood = self._hearing.take()
        self._reminded = False
        self.record.add("caller", text, confidence)
        act = self.conduct.on_caller(CallerSaid(text, confidence, understood))
        await self._do(act)
        return act.answers

    async def _on_tool(self, frame: FunctionCallResultFrame) -> None:
        if frame.function_name in _TOOLS_OF_ITS_OWN:
            return
        failed = bool(frame.error) or (
            isinstance(frame.result, dict) and bool(frame.result.get("error"))
        )
        arguments = frame.arguments if isinstance(frame.arguments, dict) else {}
        self.record.tools.append(ToolUse(frame.function_name, arguments, failed))
        await self._on_event(ToolDone(frame.function_name, failed))

    async def _on_event(self, event: Event) -> None:
        await self._do(self.conduct.on_event(event))

    # Who speaks --------------------------------------------------------------------------------

    async def _on_bot_turn(self, _: object, message: AssistantTurnStoppedMessage) -> None:
        if message.content:
            self.record.add("bot", message.content)
            await self._on_event(BotSaid(message.content))

    async def _on_idle(self, *_: object) -> None:
        """The caller is being reminded that it is their turn."""
        if not self._reminded:
            self._reminded = True
            await self._on_event(Quiet(max(self._policy.reminder_secs, 5.0)))

    def heard(self, text: str, confidence: float | None) -> None:
        """Take what the caller says while the user aggregator is deaf."""
        if self.conduct.mode is Mode.PERSON:
            self.record.add("caller", text, confidence)

    def _on_sound(self, who: str, *, begins: bool) -> None:
        if begins:
            self._speaking.add(who)
        else:
            self._speaking.discard(who)
            self._quiet_since = self._clock()
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if self._reminded and not self._speaking:
            self._silence = self.create_task(self._count_silence(), f"{self}: silence")

    async def _count_silence(self) -> None:
        await asyncio.sleep(self._policy.reminder_secs)
        self._silence = None
        await self._on_event(Quiet(self._policy.reminder_secs))

    # What is done ------------------------------------------------------------------------------

    async def escalate(self, why: str) -> bool:
        """Call a person because the bot asks for one; False when nobody can be called."""
        act = self.conduct.ring(why)
        await self._do(Act(ring=act.ring, note=act.note))
        return act.ring

    async def _do(self, act: Act) -> None:
        if act.cancel:
            self.colleagues.withdraw()
            await self._note_down("not needed", "the caller goes on with the bot")
        if act.ring:
            await self._note_down("called", self.conduct.why)
            await self._stop_waiting()
            self._waiting = self.create_task(self._wait_for_a_person(), f"{self}: waiting")
        if act.note:
            await self._note_down("nobody came", act.note)
            await self.colleagues.give_up(packet(self.record, act.note), act.note)
        if act.say:
            await self.tell(act.say)
        await self._note_signals()
        self.colleagues.watch(self.conduct.decision)

    async def _note_signals(self) -> None:
        """Have the evidence written down whenever it has changed."""
        now = self.conduct.decision
        if now.reasons != self._noted:
            self._noted = now.reasons
            about = {"level": now.level.name.lower(), "score": now.score, "why": now.why}
            await self.push_frame(TraceFrame(kind="signals", about=about))

    async def _note_down(self, state: str, why: str) -> None:
        """Have whoever writes the call down know of it."""
        await self.push_frame(TraceFrame(kind="escalation", about={"state": state, "why": why}))

    async def tell(self, text: str) -> None:
        """Say something to the caller in the bot's voice."""
        frame = TTSSpeakFrame(text)
        self._told.add(frame.id)
        await self.push_frame(frame)

    async def has_spoken(self) -> None:
        """Wait until the bot has said what it was about to say."""
        began = self._clock()
        while self._clock() - began < _LONGEST_WAIT_SECS:
            quiet_secs = self._clock() - max(began, self._quiet_since)
            if "bot" not in self._speaking and quiet_secs >= _HAS_SPOKEN_SECS:
                return
            await asyncio.sleep(_LOOK_SECS)

    async def introduce(self, known: Packet) -> None:
        """Tell both, the caller and a colleague on the telephone, that the other one is there."""
        await self.tell(self.conduct.introduction(known.who, known.wants))

    async def _wait_for_a_person(self) -> None:
        """Ask those of the policy one after the other; give up when nobody has come."""
        for to in self._policy.to:
            if to == "desk":
                known = packet(self.record, self.conduct.why)
                asked = await self.colleagues.call(known, self._policy.patience_secs)
            else:
                asked = await self.colleagues.transfer(to)
            if asked:
                await self._keep_company()
            if self.conduct.mode is not Mode.WAITING:
                return
        self._waiting = None
        await self._do(self.conduct.on_nobody())

    async def _keep_company(self) -> None:
        """Say something whenever it was quiet for long, until somebody comes or time is up."""
        began = self._clock()
        while (
            self.conduct.mode is Mode.WAITING
            and self.colleagues.expected
            and self._clock() - began < self._policy.patience_secs
        ):
            await asyncio.sleep(_LOOK_SECS)
            quiet_secs = self._clock() - self._quiet_since
            if not self._speaking and quiet_secs >= self._policy.hold_every_secs:
                self._quiet_since = self._clock()
                await self.tell(self.conduct.hold_phrase(self.colleagues.position()))

    async def take_over(self, name: str) -> None:
        """Give the caller to a person: the bot falls silent, and stays so."""
        self.conduct.on_taken()
        await self._stop_tasks()
        self._drafts.discard("a person takes over")
        self.record.add("note", f"{name} takes over")
        await self._note_down("taken", f"{name} takes over")
        self._since_taken = len(self.record.lines)
        # From here, behind the user aggregator: one that is muted would keep an interruption.
        await self.broadcast_interruption()

    async def hand_back(self, name: str, *, lost: bool = False) -> None:
        """Give the caller back to the bot, with all that was said meanwhile.

        Args:
            name: Who has had the call.
            lost: Whether their line has dropped.
        """
        if self.conduct.mode is not Mode.PERSON:
            return
        said = self.record.lines[self._since_taken :]
        back = f"{name}'s line dropped" if lost else f"{name} hands back"
        self.record.add("note", back)
        await self._note_down("back", back)
        talk = "\n".join(f"{line.who}: {line.text}" for line in said if line.who != "note")
        self.instruct(
            "Your colleague has spoken with the caller and has given the call back to you. "
            f"This is what the two said:\n{talk or '(nothing that could be understood)'}"
        )
        await self._do(self.conduct.on_back(lost=lost))

    def instruct(self, note: str) -> None:
        """Tell the bot, and not the caller, something for what it says next."""
        self._context.add_message({"role": "developer", "content": note})

    async def _stop_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting is not asyncio.current_task():
            await self.cancel_task(waiting)

    async def _stop_tasks(self) -> None:
        await self._stop_waiting()
        silence, self._silence = self._silence, None
        if silence is not None and silence is not asyncio.current_task():
            await self.cancel_task(silence)


class PersonMute(BaseUserMuteStrategy):
    """Keep the user aggregator deaf while a person has the call.

    Args:
        door: Knows whether one has.
    """

    def __init__(self, door: PersonDoor) -> None:
        """As deaf as the door says."""
        super().__init__()
        self._door = door

    async def process_frame(self, frame: Frame) -> bool:
        """Whether the caller's words are for a person now."""
        return self._door.conduct.mode is Mode.PERSON


def _caller_turns(context: LLMContext) -> tuple[int, str]:
    """How many messages are the caller's, and the text of the last one."""
    texts = [
        content
        for message in context.get_messages()
        if isinstance(message, dict) and message.get("role") == "user"
        if isinstance(content := message.get("content"), str)
    ]
    return len(texts), texts[-1] if texts else ""
