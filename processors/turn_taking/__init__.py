"""Time: when the caller's turn is over, and answers that are ready before it is.

::

    words ─┐                                  ┌─ the turn is over
    sound ─┼─▶ completeness · endpointing ────┤
    pauses ┘                                  └─ prepare a draft ─▶ DraftDoor … HeldVoice ─▶ heard
"""

from processors.turn_taking.completeness import Completeness, Expected
from processors.turn_taking.endpointing import wait_secs
from processors.turn_taking.listening import ListeningVAD
from processors.turn_taking.speculation import Draft, Drafts, DraftState, same_meaning
from processors.turn_taking.stop_strategy import AdaptiveTurnStop, stop_strategies
from processors.turn_taking.turn_model import TurnModel, shared_turn_model

__all__ = [
    "AdaptiveTurnStop",
    "Completeness",
    "Draft",
    "DraftState",
    "Drafts",
    "Expected",
    "ListeningVAD",
    "TurnModel",
    "same_meaning",
    "shared_turn_model",
    "stop_strategies",
    "wait_secs",
]
