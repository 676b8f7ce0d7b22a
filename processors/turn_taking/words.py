"""English as turn-taking needs it: which words leave a sentence hanging, which round it off.

Lists only, so that another language is another file of the same shape.
"""

import re

FILLERS = frozenset("um uh er erm ehm hmm hm mhm ah eh uhm umm uhh mm".split())
POLITE = frozenset("please thanks thank".split())

# A sentence that ends with one of these goes on.
DANGLING = frozenset(
    """
    a an the my your our their his its
    and or but because cause if when while so than whether unless until since although though
    of for with from into onto at to as per via without within between among during toward towards
    after past near
    is are was were am be been being
    can could would will shall should might must may
    gonna wanna gotta saying telling trying hoping wondering looking asking thinking
    i we he she they
    i'm it's that's we're they're you're he's she's there's what's where's who's how's let's
    i'd i'll i've we'd we'll we've you'd you'll they'd they'll they've
    very really quite just actually maybe probably perhaps also only even like around about
    approximately roughly especially basically
    next every each another whose which
    have had has do does did
    mister mrs miss doctor dr mr ms
    """.split()
)

# Verbs that want an object, which stands behind them unless a question word is it.
TRANSITIVE = frozenset(
    """
    need want wanted needed prefer bring get make take give tell ask book schedule
    lost broke got received bought found made took needs wants
    """.split()
)
QUESTION_WORD = re.compile(
    r"^(?:(?:and|so|okay|well|hi|hello)\s+)*(?:what|who|which|where|when|how|why)\b"
)

# "can you book me", "send us": what is booked or sent is still to come.
GIVES_TO = re.compile(r"\b(?:book|give|send|get|show|tell|let|make|bring|find)\s+(?:me|us)$")

# Requests that mostly go on with when, where or for whom.
BARE_REQUEST = re.compile(
    r"\b(?:book|make|schedule|have|get|cancel|move|change|reschedule|order|reserve|return|need|want"
    r"|like)\s+(?:a|an|my|the|some|another)\s+(?:appointment|reservation|booking|table|room|visit"
    r"|meeting|call|flight|ticket|order|slot|time)$|\bnot sure$|\bdon't know$|\bcan't remember$"
    r"|\bno idea$"
)
SUBJECT = re.compile(
    r"\b(?:i|we|he|she|it|they|you|this|that|there|my|our|the|i'm|i've|i'd|i'll|we're|we've|it's"
    r"|that's|there's|he's|she's|they're|everything|nothing|something|somebody|someone)\b"
)

# Short answers that end with a word of the list above and are complete all the same: "yes I do".
SHORT_ANSWER = re.compile(
    r"^(?:(?:yes|yeah|yep|no|nope|sure|of course|certainly)\s+)?"
    r"(?:i|we|it|he|she|they|you|that|there)\s+"
    r"(?:is|are|was|were|am|do|does|did|have|has|had|can|could|will|would|should)$"
)

# "where it is", "what I want", "as soon as you can": the wh-word took the object.
EMBEDDED = re.compile(
    r"\b(?:what|where|who|how|which|whatever|wherever|when|as)\b.*\b(?:i|you|we|it|he|she|they|that|this)"
    r"\s+(?:is|are|was|were|need|want|have|had|do|did|can|could|get|will|should)$"
)

# Prepositions that close a sentence after these verbs ("come in") or in these questions
# ("what is that for"), and leave it hanging anywhere else.
PARTICLES = frozenset("in on off up out over down by through around about back away".split())
PARTICLE_VERBS = frozenset(
    """
    come coming comes came check checking go going went log sign fill filling drop dropping pick
    picking call calling hang turn move moving set find hold stop sit been pop drive fly written
    wake clear figure work run running ran sold break speed slow calm shut open
    """.split()
)
OBJECT_QUESTION = re.compile(r"^(?:(?:and|so|okay|well)\s+)?(?:what|who|which|where)\b")

# After these, "you", "it" or "this" is a subject, and its verb is still to come.
SUBJECT_NEXT = frozenset(
    """
    can could do does did will would are is if whether when that because should may have has was
    were unless until where
    """.split()
)
PRONOUNS = frozenset("you it this that there these those".split())

# Openings whose object or clause is still to come, as whole texts or endings.
HANGING_PHRASE = re.compile(
    r"(?:^|\s)(?:would like|i'd like|we'd like|i would love|can you tell me|could you tell me"
    r"|tell me|let me|do you know|like to know|want to know|kind of|sort of|a couple of|a bit of"
    r"|at least|at most|you know|i mean|the thing is|i think|i guess|i believe|i see if"
    r"|do you have|is there|are there|it was|my name|my number|my phone number|the number"
    r"|my email|my address|my date of birth|date of birth is|how about|what about|such as)$"
)

QUESTION = re.compile(
    r"^(?:(?:and|so|okay|ok|well|yes|yeah|hi|hello|um|uh|oh|actually|sorry)\s+)*"
    r"(?P<asks>what|what's|when|where|where's|who|who's|why|how|how's|which|whose"
    r"|do|does|did|is|are|am|was|were|can|could|would|will|shall|should|may|have|has|isn't|aren't"
    r"|don't|doesn't|can't|couldn't|won't)\b"
)
ONLY_A_QUESTION_WORD = re.compile(
    r"^(?:and |so |okay |well )*(?:what|when|where|who|how|which|whose|how much|how many|how long"
    r"|what time|which day|what day|what kind|what is|how far|how about)(?: the)?$"
)
WHOLE_UTTERANCE = frozenset(
    """
    hello hi hey bye goodbye thanks yes yeah yep no nope okay ok sure right correct exactly
    perfect great nothing sorry pardon what why really stop wait cancel repeat operator agent
    """.split()
)
CLOSING = re.compile(
    r"(?:^|\s)(?:please|thanks|thank you|thank you very much|thanks a lot|bye|goodbye|bye bye"
    r"|that's all|that's it|that is all|that is it|nothing else|right now|as soon as possible|asap"
    r"|if possible|if that's possible|if you can|is that okay|is that right|all right|alright"
    r"|sounds good|that works|works for me|never mind|not really|of course|for sure)$"
    r"|^(?:well )?(?:i don't know|i'm not sure|no idea)$"
)

YES_NO_WORDS = re.compile(
    r"^(?:(?:oh|well|um|uh|okay|ok)\s+)?(?:yes|yeah|yep|yup|no|nope|sure|okay|ok|correct|right"
    r"|exactly|absolutely|definitely|certainly|of course|not really|i think so|that's right"
    r"|that's correct|please do|go ahead|sounds good|that works)\b"
)

NUMBER_WORDS = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
TEENS_AND_TENS = {
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
REPEATS = {"double": 2, "triple": 3}

WHEN_WORDS = re.compile(
    r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|tonight"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|morning|afternoon|evening|noon|midnight|week|weekend|month|am|pm|a m|p m|o'clock"
    r"|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|\w+teenth|twentieth|thirtieth|anytime|any time|\d{1,2}(?:st|nd|rd|th)?|ten|eleven|twelve"
    r"|half past|quarter past|quarter to|ago)\b"
)

ORDINAL_LAST = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|\w+teenth|twentieth|thirtieth|\d+(?:st|nd|rd|th))$"
)
