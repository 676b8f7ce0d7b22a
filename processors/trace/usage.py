"""What a language model has used, with what the accounts have to know beside the numbers."""

from pipecat.metrics.metrics import LLMTokenUsage


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
