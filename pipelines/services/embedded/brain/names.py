"""People's names in a caller's words: "this is Anna Miller", "it's under Miller", "Anna Miller"."""

import re

from pipelines.services.embedded.brain.words import plain, words
from pipelines.spoken import MONTHS, ONES, TENS, WEEKDAYS

_BEFORE = re.compile(
    r"\b(?:my (?:first |last |full )?name is|the name is|name is|this is|i am|it is under|under|"
    r"call me|booked for|appointment (?:for|of)|it is for|it is|the name of|name of|for|"
    r"(?:is|was) called|i said|i meant)\b"
)
# What nothing but a name stands behind.
_SURE = ("my name is", "my first name is", "my last name is", "my full name is", "the name is")
# Ends a name, or shows that what follows "this is" and "I am" is none.
_NO_NAME = frozenset(
    "a an and the i it is was in on at to for of or but my your our me you we he she they this "
    "that not no yes yeah yep sure right correct okay good great fine thanks thank hello hi hey "
    "bye calling looking new here there just very really so sorry afraid nervous late running "
    "coming going trying wondering interested from with about please today tomorrow what when "
    "where who how why which can could would will do does did have has had need want like make "
    "made take appointment booking book cancel move change reschedule visit checkup cleaning "
    "filling whitening tooth teeth dentist doctor name under first last full spelled speaking "
    "again now then if any some all one more time day week next actually wait instead morning "
    "afternoon evening noon pain emergency person human robot question half past quarter oclock "
    "am pm only free open closed everything nothing wrong works perfect um uh as possible "
    "better earlier later said meant".split()
) | frozenset((*WEEKDAYS, *ONES, *TENS, *MONTHS[:4], *MONTHS[5:]))
_BESIDE = frozenset("yes sure it is okay no".split())
_MOST = 3
_ADDED = 1


def said_name(text: str, *, asked: bool = False) -> str:
    """The name after "my name is", "this is", "under" …; "" if there is none.

    A single word after "this is" and the like is only taken for a name if one was `asked` for.

    >>> said_name("hi this is anna miller and i need a checkup")
    'Anna Miller'
    >>> said_name("i am looking for a dentist")
    ''
    """
    said = plain(text)
    found = ""
    for before in _BEFORE.finditer(said):
        name = _leading_name(said[before.end() :].split())
        if name and (len(name) > 1 or asked or before[0] in _SURE):
            found = _written(name, text)
    return found


def bare_name(text: str) -> str:
    """A turn that is nothing but a name; "" if it is anything else.

    >>> bare_name("um anna miller please")
    'Anna Miller'
    >>> bare_name("what was the question")
    ''
    """
    said = [word for word in words(text) if word not in _BESIDE]
    start = next((at for at, word in enumerate(said) if word not in _NO_NAME), len(said))
    name = _leading_name(said[start:])
    # A recogniser adds a short word before or behind, but no name is one word among others.
    alone = len(name) == len(said) or (len(name) > 1 and len(said) - len(name) <= _ADDED)
    return _written(name, text) if name and alone else ""


def _leading_name(said: list[str]) -> list[str]:
    name: list[str] = []
    for word in said:
        if word in _NO_NAME or not word.replace("'", "").isalpha() or len(name) == _MOST:
            break
        name.append(word)
    # "under Anna Miller tomorrow morning": what is no name may follow, but not another word of it.
    return name if len(said) <= len(name) or len(name) < _MOST or said[_MOST] in _NO_NAME else []


def _written(name: list[str], text: str) -> str:
    """The name as the caller wrote it, if with capitals, else with a capital on each word."""
    parts = []
    for word in name:
        typed = re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)
        kept = typed and typed[0] != typed[0].lower() and typed[0] != typed[0].upper()
        parts.append(typed[0] if typed and kept else word.capitalize())
    return " ".join(parts)
