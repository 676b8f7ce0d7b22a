"""Numbers as people say them, written as digits: "twenty five past eight" has two of them."""

from collections.abc import Sequence

_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        1,
    )
} | {"twentieth": 20, "thirtieth": 30, "hundredth": 100}
_PRONOUN_BEFORE = frozenset("this that which another any no every the other each new right".split())
_PRONOUN_AFTER = frozenset("of that who more time day thing".split())
_VERB_BEFORE = frozenset("there have got need want does would should can is".split())
_TIME_BEFORE = frozenset("a per every half".split())


def as_digits(words: Sequence[str]) -> list[str]:
    """The words with every spoken number replaced by digits, ordinals by digits and "th".

    "one" stays a word where it is a pronoun, "second" where it is a unit of time.

    >>> as_digits("two hundred and fifty dollars for the twenty first".split())
    ['250', 'dollars', 'for', 'the', '21th']
    >>> as_digits("part one of two".split())
    ['part', '1', 'of', '2']
    >>> as_digits("this one takes a second".split())
    ['this', 'one', 'takes', 'a', 'second']
    """
    result: list[str] = []
    at = 0
    while at < len(words):
        value, ordinal, end = _number(words, at)
        if end == at or _is_no_number(words, at, end):
            result.append(words[at])
            at += 1
            continue
        result.append(f"{value}th" if ordinal else str(value))
        at = end
    return result


def _number(words: Sequence[str], at: int) -> tuple[int, bool, int]:
    """The number that begins at `at`: its value, whether it is an ordinal, where it ends."""
    total = current = 0
    start = at
    last = None  # what came before: "unit", "tens" or "scale"
    while at < len(words):
        word = words[at]
        if word in _ORDINALS and last != "unit":
            if last == "tens" and _ORDINALS[word] > 9:
                break
            return total + current + _ORDINALS[word], True, at + 1
        if word in _UNITS and (last in (None, "scale") or (last == "tens" and _UNITS[word] < 10)):
            current, last = current + _UNITS[word], "unit"
        elif word in _TENS and last in (None, "scale"):
            current, last = current + _TENS[word], "tens"
        elif word in _SCALES and last is not None:
            total, current = _scaled(total, current, _SCALES[word])
            last = "scale"
        elif not (word == "and" and last == "scale" and _begins_number(words, at + 1)):
            break
        at += 1
    return total + current, False, at if at > start and last else start


def _scaled(total: int, current: int, scale: int) -> tuple[int, int]:
    return (total, current * scale) if scale == 100 else (total + max(current, 1) * scale, 0)


def _begins_number(words: Sequence[str], at: int) -> bool:
    return at < len(words) and (words[at] in _UNITS or words[at] in _TENS)


def _is_no_number(words: Sequence[str], at: int, end: int) -> bool:
    before = words[at - 1] if at else ""
    after = words[end] if end < len(words) else ""
    if end - at != 1:
        return False
    if words[at] == "one":
        stands_for_it = before in _VERB_BEFORE and (not after or before in ("does", "can", "would"))
        counts = after == "of" and _begins_number(words, end + 1)  # "one of two"
        return (
            before in _PRONOUN_BEFORE or (after in _PRONOUN_AFTER and not counts) or stands_for_it
        )
    return words[at] == "second" and before in _TIME_BEFORE
