"""Decide what a sound of the caller means while the bot speaks.

::

    words ──▶ phrases of the language ──▶ something else in it? ──────────▶ BARGE_IN
              ("yeah" · "that's true")    may it still grow? ─────────────▶ UNDECIDED
                                          has the bot asked something? ───▶ AFFIRMATION
                                          otherwise ──────────────────────▶ BACKCHANNEL
    no words ──▶ as long as it is short ──▶ UNDECIDED, then BARGE_IN

A caller who listens uses a small closed class of phrases (continuers, acknowledgements,
reactions); a caller who takes the floor uses anything else. So feedback is what can be recognised,
and every unknown word is a barge-in: an error of the recogniser or a missing phrase makes the bot
polite, never deaf.
"""

import math
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from processors.backchannel_filter.language import Kind, Language, language
from processors.backchannel_filter.questions import asks, denies
from processors.backchannel_filter.text import NOISE, tokens, without_restarts

GRACE_SECS = 0.7
"""A sound without words that lasts longer takes the floor."""

MAX_PHRASES = 8
"""Whoever strings more feedback together than this is talking, not listening."""

MAX_CHARS = 400
"""Longer texts are not read: nobody listens aloud for that long."""

# A word of feedback takes about half a second. Sound that goes on beyond that has words to come.
_SECS_PER_WORD = 0.4
_SPARE_SECS = 1.6


_COLOURLESS = {Kind.FILLER, Kind.SOUND, Kind.SOFTENER}
_BEGINNING = {Kind.OPENER, Kind.PREFACE, Kind.STARTER}
_LISTENING = {Kind.ACKNOWLEDGEMENT, Kind.REACTION}
_ANSWER = {Kind.ACKNOWLEDGEMENT, Kind.ACCEPTANCE, Kind.REQUEST, Kind.REFUSAL, Kind.DENIAL}


class Overlap(Enum):
    """What the caller means by a sound made while the bot speaks."""

    BACKCHANNEL = "backchannel"
    """ "I am listening": the bot goes on, there is no turn."""

    AFFIRMATION = "affirmation"
    """The answer to what the bot has asked: the bot stops asking, the words are the turn."""

    BARGE_IN = "barge-in"
    """The caller takes the floor: the bot is silent, the words are the turn."""

    UNDECIDED = "undecided"
    """Nothing yet, or words that may still grow into anything."""


def classify_overlap(said: str, *, bot_said: str = "", speech_secs: float | None = None) -> Overlap:
    """What the caller means by `said` while the bot speaks, in English.

    Words that are more than a yes or no are a barge-in also after a question: they become the turn
    either way, and they are more than a yes.

    Args:
        said: The words so far, in any spelling a recogniser uses; "" for a sound without words.
        bot_said: What the bot has spoken so far in this turn; may end inside a sentence.
        speech_secs: How long the caller has been speaking, in seconds; None where nobody knows.

    Raises:
        TypeError: `said` or `bot_said` is not a string.
        ValueError: `speech_secs` is negative or not a number.

    >>> classify_overlap("Mm-hmm.", bot_said="We are open until five")
    <Overlap.BACKCHANNEL: 'backchannel'>
    >>> classify_overlap("Mm-hmm.", bot_said="Shall I book it?")
    <Overlap.AFFIRMATION: 'affirmation'>
    >>> classify_overlap("Yeah, but not on Tuesday")
    <Overlap.BARGE_IN: 'barge-in'>
    """
    return classify(said, language("en"), bot_said=bot_said, speech_secs=speech_secs)


def classify(
    said: str,
    spoken: Language,
    *,
    bot_said: str = "",
    speech_secs: float | None = None,
    grace_secs: float = GRACE_SECS,
) -> Overlap:
    """As `classify_overlap`, in any language and with any patience.

    Args:
        said: As in `classify_overlap`.
        spoken: The language of the conversation.
        bot_said: As in `classify_overlap`.
        speech_secs: As in `classify_overlap`.
        grace_secs: How long a sound without words may last, in seconds.
    """
    _check(said, bot_said, speech_secs)
    secs = speech_secs or 0.0
    if len(said) > MAX_CHARS:
        return Overlap.BARGE_IN
    words = [
        word for word in tokens(said, noises=spoken.noises, repairs=spoken.repairs) if word != NOISE
    ]
    if not words:
        noise = bool(said.strip()) and any(c.isalpha() for c in said)
        return _of_sound(noise, speech_secs, grace_secs)
    verdict = _of_words(words, spoken, bot_said, asking="?" in said.rstrip()[-2:])
    if verdict is Overlap.UNDECIDED and secs > grace_secs + _SECS_PER_WORD * len(words):
        return Overlap.BARGE_IN
    spare = secs - _SPARE_SECS - _SECS_PER_WORD * len(words)
    if verdict is Overlap.BACKCHANNEL and spare > 0:
        return _still_speaking(spare, grace_secs)
    return verdict


def leans_to_feedback(said: str, spoken: Language) -> bool:
    """Whether undecided words will most likely turn out to be feedback: "makes" (sense), "wow".

    Args:
        said: Words that `classify` calls undecided.
        spoken: The language of the conversation.
    """
    words = _words(said, spoken)
    kinds = _phrases(words, spoken)
    if kinds:
        leaning = _COLOURLESS | _LISTENING | {Kind.ASSESSMENT, Kind.ACCEPTANCE}
        return all(kind & leaning for kind in kinds)
    return any(
        not spoken.phrases.get(begun[:1], frozenset()) & _BEGINNING
        for begun in _begun(words, spoken)
    )


def begins_feedback(said: str, spoken: Language) -> bool:
    """Whether undecided words are as likely feedback as anything: "that's" (true)."""
    return any(begun[0] not in spoken.claims for begun in _begun(_words(said, spoken), spoken))


def _words(said: str, spoken: Language) -> tuple[str, ...]:
    heard = tokens(said, noises=spoken.noises, repairs=spoken.repairs)
    return tuple(without_restarts([word for word in heard if word != NOISE]))


def _begun(words: tuple[str, ...], spoken: Language) -> list[tuple[str, ...]]:
    """The beginnings of phrases in which `words` may end, after other feedback."""
    tails = ((words[:at], words[at:]) for at in range(len(words)))
    return [
        tail for before, tail in tails if tail in spoken.beginnings and _may_go_on(before, spoken)
    ]


def _check(said: str, bot_said: str, speech_secs: float | None) -> None:
    for name, value in (("said", said), ("bot_said", bot_said)):
        if not isinstance(value, str):
            raise TypeError(
                f'{name} is {value!r}; it must be a string ("" where there are no words)'
            )
    if speech_secs is not None and not (speech_secs >= 0 and math.isfinite(speech_secs)):
        raise ValueError(
            f"speech_secs is {speech_secs!r}; it must be a finite number >= 0, or None if unknown"
        )


def _of_sound(noise: bool, speech_secs: float | None, grace_secs: float) -> Overlap:
    """A cough is known not to be speech; a sound without a name may be the start of it."""
    if noise:
        return Overlap.BACKCHANNEL
    return Overlap.BARGE_IN if (speech_secs or 0.0) > grace_secs else Overlap.UNDECIDED


def _still_speaking(spare_secs: float, grace_secs: float) -> Overlap:
    """Feedback, but the sound goes on for longer than its words explain."""
    return Overlap.BARGE_IN if spare_secs > 2 * grace_secs else Overlap.UNDECIDED


def _of_words(words: Sequence[str], spoken: Language, bot_said: str, *, asking: bool) -> Overlap:
    """The verdict on words alone; `asking` if a question mark stands at their end."""
    words = without_restarts(words)
    kinds = _phrases(tuple(words), spoken)
    if kinds is None:
        grows = not asking and _begun(tuple(words), spoken)
        return Overlap.UNDECIDED if grows else Overlap.BARGE_IN
    return _of_phrases(kinds, spoken, bot_said) if len(kinds) <= MAX_PHRASES else Overlap.BARGE_IN


def _of_phrases(kinds: Sequence[frozenset[Kind]], spoken: Language, bot_said: str) -> Overlap:
    """The verdict on words that are all phrases of the language."""
    if any(kind == {Kind.STARTER} for kind in kinds[:-1]):
        return Overlap.BARGE_IN
    said = [kind for kind in kinds if not kind & _COLOURLESS]
    if not said and any(Kind.SOFTENER in kind for kind in kinds):
        return Overlap.UNDECIDED
    if said and said[-1] <= _BEGINNING:
        return Overlap.UNDECIDED
    more = any(kind == {Kind.PREFACE} for kind in said)
    said = [kind for kind in said if not kind <= _BEGINNING]
    if asks(bot_said, spoken):
        return _of_answer(said)
    verdict = _of_feedback(said, spoken, bot_said)
    return Overlap.UNDECIDED if more and verdict is Overlap.BACKCHANNEL else verdict


def _of_answer(said: Sequence[frozenset[Kind]]) -> Overlap:
    """After a question: a yes or no answers it, mere surprise does not, a judgement is a turn."""
    if any(kind & _ANSWER for kind in said):
        return Overlap.AFFIRMATION
    return Overlap.BACKCHANNEL if all(kind & _LISTENING for kind in said) else Overlap.BARGE_IN


def _of_feedback(said: Sequence[frozenset[Kind]], spoken: Language, bot_said: str) -> Overlap:
    """Where nothing was asked: listening leaves the bot talking, a no contradicts."""
    more = [kind for kind in said if not kind & _LISTENING]
    if any(kind & {Kind.DENIAL} for kind in more):
        return Overlap.BARGE_IN
    if any(kind & {Kind.REFUSAL} for kind in more):
        return Overlap.BACKCHANNEL if denies(bot_said, spoken) else Overlap.BARGE_IN
    if any(kind & {Kind.REQUEST} for kind in more):
        return Overlap.AFFIRMATION
    return Overlap.UNDECIDED if more else Overlap.BACKCHANNEL


def _may_go_on(words: tuple[str, ...], spoken: Language) -> bool:
    """Whether feedback may follow these words: they are phrases, and none begins something else."""
    kinds = _phrases(words, spoken)
    return kinds is not None and all(kind != {Kind.STARTER} for kind in kinds)


@lru_cache(maxsize=2048)
def _phrases(words: tuple[str, ...], spoken: Language) -> tuple[frozenset[Kind], ...] | None:
    """`words` as phrases of the language, as few as will do; None where a word belongs to none."""
    best: list[tuple[frozenset[Kind], ...] | None] = [()]
    for end in range(1, len(words) + 1):
        covers = [
            (*before, kinds)
            for start in range(max(0, end - spoken.longest), end)
            if (before := best[start]) is not None
            and (kinds := spoken.phrases.get(words[start:end]))
        ]
        best.append(min(covers, key=len, default=None))
    return best[-1]
