"""Turns of callers, sorted by what they tell about a call: `phrases/<language>_turns.toml`.

::

    i want [a person|a human] [please|]   ──▶   i want a person please · i want a person · …
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARTS = ("first", "later")  # of a file

_EITHER = re.compile(r"\[([^\]]*)\]")
_MOST = 60  # turns from one line; of more, every n-th is taken


@dataclass(frozen=True)
class Example:
    """One turn.

    Args:
        text: The words.
        kind: What it tells about the call.
        weight: How much it counts; the turns of one line share theirs.
    """

    text: str
    kind: str
    weight: float


def turns_file(language: str) -> Path:
    """Where the turns of a language are.

    Raises:
        ValueError: nobody has written them.
    """
    path = Path(__file__).with_name("phrases") / f"{language.partition('-')[0]}_turns.toml"
    if not path.is_file():
        raise ValueError(f"no turns to compare with for language {language!r}; write {path.name}")
    return path


def examples(text: str, parts: Sequence[str] = PARTS) -> list[Example]:
    """The turns of a file's text, the lines written out."""
    found = []
    for part, kinds in tomllib.loads(text).items():
        for kind, lines in kinds.items() if part in parts else ():
            for line in filter(str.strip, lines.splitlines()):
                written_out = tuple(dict.fromkeys(spread(line)))
                weight = len(written_out) ** -0.5
                found += [Example(turn, kind, weight) for turn in written_out]
    return found


def spread(line: str) -> list[str]:
    """All that `line` stands for, or an even choice of it.

    >>> spread("[hi|hello] you [there|]")
    ['hi you there', 'hi you', 'hello you there', 'hello you']
    """
    parts = [
        part.split("|") if number % 2 else [part] for number, part in enumerate(_EITHER.split(line))
    ]
    count = 1
    for part in parts:
        count *= len(part)
    # An odd step, so that not always the same end of a two-part choice is taken.
    step = -(-count // _MOST) | 1 if count > _MOST else 1
    return [_nth(parts, number) for number in range(0, count, step)]


def _nth(parts: list[list[str]], number: int) -> str:
    chosen = []
    for part in reversed(parts):
        number, which = divmod(number, len(part))
        chosen.append(part[which])
    return " ".join("".join(reversed(chosen)).split())
