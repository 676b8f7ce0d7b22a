"""Let the caller's "mm-hmm" pass without a turn, and the caller's "wait" without a word lost.

::

    STT ─▶ BackchannelFilter ─▶ user context            while the bot speaks, words wait here
              │      ▲
              │      └── bot started/stopped, VAD, turns ── upstream
              └── hold · go on ──▶ PlayOut, at the transport's end

The thinking about one sound is in `judge`, about its words in `rules`.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMMessagesTransformFrame,
    TranscriptionFrame,
    UserBackchannelFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.turns.user_start import BaseUserTurnStartStrategy
from pipecat.utils.time import time_now_iso8601

from processors.backchannel_filter.judge import Loudness, Move, Patience, Repeats, Sound
from processors.backchannel_filter.language import language
from processors.backchannel_filter.overlap_frame import OverlapFrame
from processors.backchannel_filter.owed import Late, Owed, without_last
from processors.backchannel_filter.play_out import PlayOut
from processors.backchannel_filter.rules import Overlap
from processors.backchannel_filter.start_strategy import FloorTurnStart

Words = InterimTranscriptionFrame | TranscriptionFrame

_LOOK_SECS = 0.03  # how often an undecided sound is judged again
_VAD_LAG_SECS = 0.2  # until a VAD says how late it notices silence
_YIELD_SECS = 1.0  # a floor that was taken is interrupted by then, or the bot goes on


class BackchannelFilter(FrameProcessor):
    """Judge what the caller says while the bot speaks: backchannel, affirmation or barge-in.

    Place: between STT and the user aggregator, whose `UserTurnStrategies(start=...)` are
    `start_strategies()`.
    Reads: transcripts, audio, VAD, BotStarted/StoppedSpeaking, UserStarted/StoppedSpeaking, mutes.
    Emits: OverlapFrame downstream for each sound; UserBackchannelFrame both ways in place of the
        transcripts of a backchannel; the transcripts of everything else, late and complete.

    Fails open: an error in here lets every transcript through.

    Args:
        play_out: The gate at the end of the line, and what was heard through it; without one the
            bot cannot pause, and nothing is known of what it said.
        patience: How long to wait; `PATIENCE` has some by the name of a latency profile.
        language_code: BCP 47 code of a file in `phrases/`.
        phrases: The bot's own phrases, by the names of that file's lists.
        clock: Seconds that only grow.

    Raises:
        ValueError: there is no such language, or no list of that name.
    """

    def __init__(
        self,
        play_out: PlayOut | None = None,
        *,
        patience: Patience | None = None,
        language_code: str = "en",
        phrases: Mapping[str, Iterable[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The bot is silent, and so is the caller."""
        super().__init__()
        self._play_out = play_out or PlayOut()
        self._patience = patience or Patience()
        self._language = language(language_code).with_phrases(phrases or {})
        self._clock = clock
        self._lag_secs = _VAD_LAG_SECS
        self._bot_speaks = False
        self._turn = False
        self._muted = False
        self._sound: Sound | None = None
        self._waiting: list[Words] = []
        self._repeats = Repeats()
        self._owed = Owed()
        self._loudness = Loudness()
        self._held_since: float | None = None
        self._held_secs = 0.0
        self._taken_at: float | None = None
        self._watch: asyncio.Task | None = None

    def start_strategies(self) -> list[BaseUserTurnStartStrategy]:
        """What belongs into `UserTurnStrategies(start=...)` of the user aggregator."""
        return [FloorTurnStart(lambda: self._judges, clock=self._clock)]

    @property
    def _judges(self) -> bool:
        """Whether a sound that begins now is made over the bot's voice."""
        over_the_bot = self._bot_speaks or self._sound is not None
        taken = self._turn or self._taken_at is not None
        return over_the_bot and not taken and not self._muted

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Judge the caller's sounds; pass on whatever is not waiting for a verdict."""
        await super().process_frame(frame, direction)
        try:
            waits = await self._consider(frame, direction)
        except Exception as error:
            waits = frame in await self._fail_open(error)
        if not waits:
            await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        """Stop watching."""
        await super().cleanup()
        await self._stop_watching()

    async def _consider(self, frame: Frame, direction: FrameDirection) -> bool:
        """Take note of the frame; True where it waits for a verdict, or came before."""
        match frame:
            case InterimTranscriptionFrame() | TranscriptionFrame():
                return direction is FrameDirection.DOWNSTREAM and await self._on_words(frame)
            case InputAudioRawFrame() if self._sound is not None:
                await self._on_audio(frame)
            case VADUserStartedSpeakingFrame():
                await self._on_sound(frame)
            case VADUserStoppedSpeakingFrame():
                await self._on_silence(frame)
            case BotStartedSpeakingFrame():
                self._bot_speaks = True
            case BotStoppedSpeakingFrame():
                self._bot_speaks = False
                await self._think()
            case UserStartedSpeakingFrame() | UserStoppedSpeakingFrame():
                self._on_turn(isinstance(frame, UserStartedSpeakingFrame))
            case UserMuteStartedFrame() | UserMuteStoppedFrame():
                self._muted = isinstance(frame, UserMuteStartedFrame)
            case InterruptionFrame():
                self._taken_at = None
            case EndFrame() | CancelFrame():
                await self._release()
                await self._stop_watching()
        return False

    # What comes in ---------------------------------------------------------------------------

    async def _on_sound(self, frame: VADUserStartedSpeakingFrame) -> None:
        self._repeats.voice(True)
        self._owed.voice()
        if not self._judges:
            return
        now = self._clock()
        sound = self._new_sound(now - frame.start_secs, now)
        if self._sound is not None:
            # Said in two breaths: the words that wait belong to what comes.
            sound.finals = [said] if (said := self._sound.said) else []
        await self._follow(sound)

    async def _on_audio(self, frame: InputAudioRawFrame) -> None:
        width = 2 * frame.num_channels * frame.sample_rate
        self._loudness.feed(frame.audio, len(frame.audio) / width)
        if self._held_since is not None:
            await self._think()

    async def _on_silence(self, frame: VADUserStoppedSpeakingFrame) -> None:
        self._repeats.voice(False)
        self._lag_secs = frame.stop_secs or self._lag_secs
        if self._sound is not None and self._sound.onset_secs is not None:
            self._sound.ended_secs = self._clock() - frame.stop_secs
            await self._think()

    async def _on_words(self, frame: Words) -> bool:
        now, final = self._clock(), isinstance(frame, TranscriptionFrame)
        if self._repeats.again(frame.text, final=final, now=now):
            return True
        sealed = isinstance(frame, TranscriptionFrame) and frame.finalized
        late = self._owed.heard(frame.text, final=final, sealed=sealed, now=now)
        if late is not Late.NO:
            if late is Late.OTHER:
                await self._correct(frame)
            return True
        # Whatever interrupts, these words must arrive.
        frame.interruptible = False
        if self._sound is None and self._judges and frame.text.strip():
            await self._follow(self._new_sound(None, now))
        if self._sound is None:
            return False
        self._sound.add(frame.text, final=final)
        self._waiting.append(frame)
        if self._sound.onset_secs is None:
            self._sound.noticed_secs = now
        await self._think()
        return True

    def _on_turn(self, begins: bool) -> None:
        self._turn = begins
        if not begins:
            self._owed.turn_ended(self._clock())
            self._play_out.forget()

    # What is done ----------------------------------------------------------------------------

    def _new_sound(self, onset_secs: float | None, now: float) -> Sound:
        return Sound(
            spoken=self._language,
            patience=self._patience,
            onset_secs=onset_secs,
            noticed_secs=now,
        )

    async def _follow(self, sound: Sound) -> None:
        self._sound, self._loudness = sound, Loudness()
        if self._watch is None:
            self._watch = self.create_task(self._look_again(), f"{self}: watch")
        await self._think()

    async def _think(self) -> None:
        """Judge the sound as it stands, and act."""
        sound, now = self._sound, self._clock()
        if sound is None:
            return
        bot_said = self._play_out.heard
        move = sound.judge(
            now, bot_said, lag_secs=self._lag_secs, quiet_secs=self._loudness.quiet_secs
        )
        if not self._bot_speaks and sound.overlap is Overlap.UNDECIDED and sound.said:
            move = Move.TAKE  # the floor is free
        if move in (Move.TAKE, Move.LET_GO):
            await self._settle(sound, bot_said, takes_floor=move is Move.TAKE)
        elif move is Move.HOLD and self._bot_speaks:
            self._hold(now)
        else:
            self._play_out.duck(sound.ended_secs is None)
            self._go_on(now)

    async def _settle(self, sound: Sound, bot_said: str, *, takes_floor: bool) -> None:
        """The verdict is in: act on it, tell of it, and give the words to whom they belong."""
        now, words = self._clock(), self._waiting
        self._sound, self._waiting = None, []
        if takes_floor:
            self._taken_at = now
            self._hold(now)
        else:
            self._play_out.duck(False)
            self._go_on(now)
        verdict = OverlapFrame(
            overlap=sound.overlap,
            takes_floor=takes_floor,
            text=sound.said,
            bot_said=bot_said,
            speech_secs=sound.speech_secs(now),
            held_secs=self._held_secs,
        )
        verdict.interruptible = not takes_floor
        self._held_since, self._held_secs = None, 0.0
        logger.debug(f"{self}: {sound.overlap.value} {sound.said!r} over {bot_said[-60:]!r}")
        await self.push_frame(verdict)
        for frame in words if takes_floor else ():
            await self.push_frame(frame)
        if words and not takes_floor:
            await self.broadcast_frame(
                UserBackchannelFrame,
                text=sound.said,
                user_id=words[-1].user_id,
                timestamp=words[-1].timestamp or time_now_iso8601(),
            )

    async def _correct(self, frame: Words) -> None:
        """The turn was ended on other words than were said: take it back, and answer these."""
        logger.debug(f"{self}: the last turn was {self._owed.said!r}")
        guess, frame.text = self._owed.guess, self._owed.said
        frame.interruptible = False
        await self.push_frame(
            LLMMessagesTransformFrame(lambda messages: without_last(messages, guess), run_llm=False)
        )
        sound = self._new_sound(None, self._clock())
        sound.overlap = Overlap.BARGE_IN
        sound.add(frame.text, final=True)
        self._waiting.append(frame)
        await self._settle(sound, self._play_out.heard, takes_floor=True)

    def _hold(self, now: float) -> None:
        if self._held_since is None:
            self._held_since = now
        self._play_out.hold()

    def _go_on(self, now: float) -> None:
        if self._held_since is not None:
            self._held_secs += now - self._held_since
            self._held_since = None
        self._play_out.go_on()

    async def _release(self) -> list[Words]:
        """Let the words that wait through, whatever they are; which they were."""
        words, self._waiting, self._sound = self._waiting, [], None
        for frame in words:
            await self.push_frame(frame)
        return words

    async def _fail_open(self, error: Exception) -> list[Words]:
        logger.exception(f"{self}: not judged, so it passes: {error}")
        self._go_on(self._clock())
        return await self._release()

    # Time ------------------------------------------------------------------------------------

    async def _look_again(self) -> None:
        """Judge again while something is undecided: time alone decides, too."""
        while self._sound is not None or self._taken_at is not None:
            await asyncio.sleep(_LOOK_SECS)
            try:
                await self._think()
            except Exception as error:
                await self._fail_open(error)
            if self._taken_at is not None and self._clock() - self._taken_at > _YIELD_SECS:
                # Nobody interrupted the bot (the caller is muted, say): it has not lost the floor.
                self._taken_at = None
                self._play_out.go_on()
        self._watch = None

    async def _stop_watching(self) -> None:
        if self._watch is not None:
            await self.cancel_task(self._watch)
            self._watch = None
