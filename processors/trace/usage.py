"""What a language model has used, with what the accounts have to know beside the numbers."""

import json
import math
from typing import Any

from pipecat.metrics.metrics import LLMTokenUsage

from processors.turn_taking.speculation import CHARACTERS_PER_TOKEN


class BilledTokens(LLMTokenUsage):
    """Pipecat's usage, of an answer that may have been given up.

    Args:
        asked_ns: When the answer was asked for, of `time.monotonic_ns`: the report may come after
            the line has gone on to something else. 0: it belongs to the present.
        model: Who answered; the service may have changed to another since. "": the present one.
        unheard: Whether it was given up before its first word, so that nobody heard any of it.
        estimated: Which counts the vendor has not said: "output" where the end of the answer was
            not awaited, "all" where not even its beginning was; "" where all are the vendor's own.
    """

    asked_ns: int = 0
    model: str = ""
    unheard: bool = False
    estimated: str = ""


def tokens_of(asked: Any) -> int:
    """Tokens of what a model is asked, by the length of its JSON."""
    return math.ceil(len(json.dumps(asked, default=str)) / CHARACTERS_PER_TOKEN)
