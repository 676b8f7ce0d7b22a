"""How words are pronounced, in the recogniser's own phones (ARPAbet without stress marks).

::

    known to cmudict     pronunciations as they stand there
    two known words      "brightwell" = bright + well
    a known word + s     "implantologists"
    anything else        spelled out by rule: "kowalczyk" → K OW W AE L CH IH K

The rules are a guess in the manner of English; a name that matters deserves its phones in the bot's
`[vocabulary]`.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

PHONES = frozenset(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W "
    "Y Z ZH".split()
)

Pronunciations = dict[str, list[str]]  # word -> its phones, space separated; most common first

_SHORTEST_PART = 3  # letters of a word that a compound may be made of
_VARIANT = re.compile(r"\(\d+\)$")

# Written as "before(letters)after -> phones", tried in order at each place in a word; "#" is the
# word's edge, "." any letter, V a vowel, C a consonant. The first that fits is taken.
_RULES = """
(ign)# AY N; (tion)# SH AH N; (sion)# ZH AH N; (cian)# SH AH N; (tial)# SH AH L; (cial)# SH AH L;
(tious)# SH AH S; (cious)# SH AH S; (ough)t AO; (augh)t AO; (ough)# AH F; (eigh) EY; (igh) AY;
(tch) CH; (sch) SH; #(kn) N; #(gn) N; #(wr) R; #(ps) S; #(mc)V M AH K; #(mc) M AH K; (mb)# M;
(que)# K; (dge) JH; (czy) CH IH; (cz) CH; (sz) SH; (ck) K; (ch) CH; (sh) SH; (th) TH; (ph) F;
(wh) W; (gh) G; (qu) K W; (ng)# NG; (ng)s NG; (nk) NG K; (zz) Z; (ss) S; (ff) F; (ll) L; (tt) T;
(pp) P; (bb) B; (dd) D; (gg) G; (mm) M; (nn) N; (rr) R; (cc)e K S; (cc)i K S; (cc) K; (eau) OW;
(air) EH R; (are)# EH R; (ear) IH R; (eer) IH R; (ier)# IY ER; (oor) AO R; (our) AO R;
(ire)# AY ER; (ure)# Y UH R; (ar) AA R; (or)# ER; (or) AO R; (er) ER; (ir) ER; (ur) ER; (yr) ER;
(ai) EY; (ay) EY; (au) AO; (aw) AO; (ee) IY; (ea) IY; (ei) AY; (ey)# IY; (ey) EY; (eu) Y UW;
(ew) UW; (ie)# IY; (ie) IY; (oa) OW; (oe)# OW; (oi) OY; (oy) OY; (oo) UW; (ou) AW; (ow)# OW;
(ow) AW; (ue)# UW; (ui) UW; (sm)# Z AH M; C(le)# AH L; C(les)# AH L Z; C(ed)# D; t(ed)# AH D;
V(s)V Z; (a)Ce# EY; (e)Ce# IY; (i)Ce# AY; (o)Ce# OW; (u)Ce# UW; (y)Ce# AY; (a)Ces# EY;
(i)Ces# AY; (o)Ces# OW; (u)Ces# UW; (e)#; C(es)# Z; C(y)# IY; V(y)# IY; (ia)# IY AH; (io)# IY OW;
(a)# AH; (i)# IY; (o)# OW; (u)# UW; #(y) Y; (y)V Y; (y) IH; (c)e S; (c)i S; (c)y S; (c) K;
(g)e JH; (g)i JH; (g)y JH; (g) G; #(x) Z; (x) K S; (j) JH; (q) K; (a) AE; (e) EH; (i) IH; (o) AA;
(u) AH; (b) B; (d) D; (f) F; (h) HH; (k) K; (l) L; (m) M; (n) N; (p) P; (r) R; (s) S; (t) T;
(v) V; (w) W; (z) Z
"""
_CLASSES = {"#": r"\b", "V": "[aeiouy]", "C": "[bcdfghjklmnpqrstvwxz]"}


class PhonesError(ValueError):
    """Phones that the recogniser does not have."""


def checked_phones(word: str, phones: str) -> str:
    """The phones of a vocabulary entry without their stress marks.

    Raises:
        PhonesError: one of them is no ARPAbet phone.
    """
    bare = [re.sub(r"[012]$", "", phone) for phone in phones.upper().split()]
    if unknown := sorted({phone for phone in bare if phone not in PHONES}):
        raise PhonesError(
            f"the phones of {word!r} have {', '.join(unknown)}; "
            f"ARPAbet has {' '.join(sorted(PHONES))}"
        )
    return " ".join(bare)


def pronounce(words: Iterable[str], dictionary: Path) -> Pronunciations:
    """The pronunciations of `words`, of each at least one.

    Args:
        words: Lower case, one word each.
        dictionary: A file in cmudict's format, a word and its phones a line.
    """
    wanted = set(words)
    known = _look_up(wanted, dictionary)
    missing = sorted(wanted - known.keys())
    parts = _look_up(
        {part for word in missing for pair in _halves(word) for part in pair}, dictionary
    )
    return known | {word: [_guess(word, parts)] for word in missing}


def spell_out(word: str) -> str:
    """The phones of a word by rule, never empty.

    >>> spell_out("brenish")
    'B R EH N IH SH'
    """
    letters = re.sub(r"[^a-z]", "", word.lower())
    phones: list[str] = []
    place = 0
    while place < len(letters):
        for pattern, length, sounds in _PATTERNS:
            if pattern.match(letters, place):
                phones += sounds
                place += length
                break
    return " ".join(phones) or "AH"


def _guess(word: str, parts: Pronunciations) -> str:
    for first, second in _halves(word):
        if first in parts and second in parts:
            return f"{parts[first][0]} {parts[second][0]}"
    stem, ending = (word[:-2], "s") if word.endswith("'s") else (word[:-1], word[-1:])
    if ending == "s" and stem in parts:
        return f"{parts[stem][0]} Z"
    return spell_out(word)


def _halves(word: str) -> Iterator[tuple[str, str]]:
    """Where a word could be two, the most even split first; also the word without its "s"."""
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    for cut in sorted(cuts, key=lambda cut: abs(2 * cut - len(word))):
        yield word[:cut], word[cut:]
    yield word.removesuffix("s").removesuffix("'"), word


def _look_up(words: set[str], dictionary: Path) -> Pronunciations:
    found: Pronunciations = {}
    if not words:
        return found
    with dictionary.open(encoding="utf-8") as lines:
        for line in lines:
            entry, _, phones = line.partition(" ")
            word = entry if entry in words else _VARIANT.sub("", entry)
            if word in words:
                found.setdefault(word, []).append(phones.strip())
    return found


def _patterns() -> Iterator[tuple[re.Pattern[str], int, list[str]]]:
    for rule in _RULES.replace("\n", " ").split(";"):
        context, _, sounds = rule.strip().partition(" ")
        before, letters, after = re.split(r"[()]", context)
        looks = [re.sub("[#VC]", lambda sign: _CLASSES[sign[0]], part) for part in (before, after)]
        behind = f"(?<={looks[0]})" if looks[0] not in ("", r"\b") else looks[0]
        yield re.compile(f"{behind}{letters}(?={looks[1]})"), len(letters), [*sounds.split()]


_PATTERNS = list(_patterns())
