"""Thinking without a model: what the embedded LLM service says, as plain functions and classes.

::

    conversation  messages so far ─▶ state ─▶ reply
      policy        one turn ─▶ what to say, ask, call        (state, wording, offers, acts)
        knowing       which facts and tools a turn is about   (nearest)
        slots         which arguments a turn holds            (when, names)
          words         a turn without fillers and spelling
"""

from pipelines.services.embedded.brain.conversation import Brain, ToolSpec
from pipelines.services.embedded.brain.state import Reply

__all__ = ["Brain", "Reply", "ToolSpec"]
