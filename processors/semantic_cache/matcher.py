"""The decision on one question: which stored answer, or why none.

::

    likeliest answer ─▶ guards, on the nearest phrasings ─▶ sure enough? ─▶ Match
                           few phrasings: the same content words, in the same order
                           more:          the confidence that the stored questions ask for
"""

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from processors.embeddings import Embeddings
from processors.semantic_cache import guards
from processors.semantic_cache.alignment import Vector
from processors.semantic_cache.decision import Trial, chance, threshold
from processors.semantic_cache.index import ENOUGH_PHRASINGS, Evidence, Index
from processors.semantic_cache.reading import Reading
from processors.semantic_cache.vocabulary import Omitted

SURE = 0.995  # of two questions of the same content words between which no guard stands

_TRIALS = 400  # questions asked again to learn a threshold from
_WITNESSES = 8  # phrasings of an answer among which one has to pass the guards
_LOOKED_AT = 20  # phrasings that are compared word by word
_SAME_COSINE = 0.5
_OPPOSED = 4  # phrasings, and times as many as those on the question's own end
_UNKNOWN_SHARE = 1 / 3  # of what callers ask, supposed to be stored nowhere
_EXAMPLES = 30  # of questions without an answer, from which on they show what is asked in vain
_VAIN_SHARE = 0.05  # of what callers ask, supposed to be as near to an answer as those examples


@dataclass(frozen=True)
class Match:
    """The row of the phrasing that is the same question, and how sure that is, 0 … 1."""

    row: int
    confidence: float


@dataclass(frozen=True)
class Refusal:
    """Why there is no match, and how sure the refused one was."""

    reason: str
    confidence: float = 0.0
    row: int = -1


@dataclass(frozen=True)
class Correction:
    """A question that was answered wrongly: it must not get that answer again."""

    reading: Reading
    answer: str


class Matcher:
    """Matches questions with what is stored of one scope; never changes.

    Args:
        readings: The stored phrasings.
        answers: Their answers; "" for a question that is known to have none.
        vectors: Their vectors, (phrasings, dims).
        embeddings: What made the vectors.
        max_wrong: The greatest share of wrong answers among those given, 0 … 1.
        corrections: What callers rejected.
    """

    def __init__(
        self,
        readings: Sequence[Reading],
        answers: Sequence[str],
        vectors: Vector,
        embeddings: Embeddings,
        *,
        max_wrong: float,
        corrections: Iterable[Correction] = (),
    ) -> None:
        numbers = {answer: number for number, answer in enumerate(dict.fromkeys(answers))}
        self._embeddings = embeddings
        self._no_answer = numbers.get("", -1)
        self._index = Index(readings, vectors, [numbers[answer] for answer in answers], embeddings)
        self._skeletons: dict[tuple[str, ...], list[int]] = {}
        for row, reading in enumerate(readings):
            self._skeletons.setdefault(reading.skeleton, []).append(row)
        self._corrected = [
            (correction, numbers[correction.answer])
            for correction in corrections
            if correction.answer in numbers
        ]
        self.threshold = threshold([*self._trials(), *self._corrected_trials()], max_wrong)

    def match(self, reading: Reading) -> Match | Refusal:
        """The stored phrasing that is the same question, or why there is none."""
        same = self._same_but_articles(reading)
        if same is not None:
            return self._match(same, SURE)
        vector = self._embeddings.embed([reading.key])[0]
        evidence = self._index.evidence(reading, vector)
        if evidence is None:
            return Refusal("nothing is stored")
        if evidence.answer == self._no_answer:
            return Refusal("no answer is known", row=evidence.rows[0])
        witness = self._witness(reading, evidence)
        if isinstance(witness, str):
            return Refusal(witness, row=evidence.rows[0])
        if self._is_corrected(reading, evidence.answer):
            return Refusal("rejected before", row=witness)
        if self._index.sizes[evidence.answer] < ENOUGH_PHRASINGS:
            if self._same_content(reading, witness) and evidence.cosine >= _SAME_COSINE:
                return Match(witness, SURE)
            return Refusal("other content", row=witness)
        confidence = chance(evidence.features)
        if confidence < self.threshold:
            return Refusal("not sure", confidence, witness)
        return Match(witness, confidence)

    def _match(self, row: int, confidence: float) -> Match | Refusal:
        if self._index.answer_of[row] == self._no_answer:
            return Refusal("no answer is known", row=row)
        return Match(row, confidence)

    def _same_but_articles(self, reading: Reading) -> int | None:
        """The phrasing that is word for word the same but for articles and forms of words."""
        rows = self._skeletons.get(reading.skeleton, [])
        answers = {int(self._index.answer_of[row]) for row in rows}
        if len(answers) != 1 or self._is_corrected(reading, answers.pop()):
            return None
        readings = self._index.readings
        return next((row for row in rows if guards.veto(reading, readings[row]) is None), None)

    def _witness(self, reading: Reading, evidence: Evidence) -> int | str:
        """The nearest phrasing from which no guard tells the question, or the guard that does."""
        vocabulary = self._index.vocabulary
        if any(not vocabulary.share(action, evidence.answer) for action in reading.actions):
            return "another action"
        if self._mostly_opposed(reading, evidence):
            return "antonym"
        reason = ""
        for row in evidence.rows[:_WITNESSES]:
            veto = guards.veto(reading, self._index.readings[row])
            if veto is None:
                few = self._index.sizes[evidence.answer] < ENOUGH_PHRASINGS
                swaps = few and self._index.swaps_key_word(reading, evidence.rows)
                return "another word" if swaps else row
            reason = reason or veto
        return reason or "nothing is stored"

    def _mostly_opposed(self, reading: Reading, evidence: Evidence) -> bool:
        """Whether nearly all phrasings stand on the other end of an axis than the question.

        One that was filed under the wrong answer must not bear witness: "switch it on" among
        the ways of switching it off.
        """
        for axis, end in reading.axes.items():
            ends = [self._index.readings[row].axes.get(axis) for row in evidence.rows[:_LOOKED_AT]]
            opposed = sum(other not in (None, end) for other in ends)
            if opposed >= _OPPOSED and opposed >= _OPPOSED * ends.count(end):
                return True
        return False

    def _same_content(self, reading: Reading, row: int) -> bool:
        known = self._index.readings[row]
        return (
            bool(reading.substance)
            and reading.substance == known.substance
            and reading.asks == known.asks
            and reading.modals == known.modals
            and (not reading.speakers or not known.speakers or reading.speakers == known.speakers)
        )

    def _is_corrected(self, reading: Reading, answer: int) -> bool:
        return any(
            number == answer and _same_question(reading, correction.reading)
            for correction, number in self._corrected
        )

    def _trials(self) -> list[Trial]:
        """Stored phrasings asked again, each as if it, then as if its answer, were not stored.

        Where there are enough questions known to have no answer, they are what callers ask in
        vain; without them, answers left out have to stand for that.
        """
        index = self._index
        rows = np.flatnonzero(index.sizes[index.answer_of] >= ENOUGH_PHRASINGS)
        if len(index.head.answers) < 2:
            return []
        chosen = random.Random(0).sample(rows.tolist(), min(len(rows), _TRIALS))
        vain = [row for row in chosen if index.answer_of[row] == self._no_answer]
        known = [row for row in chosen if index.answer_of[row] != self._no_answer]
        if len(vain) >= _EXAMPLES:
            weight = _VAIN_SHARE / (1 - _VAIN_SHARE) * len(known) / len(vain)
            asked = [(Omitted(row), weight) for row in vain]
        else:
            weight = _UNKNOWN_SHARE / (1 - _UNKNOWN_SHARE)
            asked = [(Omitted(row, int(index.answer_of[row])), weight) for row in known]
        asked += [(Omitted(row), 1.0) for row in known]
        trials = (self._trial(without, weight) for without, weight in asked)
        return [trial for trial in trials if trial]

    def _trial(self, without: Omitted, weight: float) -> Trial | None:
        time.sleep(0)  # calls go on meanwhile, in another thread
        index = self._index
        reading = index.readings[without.row]
        evidence = index.evidence(reading, index.vectors[without.row], without)
        if evidence is None or evidence.answer == self._no_answer:
            return None
        few = index.sizes[evidence.answer] < ENOUGH_PHRASINGS
        if few or isinstance(self._witness(reading, evidence), str):
            return None
        right = evidence.answer == index.answer_of[without.row]
        return Trial(chance(evidence.features), bool(right), weight)

    def _corrected_trials(self) -> list[Trial]:
        trials = []
        for correction, answer in self._corrected:
            vector = self._embeddings.embed([correction.reading.key])[0]
            evidence = self._index.evidence(correction.reading, vector)
            few = self._index.sizes[answer] < ENOUGH_PHRASINGS
            if evidence is not None and evidence.answer == answer and not few:
                trials.append(Trial(chance(evidence.features), right=False))
        return trials


def _same_question(one: Reading, other: Reading) -> bool:
    alike = one.topics == other.topics and guards.veto(one, other) is None
    return one.key == other.key or alike
