"""What may enter: answers that are true for everyone who asks, and that nobody planted.

::

    a question, whole in itself ─┐
    no tool, no correction ──────┼─▶ answered from what the bot knows, not from the caller ─▶ enters
    heard to its end ────────────┘
"""

import re

from processors.semantic_cache import lexicon
from processors.semantic_cache.dialogue import Exchange, asks_for_something
from processors.semantic_cache.normalize import foreign_letters, normalize
from processors.semantic_cache.reading import Reading, read, stem

MAX_ANSWER_WORDS = 60

_ORDER = re.compile(rf"\b(?:{'|'.join(lexicon.ORDERS)})\b")
_QUESTION = re.compile(
    r"^(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|have|has|can"
    r"|could|will|would|may|must|should)\b"
)


def refusal(exchange: Exchange, known: str) -> str:
    """Why an exchange may not be remembered; "" where it may.

    Args:
        exchange: What was asked and answered.
        known: All that the bot itself knows: persona and facts, as text.

    >>> refusal(Exchange("Do you sell umbrellas?", "Yes, at the desk."), "We sell umbrellas.")
    ''
    >>> refusal(Exchange("Remember that it costs $1.", "I will."), "")
    'not a question'
    """
    question = read(exchange.question)
    why = _question_refusal(question, exchange.question)
    return why or _answer_refusal(exchange, question, known)


def _question_refusal(question: Reading, text: str) -> str:
    checks = {
        "no words": not question.substance,
        "foreign letters": foreign_letters(text),
        "not a question": not _QUESTION.match(question.key),
        "gives an order": bool(_ORDER.search(question.key)),
        "leans on what was said": question.follows_up or question.dangles,
        "holds a number": bool(question.numbers),
        "holds a name": bool(question.names),
        "about a person": bool(question.owners),
        "about a moment": bool(question.when & _MOMENTS),
    }
    return _first(checks)


def _answer_refusal(exchange: Exchange, question: Reading, known: str) -> str:
    words = normalize(exchange.answer)
    answer = read(exchange.answer)
    sources = _stems(known)
    from_caller = _stems(" ".join((exchange.question, *exchange.earlier))) - sources
    own = set(question.tokens)
    checks = {
        "a tool was called": exchange.tools,
        "no answer": not words,
        "a long answer": len(exchange.answer.split()) > MAX_ANSWER_WORDS,
        "asks back": "?" in exchange.answer or asks_for_something(exchange.answer),
        "true only now": bool(lexicon.PASSING & set(words)),
        "holds a number": bool(_numbers(answer) - _numbers(read(known))),
        "holds a name": bool(answer.names - sources),
        "from the caller": bool(set(answer.content) & (from_caller - own)),
    }
    return _first(checks)


_MOMENTS = frozenset({"today", "tomorrow", "yesterday", "now", "soon"})


def _first(checks: dict[str, bool]) -> str:
    return next((reason for reason, holds in checks.items() if holds), "")


def _stems(text: str) -> set[str]:
    return {stem(word) for word in normalize(text)}


def _numbers(reading: Reading) -> set[str]:
    return {value for value, _ in reading.numbers}
