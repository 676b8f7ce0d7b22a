"""Answers that need no model: a cache that knows when two questions are the same, and when not.

The thinking is plain (`AnswerCache`) and knows no frames; one module meets Pipecat.
"""

from processors.semantic_cache.cache import AnswerCache, Entry, Hit, Miss

__all__ = ["AnswerCache", "Entry", "Hit", "Miss"]
