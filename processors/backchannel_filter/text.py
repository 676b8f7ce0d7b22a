"""Words as they are compared: whatever a recogniser writes becomes the same few tokens.

::

    "Mm-hmm. Y-yeah, OKAYYY [laughter]"  ──▶  mhm · yeah · okay · [noise]

Hums are told by their sound, because recognisers spell them in any way they like: two syllables
with a rising second ("mm-hmm", "uh-huh", "mhm") say yes, two stopped ones ("uh-uh") say no.
"""

import re
import unicodedata
from collections.abc import Container, Sequence

YES_HUM = "mhm"
NO_HUM = "uhuh"
NOISE = "[noise]"
REPAIR = "?"

# Cyrillic and Greek letters that look like Latin ones, as they come from pasted or hostile text.
_LOOKALIKES = str.maketrans(
    "аеоорсухіјѕһԁԛԝкмтвнαοερνικτυχµ’‘ʼ`´‐‑‒–—",
    "aeoopcyxijshdqwkmtbhaoepviktuxm'''''-----",
)
_MARKER = re.compile(r"\[([^\]]*)\]|<([^>]*)>|\(([^)]*)\)|\*([^*]*)\*|\{([^}]*)\}")
_TOKEN = re.compile(r"(\[noise\])|([^\W_]+(?:['-]+[^\W_]+)*)(['-]*)\s*([?!.,;:…]*)")
# "o.k." is written in letters.
_INITIALS = re.compile(r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)")
_LONG_RUN = re.compile(r"(.)\1{2,}")

_LAUGH = re.compile(r"(?:h+[aeiou]+|j+a+){2,}h*|h+a+h*|l+o+l+|(?:a+h+a+){2,}h*")
_NO_HUM = re.compile(r"(?:n?u+n?h+|m+|h+u+h+)-(?:u+n?h+|m+)|n+u+h+-?u*h+")
_FILLER = re.compile(r"[uae]+h*m+|[uae]+h+|e+r+m*")
_YES_HUM = re.compile(r"(?:[uae]+n?h*m*|m+|h+m+|y+u+h+)h+(?:[ua]+n?h*|[ua]*m+h*)")
_HUM = re.compile(r"h*m+h*")
# "uh huh" and "mm hm" in two words.
_HUM_START = re.compile(r"[ua]+n?h*m*|m+|y+u+h+")
_HUM_END = re.compile(r"h+(?:u+h*|a+h*|u*m+h*)")


def normalise(text: str) -> str:
    r"""Lower case, one kind of quote and hyphen, nothing invisible, no accents, no lookalikes.

    >>> normalise("Ýes\u200b, it’s ＯＫ")
    "yes, it's ok"
    """
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_LOOKALIKES)
    folded = _INITIALS.sub("", folded)
    return "".join(
        c for c in folded if unicodedata.category(c) not in ("Mn", "Cf", "Cc") or c in "\n\t"
    )


def tokens(text: str, *, noises: Container[str] = (), repairs: Container[str] = ()) -> list[str]:
    """The words of `text` in canonical spelling; marked noises become `NOISE`.

    Args:
        text: As a recogniser wrote it.
        noises: Words that, inside brackets, stand for a sound ("laughter").
        repairs: Words that ask for repair when a question mark follows ("huh?"); `REPAIR` is
            added after them.

    >>> tokens("Uh huh, y-yeah [laughs]", noises={"laughs"})
    ['mhm', 'yeah', '[noise]']
    """
    marked = _MARKER.sub(lambda found: _unmark(found, noises), normalise(text))
    words: list[str] = []
    pause = True
    for noise, word, _, punctuation in _TOKEN.findall(marked):
        parts = [NOISE] if noise else _parts(word)
        if not pause and _HUM_END.fullmatch(word) and _HUM_START.fullmatch(words[-1]):
            words[-1:] = [YES_HUM]
        else:
            words += parts
        if "?" in punctuation and words and words[-1] in repairs:
            words.append(REPAIR)
        pause = bool(punctuation) or words[-1:] in ([], [NOISE])
    return words


def _unmark(found: re.Match[str], noises: Container[str]) -> str:
    """A marker without its brackets, or the sign for noise where it names only noises."""
    inside = next((group for group in found.groups() if group is not None), "")
    words = re.findall(r"[^\W\d_]+", inside)
    return f" {NOISE} " if all(word in noises for word in words) else f" {inside} "


def _parts(word: str) -> list[str]:
    """One written word as spoken ones: hums named, stutters dropped, other hyphens opened."""
    if _NO_HUM.fullmatch(word):
        return [NO_HUM]
    joined = word.replace("-", "")
    if _FILLER.fullmatch(joined):
        return ["um"]
    if _YES_HUM.fullmatch(joined):
        return [YES_HUM]
    if _LAUGH.fullmatch(joined):
        return [NOISE]
    if _HUM.fullmatch(joined):
        return ["hm" if joined[0] == "h" else "mm"]
    pieces = [squeeze(piece) for piece in word.split("-") if piece]
    stutter = [
        len(piece) <= 3 and following.startswith(piece) and following != piece
        for piece, following in zip(pieces, [*pieces[1:], ""], strict=True)
    ]
    return [piece for piece, dropped in zip(pieces, stutter, strict=True) if not dropped]


def squeeze(word: str) -> str:
    """Drawn-out letters shortened to one: "yeeeah" is "yeah"; doubled letters stay.

    >>> squeeze("sooo"), squeeze("good")
    ('so', 'good')
    """
    return _LONG_RUN.sub(r"\1", word)


def without_restarts(words: Sequence[str]) -> list[str]:
    """The words without what was begun twice: "that, that's, that's true" is "that's true".

    >>> without_restarts(["i", "i", "think", "i", "think", "so"])
    ['i', 'think', 'so']
    """
    kept: list[str] = []
    for word in words:
        if kept and word.startswith(f"{kept[-1]}'"):
            kept.pop()
        kept.append(word)
        for length in (1, 2, 3):
            if len(kept) >= 2 * length and kept[-length:] == kept[-2 * length : -length]:
                del kept[-length:]
    return kept
