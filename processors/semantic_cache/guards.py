"""Reasons why a known question is another question, however near it looks.

    is it open            │ negation │ is it not open
    open on Monday        │   when   │ open on Sunday
    from London to Paris  │ direction│ from Paris to London

Each guard is a rule with a name that compares two readings and says True for a veto. They know
nothing of scores: a veto stands however sure the score is.
"""

from collections.abc import Callable, Collection
from itertools import combinations

from processors.semantic_cache import lexicon
from processors.semantic_cache.reading import Reading

Guard = Callable[[Reading, Reading], bool]


def veto(asked: Reading, known: Reading) -> str | None:
    """The name of the first guard by which `asked` is not the question `known`; None without one.

    >>> from processors.semantic_cache.reading import read
    >>> veto(read("Are you open on Sunday?"), read("Are you open on Monday?"))
    'when'
    """
    return next((name for name, differs in GUARDS.items() if differs(asked, known)), None)


def swapped(asked: Reading, known: Reading) -> tuple[frozenset[str], frozenset[str]]:
    """What stands for what where the two are one sentence with one place filled otherwise.

    Two sets of stems: gone from `known`, come in `asked`; both empty where they differ elsewhere.

    >>> from processors.semantic_cache.reading import read
    >>> swapped(read("Do you treat cats?"), read("Do you treat dogs?"))
    (frozenset({'dog'}), frozenset({'cat'}))
    """
    ours, theirs = asked.tokens, known.tokens
    shorter = min(len(ours), len(theirs))
    start = next((at for at in range(shorter) if ours[at] != theirs[at]), shorter)
    tail = next((at for at in range(shorter - start) if ours[-1 - at] != theirs[-1 - at]), 0)
    gone = _content(known, start, len(theirs) - tail)
    come = _content(asked, start, len(ours) - tail)
    if not gone or not come or max(len(gone), len(come)) > 3:
        return _NOTHING_SWAPPED
    return gone, come


_NOTHING_SWAPPED: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())


def _content(reading: Reading, start: int, end: int) -> frozenset[str]:
    words = zip(reading.words[start:end], reading.tokens[start:end], strict=True)
    return frozenset(token for word, token in words if word not in lexicon.LIGHT)


def _negation(asked: Reading, known: Reading) -> bool:
    if asked.negated != known.negated:
        return True
    return bool(asked.denied and known.denied) and not asked.denied & known.denied


def _numbers(asked: Reading, known: Reading) -> bool:
    if asked.numbers == known.numbers:
        return False
    bare = {value for value, _ in asked.numbers}, {value for value, _ in known.numbers}
    # "at 8" and "at 8 am" may be the same; "5 minutes" and "5 hours" are not.
    units = {u for _, u in asked.numbers if u}, {u for _, u in known.numbers if u}
    return bare[0] != bare[1] or all(units)


def _when(asked: Reading, known: Reading) -> bool:
    return asked.when != known.when


def _comparison(asked: Reading, known: Reading) -> bool:
    return asked.compared != known.compared


def _restriction(asked: Reading, known: Reading) -> bool:
    return asked.restricted != known.restricted


def _antonym(asked: Reading, known: Reading) -> bool:
    return any(known.axes.get(axis, end) != end for axis, end in asked.axes.items())


def _direction(asked: Reading, known: Reading) -> bool:
    ours, theirs = asked.roles, known.roles
    shared = [word for word in ours if word in theirs]
    if any({ours[word], theirs[word]} in _OPPOSED for word in shared):
        return True
    for one, two in combinations(shared, 2):
        if ours[one] != ours[two] and (ours[one], ours[two]) == (theirs[two], theirs[one]):
            return True
    moved = _order(asked, shared) != _order(known, shared)
    return moved and sorted(asked.words) == sorted(known.words)


def _order(reading: Reading, words: Collection[str]) -> list[str]:
    return [word for word in reading.roles if word in words]


_OPPOSED = (
    {"from", "to"}, {"before", "after"}, {"with", "without"}, {"over", "under"}, {"for", "against"},
    {"from", "for"}, {"from", "before"},
)  # fmt: skip


def _speakers(asked: Reading, known: Reading) -> bool:
    both = len(asked.speakers) == len(known.speakers) == 2
    return both and asked.speakers != known.speakers


def _person(asked: Reading, known: Reading) -> bool:
    if asked.owners - {"me"} != known.owners - {"me"}:
        return True
    return _owned_by_one(asked, known) or _owned_by_one(known, asked)


def _owned_by_one(one: Reading, other: Reading) -> bool:
    """Whether a thing that is the caller's own in `one` is nobody's in `other`."""
    return any(thing in other.stems for thing in one.own_things - other.own_things)


def _asks(asked: Reading, known: Reading) -> bool:
    if ("why" in asked.asks) != ("why" in known.asks):
        return True
    if not asked.asks or not known.asks or asked.asks & known.asks:
        return False
    return not any(pair <= asked.asks | known.asks for pair in _ALIKE)


_ALIKE = (
    frozenset({"when", "how long"}),
    frozenset({"where", "how"}),
    frozenset({"how much", "how"}),
)


def _obligation(asked: Reading, known: Reading) -> bool:
    return asked.obliged != known.obliged


def _tense(asked: Reading, known: Reading) -> bool:
    return asked.past != known.past


def _general(asked: Reading, known: Reading) -> bool:
    """Whether one asks what a thing is, and the other something of it."""
    return any(
        one.defines and set(one.content) < set(other.content)
        for one, other in ((asked, known), (known, asked))
    )


def _name(asked: Reading, known: Reading) -> bool:
    return not asked.names <= known.stems


def _follow_up(asked: Reading, known: Reading) -> bool:
    return asked.follows_up or (asked.dangles and not known.dangles and len(asked.content) < 2)


GUARDS: dict[str, Guard] = {
    "follow-up": _follow_up,
    "negation": _negation,
    "number": _numbers,
    "when": _when,
    "comparison": _comparison,
    "restriction": _restriction,
    "antonym": _antonym,
    "direction": _direction,
    "speakers": _speakers,
    "person": _person,
    "asks": _asks,
    "obligation": _obligation,
    "tense": _tense,
    "general": _general,
    "name": _name,
}
