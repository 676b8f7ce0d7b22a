"""What must not be kept: card numbers, e-mail addresses, telephone numbers, dates of birth.

::

    "my card is 4111 1111 1111 1111"   ─▶  "my card is [card]"
    sound of that stretch of speech    ─▶  silence, before it is written

Rules err on the side of silence: every run of four digits or more goes, spoken or written, whatever
it is, and with it the whole stretch of speech that it was said in, since no recogniser says
reliably where in the sound a digit is.
"""

import re
from dataclasses import dataclass, field
from typing import Any

_DIGIT = (
    r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    r"|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|double|triple|\d)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|oh|ten|eleven|twelve|\w+teen)"
_YEAR = rf"(?:(?:19|20)\d\d|(?:nineteen|twenty)\W+{_TENS}(?:\W+{_DIGIT})?)"
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("e-mail", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        ("e-mail", r"\b[\w.+-]+(?:\s+(?:dot|dash|underscore)\s+\w+)*\s+at\s+\w+(?:\s+dot\s+\w+)+"),
        ("date", rf"\b{_MONTH}\W+(?:the\W+)?[\w-]+(?:\W+(?!{_YEAR})[\w-]+)?\W+{_YEAR}\b"),
        ("date", rf"\b(?:the\W+)?[\w-]+\W+(?:of\W+)?{_MONTH}\W+{_YEAR}\b"),
        ("date", r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b"),
        ("number", r"\+?\d(?:[\s().,-]{0,3}\d){3,}"),
        ("number", rf"\b{_DIGIT}(?:[\s,.-]+{_DIGIT}){{3,}}\b"),
    )
)


def mask(text: str) -> str:
    """`text` without private data.

    >>> mask("It's 4111 1111 1111 1111, or jo@example.com")
    "It's [card], or [e-mail]"
    >>> mask("five five five one two three four at half past nine")
    '[number] at half past nine'
    """
    for name, pattern in _RULES:
        text = pattern.sub(lambda found, name=name: f"[{_name(name, found[0])}]", text)
    return text


def _name(rule: str, found: str) -> str:
    digits = re.sub(r"\D", "", found)
    return "card" if rule == "number" and 13 <= len(digits) <= 19 and luhn(digits) else rule


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def mask_all(value: Any) -> Any:
    """`value` with every text in it masked, at any depth."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: mask_all(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [mask_all(each) for each in value]
    return value


@dataclass
class SpeechGuard:
    """Decides about the sound of one side, stretch of speech by stretch of speech.

    Args:
        before_secs: How long before it is noticed a stretch may have begun.
        most_secs: How long sound is held back; what is undecided then is silenced.

    `hold_ns` says from where on nothing may be written yet; None: everything may.
    """

    before_secs: float = 0.6
    most_secs: float = 30.0
    hold_ns: int | None = None
    _text: list[str] = field(default_factory=list)
    _speaks: bool = False

    def said(self, text: str) -> None:
        """Words of the stretch."""
        self._text.append(text)

    def begins(self, at_ns: int) -> list[tuple[int, int]]:
        """A stretch of speech begins; returns spans to silence."""
        overdue = self._decide_overdue(at_ns)
        self._speaks = True
        if self.hold_ns is None:
            self.hold_ns = at_ns - int(self.before_secs * 1e9)
        return overdue

    def pauses(self, at_ns: int) -> list[tuple[int, int]]:
        """The voice pauses; its words may still come."""
        self._speaks = False
        return self._decide_overdue(at_ns)

    def settles(self, at_ns: int) -> list[tuple[int, int]]:
        """All words up to now are known; returns spans to silence."""
        if self._speaks or self.hold_ns is None:
            return self._decide_overdue(at_ns)
        text = " ".join(self._text)
        return self._decide(at_ns, private=mask(text) != text)

    def _decide_overdue(self, at_ns: int) -> list[tuple[int, int]]:
        if self.hold_ns is None or at_ns - self.hold_ns < self.most_secs * 1e9:
            return []
        return self._decide(at_ns, private=True)

    def _decide(self, at_ns: int, *, private: bool) -> list[tuple[int, int]]:
        assert self.hold_ns is not None
        span = (self.hold_ns, at_ns)
        self.hold_ns = at_ns if self._speaks else None
        self._text.clear()
        return [span] if private else []
