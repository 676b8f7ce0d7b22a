"""A trigram language model made from phrases: what the recogniser expects to hear.

Witten-Bell, interpolated::

    p(w | u v) = (c(u v w) + T(u v) · p(w | v)) / (N(u v) + T(u v))

c counts an n-gram, N all that follows its history, T how many different things do. Counts are taken
with classes in place ("{day}" is one thing) and then shared among the members, so that "next
{day}" makes every day equally expected without making it likely that anything else follows.

Two words that often come together ("how much") are one word to the model, "how_much": a decoder of
one pass settles where a short word ends before it knows what follows, and too often wrongly.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise, product

from pipelines.services.embedded.phrases import Classes, Phrase

# An n-gram of three that stands for more than so many is left to its last two words: "is {first}
# {last}" says little that "{first} {last}" does not.
_MOST_MEMBERS = 2000

# Two words become one from this weight on, where they have so many letters at most.
_PAIR_WEIGHT = 60.0
_PAIR_LETTERS = 16
_JOINT = "_"

Ngram = tuple[str, ...]
Counts = dict[Ngram, float]


def arpa(phrases: Iterable[Phrase], classes: Classes) -> str:
    """The model as text in ARPA format, log10, words of all phrases and members of all classes."""
    probabilities, backoffs = probabilities_of(phrases, classes)
    lines = ["\\data\\"]
    orders = [[gram for gram in probabilities if len(gram) == size] for size in (1, 2, 3)]
    lines += [f"ngram {size}={len(grams)}" for size, grams in enumerate(orders, 1)]
    for size, grams in enumerate(orders, 1):
        lines += ["", f"\\{size}-grams:"]
        for gram in grams:
            log = -99.0 if gram == ("<s>",) else math.log10(probabilities[gram])
            backoff = f" {math.log10(backoffs[gram]):.4f}" if gram in backoffs else ""
            lines.append(f"{log:.4f} {' '.join(gram)}{backoff}")
    return "\n".join([*lines, "", "\\end\\", ""])


def joined(phrases: Iterable[Phrase]) -> list[Phrase]:
    """The phrases with frequent pairs of words made one word each."""
    listed = list(phrases)
    weights: dict[tuple[str, str], float] = defaultdict(float)
    for phrase in listed:
        for first, second in pairwise(phrase.words):
            if "{" not in first + second and len(first + second) <= _PAIR_LETTERS:
                weights[first, second] += phrase.weight
    pairs = {pair for pair, weight in weights.items() if weight >= _PAIR_WEIGHT}
    return [replace(phrase, words=_with_pairs(phrase.words, pairs)) for phrase in listed]


def parts_of(word: str) -> list[str]:
    """The words that a word of the model stands for.

    >>> parts_of("how_much")
    ['how', 'much']
    """
    return word.split(_JOINT)


def vocabulary_of(phrases: Iterable[Phrase], classes: Classes) -> set[str]:
    """Every word that the model knows."""
    words: set[str] = set()
    for phrase in phrases:
        for word in phrase.words:
            words.update(classes.get(word, (word,)))
    return words


def probabilities_of(
    phrases: Iterable[Phrase], classes: Classes
) -> tuple[Counts, dict[Ngram, float]]:
    """Of every n-gram its probability, and of every history the weight of backing off from it."""
    counted = _class_counts(phrases)
    probabilities: Counts = {}
    backoffs: dict[Ngram, float] = {}
    for size in (1, 2, 3):
        counts, totals, types = _word_counts(counted[size], classes)
        if size == 1:
            counts = {gram: count for gram, count in counts.items() if gram != ("<s>",)}
            total, kinds = sum(counts.values()), len(counts)
            for gram, count in counts.items():
                probabilities[gram] = (count + 1) / (total + kinds)
            probabilities["<s>",] = 1e-99
            continue
        for gram, count in counts.items():
            history = gram[:-1]
            novelty = types[history]
            lower = _lower(gram[1:], probabilities, backoffs)
            probabilities[gram] = (count + novelty * lower) / (totals[history] + novelty)
        backoffs |= _backoffs(counts, probabilities, backoffs)
    return probabilities, backoffs


def _with_pairs(words: tuple[str, ...], pairs: set[tuple[str, str]]) -> tuple[str, ...]:
    paired: list[str] = []
    place = 0
    while place < len(words):
        size = 2 if words[place : place + 2] in pairs else 1
        paired.append(_JOINT.join(words[place : place + size]))
        place += size
    return tuple(paired)


def _lower(gram: Ngram, probabilities: Counts, backoffs: Mapping[Ngram, float]) -> float:
    """The probability of an n-gram that may not be listed."""
    if gram in probabilities:
        return probabilities[gram]
    return backoffs.get(gram[:-1], 1.0) * _lower(gram[1:], probabilities, backoffs)


def _backoffs(
    counts: Counts, probabilities: Counts, backoffs: Mapping[Ngram, float]
) -> dict[Ngram, float]:
    seen: dict[Ngram, float] = defaultdict(float)
    seen_lower: dict[Ngram, float] = defaultdict(float)
    for gram in counts:
        seen[gram[:-1]] += probabilities[gram]
        seen_lower[gram[:-1]] += _lower(gram[1:], probabilities, backoffs)
    return {
        history: max(1 - seen[history], 1e-6) / max(1 - seen_lower[history], 1e-6)
        for history in seen
    }


def _class_counts(phrases: Iterable[Phrase]) -> dict[int, Counts]:
    counted: dict[int, Counts] = {
        1: defaultdict(float),
        2: defaultdict(float),
        3: defaultdict(float),
    }
    for phrase in phrases:
        opening = ("<s>",) if phrase.starts else ()
        words = (*opening, *phrase.words, *(("</s>",) if phrase.ends else ()))
        for size in (1, 2, 3):
            for start in range(len(words) - size + 1):
                counted[size][words[start : start + size]] += phrase.weight
    return counted


def _word_counts(counted: Counts, classes: Classes) -> tuple[Counts, Counts, Counts]:
    """Counts of word n-grams, and of every history how much and how many different follow it."""
    counts: Counts = defaultdict(float)
    totals: Counts = defaultdict(float)
    types: Counts = defaultdict(float)
    for gram, count in counted.items():
        members = [classes.get(word, (word,)) for word in gram]
        histories = math.prod(len(choice) for choice in members[:-1])
        if len(gram) == 3 and histories > _MOST_MEMBERS:
            continue
        share = 1 / histories
        for history in product(*members[:-1]):
            totals[history] += count * share
            types[history] += min(1.0, count) * share
        if len(gram) == 3 and histories * len(members[-1]) > _MOST_MEMBERS:
            continue
        share /= len(members[-1])
        for words in product(*members):
            counts[words] += count * share
    return counts, totals, types
