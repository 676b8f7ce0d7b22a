"""Is this text, as far as it goes, a whole utterance? And does it answer what the bot asked?

::

    INCOMPLETE   "I'd like to book an appointment for"            more must come
    OPEN         "I'd like to book an appointment"                could end here, mostly goes on
    LIKELY       "I'd like to book an appointment for Tuesday"    a whole sentence; some go on
    COMPLETE     "what are your opening hours"                    nothing is missing

Plain rules over words; the turn model judges the sound. They fail in different places, which is
why both are asked.
"""

import re
from enum import Enum
from functools import lru_cache

from processors.turn_taking import words

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)*", re.IGNORECASE)
_PHONE_LENGTHS = (7, 10, 11)


class Completeness(Enum):
    """How finished a text is."""

    INCOMPLETE = "incomplete"
    OPEN = "open"
    LIKELY = "likely"
    COMPLETE = "complete"


class Expected(Enum):
    """What kind of answer the bot's last question asks for."""

    ANYTHING = "anything"
    YES_OR_NO = "yes or no"
    NUMBER = "number"
    NAME = "name"
    TIME = "time"


_ASKS: tuple[tuple[Expected, re.Pattern[str]], ...] = (
    (
        Expected.NUMBER,
        re.compile(
            r"\b(?:phone|telephone|mobile|cell|contact|account|reference|card|policy|member|order"
            r"|booking|confirmation|case)\s+(?:number|id)|\bnumber\b.*\breach\b|\bzip code\b"
            r"|\bpostcode\b"
            r"|\bbest number\b|\bwhat number\b|\bwhich number\b"
        ),
    ),
    (Expected.NAME, re.compile(r"\bname\b|\bwho am i speaking\b|\bwho is calling\b")),
    (
        Expected.TIME,
        re.compile(
            r"\b(?:what|which)\s+(?:day|date|time|days|times)\b|\bwhen\b|\bdate of birth\b"
            r"|\bbirthday\b"
        ),
    ),
    (
        Expected.YES_OR_NO,
        re.compile(
            r"^(?:(?:and|so|okay|great|perfect|well)\s+)?(?:do|does|did|is|are|was|were|can|could|would"
            r"|will|shall|should|have|has|may|isn't|aren't|don't|shall)\b|\b(?:right|correct|okay)$"
        ),
    ),
)


def tokens(text: str) -> list[str]:
    """The words of `text` in lower case, without punctuation; apostrophes stay.

    >>> tokens("Yes — I'd like 10 A.M., please.")
    ['yes', "i'd", 'like', '10', 'a', 'm', 'please']
    """
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def expected_answer(bot_said: str) -> Expected:
    """What the bot's last words ask for.

    >>> expected_answer("We have Tuesday. What is the best number to reach you?").name
    'NUMBER'
    >>> expected_answer("Thank you, goodbye.").name
    'ANYTHING'
    """
    question = re.split(r"(?<=[.!?])\s+", bot_said.strip())[-1]
    said = " ".join(tokens(question))
    if not question.endswith("?") and not re.match(
        r"(?:please )?(?:tell|give|can|may|could)", said
    ):
        return Expected.ANYTHING
    # "Could I have your name?" asks for a name, not for a yes: the order of the table decides.
    return next((kind for kind, asks in _ASKS if asks.search(said)), Expected.ANYTHING)


def digits(text: str) -> str:
    """The digits a caller has spoken or a recogniser has written, in order.

    >>> digits("it's four one five, double five 5 01 twenty three")
    '4155550123'
    """
    found = ""
    times, tens = 1, 0
    for word in tokens(text):
        if tens and word in words.NUMBER_WORDS and word not in ("zero", "oh", "o"):
            found, tens = found[:-1] + words.NUMBER_WORDS[word], 0
            continue
        tens = 0
        if word.isdigit():
            found += word
        elif word in words.NUMBER_WORDS:
            found += words.NUMBER_WORDS[word] * times
        elif word in words.TEENS_AND_TENS:
            found += str(words.TEENS_AND_TENS[word])
            tens = words.TEENS_AND_TENS[word] >= 20
        times = words.REPEATS.get(word, 1)
    return found


@lru_cache(maxsize=1024)
def completeness(text: str, expected: Expected = Expected.ANYTHING) -> Completeness:
    """How finished `text` is as an utterance, and as the answer that was asked for.

    >>> completeness("I was wondering if you could").name
    'INCOMPLETE'
    >>> completeness("five five five, one two", Expected.NUMBER).name
    'INCOMPLETE'
    """
    said = tokens(text)
    if not said or said[-1] in words.FILLERS or text.rstrip().endswith((",", "-", "—", "...", "…")):
        return Completeness.INCOMPLETE
    said = [word for word in said if word not in words.FILLERS]
    plain = " ".join(said)
    if expected is Expected.YES_OR_NO and words.SHORT_ANSWER.match(plain):
        return Completeness.COMPLETE
    number = _as_number(text, plain, expected)
    if number is not None:
        return number
    if words.CLOSING.search(plain) or (len(said) == 1 and said[0] in words.WHOLE_UTTERANCE):
        return Completeness.COMPLETE
    if _dangles(said, plain):
        return Completeness.INCOMPLETE
    return _as_answer(said, plain, text, expected)


def _as_answer(said: list[str], plain: str, text: str, expected: Expected) -> Completeness:
    """The verdict on words that could end here."""
    if all(word in words.WHOLE_UTTERANCE for word in said):
        return Completeness.COMPLETE
    if expected is Expected.YES_OR_NO and (yes_or_no := words.YES_NO_WORDS.match(plain)):
        # "Yes." is an answer; what follows it, as in "yes, and I would like to book", is a sentence
        # of its own.
        rest = plain[yes_or_no.end() :].split()
        if len(rest) <= 2:
            return Completeness.COMPLETE
        return _as_answer(rest, " ".join(rest), text, Expected.ANYTHING)
    if expected is Expected.TIME and words.WHEN_WORDS.search(plain):
        # "The fifteenth" waits for its month, "April the fifteenth" has it.
        lone = words.ORDINAL_LAST.search(plain) and len(said) <= 2
        return Completeness.OPEN if lone else Completeness.LIKELY
    if expected is Expected.NAME:
        named = re.sub(r"^.*\b(?:name is|name's|this is|i'm|i am|it's|it is|under)\s+", "", plain)
        return Completeness.LIKELY if len(named.split()) >= 2 else Completeness.OPEN
    if question := words.QUESTION.match(plain):
        # "Can you repeat" may want its object; "when do you open" has all it needs.
        asked = plain[question.start("asks") :].split()
        if asked[1:2] == ["there"] and len(asked) == 3:
            # "Is there parking" is whole, and goes on a little more often than longer questions.
            return Completeness.LIKELY
        short = len(asked) < (3 if words.QUESTION_WORD.match(plain) else 4)
        return Completeness.OPEN if short or asked[-1] == "you" else Completeness.COMPLETE
    return _as_statement(said, plain)


def _as_statement(said: list[str], plain: str) -> Completeness:
    """The verdict on a sentence that states or requests something."""
    bare_infinitive = len(said) > 1 and said[-2] == "to"
    if bare_infinitive or words.BARE_REQUEST.search(plain):
        return Completeness.OPEN
    whole = len(said) >= 4 and words.SUBJECT.search(plain)
    dated = len(said) >= 3 and words.WHEN_WORDS.search(" ".join(said[-2:]))
    return Completeness.LIKELY if whole or dated else Completeness.OPEN


def _as_number(text: str, plain: str, expected: Expected) -> Completeness | None:
    """The verdict on a number that is being dictated; None where none is."""
    told = re.search(r"\b(?:number is|number's|number to reach|reach me at|call me at)\b", plain)
    if expected is not Expected.NUMBER and not told:
        return None
    count = len(digits(plain[told.end() :] if told else text))
    if count < 2 and not told and len(plain.split()) > 2:
        return None  # "I don't have one"
    if not count:
        # "The number is" waits for digits; "I forgot it" is no number at all.
        return Completeness.INCOMPLETE if told else None
    return Completeness.COMPLETE if count in _PHONE_LENGTHS else Completeness.INCOMPLETE


def _dangles(said: list[str], plain: str) -> bool:
    """Whether the last words call for more."""
    last, before = said[-1], said[-2] if len(said) > 1 else ""
    if words.SHORT_ANSWER.match(plain) and before and len(said) <= 3 and said[0] != before:
        return False
    if words.EMBEDDED.search(plain):
        return False
    if words.GIVES_TO.search(plain):
        return True
    if words.HANGING_PHRASE.search(plain) or words.ONLY_A_QUESTION_WORD.match(plain):
        return True
    if last in words.PARTICLES and last not in ("about", "around"):
        closes = before in words.PARTICLE_VERBS or words.OBJECT_QUESTION.match(plain)
        return not closes
    if last in words.PRONOUNS and before in words.SUBJECT_NEXT:
        # "how much is it" has its object in front; "how much can you" still wants its verb.
        return not (before in ("is", "are", "was") and re.match(r"(?:what|where|who|how)\b", plain))
    if last in ("for", "from", "with", "to", "about", "at", "like") and words.OBJECT_QUESTION.match(
        plain
    ):
        return before in ("appointment", "an", "you", "go")
    if last in words.TRANSITIVE and words.QUESTION_WORD.match(plain):
        # "What do you need", "how long does it take": the question word is what the verb wants.
        return False
    return last in words.DANGLING or last in words.TRANSITIVE
