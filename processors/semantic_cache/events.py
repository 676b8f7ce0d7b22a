"""What the cache did, for the trace, the metrics and the ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pipecat.frames.frames import SystemFrame

Kind = Literal["hit", "miss", "bypass", "rejected", "learnt", "refused", "saved"]


@dataclass(frozen=True)
class CacheEvent:
    """One thing that the cache did.

    Args:
        kind: `hit` and `miss` are answers to a look-up; `bypass`: nothing was looked up;
            `rejected`: the caller did not accept a hit; `learnt` and `refused`: an answer of the
            model did or did not enter; `saved`: a hit was heard.
        reason: Why it is a miss, a bypass or refused: the name of a guard or a rule.
        asked: The caller's words.
        question: The stored phrasing that was found, or came nearest.
        answer: What was said, or entered.
        confidence: That the answer is right, 0 … 1.
        took_ms: How long the look-up took.
        saved_ms: For `saved`: how much sooner the bot spoke than after the model, on average.
        saved_dollars: For `saved`: what the model would have cost, estimated from the length of
            what it would have read and said.
        speculative: Whether the caller's turn was not over yet.
    """

    kind: Kind
    reason: str = ""
    asked: str = ""
    question: str = ""
    answer: str = ""
    confidence: float = 0.0
    took_ms: float = 0.0
    saved_ms: float = 0.0
    saved_dollars: float = 0.0
    speculative: bool = False


OnEvent = Callable[[CacheEvent], None]


@dataclass
class CacheEventFrame(SystemFrame):
    """Tells whoever watches the line what the cache did."""

    event: CacheEvent = CacheEvent("miss")
