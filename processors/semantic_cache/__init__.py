"""Answers that need no model: a cache that knows when two questions are the same, and when not.

The thinking is plain (`AnswerCache`) and knows no frames; `SemanticCache` is the station in the
line, `StoredAnswers` what all processes share.
"""

from processors.semantic_cache.cache import AnswerCache
from processors.semantic_cache.entries import Entry, Hit, Miss
from processors.semantic_cache.events import CacheEvent, CacheEventFrame
from processors.semantic_cache.processor import SemanticCache
from processors.semantic_cache.scope import Scope
from processors.semantic_cache.sound_player import AnswerSoundFrame, SoundPlayer
from processors.semantic_cache.store import StoredAnswers
from processors.semantic_cache.voice import Sound, SpokenAnswers, Voice

__all__ = [
    "AnswerCache",
    "AnswerSoundFrame",
    "CacheEvent",
    "CacheEventFrame",
    "Entry",
    "Hit",
    "Miss",
    "Scope",
    "SemanticCache",
    "Sound",
    "SoundPlayer",
    "SpokenAnswers",
    "StoredAnswers",
    "Voice",
]
