"""The sound of answers, kept so that it is heard at once: audio with the time of each word.

One file per text, voice, model and speed: a WAV (16-bit mono), and beside it a JSON file with the
words. Whatever is missing or damaged is as if it had never been kept, and is spoken again.
"""

import hashlib
import json
import uuid
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from loguru import logger
from pipecat.frames.frames import (
    Frame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.utils.text.base_text_aggregator import TextType

_CHUNK_SECS = 0.04


@dataclass(frozen=True)
class Voice:
    """Who speaks: two that differ in anything never share a sound.

    Args:
        address: Of the service, e.g. "cartesia/default".
        name: The voice.
        model: The vendor's model; "" where there is only one.
        speed: 1 is as the vendor has it.
        rate_hz: Samples per second.
    """

    address: str
    name: str = ""
    model: str = ""
    speed: float = 1.0
    rate_hz: int = 24_000

    def key(self, text: str) -> str:
        """A file name for `text` in this voice."""
        said = json.dumps([self.address, self.name, self.model, self.speed, self.rate_hz, text])
        return hashlib.sha256(said.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Sound:
    """A spoken text.

    Args:
        pcm: 16-bit little-endian mono.
        rate_hz: Samples per second.
        words: Each word with the second at which it begins, in order.
        text: What is said.
    """

    pcm: bytes
    rate_hz: int
    words: tuple[tuple[str, float], ...]
    text: str

    def frames(self, now_ns: int) -> Iterator[Frame]:
        """What a TTS service emits for the text, if it is heard from `now_ns` on.

        Each word is due (`pts`) when it is heard, so that an interrupted answer stands in the
        context as far as it was heard.
        """
        context_id = str(uuid.uuid4())
        yield TTSStartedFrame(context_id=context_id)
        step = 2 * int(self.rate_hz * _CHUNK_SECS)
        spoken = iter([*self.words, ("", float("inf"))])
        word, due = next(spoken)
        for at in range(0, len(self.pcm), step):
            while due <= at / 2 / self.rate_hz:
                yield self._word(word, due, now_ns, context_id)
                word, due = next(spoken)
            chunk = self.pcm[at : at + step]
            yield TTSAudioRawFrame(chunk, self.rate_hz, 1, context_id=context_id)
        while word:
            yield self._word(word, due, now_ns, context_id)
            word, due = next(spoken)
        yield TTSStoppedFrame(context_id=context_id)

    def _word(self, word: str, due_secs: float, now_ns: int, context_id: str) -> Frame:
        frame = TTSTextFrame(word, TextType.WORD, context_id=context_id)
        frame.pts = now_ns + int(due_secs * 1e9)
        return frame


class SpokenAnswers:
    """Sounds in a folder, for one voice.

    Args:
        folder: Made when the first sound is kept.
        voice: Who speaks.
    """

    def __init__(self, folder: Path, voice: Voice) -> None:
        """Nothing is read yet."""
        self._folder = folder
        self._voice = voice
        self._loaded: dict[str, Sound] = {}

    def find(self, text: str) -> Sound | None:
        """The sound of `text` if it was loaded; never reads a file."""
        return self._loaded.get(text)

    def load(self, texts: Sequence[str]) -> int:
        """Read the sounds of `texts` into memory; returns of how many there is none."""
        for text in texts:
            if text not in self._loaded and (sound := self._read(text)):
                self._loaded[text] = sound
        return sum(text not in self._loaded for text in texts)

    def keep(self, sound: Sound) -> None:
        """Store the sound of its text.

        Raises:
            ValueError: the sound is empty, or has another rate than the voice.
            OSError: the folder cannot be written.
        """
        if not sound.pcm or sound.rate_hz != self._voice.rate_hz:
            raise ValueError(
                f"{len(sound.pcm)} bytes at {sound.rate_hz} Hz cannot be kept for {sound.text!r}; "
                f"this voice speaks at {self._voice.rate_hz} Hz"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(sound.text)
        fresh = path.with_suffix(f".{uuid.uuid4().hex}")
        with wave.open(str(fresh), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(sound.rate_hz)
            file.writeframes(sound.pcm)
        digest = hashlib.sha256(sound.pcm).hexdigest()
        about = {"text": sound.text, "words": sound.words, "sha256": digest}
        words = fresh.with_suffix(".words")
        words.write_text(json.dumps(about), encoding="utf-8")
        words.replace(path.with_suffix(".json"))
        fresh.replace(path)
        self._loaded[sound.text] = sound

    def _path(self, text: str) -> Path:
        return self._folder / f"{self._voice.key(text)}.wav"

    def _read(self, text: str) -> Sound | None:
        path = self._path(text)
        try:
            about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            with wave.open(str(path), "rb") as file:
                pcm, rate_hz = file.readframes(file.getnframes()), file.getframerate()
            words = tuple((str(word), float(due)) for word, due in about["words"])
            if hashlib.sha256(pcm).hexdigest() != about["sha256"]:
                raise ValueError("the audio is not the one that was kept")
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, KeyError, TypeError, wave.Error) as error:
            logger.warning(f"the sound of {text!r} in {path} is spoken again: {error}")
            return None
        return Sound(pcm, rate_hz, words, text) if pcm else None
