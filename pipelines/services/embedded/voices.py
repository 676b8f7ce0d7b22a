"""The voices that eSpeak NG has: a language, and how it is spoken, as in "en-us+f3".

They are read from the files of the package; the library itself is never loaded here.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pipelines.services.errors import UnknownServiceError

# The clearest: of eight that a general recogniser listened to, it got three words in ten wrong with
# f5 and f2, eight in ten with the plain voice, f3, f4, m3, m7 and Annie.
VARIANT = "f5"
# Where a language is spoken in many ways, the one that is meant by its name alone.
_ACCENTS = {"en": "en-us", "en-gb": "en-gb-x-rp", "en-uk": "en-gb-x-rp"}


def voice(name: str, language: str) -> str:
    """The full name of a voice, as the library takes it.

    Args:
        name: A voice, "en-us+f3" or "en-us"; or "espeak" for the usual one of the language.
        language: BCP 47, e.g. "en" or "de-AT".

    Raises:
        UnknownServiceError: there is no such voice, or none for the language.

    >>> voice("espeak", "en"), voice("de+m1", "en")
    ('en-us+f5', 'de+m1')
    """
    if name == "espeak":
        return f"{_accent(language)}+{VARIANT}"
    accent, plus, variant = name.partition("+")
    if accent not in accents():
        raise UnknownServiceError(f"no embedded voice is called {name!r}; {_SHAPE}")
    if plus and variant not in variants():
        raise UnknownServiceError(
            f"no embedded voice is called {name!r}; after the + comes one of "
            f"{', '.join(sorted(variants()))}"
        )
    return name


_SHAPE = "say espeak, or a language and a variant such as en-us+f3, en-gb-x-rp+m3 or de+f2"


def _accent(language: str) -> str:
    wanted = language.lower()
    for candidate in (_ACCENTS.get(wanted, wanted), _ACCENTS.get(wanted[:2], wanted[:2])):
        if candidate in accents():
            return candidate
    raise UnknownServiceError(f"no embedded voice speaks {language!r}; {_SHAPE}")


@cache
def accents() -> frozenset[str]:
    """What can stand before the +: languages and accents."""
    return frozenset(path.name.lower() for path in (_data() / "lang").rglob("*") if path.is_file())


@cache
def variants() -> frozenset[str]:
    """What can stand after the +: voices."""
    return frozenset(path.name for path in (_data() / "voices" / "!v").iterdir())


def _data() -> Path:
    # `find_spec` and not an import: the package is under another licence than this process.
    spec = find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        raise UnknownServiceError(
            "the embedded voice needs the package espeakng-loader: uv pip install espeakng-loader"
        )
    return Path(spec.origin).parent / "espeak-ng-data"
