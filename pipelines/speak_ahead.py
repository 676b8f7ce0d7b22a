"""Speak a bot's known answers before anybody asks, so that a stored answer is heard at once.

::

    answers and greeting ─▶ voice ─▶ audio and the time of each word ─▶ var/voices/…

Cartesia is asked through its own SDK; any other voice is run as it runs in a call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from cartesia import AsyncCartesia
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from pipelines import services
from pipelines.brief import Brief
from pipelines.services import MissingKeyError
from pipelines.services.needs import key
from pipelines.settings import Settings
from processors.semantic_cache.voice import Sound, SpokenAnswers, Voice

FOLDER = Path("var/voices")
RATE_HZ = 24_000

Speak = Callable[[str], Awaitable[Sound]]


class NotSpokenError(RuntimeError):
    """A text of which no voice made a sound; the message says why."""


def voice_of(brief: Brief, settings: Settings, rate_hz: int = RATE_HZ) -> Voice:
    """The first voice of the brief whose key is there, as its sounds are filed.

    Raises:
        MissingKeyError, UnknownServiceError: as a call would.
    """
    for address in brief.tts:
        try:
            services.tts(address, brief, settings)
        except MissingKeyError:
            continue
        if address.startswith("cartesia/"):
            name = address.removeprefix("cartesia/")
            named = settings.cartesia_voice if name == "default" else name
            return Voice(address, named, settings.cartesia_model, rate_hz=rate_hz)
        return Voice(address, rate_hz=rate_hz)
    raise MissingKeyError(f"{brief.name} has no voice left among {', '.join(brief.tts)}")


def texts_of(brief: Brief) -> list[str]:
    """What the bot is known to say, each once: its greeting and its answers."""
    answers = [fact.answer for fact in brief.knowledge.facts]
    return list(dict.fromkeys([brief.greeting, *answers]))


def spoken_answers(brief: Brief, settings: Settings, folder: Path = FOLDER) -> SpokenAnswers:
    """The kept sounds of a bot, read into memory: off the event loop."""
    spoken = SpokenAnswers(folder, voice_of(brief, settings))
    spoken.load(texts_of(brief))
    return spoken


async def speak_ahead(
    brief: Brief,
    settings: Settings,
    *,
    folder: Path = FOLDER,
    done: Callable[[int, int], None] = lambda _spoken, _of: None,
    cartesia: AsyncCartesia | None = None,
) -> int:
    """Speak what is not kept yet, and keep it; returns how many were spoken.

    Args:
        brief: Whose answers.
        settings: The keys.
        folder: Where sounds are kept.
        done: Is told after each text how many of how many are kept.
        cartesia: The vendor's client; by default one with the key of the settings.

    Raises:
        NotSpokenError: the voice failed; what was spoken until then is kept.
        MissingKeyError, UnknownServiceError: as a call would.
    """
    voice = voice_of(brief, settings)
    spoken = SpokenAnswers(folder, voice)
    texts = texts_of(brief)
    await asyncio.to_thread(spoken.load, texts)
    new = [text for text in texts if spoken.find(text) is None]
    done(len(texts) - len(new), len(texts))
    if voice.model:
        client = cartesia or AsyncCartesia(api_key=key(settings, "cartesia_api_key"))
        speak = _cartesia(voice, client)
    else:
        speak = _service(voice, brief, settings)
    for number, text in enumerate(new, 1):
        sound = await speak(text)
        if not sound.pcm:
            raise NotSpokenError(f"{voice.address} made no sound of {text!r}; try again later")
        await asyncio.to_thread(spoken.keep, sound)
        done(len(texts) - len(new) + number, len(texts))
    return len(new)


def _cartesia(voice: Voice, client: AsyncCartesia) -> Speak:
    async def speak(text: str) -> Sound:
        stream = await client.tts.generate_sse(
            model_id=voice.model,
            transcript=text,
            voice={"mode": "id", "id": voice.name},
            output_format={
                "container": "raw",
                "encoding": "pcm_s16le",
                "sample_rate": 24000,
            },
            add_timestamps=True,
        )
        pcm, words = bytearray(), []
        async for event in stream:
            match event.type:
                case "chunk":
                    pcm += event.audio or b""
                case "timestamps":
                    times = event.word_timestamps
                    words += zip(times.words, times.start, strict=True)
                case "error":
                    raise NotSpokenError(f"Cartesia did not speak {text!r}: {event}")
        return Sound(bytes(pcm), voice.rate_hz, tuple(words), text)

    return speak


def _service(voice: Voice, brief: Brief, settings: Settings) -> Speak:
    async def speak(text: str) -> Sound:
        ears = _Ears()
        worker = PipelineWorker(
            Pipeline([services.tts(voice.address, brief, settings), ears]),
            params=PipelineParams(audio_out_sample_rate=voice.rate_hz),
            enable_rtvi=False,
        )
        await worker.queue_frames([TTSSpeakFrame(text), EndFrame()])
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run()
        if ears.error:
            raise NotSpokenError(f"{voice.address} did not speak {text!r}: {ears.error}")
        return ears.sound(text, voice.rate_hz)

    return speak


class _Ears(FrameProcessor):
    """Keep the audio and the words that come out of a voice.

    Place: behind the TTS service, as the last station.
    """

    def __init__(self) -> None:
        super().__init__()
        self.error = ""
        self._pcm = bytearray()
        self._words: list[tuple[str, int]] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case TTSAudioRawFrame(audio=audio):
                self._pcm += audio
            case TTSTextFrame(text=text):
                self._words.append((text, frame.pts or 0))
            case ErrorFrame(error=error):
                self.error = error
        await self.push_frame(frame, direction)

    def sound(self, text: str, rate_hz: int) -> Sound:
        """What was heard; the first word begins with the audio."""
        first = min((pts for _, pts in self._words), default=0)
        words = tuple((word, (pts - first) / 1e9) for word, pts in self._words)
        return Sound(bytes(self._pcm), rate_hz, words, text)
