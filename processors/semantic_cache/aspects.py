"""What is wanted of a thing, whatever the thing is: its price, its place, that it works again.

Questions about one thing differ in this, and a question whose aspect is new to an answer is mostly
one that the answer does not settle: "how do I get a card" beside "my card does not work".
"""

import re

_WORDS = {
    "failure": r"not (?:\w+ )?(?:work|working|go|going|let|allow|accept|accepted|open|start|match"
    r"|correct|right)|fail\w*|declin\w*|reject\w*|den(?:y|ied)|errors?|problems?|issues?|wrong"
    r"|broken|stuck|unable|can ?not|could not|will not|trouble|revert\w*|refus\w*|unsuccessful"
    r"|incorrect\w*|mistake\w*",
    "obtain": r"get|getting|order\w*|obtain\w*|appl(?:y|ying)|request\w*|create|creating|sign up"
    r"|acquire|make a|open an?|have an?|receive|buy|new",
    "cost": r"how much|costs?|fees?|charg\w*|prices?|expensive|free|pay for",
    "duration": r"how (?:long|soon|quickly|fast|many (?:days|hours|weeks|minutes))|when will"
    r"|when (?:do|can|does|should)|time|take|takes",
    "place": r"where|location|nearest|near",
    "reason": r"why|reason\w*|how come|because|cause\w*|explain\w*|explanation",
    "limit": r"how many|limit\w*|max\w*|min\w*|most|least|at once",
    "define": r"what (?:is|are|does|do)|define|definition|mean|meaning|tell me about|information"
    r"|details",
    "status": r"yet|still|arriv\w*|pending|status|track\w*|waiting|showing|show|received"
    r"|completed?|gone through|already",
    "stop": r"cancel\w*|stop|delete|clos\w*|terminat\w*|undo|refund\w*|return\w*|remove|end"
    r"|turn off",
    "change": r"chang\w*|updat\w*|edit|switch|modify|correct|convert|exchang\w*|transfer\w*|move",
    "add": r"top up|topping|topped|add\w*|deposit\w*|put|set|load",
    "loss": r"lost|stolen|missing|disappear\w*|find|misplaced|took|ate|swallow\w*|kept|keep",
    "safety": r"safe|secure|security|fraud\w*|compromis\w*|someone|hack\w*|unauthorized"
    r"|recogni[sz]e|did not (?:make|do)",
    "requirement": r"need\w*|requir\w*|must|have to|necessary|mandatory|eligib\w*|old enough|age"
    r"|documents?",
    "choice": r"which|what (?:kind|type|sort)s?|types?|kinds?|list",
    "support": r"support\w*|accept\w*|offer\w*|available|availability|provide|do you|are there"
    r"|is there",
    "permission": r"am i able|allow\w*|possible|may i|could i",
    "way": r"how (?:do|can|could|should|would|to|does|is|are)|steps|process|procedure|way to"
    r"|ways to|instructions|guide",
    "repetition": r"twice|double|duplicate|two times|again|extra|additional|more than one|another"
    r"|multiple|second",
    "use": r"us(?:e|ing|ed)|do with|spend",
    "report": r"tell|say|know|read|hear|see|check|look|view|what (?:was|has|did)",
}  # fmt: skip
_PATTERNS = {name: re.compile(rf"\b(?:{words})(?!\S)") for name, words in _WORDS.items()}
_PERMISSION = re.compile(r"can\b")

ASPECTS = tuple(_PATTERNS)


def aspects(question: str) -> frozenset[str]:
    """The aspects that a normalised question speaks of.

    >>> sorted(aspects("how much is a card"))
    ['cost']
    """
    found = {name for name, pattern in _PATTERNS.items() if pattern.search(question)}
    return frozenset(found | ({"permission"} if _PERMISSION.match(question) else set()))
