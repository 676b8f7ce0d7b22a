"""Tie the bot's words to its audio, so that the context holds what the caller heard and no more.

::

    TTS ─▶ HeardWords ─▶ transport.output() ─▶ assistant context
              │ words stay here, in a Script          ▲
              └─────────▶ PlayOut ────────────────────┘ each as its audio has been written
"""

from loguru import logger
from pipecat.frames.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    LLMAssistantPushAggregationFrame,
    LLMFullResponseEndFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import TextType

from processors.backchannel_filter.play_out import PlayOut, SpeechMark
from processors.backchannel_filter.script import Script

# How much later than its audio a word's clock may have been read.
_CLOCK_SLACK_NS = 20_000_000
# How long a voice may be silent before its first word.
_LEADING_NS = 250_000_000


class HeardWords(FrameProcessor):
    """Hold each word of the bot until its audio has been played out.

    Place: directly before `transport.output()`, whose `audio_out_filter` is `play_out`.
    Reads: TTSStarted/Stopped, TTSAudioRaw, TTSText, Interruption; keeps the words, passes the rest.
    Emits: SpeechMark in the audio; the words leave from the transport, as its own would.

    A voice without word timestamps is heard word by word too: see `script`. Without a connected
    gate everything passes as it comes.

    Args:
        play_out: The gate of this call.
    """

    def __init__(self, play_out: PlayOut) -> None:
        """Nothing is spoken yet."""
        super().__init__()
        self._play_out = play_out
        self._scripts: list[Script] = []  # not yet played to their end, the last one first known
        self._script: Script | None = None
        self._append = True
        self._sentence: AggregatedTextFrame | None = None
        self._base_ns: int | None = None
        self._last_ns = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Take the words out of the stream, mark where the audio is."""
        await super().process_frame(frame, direction)
        match frame:
            case StartFrame():
                self._connect()
            case InterruptionFrame():
                await self._interrupt(frame, direction)
                return
            case EndFrame() | CancelFrame():
                self._play_out.go_on()
        down = direction is FrameDirection.DOWNSTREAM
        if not down or not self._play_out.connected or not await self._keeps(frame):
            await self.push_frame(frame, direction)

    def _connect(self) -> None:
        if self.next is not None and self._play_out.connected:
            self._play_out.on_word(self.next.push_frame)
        else:
            logger.warning(
                f"{self}: no transport plays through the gate, so words pass unheld; "
                "give it as TransportParams(audio_out_filter=...)"
            )

    async def _interrupt(self, frame: InterruptionFrame, direction: FrameDirection) -> None:
        self._play_out.cut()
        self._scripts.clear()
        self._script = self._sentence = None
        self._last_ns = 0
        await self.push_frame(frame, direction)
        # Behind the interruption in the transport's queue: what comes after it may be heard.
        await self.push_frame(SpeechMark())

    async def _keeps(self, frame: Frame) -> bool:
        """Whether the frame stays here, its place in the audio noted."""
        match frame:
            case TTSStartedFrame():
                await self._begin(frame)
            case TTSAudioRawFrame():
                await self._on_audio(frame)
            case TTSStoppedFrame():
                await self._end()
                frame.pts = None
            case TTSTextFrame():
                return self._on_word(frame)
            case AggregatedTextProgressFrame() if frame.pts and self._script:
                self._put(frame, "")
                return True
            case AggregatedTextFrame() if frame.will_be_spoken:
                self._on_announcement(frame)
            case LLMFullResponseEndFrame() | LLMAssistantPushAggregationFrame():
                # With the audio, which is behind every word; by the clock they would overtake it.
                frame.pts = None
        return False

    async def _begin(self, frame: Frame) -> Script:
        await self._end()
        script = self._script = Script(interruptible=frame.interruptible)
        self._scripts = [*(one for one in self._scripts if not one.finished), script]
        self._append = getattr(frame, "append_to_context", True) is not False
        self._base_ns = None
        await self._mark(script)
        if self._sentence is not None:
            self._open_sentence(self._sentence)
        return script

    async def _end(self) -> None:
        if self._script is not None:
            self._script.ended = True
            await self._mark(self._script, ends=True)
            self._script = None

    async def _mark(self, script: Script, *, ends: bool = False) -> None:
        mark = SpeechMark(script=script, ends=ends)
        mark.interruptible = script.interruptible
        await self.push_frame(mark)

    async def _on_audio(self, frame: TTSAudioRawFrame) -> None:
        script = self._script or await self._begin(frame)
        if self._base_ns is None:
            self._base_ns = self._clock_base(None)
        width = 2 * frame.num_channels * frame.sample_rate
        script.known_secs += len(frame.audio) / width

    def _on_word(self, frame: TTSTextFrame) -> bool:
        if self._script is None:
            return False
        if frame.pts:
            last_ns = max(self._last_ns, frame.pts)
            self._put(frame, frame.text.strip())
            self._last_ns = last_ns
            return True
        # A voice without word timestamps tells of a sentence behind its audio.
        return self._script.close_sentence()

    def _put(self, frame: Frame, text: str) -> None:
        assert self._script is not None
        assert frame.pts
        if self._base_ns is None or frame.pts < self._base_ns:
            self._base_ns = self._clock_base(frame.pts)
        starts_secs, frame.pts = (frame.pts - self._base_ns) / 1e9, None
        self._script.put(starts_secs, text, [frame])

    def _clock_base(self, first_ns: int | None) -> int:
        """The clock's time at which the present speech begins, in nanoseconds.

        Pipecat counts from the last word before it or from now; a service may also count from the
        end of all audio before it. The latest that is not after the first word is right, unless the
        word would begin implausibly late: then its service counts in a way of its own.
        """
        now = self.get_clock().get_time()
        queued = sum(script.left_secs for script in self._scripts)
        bases = (max(self._last_ns, now), now + round(queued * 1e9))
        if first_ns is None:
            return bases[0]
        base = max((b for b in bases if b <= first_ns + _CLOCK_SLACK_NS), default=first_ns)
        return base if first_ns - base <= _LEADING_NS else first_ns

    def _on_announcement(self, frame: AggregatedTextFrame) -> None:
        if frame.pts:  # of a voice with word timestamps
            frame.pts = None
        elif self._script is None:
            self._sentence = frame
        else:
            self._open_sentence(frame)

    def _open_sentence(self, frame: AggregatedTextFrame) -> None:
        assert self._script is not None
        self._sentence = None
        words = (frame.raw_text or frame.text).split()
        self._script.put_sentence(
            [(word, self._frames_of(frame, words, n)) for n, word in enumerate(words)]
        )

    def _frames_of(self, sentence: AggregatedTextFrame, words: list[str], n: int) -> list[Frame]:
        """A word and the progress of its sentence, as a voice with word timestamps sends them."""
        word = TTSTextFrame(
            words[n],
            text_type=TextType.WORD,
            context_id=sentence.context_id,
            segment_id=sentence.id,
        )
        word.append_to_context = self._append
        word.will_be_spoken = True
        progress = AggregatedTextProgressFrame(
            segment_id=sentence.id,
            context_id=sentence.context_id,
            text=sentence.text,
            text_type=sentence.text_type,
            accumulated_text=" ".join(words[: n + 1]),
            remaining_text=" ".join(words[n + 1 :]),
        )
        frames = [progress, word]
        for frame in frames:
            frame.interruptible = sentence.interruptible
        return frames
