"""What a turn does beside saying something: yes, no, hello, goodbye, wait, say it again …

Only a turn that is nothing else counts: "yes" is an answer, "yes, but on Thursday" is a wish.
"""

import re
from typing import Literal

from pipelines.services.embedded.brain.words import plain

Act = Literal[
    "yes",
    "no",
    "hello",
    "how_are_you",
    "thanks",
    "bye",
    "wait",
    "repeat",
    "who",
    "help",
    "abort",
    "hear_me",
]

_YES = (
    "yes yeah yep yup sure correct right okay ok absolutely definitely perfect great good fine "
    "exactly alright affirmative course certainly lovely wonderful awesome us"
).split()  # "us" is what a recogniser makes of a Scottish yes; alone, it is nothing else
_AGREED = (
    "that is (?:right|correct|fine|good|perfect|it)",
    "that would be (?:great|good|fine|perfect)",
    "sounds (?:good|great|fine)",
    "that works|works for me|very good|all right|of course|go ahead|do so",
    "(?:do|book|confirm|cancel|move) (?:it|that)|i confirm|i would like that",
    "i am(?: sure)?|i do|i would|it is|you can",
)
_REFUSED = (
    "no|nope|nah|none(?: of them)?|neither|wrong|incorrect|rather not",
    "not really|not that one|no (?:thanks|thank you|way)",
    "(?:that|it) is (?:not (?:right|correct|good)|wrong|not)",
    "i do not|i am (?:not|good|fine|all set)|do not|(?:keep|leave) it",
    "that does not work(?: for me)?",
)
_THANKED = r"(?: (?:thank you|thanks|yes|yeah|no|okay|sir|madam|very much|then|that is right))*"
_MOMENT = "(?:moment|second|minute)"
_CHEERS = "(?:okay|ok|no|alright|all right|great|perfect|thank you|thanks|good|and|oh)"
_MACHINE = "(?:robot|machine|computer|bot|real|human|ai|person|real person|recording)"

# Each act with its alternatives; the first that fits a whole turn counts.
_RULES: tuple[tuple[Act, tuple[str, ...]], ...] = (
    (
        "repeat",
        (
            "(?:sorry |pardon )?(?:can|could) you (?:say|repeat)(?: that| it| once| again| more)*",
            "(?:sorry )?what did you say|(?:say|repeat) (?:that|it)(?: again)?",
            "(?:sorry )?i did not (?:understand|hear|catch|get) (?:that|you|it)",
            "(?:and )?(?:what|which) (?:time|day|date) (?:is|was) (?:that|it)(?: again)?",
            "pardon(?: me)?|what was that|what|excuse me|sorry|once more|come again",
        ),
    ),
    ("hear_me", ("(?:hello )?(?:can you hear me|are you (?:still )?there|is anybody there)",)),
    (
        "wait",
        (
            "let me (?:think|see|check)(?: let me (?:think|see|check))*",
            f"(?:just )?(?:one|a) {_MOMENT}|give me a {_MOMENT}",
            f"(?:hold on|hang on|wait)(?: (?:a|one) {_MOMENT}| let me (?:think|see|check))*",
        ),
    ),
    (
        "abort",
        (
            r"(?:actually |no |okay )*never mind(?: .{1,20})?",
            r"(?:actually |no |okay )*forget (?:about )?(?:it|that)",
            "(?:actually |no |okay )*(?:cancel|stop|drop|leave) (?:that|this)|stop",
            "i (?:have )?changed my mind|i do not want (?:that|it)(?: any ?more)?|let us leave it",
        ),
    ),
    (
        "how_are_you",
        ("(?:hello |hi |hey )*how (?:are you(?: doing)?|is it going|do you do)(?: today)?",),
    ),
    (
        "who",
        (
            rf"(?:.* )?are you (?:a |an |really |just )*{_MACHINE}(?: .*)?",
            rf"(?:.* )?am i (?:talking|speaking) (?:to|with) (?:an? )?{_MACHINE}(?: .*)?",
            "(?:.* )?who (?:am i (?:talking|speaking) (?:to|with)|are you)",
            "who is (?:this|there|speaking)|what is your name|how old are you",
        ),
    ),
    (
        "help",
        (
            "what can you do(?: for me)?|what can i (?:do|ask)(?: here| you)?",
            "can you help me|how can you help(?: me)?|(?:i need (?:some )?)?help(?: me)?",
        ),
    ),
    (
        "bye",
        (
            rf"(?:{_CHEERS} )*(?:bye|goodbye|good bye|bye bye|good night)(?: .{{1,20}})?",
            rf"(?:{_CHEERS} )*(?:see you|have a (?:nice|good|great))(?: .{{1,20}})?",
            rf"(?:{_CHEERS} )*that (?:is|was) (?:all|it|everything)(?: .{{1,30}})?",
            rf"(?:{_CHEERS} )*nothing else(?: .{{1,30}})?",
            rf"(?:{_CHEERS} )*(?:i have to go(?: now)?|talk to you later)(?: .{{1,20}})?",
        ),
    ),
    ("no", (rf"(?:(?:{'|'.join(_REFUSED)})\b ?)+{_THANKED}",)),
    ("thanks", (rf"(?:{_CHEERS} )*(?:thank you|thanks|much appreciated|cheers)(?: .{{1,24}})?",)),
    (
        "hello",
        ("(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: (?:there|hello|hi|brightwell))*",),
    ),
    ("yes", (rf"(?:(?:{'|'.join((*_YES, *_AGREED))})\b ?)+{_THANKED}",)),
)
_COMPILED: list[tuple[Act, re.Pattern[str]]] = [
    (act, re.compile("|".join(f"(?:{way})" for way in ways))) for act, ways in _RULES
]
_NEGATIVE = re.compile(r"^(?:no|nope|nah|not)\b")
_POSITIVE = re.compile(rf"^(?:{'|'.join(_YES[:9])})\b")
# What says nothing in an act; "and" is what a recogniser makes of a leading "um".
_FEEDBACK = re.compile(r"^and\b|\b(?:u+h+m*|u+m+|e+r+m*|hm+|mm+|oh|ah|well|so|please|then)\b")


def act_of(text: str) -> Act | None:
    """What the turn does, if it does nothing else.

    >>> act_of("Yes, please."), act_of("No, I said ten.")
    ('yes', None)
    """
    said = _bare(text)
    return next((act for act, rule in _COMPILED if rule.fullmatch(said)), None)


def begins_with_no(text: str) -> bool:
    """Whether a longer turn starts by refusing: "no, that is not what I said"."""
    return bool(_NEGATIVE.match(_bare(text)))


def begins_with_yes(text: str) -> bool:
    """Whether a longer turn starts by agreeing: "yes, that one is good for me"."""
    return bool(_POSITIVE.match(_bare(text)))


def _bare(text: str) -> str:
    return " ".join(_FEEDBACK.sub(" ", plain(text)).split())
