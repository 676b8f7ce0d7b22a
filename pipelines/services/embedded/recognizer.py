"""The recogniser's own process: run by `Worker` as `python -m` and this module's name.

pocketsphinx holds the GIL while it decodes, so it gets a process for itself; every call has a
decoder in it, and all calls of a bot share one language model::

    stt.py                                     here
    open "stt" rate, domain  ───────────────▶  Recognizer: a decoder for the whole call
    "audio" utterance, pcm   ───────────────▶  decoded at once
                             ◀─────────────── "partial" utterance, words …   when the words change
    "end" utterance          ───────────────▶
                             ◀─────────────── "final" utterance, words …     2 ms later

Beside each decoder runs a phone loop, which takes the sound for any sequence of phones. How much
worse the words fit than it does is what confidence is made of. Phone loops are only needed while
someone speaks and are lent from one call to the next.
"""

import math
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import product, takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pocketsphinx
import soxr
from numpy.typing import NDArray

from pipelines.services.embedded.bandwidth import is_narrow
from pipelines.services.embedded.language_model import arpa, joined, parts_of, vocabulary_of
from pipelines.services.embedded.phrases import Domain, expand, words_of
from pipelines.services.embedded.process import Emit, serve
from pipelines.services.embedded.pronunciation import checked_phones, pronounce

MODEL_RATE = 16_000
FRAMES_PER_SEC = 100

# Where a score per frame (1e-3 nats, words minus phone loop) is as likely right as wrong, and how
# fast that turns: fitted on tests/benchmarks/recognition.py.
_EVEN_SCORE = -2.65
_EVEN_SCORE_NARROW = -2.9  # over a telephone line
_STEEPNESS = 4.0

# Cepstral means to begin a call with, over several voices. From the decoder's own it would take a
# sentence or two to hear well: over a telephone, half the words of the first are lost.
_WIDE_MEANS = "45.3,-3.3,1.8,17.2,-6.6,-0.7,-2.2,-7.3,-2.1,-4.5,4.1,-0.9,0.0"
_NARROW_MEANS = "39.7,18.7,-27.6,41.2,-20.1,0.1,8.9,-23.9,12.8,-11.3,1.6,8.7,-11.8"

_LOOK_SECS = 0.1
_LANGUAGES_KEPT = 8
_LANGUAGE_WEIGHT = 7.0  # of the language model beside the sound
_HESITATIONS = "[UM] AH M\n[UH] AH\n"  # heard as no word at all, wherever they are
_LM = "domain"

_phone_loops: list[pocketsphinx.Decoder] = []


class Language:
    """What one bot's decoders have in common: the dictionary's text and the language model."""

    def __init__(self, domain: Domain) -> None:
        """Takes about 0.3 s, so it is done once for a bot."""
        phrases, classes = expand(domain)
        phrases = joined(phrases)
        self._dictionary = _dictionary(vocabulary_of(phrases, classes), domain.vocabulary)
        self._model: pocketsphinx.NGramModel | None = None
        self._arpa = arpa(phrases, classes)

    def decoder(self) -> pocketsphinx.Decoder:
        """A new decoder: 20 ms and 2 MB."""
        with tempfile.TemporaryDirectory() as folder:
            words, fillers, model = (Path(folder, name) for name in ("words", "fillers", "lm.arpa"))
            words.write_text(self._dictionary)
            fillers.write_text(Path(_model("en-us/en-us/noisedict")).read_text() + _HESITATIONS)
            decoder = pocketsphinx.Decoder(
                hmm=_model("en-us/en-us"),
                dict=str(words),
                fdict=str(fillers),
                lm=None,
                # One pass: a second finds little more and costs 100 ms at the end of speech.
                fwdflat=False,
                bestpath=False,
                beam=1e-64,
                pbeam=1e-64,
                wbeam=1e-40,
                lw=_LANGUAGE_WEIGHT,
                loglevel="FATAL",
            )
            if self._model is None:
                model.write_text(self._arpa)
                self._model = pocketsphinx.NGramModel(decoder.config, decoder.logmath, str(model))
                self._arpa = ""
        decoder.add_lm(_LM, self._model)
        decoder.activate_search(_LM)
        return decoder


class Recognizer:
    """One call: hears utterances one after another, keeps what it learned about the line."""

    def __init__(self, emit: Emit, *, rate: int, domain: Mapping[str, Any]) -> None:
        """`rate` in Hz is what "audio" comes in; `domain` has the fields of `Domain`."""
        self._emit = emit
        self._rate = rate
        self._decoder = _language(domain).decoder()
        self._loop: pocketsphinx.Decoder | None = None
        self._resampler: soxr.ResampleStream | None = None
        self._narrow: bool | None = None  # until the first sound
        self._utterance: int | None = None
        self._unlooked_secs = 0.0
        self._said: list[str] = []  # at the last look
        self._told: list[str] = []
        emit("ready")

    def receive(self, name: str, fields: Mapping[str, Any], blob: bytes) -> None:
        """Act on "audio" and "end"."""
        utterance = fields["utterance"]
        if utterance != self._utterance:
            self._finish()
            self._begin(utterance)
        if name == "audio":
            self._hear(blob)
        elif name == "end":
            self._finish()

    def close(self) -> None:
        """The phone loop goes to whoever speaks next."""
        self._utterance, loop, self._loop = None, self._loop, None
        if loop is not None:
            loop.end_utt()
            _phone_loops.append(loop)

    def _begin(self, utterance: int) -> None:
        self._utterance = utterance
        self._unlooked_secs = 0.0
        self._said = self._told = []
        loop = self._loop = _phone_loops.pop() if _phone_loops else _phone_loop()
        loop.set_cmn(self._decoder.get_cmn())
        self._decoder.start_utt()
        loop.start_utt()
        if self._rate != MODEL_RATE:
            self._resampler = soxr.ResampleStream(
                self._rate, MODEL_RATE, 1, dtype="int16", quality="MQ"
            )

    def _hear(self, pcm: bytes) -> None:
        self._decode(pcm)
        self._unlooked_secs += len(pcm) / 2 / self._rate
        if self._unlooked_secs < _LOOK_SECS:
            return
        self._unlooked_secs = 0.0
        now = self._heard()
        said = [word[0] for word in now["words"]]
        # Words are out when two looks in a row agree on them: the last one is often half said.
        agreed = sum(
            1
            for _ in takewhile(lambda pair: pair[0] == pair[1], zip(said, self._said, strict=False))
        )
        self._said = said
        if agreed and said[:agreed] != self._told:
            self._told = said[:agreed]
            now["words"] = now["words"][:agreed]
            self._emit("partial", utterance=self._utterance, **now)

    def _decode(self, pcm: bytes, last: bool = False) -> None:
        assert self._loop is not None
        if self._resampler is not None:
            samples = np.frombuffer(pcm, "<i2")
            pcm = self._resampler.resample_chunk(samples, last=last).astype("<i2").tobytes()
        if pcm and self._narrow is None:
            self._know_line(np.frombuffer(pcm, "<i2"))
        if pcm:
            self._decoder.process_raw(pcm)
            self._loop.process_raw(pcm)

    def _know_line(self, samples: NDArray[np.int16]) -> None:
        """Begin the call with the means of its kind of line; its own are learned from there."""
        self._narrow = self._rate < MODEL_RATE or is_narrow(samples)
        for decoder in (self._decoder, self._loop):
            assert decoder is not None
            decoder.set_cmn(_NARROW_MEANS if self._narrow else _WIDE_MEANS)

    def _finish(self) -> None:
        if self._utterance is None or self._loop is None:
            return
        self._decode(b"", last=True)
        self._decoder.end_utt()
        self._loop.end_utt()
        self._emit("final", utterance=self._utterance, **self._heard())
        _phone_loops.append(self._loop)
        self._utterance = self._loop = None

    def _heard(self) -> dict[str, Any]:
        assert self._loop is not None
        # Without a hypothesis there are no segments, not even none.
        even = _EVEN_SCORE_NARROW if self._narrow else _EVEN_SCORE
        return heard(self._decoder.seg() or (), self._loop.seg() or (), even)


def heard(
    segments: Iterable[pocketsphinx.Segment],
    loop: Iterable[pocketsphinx.Segment],
    even: float = _EVEN_SCORE,
) -> dict[str, Any]:
    """What is in two decodings of the same sound: words, each and all with confidence.

    Args:
        segments: Words, as the decoder has them.
        loop: Phones, as the phone loop has them.
        even: The score of which half are right.

    Returns:
        `words`: [[text, start in secs, end in secs, confidence], …]; `confidence` of the whole, 0
        where there are no words, and the `score` that it was made from.
    """
    segments = list(segments)
    fit, free = _frame_scores(segments), _frame_scores(loop)
    frames = min(fit.size, free.size)
    margin = fit[:frames] - free[:frames]
    spoken = [segment for segment in segments if segment.word[0] not in "<["]
    spans = [margin[segment.start_frame : segment.end_frame + 1] for segment in spoken]
    score = _mean(np.concatenate(spans)) if spans else -math.inf
    return {
        "score": score,
        "confidence": _confidence(score, even),
        "words": [
            word
            for segment, span in zip(spoken, spans, strict=True)
            for word in _words(segment, _confidence(_mean(span), even))
        ],
    }


def _mean(scores: NDArray[np.float64]) -> float:
    return float(scores.mean()) if scores.size else -math.inf


def _words(segment: pocketsphinx.Segment, confidence: float) -> Iterator[list[Any]]:
    """The words of a segment, which is a pair at times: its time is shared by letters."""
    parts = parts_of(segment.word.partition("(")[0])
    start = segment.start_frame / FRAMES_PER_SEC
    secs = (segment.end_frame + 1) / FRAMES_PER_SEC - start
    for part in parts:
        end = start + secs * len(part) / sum(map(len, parts))
        yield [part, round(start, 3), round(end, 3), confidence]
        start = end


def _frame_scores(segments: Iterable[pocketsphinx.Segment]) -> NDArray[np.float64]:
    """The score of each frame, sound and language together, in 1e-3 nats; (frames,)."""
    parts = [
        np.full(length, 1000 * (math.log(segment.ascore) + math.log(segment.lscore)) / length)
        for segment in segments
        if (length := segment.end_frame - segment.start_frame + 1) > 0
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _confidence(score: float, even: float) -> float:
    return round(1 / (1 + math.exp(min(500.0, -_STEEPNESS * (score - even)))), 3)


def _dictionary(words: set[str], vocabulary: Mapping[str, str]) -> str:
    """The pronunciations of `words`, a pair's as its parts say, in cmudict's format."""
    parts = {part for word in words for part in parts_of(word)}
    known = pronounce(parts, Path(_model("en-us/cmudict-en-us.dict")))
    for word, phones in vocabulary.items():
        if phones:
            known[words_of(word)[0]] = [checked_phones(word, phones)]
    lines: list[str] = []
    for word in sorted(words):
        choices = [known[part] for part in parts_of(word)]
        if len(choices) > 1:
            choices = [choice[:2] for choice in choices]
        for number, phones in enumerate(product(*choices), 1):
            variant = f"({number})" if number > 1 else ""
            lines.append(f"{word}{variant} {' '.join(phones)}\n")
    return "".join(lines)


def _phone_loop() -> pocketsphinx.Decoder:
    return pocketsphinx.Decoder(
        hmm=_model("en-us/en-us"),
        dict=None,
        lm=None,
        allphone=_model("en-us/en-us-phone.lm.bin"),
        lw=2.0,
        beam=1e-20,
        pbeam=1e-20,
        loglevel="FATAL",
    )


_languages: OrderedDict[str, Language] = OrderedDict()


def _language(fields: Mapping[str, Any]) -> Language:
    """The language of a bot, made when its first call comes."""
    domain = Domain(**fields)
    key = repr(asdict(domain))
    if key not in _languages:
        _languages[key] = Language(domain)
    _languages.move_to_end(key)
    while len(_languages) > _LANGUAGES_KEPT:
        _languages.popitem(last=False)
    return _languages[key]


def _model(path: str) -> str:
    return pocketsphinx.get_model_path(path)


if __name__ == "__main__":
    serve({"stt": Recognizer})
