"""How the caller feels about this call: anger at it, praise that is none, and where it is going.

::

    "this is ridiculous"              angry       "great, just great"          sarcastic
    "the traffic was ridiculous"      not at us   "great, thank you"           pleased
    "my tooth hurts terribly"         not at us

A general sentiment score (VADER) has one weak vote: alone it calls a toothache an insult.
"""

import re
from collections import deque
from dataclasses import dataclass
from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from processors.escalation.events import BotSaid, CallerSaid, Event, Evidence
from processors.escalation.wording import phrases, plain

_UNKIND = -0.5  # below it the general score is worth a vote
_FALLS = 0.35  # how far the mean tone must have fallen to be called falling
_RECENT = 3  # turns
_CURT = 4  # words
_GLAD = 0.2  # an exclamation above it is one of joy


@dataclass(frozen=True)
class Tone:
    """How one turn sounds.

    Args:
        score: From -1, furious, to 1, delighted.
        angry: The words that are angry at this call; empty when none are.
        sarcastic: Whether the praise in it is none.
        raised: Whether it is exclaimed, and not for joy.
    """

    score: float
    angry: str = ""
    sarcastic: bool = False
    raised: bool = False


def tone(text: str, *, after_failure: bool = False, language: str = "en") -> Tone:
    """How `text` sounds, and whether it is about this call.

    Args:
        text: A caller's turn.
        after_failure: Whether the bot has just failed the caller; praise is doubtful then.
        language: Of the phrases.

    >>> tone("This is ridiculous.").angry
    'ridiculous'
    >>> tone("The weather is ridiculous today.").angry
    ''
    >>> tone("Great, just great.").sarcastic, tone("Great, thank you!").sarcastic
    (True, False)
    """
    score = _analyzer().polarity_scores(text)["compound"]
    elsewhere = bool(phrases(language, "mood", "elsewhere").find(text))
    here = bool(phrases(language, "mood", "here").find(text))
    if _is_sarcastic(text, after_failure, language) and (here or not elsewhere):
        return Tone(min(score, -abs(score), -0.4), sarcastic=True)
    if elsewhere and not here:
        return Tone(max(score, -0.1))
    angry = phrases(language, "mood", "anger").find(text)
    if after_failure:
        angry = angry or phrases(language, "mood", "outcry").find(text)
    pleased = score > 0.3 and phrases(language, "mood", "sincere").find(text)
    if angry and not pleased:
        return Tone(min(score, -0.5), angry=angry)
    glad = phrases(language, "mood", "sincere").find(text) or _praises(text, language)
    return Tone(score, raised="!" in text and score < _GLAD and not glad)


def _has_failed(bot_said: str, language: str) -> bool:
    """Whether the bot has failed the caller, and has nothing else to offer."""
    if phrases(language, "misunderstanding", "bot_missed").find(bot_said):
        return True
    return "?" not in bot_said and bool(phrases(language, "mood", "bot_failed").find(bot_said))


def _praises(text: str, language: str) -> bool:
    return bool(phrases(language, "mood", "praise").find(text))


def _is_sarcastic(text: str, after_failure: bool, language: str) -> bool:
    sarcasm, sincere = (phrases(language, "mood", name) for name in ("sarcasm", "sincere"))
    if sarcasm.find(text):
        return after_failure or not sincere.find(sarcasm.without(text))
    if not phrases(language, "mood", "praise").find(text):
        return False
    if sincere.find(text):
        return False
    sour = bool(phrases(language, "mood", "sour").find(text))
    sighs = plain(text).startswith(("oh ", "well ", "yeah ", "ah "))
    return (sour and (sighs or after_failure)) or (after_failure and _is_curt(text, language))


def _is_curt(text: str, language: str) -> bool:
    """Whether praise is a sentence of its own: "Perfect."."""
    sentences = [part for part in re.split(r"[.!?]+", text) if part.strip()]
    return any(
        len(part.split()) <= _CURT and _praises(part, language) for part in (*sentences, text)
    )


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


class Mood:
    """Anger and sarcasm, turn by turn, and a tone that falls."""

    name = "mood"

    def __init__(self, language: str = "en") -> None:
        """The caller has not spoken yet."""
        self._language = language
        self._scores: deque[float] = deque(maxlen=2 * _RECENT)
        self._bad_turns = 0
        self._since_failure = _RECENT  # turns of the bot
        self.now = 0.0

    def notice(self, event: Event) -> Evidence | None:
        """Read both sides' turns."""
        if isinstance(event, BotSaid):
            failed = _has_failed(event.text, self._language)
            self._since_failure = 0 if failed else self._since_failure + 1
        if not isinstance(event, CallerSaid):
            return None
        heard = tone(event.text, after_failure=self._doubtful, language=self._language)
        self._scores.append(heard.score)
        self.now = heard.score
        return self._judge(heard)

    @property
    def _doubtful(self) -> bool:
        """Whether praise is doubtful now: the bot has failed, or the caller was angry before."""
        return self._since_failure < 2 or self._bad_turns > 0

    def _judge(self, heard: Tone) -> Evidence | None:
        falling = ", tone falling" if self._is_falling() else ""
        if heard.angry or heard.sarcastic:
            self._bad_turns += 1
            how = f"angry: “{heard.angry}”" if heard.angry else "sarcastic"
            # One outburst is not yet a reason; one after another is.
            weight = min(0.5 + 0.25 * (self._bad_turns - 1), 0.9) + (0.1 if falling else 0)
            return Evidence(self.name, weight, how + falling)
        if heard.score <= _UNKIND:
            return Evidence(self.name, 0.25, f"unkind words{falling}")
        if heard.raised:
            return Evidence(self.name, 0.3, f"raises their voice{falling}")
        if heard.score > 0:
            self._bad_turns = max(0, self._bad_turns - 1)
        return None

    def _is_falling(self) -> bool:
        scores = list(self._scores)
        if len(scores) < _RECENT:
            return False
        before, recent = scores[: -(len(scores) // 2)], scores[-(len(scores) // 2) :]
        return sum(before) / len(before) - sum(recent) / len(recent) > _FALLS
