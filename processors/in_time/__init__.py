"""Time is zero-sum: what a turn has lost before the model, the model has to make good.

::

    context ─▶ ModelChoice ─▶ LLM ─▶ Filler ─▶ voice
                   │                    └ the time of the whole turn is up, and not a word yet:
                   │                      "One moment."
                   └ the turn was late before the model was asked: the faster one answers

What it may take is the bot's latency budget (`processors.trace.budget`); each decision is told with
its reason, as "budget.acted".
"""

from processors.in_time.filler import Filler, filler_for
from processors.in_time.model_choice import ModelChoice, Models

__all__ = ["Filler", "ModelChoice", "Models", "filler_for"]
