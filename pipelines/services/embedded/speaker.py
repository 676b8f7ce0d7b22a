"""The voice in its own process: eSpeak NG, which is GPL-3 and keeps global state.

Run by a `Worker` as `python -m pipelines.services.embedded.speaker`; nothing else imports it, so
that the library is never loaded where the application runs::

    open(kind="speak", text, voice, words_per_minute, pitch, sample_rate)
        ◀── "audio" (int16 mono PCM; words=[[character, sample], …])   as it is made
        ◀── "done"                                                     or "error" (text=…)
    close ──▶ the synthesis is abandoned

The library is loaded as several private copies, each with globals of its own, so that calls speak
at the same time.
"""

import ctypes
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
import soxr

from pipelines.services.embedded.process import Emit, serve

ENGINES = max(2, min(4, os.cpu_count() or 2))
# The first piece goes out as soon as it is there; the next ones are gathered, so that the parent
# is not woken for every 60 ms.
GATHER_SECS = 0.25

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000  # an initialisation that fails must not take the process with it
_CHARS_UTF8 = 1
_RATE, _PITCH = 1, 3
_EVENT_END, _EVENT_WORD = 0, 1


class SpeakerError(RuntimeError):
    """The library refused: it could not start, or knows no such voice."""


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # in characters, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # ms
        ("sample", ctypes.c_int),  # from the start of the utterance
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)

# (samples, [[character, sample], …]) -> go on?
Heard = Callable[[np.ndarray, list[list[int]]], bool]


class Engine:
    """One private copy of the library. Used by one thread at a time.

    Args:
        library: A copy of libespeak-ng that nobody else has loaded.
        data: The directory that holds `espeak-ng-data`.

    Raises:
        SpeakerError: the library does not start with these data.
    """

    def __init__(self, library: Path, data: Path) -> None:
        """Load and initialise the copy."""
        self._espeak = ctypes.CDLL(str(library))
        self.sample_rate: int = self._espeak.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 60, str(data).encode(), _DONT_EXIT
        )
        if self.sample_rate <= 0:
            raise SpeakerError(f"eSpeak NG does not start with the data in {data}")
        self._callback = _Callback(self._on_audio)  # kept: the library holds only its address
        self._espeak.espeak_SetSynthCallback(self._callback)
        self._voice = ""
        self._heard: Heard | None = None

    def speak(
        self, text: str, *, voice: str, words_per_minute: int, pitch: int, heard: Heard
    ) -> None:
        """Speak `text`, handing over what was made; returns when all is said or `heard` says no.

        Raises:
            SpeakerError: there is no such voice, or the library failed.
        """
        if voice != self._voice:
            if self._espeak.espeak_SetVoiceByName(voice.encode()):
                raise SpeakerError(f"eSpeak NG has no voice {voice!r}")
            self._voice = voice
        self._espeak.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._espeak.espeak_SetParameter(_PITCH, pitch, 0)
        encoded = text.encode() + b"\0"
        self._heard = heard
        status = self._espeak.espeak_Synth(
            encoded, ctypes.c_size_t(len(encoded)), 0, 1, 0, _CHARS_UTF8, None, None
        )
        self._heard = None
        if status:
            raise SpeakerError(f"eSpeak NG failed with status {status}")

    def _on_audio(self, samples: Any, count: int, events: Any) -> int:
        """Called by the library; 1 abandons the synthesis."""
        words: list[list[int]] = []
        for event in _until_end(events):
            if event.type == _EVENT_WORD:
                words.append([event.text_position - 1, event.sample])
        audio = np.ctypeslib.as_array(samples, (count,)).copy() if count > 0 else _NO_AUDIO
        return 0 if self._heard and self._heard(audio, words) else 1


def _until_end(events: Any) -> Any:
    index = 0
    while events[index].type != _EVENT_END:
        yield events[index]
        index += 1


_NO_AUDIO = np.zeros(0, np.int16)


class Utterance:
    """A sentence being spoken: the handler of a channel.

    Args:
        emit: Sends a message to the parent.
        text: Plain text; never read as markup.
        voice: A voice of eSpeak NG, with a variant: "en-us+f3".
        words_per_minute: Speed, 80 to 450.
        pitch: 0 to 99.
        sample_rate: Rate of the audio to send, in Hz.
    """

    def __init__(
        self,
        emit: Emit,
        *,
        text: str,
        voice: str,
        words_per_minute: int,
        pitch: int,
        sample_rate: int,
    ) -> None:
        """Queue the sentence for the next engine that is free."""
        self._emit = emit
        self._manner = {"voice": voice, "words_per_minute": words_per_minute, "pitch": pitch}
        self._rate = sample_rate
        self._abandoned = threading.Event()
        _pool.submit(self._speak, text)

    def receive(self, name: str, fields: Mapping[str, Any], blob: bytes) -> None:
        """Nothing can be said to an utterance but `close`."""

    def close(self) -> None:
        """Abandon what is not yet spoken."""
        self._abandoned.set()

    def _speak(self, text: str) -> None:
        if self._abandoned.is_set():
            return
        try:
            engine = _engine()
            sender = Sender(self._emit, source_rate=engine.sample_rate, rate=self._rate)

            def heard(audio: np.ndarray, words: list[list[int]]) -> bool:
                if not self._abandoned.is_set():
                    sender.send(audio, words)
                return not self._abandoned.is_set()

            if text:
                engine.speak(text, heard=heard, **self._manner)
            if not self._abandoned.is_set():
                sender.finish()
                self._emit("done")
        except Exception as error:  # whatever it is, the parent waits for a last word
            self._emit("error", text=str(error) or type(error).__name__)


class Sender:
    """Brings what an engine makes to the rate of the line, gathers it and sends it.

    Args:
        emit: Sends a message to the parent.
        source_rate: Rate of the engine, in Hz.
        rate: Rate of the line, in Hz.
    """

    def __init__(self, emit: Emit, *, source_rate: int, rate: int) -> None:
        """Nothing is sent yet."""
        self._emit = emit
        self._ratio = rate / source_rate
        self._resample = soxr.ResampleStream(source_rate, rate, 1, "int16", "HQ")
        self._enough = 1  # samples; the first piece goes out at once
        self._gather = int(rate * GATHER_SECS)
        self._audio: list[np.ndarray] = []
        self._words: list[list[int]] = []

    def send(self, audio: np.ndarray, words: list[list[int]], *, last: bool = False) -> None:
        """Take (samples,) int16 and the words that begin in it, at the engine's rate."""
        self._audio.append(self._resample.resample_chunk(audio, last=last))
        self._words += [[place, round(sample * self._ratio)] for place, sample in words]
        gathered = sum(map(len, self._audio))
        if gathered >= self._enough or (last and gathered):
            blob = np.concatenate(self._audio).astype("<i2").tobytes()
            self._emit("audio", blob, words=self._words)
            self._audio, self._words, self._enough = [], [], self._gather

    def finish(self) -> None:
        """Send what is left."""
        self.send(_NO_AUDIO, [], last=True)


_thread = threading.local()


def _engine() -> Engine:
    """The engine of this thread, made when it is first asked for."""
    if not hasattr(_thread, "engine"):
        _thread.engine = _private_engine()
    return _thread.engine


def _private_engine() -> Engine:
    with tempfile.TemporaryDirectory(prefix="espeak-") as directory:
        # Another file is another library to the loader, with globals of its own.
        library = Path(shutil.copy(espeakng_loader.get_library_path(), directory))
        return Engine(library, _short_data_path(Path(espeakng_loader.get_data_path())))


def _short_data_path(data: Path) -> Path:
    """`data`, or a short link to it: the library cannot take more than about 158 characters."""
    if len(str(data).encode()) <= 140:
        return data
    link = Path(tempfile.gettempdir()) / f"espeak-{os.getpid()}-data"
    if not link.exists():
        link.symlink_to(data, target_is_directory=True)
    return link


_pool = ThreadPoolExecutor(ENGINES, thread_name_prefix="engine")


if __name__ == "__main__":
    # Load every engine before the first sentence, which else would wait for it.
    for _ in range(ENGINES):
        _pool.submit(_engine)
    serve({"speak": Utterance})
