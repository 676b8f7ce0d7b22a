"""What a question says, pulled apart once so that two questions can be compared part by part."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from processors.semantic_cache import lexicon
from processors.semantic_cache.aspects import aspects
from processors.semantic_cache.normalize import normalize

_NUMBER = re.compile(r"(\d+(?:[.:]\d+)?)(am|pm|th)?$")
_EMPTY_NEGATION = re.compile(rf"\b(?:{'|'.join(lexicon.EMPTY_NEGATIONS)})\b")
_EMPTY_RESTRICTION = re.compile(rf"\b(?:{'|'.join(lexicon.EMPTY_RESTRICTIONS)})\b")
_OBLIGED = re.compile(
    r"^(?:(?:do|does|did|will|would) (?:i|we|you|they|it|he|she) (?:really |still |always )?"
    r"(?:need|have to)|(?:must|should) (?:i|we))\b"
    r"|\b(?:is|are|be) (?:\w+ ){0,3}(?:needed|required|mandatory|necessary|compulsory)\b"
)
_PAST = re.compile(
    r"^(?:has|have|had) (?!to\b)(?:\w+ ){1,4}(?:been|\w{2,}ed)\b"
    r"|^(?:(?:what|when|where|why|who|how) )?(?:did|was|were|had)\b"
    r"|\b(?:could|should|would|might|must) (?:\w+ )?have (?!to\b|an?\b|the\b|any\b|some\b)"
    r"\w+(?:ed|en|ne|de|ught)\b"
)
_UNTIL_WHEN = re.compile(
    r"\b(?:until|till) when\b|\bwhen\b(?=.*\b(?:until|till)$)|\b(?:until|till)$"
)
_DEFINITION = re.compile(
    r"^(?:(?:what (?:is|are)|define|explain|describe) (?:(?:a|an|the) )?\w+(?: \w+)?"
    r"|what (?:does|do) (?:(?:a|an|the) )?\w+(?: \w+)? (?:do|mean))$"
)
_FOLLOW_UP = re.compile(rf"^(?:{'|'.join(sorted(lexicon.FOLLOW_UPS, key=len, reverse=True))})\b")
_ASKS = (
    ("how much", re.compile(r"\bhow (?:much|expensive|costly)\b")),
    ("how many", re.compile(r"\bhow many\b")),
    ("how long", re.compile(r"\bhow (?:long|soon|quickly|fast)\b")),
    ("how often", re.compile(r"\bhow (?:often|frequently)\b")),
    ("how far", re.compile(r"\bhow (?:far|close|near)\b")),
    ("how old", re.compile(r"\bhow old\b")),
    ("when", re.compile(r"\b(?:when|what (?:time|hours?|days?|date))\b")),
    ("where", re.compile(r"\b(?:where|what (?:address|location))\b")),
    ("why", re.compile(r"\b(?:why|how come|what (?:is the )?reason)\b")),
    ("who", re.compile(r"\b(?:who|whom|whose)\b")),
    ("how", re.compile(r"\bhow (?:do|can|could|should|would|to|does|did|is|are|will|i)\b")),
)
_ROLES = {
    "from": "from", "off": "from", "to": "to", "into": "to", "onto": "to", "towards": "to",
    "versus": "than",
    **{word: word for word in "than before after by with for without instead over under".split()},
    **{word: word for word in "against of in at on and".split()},
}  # fmt: skip
_DETERMINERS = frozenset("a an the my your our their his her its of this that some any".split())
_ME = frozenset("i me we us".split())
_OWNERS = {
    "my": "me", "mine": "me", "our": "me", "ours": "me", "his": "other", "her": "other",
    "hers": "other", "their": "other", "theirs": "other",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """A question, normalised (`words`) and read; every part is computed when first asked for."""

    words: tuple[str, ...]
    names: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Equal for questions that are the same but for case, fillers, politeness and spelling."""
        return " ".join(self.words)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The stems of the words that say what it is about, in order."""
        return tuple(
            stem(word)
            for word in self.words
            if word not in lexicon.LIGHT and not _NUMBER.match(word)
        )

    @cached_property
    def substance(self) -> tuple[str, ...]:
        """The stems of all but the function words, in order."""
        return tuple(
            stem(word)
            for word in self.words
            if word not in lexicon.FUNCTION and not _NUMBER.match(word)
        )

    @cached_property
    def actions(self) -> frozenset[str]:
        """The stems of what is to be done: {"cancel"} in "how late can I cancel"."""
        return frozenset(self.tokens) & _ACTIONS

    @cached_property
    def skeleton(self) -> tuple[str, ...]:
        """The stems of all words but the articles: equal for "fillings" and "a filling"."""
        words = (lexicon.FORMS.get(word, word) for word in self.words)
        return tuple(stem(word) for word in words if word not in lexicon.ARTICLES)

    @cached_property
    def topics(self) -> frozenset[str]:
        """What it is about and what it wants to know of it."""
        return frozenset(self.content) | self.asks

    @cached_property
    def negated(self) -> bool:
        """Whether it says no, not, never, without …, and means it."""
        return any(word in lexicon.NEGATIONS for word in _EMPTY_NEGATION.sub(" ", self.key).split())

    @cached_property
    def denied(self) -> frozenset[str]:
        """What a negation stands before: the stem of the next word that says anything."""
        words = _EMPTY_NEGATION.sub(" ", self.key).split()
        denied = set()
        for at, word in enumerate(words):
            if word in lexicon.NEGATIONS:
                said = (stem(next_) for next_ in words[at + 1 :] if next_ not in lexicon.FUNCTION)
                denied |= {next(said, "")}
        return frozenset(denied - {""})

    @cached_property
    def numbers(self) -> frozenset[tuple[str, str]]:
        """Every number with what it counts: ("5", "minute"), ("8:30", "am"), ("4", "")."""
        found = set()
        for word, after in zip(self.words, (*self.words, "")[1:], strict=True):
            if match := _NUMBER.match(word):
                value = match[1].lstrip("0") or "0"
                found.add((value, match[2] or lexicon.UNITS.get(after, "")))
        return frozenset(found)

    @cached_property
    def when(self) -> frozenset[str]:
        """Weekdays, months, parts of the day, "today", "next"."""
        singular = {word.removesuffix("s") for word in self.words}
        named = {lexicon.WHEN[word] for word in self.words if word in lexicon.WHEN}
        return frozenset(named | (singular & lexicon.WEEKDAYS))

    @cached_property
    def compared(self) -> frozenset[str]:
        """Comparatives and superlatives."""
        return frozenset(lexicon.COMPARISONS[w] for w in self.words if w in lexicon.COMPARISONS)

    @cached_property
    def restricted(self) -> frozenset[str]:
        """Only, except, before, after, without, again …"""
        words = _EMPTY_RESTRICTION.sub(" ", _UNTIL_WHEN.sub("when", self.key)).split()
        return frozenset(lexicon.RESTRICTIONS[w] for w in words if w in lexicon.RESTRICTIONS)

    @cached_property
    def aspects(self) -> frozenset[str]:
        """What it wants of its thing: its cost, its place, that it works …"""
        return aspects(self.key)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Every word and its stem, for looking one up."""
        return frozenset(self.words) | {stem(word) for word in self.words}

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The stem of every word, in order."""
        return tuple(stem(word) for word in self.words)

    @cached_property
    def axes(self) -> dict[int, int]:
        """For each axis of antonyms that it touches on one end only: the axis and the end."""
        ends: dict[int, int] = {}
        for word in self.stems:
            for axis, end in _ENDS.get(word, ()):
                ends[axis] = -1 if ends.get(axis, end) != end else end
        return {axis: end for axis, end in ends.items() if end >= 0}

    @cached_property
    def roles(self) -> dict[str, str]:
        """What stands before each content word: "from", "to", "than" …, or "" for none of them."""
        roles: dict[str, str] = {}
        role = ""
        for word in self.words:
            if word in _ROLES:
                role = _ROLES[word]
            elif word not in lexicon.LIGHT:
                roles.setdefault(stem(word), role)
                role = ""
            elif word not in _DETERMINERS:
                role = ""
        return roles

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """The order in which caller and bot are named: ("me", "you") in "can I call you"."""
        order = [
            "me" if word in _ME else "you" for word in self.words if word in _ME or word == "you"
        ]
        return tuple(dict.fromkeys(order))

    @cached_property
    def owners(self) -> frozenset[str]:
        """Whose things it is about: "me", "other", and every relative named."""
        owners = {_OWNERS[word] for word in self.words if word in _OWNERS}
        return frozenset(owners | (lexicon.KIN & set(self.words)))

    @cached_property
    def own_things(self) -> frozenset[str]:
        """Which things of the caller it is about: {"appoint"} in "when is my next appointment"."""
        things = set()
        for at, word in enumerate(self.words):
            if word in ("my", "our", "mine"):
                things |= {
                    stem(near) for near in self.words[at + 1 : at + 4] if near in lexicon.PERSONAL
                }
        return frozenset(things)

    @cached_property
    def asks(self) -> frozenset[str]:
        """What it wants to know: when, where, why, who, how, how much …; empty for yes or no."""
        found = [kind for kind, pattern in _ASKS if pattern.search(self.key)]
        return frozenset(found)

    @cached_property
    def obliged(self) -> bool:
        """Whether it asks if something has to be."""
        return bool(_OBLIGED.search(self.key))

    @cached_property
    def defines(self) -> bool:
        """Whether it asks what something is at all."""
        return bool(_DEFINITION.match(self.key))

    @cached_property
    def follows_up(self) -> bool:
        """Whether it leans on what was said before: "and on Sundays?", "what about the other?"."""
        return (
            bool(_FOLLOW_UP.match(self.key)) and not self.key.startswith("why ")
        ) or self.key == "why"

    @cached_property
    def modals(self) -> frozenset[str]:
        """Whether it asks what might be, or must."""
        return frozenset(lexicon.MODALS[word] for word in self.words if word in lexicon.MODALS)

    @cached_property
    def past(self) -> bool:
        """Whether it asks what was, or might have been: "should I have called"."""
        return bool(_PAST.search(self.key))

    @cached_property
    def dangles(self) -> bool:
        """Whether it names by a pronoun what was named before: "how much is it".

        Not where the question itself names it first: "a cleaning, how much is it".
        """
        for word in self.words:
            if word in lexicon.DANGLING:
                return True
            if word not in lexicon.LIGHT:
                return False
        return False


def read(text: str) -> Reading:
    """Read a question.

    >>> reading = read("Is it not open on Mondays before eight?")
    >>> reading.negated, sorted(reading.when), sorted(reading.numbers)
    (True, ['monday'], [('8', '')])
    """
    return Reading(tuple(normalize(text)), _capitalised(text))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The word without its ending, and its concept where it is one of several words for one thing.

    >>> stem("bookings"), stem("cancelling"), stem("costs") == stem("price")
    ('book', 'cancel', True)
    """
    if word in lexicon.SYNONYMS:
        return lexicon.SYNONYMS[word]
    base = word.removesuffix("'s").removesuffix("'")
    for ending, put in _ENDINGS:
        if base.endswith(ending) and len(base) - len(ending) >= 3:
            base = base[: -len(ending)] + put
            break
    if (len(base) > 3 and base[-1] == base[-2] and base[-1] not in "sle") or base.endswith("ll"):
        base = base[:-1]
    base = base.removesuffix("e") if len(base) > 3 else base
    return lexicon.SYNONYMS.get(base, base)


_ENDINGS = (
    ("ations", ""), ("ation", ""), ("ings", ""), ("ing", ""), ("ments", ""), ("ment", ""),
    ("ies", "y"), ("ied", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"),
    ("ed", ""), ("ly", ""), ("ss", "ss"), ("us", "us"), ("is", "is"), ("s", ""),
)  # fmt: skip


_ACTIONS = frozenset(stem(word) for word in lexicon.ACTIONS)


def _ends() -> dict[str, list[tuple[int, int]]]:
    ends: dict[str, list[tuple[int, int]]] = {}
    for axis, sides in enumerate(lexicon.ANTONYMS):
        for end, words in enumerate(sides):
            for word in words:
                for form in {word, stem(word)}:
                    ends.setdefault(form, []).append((axis, end))
    return ends


_ENDS = _ends()


def _capitalised(text: str) -> frozenset[str]:
    """Words with a capital inside a sentence that is not all capitals: names, mostly."""
    words = re.findall(r"[^\W\d_][\w'’]*", text)
    if sum(word[0].isupper() for word in words[1:]) * 3 > 2 * len(words[1:]):
        return frozenset()
    starts = {found[1] for found in re.finditer(r"(?:^|[.!?]\s+)\W*([^\W\d_][\w'’]*)", text)}
    named = {w for w in words if w[0].isupper() and w not in starts and not w.startswith("I")}
    return frozenset(stem(name.casefold()) for name in named)
